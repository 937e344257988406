"""A worker: it takes messages, sweeps by its clock, and ends when asked."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.processes import free_port
from app.worker import Held, RunningWorker, SweepClock, run_worker
from domain.sync import JobState
from resolvers.webhooks import NewWebhook, create_webhook
from sync_worker.broker import make_broker
from tests.conftest import JWT_SECRET
from tests.lines import ServerLine
from tests.sync_worker.connector import PlayedConnector
from tests.sync_worker.receiver import a_receiver

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@asynccontextmanager
async def a_worker(settings, namespace):
    worker = RunningWorker(settings, namespace=namespace, threads=2)
    await asyncio.to_thread(worker.start)
    try:
        yield worker
    finally:
        await asyncio.to_thread(worker.stop)


async def until_ready(played, invoice):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await played.standing(invoice)).job.state is not JobState.READY:
            await asyncio.sleep(0.05)


async def test_what_is_saved_is_planned_by_a_worker(office, namespace):
    played = PlayedConnector(office)
    async with a_worker(office.resources.settings, namespace):
        invoice = await office.new_invoice()
        await office.export(invoice)

        await until_ready(played, invoice)

    assert [request.state for request in await played.queue()] == ["READY"]


async def test_a_worker_whose_database_says_nothing_gives_up_and_goes_on(office, namespace):
    """It says that the database was lost, and that it is back, and plans what was saved."""
    played = PlayedConnector(office)
    settings = office.resources.settings
    async with ServerLine(settings.database_url).open() as line:
        changes = {"database_url": line.url, "database_seconds": 0.8}
        async with a_worker(settings.model_copy(update=changes), namespace):
            line.fall_silent()
            with capture_logs() as logged:
                invoices = [await office.new_invoice(number) for number in ("1", "2")]
                await office.export(*invoices)
                await until_told(logged, "database.lost")
                line.carry_new_ones()
                await until_told(logged, "database.back")
                for invoice in invoices:
                    await until_ready(played, invoice)
            line.hang_up()

    told = [entry["event"] for entry in logged if entry["event"].startswith("database.")]
    assert told[0] == "database.lost"
    assert [request.state for request in await played.queue()] == ["READY", "READY"]


async def until_told(logged, event):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while event not in [entry["event"] for entry in logged]:
            await asyncio.sleep(0.05)


async def test_what_no_message_told_of_is_found_by_the_sweep(office, namespace):
    """The message went to a queue that nobody reads, as if Redis had been wiped."""
    played = PlayedConnector(office)
    invoice = await office.new_invoice()
    await office.export(invoice)

    async with a_worker(office.resources.settings, f"{namespace}-another"):
        await until_ready(played, invoice)


async def test_a_partner_is_told_by_a_worker_of_what_was_committed(office, namespace):
    """Through the message of the commit, or by the sweep where that was lost."""
    settings = office.resources.settings.model_copy(
        update={
            "webhooks_key": SecretStr("a key of the tests, thirty-two bytes"),
            "webhooks_allow_private": True,
        }
    )
    async with a_receiver() as receiver:
        context = replace(await office.as_person("Adam"), webhooks=settings.webhook_rules)
        await create_webhook(context, NewWebhook(url=receiver.url, idempotency_key="one"))
        async with a_worker(settings, namespace):
            await office.export(await office.new_invoice())
            await receiver.until(lambda r: r.sequences, seconds=PATIENCE_SECONDS)

        first = receiver.received[0].events[0]
        assert (first["sequence"], first["phase"]) == (1, "QUEUED")


def test_a_sweep_clock_only_skips_beats_while_redis_is_away_and_says_so_once(namespace):
    broker = make_broker(f"redis://127.0.0.1:{free_port()}/0", namespace=namespace)
    clock = SweepClock(broker, 0)
    with capture_logs() as logs:
        clock.start()
        clock.join(timeout=0.2)
        clock.stop()
        clock.join(PATIENCE_SECONDS)

    assert not clock.is_alive()
    [line] = [log for log in logs if log["event"] == "sweeps.skipped"]
    assert line["reason"].startswith("Redis cannot be reached: ")
    broker.close()


def test_actors_get_no_tools_before_the_worker_has_started(settings):
    with pytest.raises(RuntimeError, match="has not started yet"):
        Held(settings).tools()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_process_ends_when_it_is_asked_to(settings, tmp_path, number):
    log = tmp_path / "worker.log"
    environment = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
        "INSTEP_LOG_FORMAT": "json",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "worker", "--threads", "1"],
            cwd=ROOT,
            env=environment,
            stderr=output,
        )
        asyncio.run(until_logged(log, "worker.started"))
        process.send_signal(number)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert "worker.stopped" in log.read_text()


@pytest.fixture
def own_signals():
    """The handlers that a command sets for itself end with the test."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_worker_that_is_asked_to_end_finishes_and_closes_everything(
    settings, namespace, own_signals
):
    with capture_logs() as logs:
        asker = threading.Thread(target=ask_to_end, args=(logs,))
        asker.start()
        run_worker(settings, namespace=namespace, threads=1)
        asker.join(PATIENCE_SECONDS)

    told = [log["event"] for log in logs if log["event"].startswith("worker.")]
    assert told == ["worker.started", "worker.stopped"]


def ask_to_end(logs):
    """Send SIGTERM to this very process, once the worker has its handler for it."""
    waiting = threading.Event()
    while not any(log["event"] == "worker.started" for log in logs):
        waiting.wait(0.02)
    os.kill(os.getpid(), signal.SIGTERM)


async def until_logged(log, event):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while event not in log.read_text():
            await asyncio.sleep(0.05)
