"""An answer is stored before anything is made of it: a booking that fails loses nothing."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from domain.exchange import RawAnswer
from domain.sync import JobState
from domain.sync_status import SyncStatus
from qbwc.receiving import book_stored
from tests.sync_worker.connector import is_status_check, names_in, new_price, save

PATIENCE_SECONDS = 20
#: An attempt to book that began within this may not have failed yet.
UNDER_WAY = timedelta(seconds=10)
WAITING = (
    "select pid from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)


@asynccontextmanager
async def a_database_that_refuses_success(played):
    """No job of the office may become APPLIED: whoever books a success, fails and rolls back."""
    await played.rows(
        "alter table sync_job add constraint refuses_success"
        f" check (state <> 'APPLIED' or account_id <> '{played.office.account_id}') not valid"
    )
    try:
        yield
    finally:
        await played.rows("alter table sync_job drop constraint refuses_success")


def refused():
    return pytest.raises(Exception, match="refuses_success")


async def an_answer_left_unbooked(played):
    """An edit that QuickBooks has saved; its answer was stored, and booking it failed."""
    invoice = await played.edited()
    document = await played.fetch()
    async with a_database_that_refuses_success(played):
        with refused():
            await played.tell(played.run(document))
    return invoice


async def the_set(played):
    """The message set of the edit: the newest that holds requests."""
    found = [exchange for exchange in await played.exchanges() if exchange.kind == "REQUESTS"]
    return found[-1]


async def status_of(played, invoice):
    return (await played.standing(invoice)).invoice.sync_status


async def times_synced(played, invoice):
    events = await played.events(invoice)
    return sum(event.status is SyncStatus.SYNCED for event in events)


async def test_the_answer_is_there_although_booking_it_failed(played):
    invoice = await an_answer_left_unbooked(played)

    kept = await the_set(played)

    assert kept.state == "ANSWERED"
    assert kept.answer.startswith("<?xml")
    assert "InvoiceModRs" in kept.answer
    assert kept.bookings == 1
    assert (await played.standing(invoice)).job.state is JobState.SENT
    assert await status_of(played, invoice) is SyncStatus.SYNCING


async def test_it_is_booked_at_the_next_sign_in(played):
    """Nothing is left to be done after it, so no session is opened."""
    invoice = await an_answer_left_unbooked(played)

    assert await played.sign_in() == "none"

    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert (await the_set(played)).state == "BOOKED"
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_a_process_that_died_while_it_booked_left_the_answer(played):
    """It waited for somebody who edits the invoice, and was killed meanwhile."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())
    async with played.office.open_work() as work:
        await work.invoices.lock(invoice.id)
        booking = asyncio.create_task(played.tell(answer))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await the_set(played)).state != "ANSWERED":
                await asyncio.sleep(0.02)
        booking.cancel()
        await asyncio.wait([booking])

    assert (await the_set(played)).answer == answer
    assert await status_of(played, invoice) is SyncStatus.SYNCING
    await played.sign_in()
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_what_came_instead_of_an_answer_is_stored_first_too(played):
    """So it is found by whoever books it later, whatever that was."""
    invoice = await played.edited()
    await played.fetch()
    kept = await the_set(played)
    await played.tell(hresult="0x8004041C", message="An internal QuickBooks error occurred.")

    async with played.office.open_work() as work:
        raw = await work.exchanges.answer_of(kept.id)

    assert raw == RawAnswer("", "0x8004041C", "An internal QuickBooks error occurred.")
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


async def test_after_three_attempts_each_invoice_is_looked_up_by_itself(played):
    """Something in the answer cannot be booked: the invoice itself tells what became of it."""
    invoice = await played.edited()
    document = await played.fetch()
    async with a_database_that_refuses_success(played):
        with refused():
            await played.tell(played.run(document))
        for attempt in (2, 3):
            with refused():
                await played.sign_in()
            assert (await the_set(played)).bookings == attempt

        played.ahead += UNDER_WAY
        await played.sign_in()

        assert (await the_set(played)).state == "UNTOLD"
        assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    documents = await played.settle()
    assert names_in(documents[0]) == ["InvoiceQueryRq"]
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_several_processes_book_it_once(played):
    """Two sweeping processes and a sign-in come upon the same answer."""
    invoice = await an_answer_left_unbooked(played)
    exchange = await the_set(played)
    told = await times_synced(played, invoice)
    account = played.office.account_id

    await asyncio.gather(
        *(book_stored(played.tools(), account, exchange.id) for _ in range(3)), played.sign_in()
    )

    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert await times_synced(played, invoice) == told + 1
    assert (await the_set(played)).state == "BOOKED"


async def test_many_who_come_upon_it_at_once_are_not_taken_for_attempts_that_failed(played):
    """Each has counted its attempt before the first of them has booked anything."""
    invoice = await an_answer_left_unbooked(played)
    exchange = await the_set(played)
    account = played.office.account_id
    async with played.office.open_work() as work:
        await work.channels.lock(exchange.connection_id)
        bookings = asyncio.gather(
            *(book_stored(played.tools(), account, exchange.id) for _ in range(6))
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await played.rows(WAITING)) < 6:
                await asyncio.sleep(0.02)

    await bookings

    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert (await the_set(played)).state == "BOOKED"


async def test_booking_it_again_changes_nothing(played):
    invoice = await an_answer_left_unbooked(played)
    exchange = await the_set(played)
    await book_stored(played.tools(), played.office.account_id, exchange.id)
    before, told = await played.standing(invoice), await played.events(invoice)

    await book_stored(played.tools(), played.office.account_id, exchange.id)

    assert await played.standing(invoice) == before
    assert await played.events(invoice) == told


async def test_the_answer_to_a_status_check_is_stored_first_too(played):
    """QuickBooks' stored answer came, booking it failed, and it is booked all the same."""
    invoice = await played.edited()
    await played.lose()
    check = await played.fetch()
    async with a_database_that_refuses_success(played):
        with refused():
            await played.tell(played.run(check))

    assert is_status_check(check)
    assert await played.sign_in() == "none"
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert [exchange.state for exchange in await played.exchanges()][-2:] == ["BOOKED"] * 2


async def test_a_newer_save_between_storing_and_booking_is_sent_next(played):
    invoice = await an_answer_left_unbooked(played)
    newer = await save(played.office, invoice, new_price(invoice, "43.00"))
    played.ahead += (await played.standing(invoice)).job.updated_at - invoice.updated_at

    await played.sign_in()
    await played.settle()

    after = await played.standing(invoice)
    assert (after.invoice.sync_status, after.invoice.synced_version) == (
        SyncStatus.SYNCED,
        newer.version,
    )
    assert played.side.writes().count("InvoiceModRq") == 2


async def test_an_unbooked_answer_is_not_asked_for_again(played):
    """The late repetition of the call finds that nothing is owed."""
    invoice = await an_answer_left_unbooked(played)
    kept = await the_set(played)

    progress = await played.tell("<QBXML/>")

    assert 0 < progress < 100
    assert (await the_set(played)).answer == kept.answer
    assert await status_of(played, invoice) is SyncStatus.SYNCING
