"""What may be deleted once it is old, and what stays however old it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.ids import new_id
from db.pruning import Prunable
from domain.exchange import ExchangeKind, ExchangeState
from domain.queue import RequestKind, SessionState
from domain.sync import ACTIVE, JobState
from tests.builders import NOW, a_link
from tests.db.making import (
    a_job_of,
    a_request_of,
    a_session_of,
    add_exchange,
    add_invoice,
    an_event,
    an_exchange_of,
    connection_id,
    open_session,
)

LATER = NOW + timedelta(seconds=1)
ALL_REST = sorted(set(JobState) - ACTIVE)


async def drop(office, what, *, before=LATER, at_most=1000):
    async with office.open_work() as work:
        return await work.pruning.drop(what, before=before, at_most=at_most)


async def add_answered(office, *, state=JobState.APPLIED, linked=True, exchange=None, **changes):
    """A request that was sent and answered, of a job in this state."""
    exchange = exchange or await add_exchange(office, state=ExchangeState.BOOKED)
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, state=state)
    request = a_request_of(job, **changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.qbxml_requests.add(request, b"<request/>")
        await work.qbxml_requests.mark_sent([request.id], exchange.id)
        await work.qbxml_requests.mark_answered([request.id])
        if linked:
            await work.links.save(invoice.id, link_of(office, invoice))
    return request


def link_of(office, invoice):
    link = a_link(
        company_file_id=office.connection.connection.company_file_id,
        connection_id=connection_id(office),
    )
    return replace(link, copy=replace(link.copy, txn_id=invoice.id.hex))


async def exchange_is_there(office, exchange):
    async with office.open_work() as work:
        return await work.exchanges.get(exchange.id) is not None


async def last_write(office, request):
    async with office.open_work() as work:
        return await work.qbxml_requests.last_write(request.job_id)


@pytest.mark.parametrize("what", Prunable)
async def test_a_new_account_has_nothing_to_drop(another_office, what):
    assert await drop(await another_office(), what) == 0


async def test_answered_requests_go_once_they_are_old_the_oldest_first(office):
    requests = [await add_answered(office) for _ in range(3)]

    too_young = await drop(office, Prunable.REQUESTS, before=NOW)
    some = await drop(office, Prunable.REQUESTS, at_most=2)

    assert (too_young, some) == (0, 2)
    assert [await last_write(office, r) for r in requests] == [None, None, requests[2]]
    assert await drop(office, Prunable.REQUESTS, at_most=2) == 1


@pytest.mark.parametrize("state", JobState)
async def test_no_request_goes_while_its_job_is_under_way(office, state):
    """A lost answer is held against the write; it must still be there."""
    request = await add_answered(office, state=state)

    await drop(office, Prunable.REQUESTS)

    kept = await last_write(office, request)
    assert kept == (request if state in ACTIVE else None)


async def test_requests_that_wait_or_are_owed_stay(office):
    job = a_job_of(office, await add_invoice(office), state=JobState.FAILED)
    other = a_job_of(office, await add_invoice(office), state=JobState.FAILED)
    waiting, owed = a_request_of(job), a_request_of(other)
    exchange = await add_exchange(office)
    async with office.open_work() as work:
        for each, request in ((job, waiting), (other, owed)):
            await work.sync_jobs.add(each)
            await work.qbxml_requests.add(request, b"<request/>")
        await work.qbxml_requests.mark_sent([owed.id], exchange.id)

    assert await drop(office, Prunable.REQUESTS) == 0


async def test_what_was_withdrawn_goes_too(office):
    job = a_job_of(office, await add_invoice(office), state=JobState.CANCELLED)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.qbxml_requests.add(a_request_of(job), b"<request/>")
        await work.qbxml_requests.cancel_ready(job.id)

    assert await drop(office, Prunable.REQUESTS) == 1


@pytest.mark.parametrize("linked", [True, False])
async def test_an_add_is_remembered_until_quickbooks_invoice_is_known(office, linked):
    """Else an export that failed would be added again, beside the invoice that it had made."""
    add = RequestKind.INVOICE_ADD
    sent = await add_answered(office, kind=add, linked=linked, state=JobState.FAILED)

    dropped = await drop(office, Prunable.REQUESTS)

    assert dropped == (1 if linked else 0)
    async with office.open_work() as work:
        assert (await work.qbxml_requests.last_add(sent.invoice_id) is None) is linked


async def test_booked_message_sets_go_once_they_are_old_and_no_request_needs_them(office):
    exchange = await add_exchange(office, state=ExchangeState.BOOKED, kind=ExchangeKind.FAREWELL)
    request = await add_answered(office, exchange=exchange)

    too_young = await drop(office, Prunable.EXCHANGES, before=NOW)
    needed = await drop(office, Prunable.EXCHANGES)
    await drop(office, Prunable.REQUESTS)

    assert (too_young, needed) == (0, 0)
    assert await drop(office, Prunable.EXCHANGES) == 1
    assert not await exchange_is_there(office, exchange)
    assert await last_write(office, request) is None


@pytest.mark.parametrize("state", ExchangeState)
async def test_what_is_open_about_a_message_set_keeps_it(office, state):
    exchange = await add_exchange(office, state=state, kind=ExchangeKind.STATUS_CHECK)

    await drop(office, Prunable.EXCHANGES)

    is_closed = state in (ExchangeState.BOOKED, ExchangeState.UNTOLD)
    assert await exchange_is_there(office, exchange) is not is_closed


async def test_the_message_set_that_quickbooks_is_yet_to_forget_stays(office):
    """The next one that leaves names it, so that QuickBooks' storage does not fill."""
    older, newest = [await add_exchange(office, state=ExchangeState.BOOKED) for _ in range(2)]

    await drop(office, Prunable.EXCHANGES)

    async with office.open_work() as work:
        assert await work.exchanges.get(older.id) is None
        assert await work.exchanges.kept_by_quickbooks(connection_id(office)) == newest
        await work.exchanges.mark_cleared(newest.id)
    assert await drop(office, Prunable.EXCHANGES) == 1


@pytest.mark.parametrize("state", SessionState)
async def test_sessions_go_once_they_have_ended(office, state):
    session = a_session_of(office, state=state)
    async with office.open_work() as work:
        await work.connector_sessions.open(session, new_id().bytes)

    too_young = await drop(office, Prunable.SESSIONS, before=NOW)
    dropped = await drop(office, Prunable.SESSIONS)

    assert (too_young, dropped) == (0, 0 if state is SessionState.OPEN else 1)


async def test_a_session_stays_with_its_message_sets(office):
    session = await open_session(office)
    owed = an_exchange_of(session)
    async with office.open_work() as work:
        await work.exchanges.owe(owed, b"<QBXML/>")
        await work.connector_sessions.save(replace(session, state=SessionState.CLOSED))

    for what in Prunable:
        assert await drop(office, what) == 0


async def test_old_idempotency_keys_may_be_used_again(office):
    async with office.open_work() as work:
        await work.idempotency_keys.claim("save", "old", b"1", NOW)
        await work.idempotency_keys.claim("save", "young", b"1", LATER)
        for key in ("old", "young"):
            await work.idempotency_keys.answer("save", key, {"version": 1})

    assert await drop(office, Prunable.KEYS) == 1

    async with office.open_work() as work:
        assert await work.idempotency_keys.claim("save", "old", b"2", LATER) is None
        assert await work.idempotency_keys.claim("save", "young", b"1", LATER) == {"version": 1}


async def test_of_old_events_the_newest_of_each_invoice_stays(office):
    """Whoever subscribes begins with it, and whoever was away for long still learns how it ended."""
    one, other = await add_invoice(office), await add_invoice(office)
    old = [an_event(one), an_event(one), an_event(other), an_event(other)]
    async with office.open_work() as work:
        for event in (*old, an_event(other, occurred_at=LATER)):
            work.record(event)

    too_young = await drop(office, Prunable.EVENTS, before=NOW)
    dropped = await drop(office, Prunable.EVENTS)

    assert (too_young, dropped) == (0, 3)
    async with office.open_work() as work:
        left = await work.sync_events.after(0, limit=10)
        assert [numbered.sequence for numbered in left] == [2, 5]
        assert (await work.sync_events.latest(one.id)).sequence == 2
        assert await work.sync_events.last_sequence() == 5


async def test_tries_of_pins_go_once_they_are_old(office):
    adam = office.people["Adam"]
    for minutes in (0, 1):
        async with office.open_work() as work:
            await work.admin_pins.add_try(new_id(), adam, NOW + timedelta(minutes=minutes))

    dropped = await drop(office, Prunable.PIN_TRIES, before=NOW + timedelta(seconds=30))

    async with office.open_work() as work:
        left = await work.admin_pins.tries(NOW - timedelta(days=1))
    assert (dropped, [one.tried_at for one in left]) == (1, [NOW + timedelta(minutes=1)])


async def test_a_new_event_goes_on_counting_behind_what_was_dropped(office):
    invoice = await add_invoice(office)
    for _ in range(3):
        async with office.open_work() as work:
            work.record(an_event(invoice))

    await drop(office, Prunable.EVENTS)

    async with office.open_work() as work:
        work.record(an_event(invoice))
    assert [numbered.sequence for numbered in work.events] == [4]


async def test_another_account_loses_nothing(office, another_office):
    stranger = await another_office()
    request = await add_answered(office)

    for what in Prunable:
        assert await drop(stranger, what) == 0

    assert await last_write(office, request) == request
