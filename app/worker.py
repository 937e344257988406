"""The worker process: actors on Dramatiq, and the clock that makes them sweep."""

import signal
import threading
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import structlog
from dramatiq import Broker, Message, MessageProxy, Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware
from redis.exceptions import RedisError

from app.clock import now
from app.gauges import pool_gauges
from app.ids import new_id
from app.metrics import Metrics
from app.metrics_page import WorkerPage
from app.readiness import explain_redis
from app.resources import Resources, hold_resources
from app.settings import Settings
from app.tracing import make_tracing
from app.webhook_post import WebhookPost
from db.outages import Outage
from domain.webhooks import Posted
from schema import webhook_body
from sync_worker.actors import QUEUE, SWEEP, Tools, declare
from sync_worker.broker import make_broker
from sync_worker.outages import DatabaseOutages
from sync_worker.webhooks import Deliveries, WebhookTools

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: How long an idle worker waits before it looks into Redis again although nobody woke it.
_IDLE_MS = 500


class Held(Middleware):
    """Opens the process's resources in the worker's event loop, and closes them with it."""

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics or Metrics()
        self._stack = AsyncExitStack()
        self._resources: Resources | None = None
        self._deliveries: Deliveries | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        _run(self._open(broker))  # before the threads that take messages

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        _run(self._stack.aclose())

    def tools(self) -> Tools:
        """Give what the actors work with."""
        held, deliveries = self._resources, self._deliveries
        if held is None or deliveries is None:
            raise RuntimeError("The worker has not started yet.")
        return Tools(
            open_work=held.open_work,
            due_jobs=held.directory.due_jobs,
            enqueue_plan=held.enqueue_plan,
            due_webhooks=held.directory.due_webhooks,
            enqueue_webhook=held.enqueue_webhook,
            deliveries=deliveries,
            now=now,
            new_id=new_id,
        )

    async def _open(self, broker: Broker) -> None:
        held = hold_resources(self._settings, broker)
        resources = await self._stack.enter_async_context(held)
        self._metrics.show(lambda: pool_gauges(resources.pool_use))
        self._resources = resources
        tools = webhook_tools(resources)
        self._deliveries = Deliveries(replace(tools, post=self._metrics.counting(tools.post)))
        self._stack.push_async_callback(self._deliveries.close)


class Counting(Middleware):
    """Counts and times what the worker's actors did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._begun: dict[str, float] = {}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        self._begun[message.message_id] = time.perf_counter()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        self._end(message, "done" if exception is None else "failed")

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        self._end(message, "skipped")

    def _end(self, message: MessageProxy, outcome: str) -> None:
        begun = self._begun.pop(message.message_id, None)
        seconds = None if begun is None else time.perf_counter() - begun
        self._metrics.message_ended(message.actor_name, outcome, seconds)


def webhook_tools(held: Resources) -> WebhookTools:
    """Give what deliveries need; without a key of the service nothing is sent."""
    rules = held.settings.webhook_rules
    return WebhookTools(
        rules=rules,
        open_work=held.open_work,
        post=WebhookPost(rules) if rules is not None else _post_nothing,
        render=webhook_body.render,
        now=now,
        new_id=new_id,
    )


async def _post_nothing(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    return Posted(error="INSTEP_WEBHOOKS_KEY is not set.")


class SweepClock(threading.Thread):
    """Asks for a sweep every few seconds; a wiped or absent Redis only skips beats."""

    def __init__(self, broker: Broker, every_seconds: int) -> None:
        super().__init__(name="sweep-clock", daemon=True)
        self._broker = broker
        self._every_seconds = every_seconds
        self._stopped = threading.Event()

    def run(self) -> None:
        """Beat until stopped."""
        outage = Outage()
        while not self._stopped.wait(self._every_seconds):
            try:
                self._broker.enqueue(sweep_message())
            except (RedisError, OSError) as trouble:
                if outage.begin():
                    log.warning("sweeps.skipped", reason=explain_redis(trouble))
            else:
                outage.end()

    def stop(self) -> None:
        """End after the current beat."""
        self._stopped.set()


def sweep_message() -> Message[None]:
    """Give the message that asks a worker to sweep."""
    return Message(queue_name=QUEUE, actor_name=SWEEP, args=(), kwargs={}, options={})


class RunningWorker:
    """A worker inside this process: its threads, its event loop, its clock."""

    def __init__(self, settings: Settings, *, namespace: str, threads: int) -> None:
        self.metrics = Metrics()
        held = Held(settings, self.metrics)
        self._tracing = make_tracing(settings, process="worker")
        extra = (held, Counting(self.metrics), DatabaseOutages(), *self._tracing.middleware())
        self.broker = make_broker(settings.redis_url, namespace=namespace, extra=extra)
        declare(self.broker, held.tools)
        self._worker = Worker(self.broker, worker_timeout=_IDLE_MS, worker_threads=threads)
        self._clock = SweepClock(self.broker, settings.sweep_seconds)
        self._page: WorkerPage | None = None
        if settings.worker_metrics_port is not None:
            self._page = WorkerPage(settings, self.metrics.page)

    def start(self) -> None:
        """Open the resources and take messages."""
        self._worker.start()
        self._clock.start()
        if self._page is not None:
            self._page.start()
        log.info("worker.started")

    def stop(self) -> None:
        """Finish what is running and close everything."""
        if self._page is not None:
            self._page.stop()
        self._clock.stop()
        self._worker.stop()
        self.broker.close()
        self._tracing.close()
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
