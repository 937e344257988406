"""The worker process: actors on Dramatiq, and the clock that makes them sweep."""

import signal
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import structlog
from dramatiq import Broker, Message, Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware
from redis.exceptions import RedisError

from app.clock import now
from app.ids import new_id
from app.resources import Resources, hold_resources
from app.settings import Settings
from sync_worker.actors import QUEUE, SWEEP, Tools, declare
from sync_worker.broker import make_broker

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: How long an idle worker waits before it looks into Redis again although nobody woke it.
_IDLE_MS = 500


class Held(Middleware):
    """Opens the process's resources in the worker's event loop, and closes them with it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._resources: Resources | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        _run(self._open(broker))  # before the threads that take messages

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        _run(self._stack.aclose())

    def tools(self) -> Tools:
        """Give what the actors work with."""
        held = self._resources
        if held is None:
            raise RuntimeError("The worker has not started yet.")
        return Tools(
            open_work=held.open_work,
            due_jobs=held.directory.due_jobs,
            enqueue_plan=held.enqueue_plan,
            now=now,
            new_id=new_id,
        )

    async def _open(self, broker: Broker) -> None:
        held = hold_resources(self._settings, broker)
        self._resources = await self._stack.enter_async_context(held)


class SweepClock(threading.Thread):
    """Asks for a sweep every few seconds; a wiped or absent Redis only skips a beat."""

    def __init__(self, broker: Broker, every_seconds: int) -> None:
        super().__init__(name="sweep-clock", daemon=True)
        self._broker = broker
        self._every_seconds = every_seconds
        self._stopped = threading.Event()

    def run(self) -> None:
        """Beat until stopped."""
        while not self._stopped.wait(self._every_seconds):
            try:
                self._broker.enqueue(sweep_message())
            except (RedisError, OSError) as trouble:
                log.warning("sweep.skipped", error=type(trouble).__name__)

    def stop(self) -> None:
        """End after the current beat."""
        self._stopped.set()


def sweep_message() -> Message[None]:
    """Give the message that asks a worker to sweep."""
    return Message(queue_name=QUEUE, actor_name=SWEEP, args=(), kwargs={}, options={})


class RunningWorker:
    """A worker inside this process: its threads, its event loop, its clock."""

    def __init__(self, settings: Settings, *, namespace: str, threads: int) -> None:
        held = Held(settings)
        self.broker = make_broker(settings.redis_url, namespace=namespace, extra=(held,))
        declare(self.broker, held.tools)
        self._worker = Worker(self.broker, worker_timeout=_IDLE_MS, worker_threads=threads)
        self._clock = SweepClock(self.broker, settings.sweep_seconds)

    def start(self) -> None:
        """Open the resources and take messages."""
        self._worker.start()
        self._clock.start()
        log.info("worker.started")

    def stop(self) -> None:
        """Finish what is running and close everything."""
        self._clock.stop()
        self._worker.stop()
        self.broker.close()
        log.info("worker.stopped")


def run_worker(settings: Settings, *, namespace: str, threads: int) -> None:
    """Work until SIGINT or SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    worker = RunningWorker(settings, namespace=namespace, threads=threads)
    worker.start()
    try:
        stopped.wait()
    finally:
        worker.stop()


def _run(coroutine: Coroutine[Any, Any, object]) -> None:
    loop = get_event_loop_thread()
    if loop is None:
        raise RuntimeError("Dramatiq's AsyncIO middleware is missing.")
    loop.run_coroutine(coroutine)
