"""Who works on one invoice at a time waits for the other, and never for good."""

import asyncio

from sqlalchemy import text

from domain.sync import JobHappening, JobState, advance
from tests.builders import NOW
from tests.db.making import (
    a_job_of,
    a_request_of,
    add_exchange,
    add_invoice,
    an_event,
    connection_id,
)

WAITING = text(
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and wait_event_type = 'Lock'"
)


async def somebody_waits(owner):
    """Return as soon as a statement of this database waits for a lock."""
    async with asyncio.timeout(30), owner.connect() as connection:
        while (await connection.execute(WAITING)).scalar_one() == 0:
            await connection.rollback()


async def test_a_save_that_crosses_a_message_set_going_out_waits_and_then_goes_on(office, owner):
    """The save holds the invoice and wants the job; the message set holds the job and tells of it.

    Telling refers to the invoice, so it must not need a lock that the save holds.
    """
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, state=JobState.READY)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.qbxml_requests.add(a_request_of(job), b"<InvoiceModRq/>")

    async def save():
        async with office.open_work() as work:
            await work.invoices.lock(invoice.id)
            return await work.sync_jobs.lock_active(invoice.id)

    async with asyncio.timeout(60), office.open_work() as taker:
        await taker.qbxml_requests.take(connection_id(office), at_most=20)
        saving = asyncio.create_task(save())
        await somebody_waits(owner)
        await taker.sync_jobs.save(advance(job, JobHappening.HANDED_OUT, NOW))
        taker.record(an_event(invoice))

    unsent, in_flight = await saving
    assert unsent is None
    assert in_flight.id == job.id


async def test_a_save_that_crosses_a_sign_in_waits_for_nothing(office):
    """A sign-in holds its connection; a new job only refers to it."""
    invoice = await add_invoice(office)

    async with asyncio.timeout(60), office.open_work() as signing_in:
        await signing_in.channels.lock(connection_id(office))
        async with office.open_work() as saving:
            await saving.invoices.lock(invoice.id)
            await saving.sync_jobs.add(a_job_of(office, invoice))

    async with office.open_work() as work:
        assert invoice.id in await work.sync_jobs.latest([invoice.id])


async def test_a_message_set_goes_out_in_a_session_that_another_call_has_locked(office):
    """The second call waits at the session's row, before it touches anything else."""
    exchange = await add_exchange(office)
    order = []

    async def second_call():
        async with office.open_work() as work:
            await work.connector_sessions.lock(exchange.session_id)
            order.append("second")

    async with office.open_work() as first:
        await first.connector_sessions.lock(exchange.session_id)
        calling = asyncio.create_task(second_call())
        assert await first.exchanges.open_of(exchange.connection_id) == [exchange]
        order.append("first")
    await calling

    assert order == ["first", "second"]


async def test_two_who_lock_the_same_invoices_in_different_order_never_deadlock(office):
    invoices = [await add_invoice(office) for _ in range(6)]
    ids = [invoice.id for invoice in invoices]

    async def lock_all(order):
        async with office.open_work() as work:
            return set(await work.invoices.lock_many(order))

    locked = await asyncio.gather(*(lock_all(order) for order in (ids, ids[::-1]) * 5))

    assert all(found == set(ids) for found in locked)
