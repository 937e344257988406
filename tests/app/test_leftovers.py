"""Answers that a crash left between being stored and being booked are booked by themselves."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from app.clock import now
from app.leftovers import book_all, keep_booking
from domain.sync_status import SyncStatus
from qbwc.receiving import book_stored
from tests.sync_worker.connector import PlayedConnector, names_in

PATIENCE_SECONDS = 20
#: Of a whole database: other tests' answers stand in the same list.
ALL = 1_000_000


@pytest.fixture
def played(office):
    return PlayedConnector(office)


@asynccontextmanager
async def a_database_that_refuses_success(played):
    """No job of the office may become APPLIED: whoever books a success, fails and rolls back."""
    name = f"refuses_{played.office.account_id.hex}"
    await played.rows(
        f"alter table sync_job add constraint {name}"
        f" check (state <> 'APPLIED' or account_id <> '{played.office.account_id}') not valid"
    )
    try:
        yield name
    finally:
        await played.rows(f"alter table sync_job drop constraint {name}")


async def an_answer_left_unbooked(played):
    """An edit that QuickBooks has saved; the process that was told so died."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())
    async with a_database_that_refuses_success(played) as name:
        with pytest.raises(Exception, match=name):
            await played.tell(answer)
    return invoice


async def left_of(played, *, later):
    """The stored answers of the account that are found by now, or `later`."""
    found = await played.office.resources.directory.unbooked(
        quiet_since=now() + later - timedelta(seconds=10), at_most=ALL
    )
    return [entry for entry in found if entry.account_id == played.office.account_id]


async def status_of(played, invoice):
    return (await played.standing(invoice)).invoice.sync_status


def clock_of(played):
    return lambda: now() + played.ahead + timedelta(minutes=1)


async def test_an_answer_is_left_to_who_stored_it_for_ten_seconds(played):
    await an_answer_left_unbooked(played)

    at_once = await left_of(played, later=played.ahead)
    then = await left_of(played, later=played.ahead + timedelta(seconds=10))

    assert at_once == []
    assert len(then) == 1


async def test_it_is_booked_though_the_connector_never_comes_again(played):
    """The computer of the office is switched off over the weekend."""
    invoice = await an_answer_left_unbooked(played)
    keeping = asyncio.create_task(
        keep_booking(
            partial(_of_account, played),
            partial(book_stored, played.tools()),
            now=clock_of(played),
            every_seconds=0.01,
        )
    )

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await status_of(played, invoice) is not SyncStatus.SYNCED:
            await asyncio.sleep(0.02)

    keeping.cancel()
    assert played.side.writes().count("InvoiceModRq") == 1
    assert await played.sign_in() == "none"


async def _of_account(played, *, quiet_since, at_most):
    """The real search, narrowed to this test's account: others left answers on purpose."""
    found = await played.office.resources.directory.unbooked(quiet_since=quiet_since, at_most=ALL)
    return [entry for entry in found if entry.account_id == played.office.account_id][:at_most]


async def test_one_that_cannot_be_booked_does_not_keep_the_others_waiting(played, another_office):
    other = PlayedConnector(await another_office())
    broken, sound = await an_answer_left_unbooked(played), await an_answer_left_unbooked(other)
    minute = timedelta(minutes=1)
    found = [
        *await left_of(played, later=played.ahead + minute),
        *await left_of(other, later=other.ahead + minute),
    ]

    with capture_logs() as logs:
        async with a_database_that_refuses_success(played):
            await book_all(found, partial(book_stored, played.tools()))

    assert await status_of(played, broken) is SyncStatus.SYNCING
    assert await status_of(other, sound) is SyncStatus.SYNCED
    [told] = [entry for entry in logs if entry["event"] == "message_set.not_booked"]
    assert told["exchange_id"] == str(found[0].id)


async def test_what_cannot_be_booked_three_times_is_looked_up_in_quickbooks(played):
    invoice = await an_answer_left_unbooked(played)
    found = await left_of(played, later=played.ahead + timedelta(minutes=1))
    async with a_database_that_refuses_success(played):
        for _ in range(3):
            await book_all(found, partial(book_stored, played.tools()))
            played.ahead += timedelta(seconds=10)

    assert await left_of(played, later=played.ahead + timedelta(minutes=1)) == []
    documents = await played.settle()
    assert names_in(documents[0]) == ["InvoiceQueryRq"]
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_a_database_that_is_away_is_asked_again_later_and_told_of_once(played):
    looked = asyncio.Event()
    searches = []

    async def unbooked(*, quiet_since, at_most):
        searches.append((quiet_since, at_most))
        if len(searches) <= 2:
            raise ConnectionRefusedError
        looked.set()
        return []

    with capture_logs() as logs:
        keeping = asyncio.create_task(
            keep_booking(
                unbooked, partial(book_stored, played.tools()), now=now, every_seconds=0.01
            )
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            await looked.wait()
        keeping.cancel()

    assert [entry["event"] for entry in logs] == ["answers.unsearched"]
    assert logs[0]["reason"].startswith("PostgreSQL cannot be reached: ConnectionRefusedError.")
    assert searches[1][0] > searches[0][0]
