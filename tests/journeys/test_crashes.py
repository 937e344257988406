"""What a crash, a wiped Redis or a lost answer may cost: time, and nothing else."""

import asyncio
from decimal import Decimal
from multiprocessing.process import BaseProcess

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from simulator.faults import LoseAnswer, Meanwhile, RaiseComError, RefuseToOpen
from tests.conftest import JWT_SECRET
from tests.journeys.conftest import PATIENCE_SECONDS, Service, global_id, key, local_id
from tests.journeys.forked import PROCESSES, kill, work

HOLD_INVOICE = text("select 1 from invoice where id = :id for update")
WAITING = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)


async def save_price(service: Service, invoice: dict, price: str = "42.00") -> dict:
    """Save & Sync another unit price for the first task."""
    first = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": price}}
    return await service.mutate(
        "saveAndSync",
        invoiceId=invoice["id"],
        version=invoice["version"],
        idempotencyKey=key(),
        edits={"editTasks": [first]},
    )


def sent_prices(service: Service) -> list[Decimal]:
    """The unit prices that left for QuickBooks in changes, in their order."""
    mods = service.company.journal.requests_named("InvoiceModRq")
    return [Decimal(rate.text) for mod in mods for rate in mod.iter("Rate")]


async def test_wiping_redis_behind_a_save_only_delays_the_sync(service: Service) -> None:
    """Every message and every wake-up is gone; the tables still say what is due."""
    async with service.working():
        invoice = await service.exported()
    saved = await save_price(service, invoice)  # no worker runs: the message waits in Redis
    async with Redis.from_url(service.settings.redis_url) as redis:
        await redis.flushdb()

    async with service.working():
        after = await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert saved["invoice"]["syncStatus"] == "SYNCING"
    assert after["total"] == "69.47"
    assert sent_prices(service) == [Decimal(42)]


async def test_wiping_redis_under_a_running_worker_only_delays_the_sync(service: Service) -> None:
    async with service.working(), Redis.from_url(service.settings.redis_url) as redis:
        invoice = await service.exported()
        for n, price in enumerate(("42.00", "43.00", "44.00"), start=2):
            await save_price(service, invoice, price)
            await redis.flushdb()
            invoice = await service.update_until(invoice["id"], syncStatus="SYNCED", version=n)

        held = service.company.invoice(invoice["quickbooks"]["txnId"])
        assert next(held.flat_lines()).rate == Decimal("44.00")


async def test_a_worker_killed_between_save_and_build_only_delays_the_sync(
    service: Service,
) -> None:
    """It dies by SIGKILL while it plans, with the job's message in its hands."""
    async with service.working():
        invoice = await service.exported()
    await save_price(service, invoice)
    owner = create_async_engine(service.settings.database_url)
    async with owner.connect() as holder:
        await holder.execute(HOLD_INVOICE, {"id": local_id(invoice["id"])})
        process = start_worker_process(service)
        await until_somebody_waits(owner)
        kill(process)
    await owner.dispose()
    assert (await service.read(invoice["id"]))["sync"]["phase"] == "QUEUED"

    async with service.working():
        await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert sent_prices(service) == [Decimal(42)]


@pytest.mark.parametrize("after_write", [True, False])
async def test_an_answer_lost_on_the_line_is_asked_after_and_never_sent_again_blindly(
    service: Service, after_write: bool
) -> None:
    """QuickBooks applied it, or never saw it: either way it holds the edit once in the end.

    What it had stored of the message set is booked; only when that is nothing, it is asked for the
    invoice itself.
    """
    async with service.working():
        invoice = await service.exported()
        service.faults.add(LoseAnswer(after_write=after_write))
        await save_price(service, invoice)
        lost = await service.update_once_ready()

        after = await service.update_until(invoice["id"], syncStatus="SYNCED")

        assert lost.outcome == "answer lost"
        is_asked = bool(service.company.journal.requests_named("InvoiceQueryRq"))
        assert is_asked is not after_write
        held = service.company.invoice(after["quickbooks"]["txnId"])
        assert next(held.flat_lines()).rate == Decimal("42.00")
        assert len(sent_prices(service)) == 1


async def test_a_lost_export_is_found_by_our_guid_and_not_doubled(service: Service) -> None:
    async with service.working():
        invoice = await service.office.new_invoice()
        service.faults.add(LoseAnswer(after_write=True))
        await service.office.export(invoice)
        await service.update_once_ready()

        await service.update_until(global_id("Invoice", invoice.id), exportStatus="EXPORTED")

        assert len(service.company.invoices) == 1
        assert len(service.company.journal.requests_named("InvoiceAddRq")) == 1


async def test_an_error_raised_after_quickbooks_had_saved_is_asked_after(service: Service) -> None:
    """0x8004041C was seen in production behind a write that had been saved."""
    async with service.working():
        invoice = await service.exported()
        service.faults.add(RaiseComError("0x8004041C", after_write=True))
        await save_price(service, invoice)
        await service.update_once_ready()

        await service.update_until(invoice["id"], syncStatus="SYNCED")

        assert sent_prices(service) == [Decimal(42)]


async def test_a_quickbooks_that_cannot_be_opened_delays_and_says_so(service: Service) -> None:
    """The connection has the trouble, not the invoice: it stays Syncing."""
    async with service.working():
        invoice = await service.exported()
        service.faults.add(RefuseToOpen("0x80040414"))
        await save_price(service, invoice)
        await service.update_once_ready()

        waiting = await service.read(invoice["id"])
        told = await service.client().call("{ connections { state diagnosis { text } } }")
        assert waiting["syncStatus"] == "SYNCING"
        assert told["connections"][0]["state"] == "QUICKBOOKS_UNAVAILABLE"
        assert "dialog" in told["connections"][0]["diagnosis"][0]["text"].lower()

        await service.update_until(invoice["id"], syncStatus="SYNCED")
        healed = (await service.client().call("{ connections { state } }"))["connections"]
        assert healed[0]["state"] == "ONLINE"


async def test_a_newer_save_behind_a_sent_one_follows_it(service: Service) -> None:
    """The second save arrives while the first is inside QuickBooks."""
    async with service.working():
        invoice = await service.exported()
        saving: list[asyncio.Task] = []

        def save_again(_company: object) -> None:
            newer = {**invoice, "version": 2}
            saving.append(asyncio.get_running_loop().create_task(
                save_price(service, newer, "43.00")
            ))  # fmt: skip

        service.faults.add(Meanwhile(save_again))
        await save_price(service, invoice)
        await service.update_once_ready()
        second = await saving[0]
        after = await service.update_until(invoice["id"], syncStatus="SYNCED", version=3)

        assert second["userErrors"] == []
        assert sent_prices(service) == [Decimal(42), Decimal(43)]
        assert after["sync"]["syncedVersion"] == 3


def start_worker_process(service: Service) -> BaseProcess:
    """A worker as a process of its own, on the queue of this test."""
    settings = service.settings
    environment = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
    }
    process = PROCESSES.Process(target=work, args=(environment, service.namespace))
    process.start()
    return process


async def until_somebody_waits(owner: AsyncEngine) -> None:
    """Return when a transaction of this database waits for a row."""
    async with asyncio.timeout(PATIENCE_SECONDS), owner.connect() as watcher:
        while not (await watcher.execute(WAITING)).scalar_one():
            await watcher.rollback()
            await asyncio.sleep(0.02)
