"""What is found before an account is known: ids, of credentials and of work that waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import administration
from app.ids import new_id
from app.passwords import fingerprint
from db.directory import SessionEntry
from domain.exchange import ExchangeState, RawAnswer
from domain.sync import JobState
from tests.builders import NOW
from tests.db.making import (
    a_job_of,
    a_request_of,
    a_root_of,
    a_session_of,
    add_exchange,
    add_invoice,
    an_issue_of,
    connection_id,
)

LONG_AGO = NOW - timedelta(days=400)  # older than what other tests leave in the database
SECOND = timedelta(seconds=1)


async def due(office, now=LONG_AGO, *, quiet_since=LONG_AGO, at_most=1000):
    """The office's own due jobs."""
    directory = office.resources.directory
    found = await directory.due_jobs(now, quiet_since=quiet_since, at_most=at_most)
    return [entry.id for entry in found if entry.account_id == office.account_id]


async def add_job(office, **changes):
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, **{"updated_at": LONG_AGO} | changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
    return job


@pytest.mark.parametrize("state", JobState)
async def test_only_some_jobs_wait_for_a_worker(office, state):
    """New ones, delayed ones whose time has come, lost ones, and held back ones that are free."""
    job = await add_job(office, state=state, next_attempt_at=LONG_AGO)

    found = await due(office)

    waits = state in (JobState.QUEUED, JobState.RETRY_WAIT, JobState.UNKNOWN, JobState.BLOCKED)
    assert found == ([job.id] if waits else [])


async def test_a_job_that_was_just_touched_is_left_to_whoever_touched_it(office):
    await add_job(office, updated_at=LONG_AGO + SECOND)
    quiet = await add_job(office)

    assert await due(office, now=LONG_AGO + SECOND) == [quiet.id]


async def test_a_delayed_job_waits_for_its_time(office):
    job = await add_job(office, state=JobState.RETRY_WAIT, next_attempt_at=LONG_AGO + 2 * SECOND)

    assert await due(office, now=LONG_AGO + SECOND) == []
    assert await due(office, now=LONG_AGO + 2 * SECOND) == [job.id]


async def test_a_delayed_job_without_a_time_waits_for_the_next_session(office):
    job = await add_job(office, state=JobState.RETRY_WAIT, next_attempt_at=None)
    before = await due(office)

    async with office.open_work() as work:
        woken = await work.sync_jobs.wake_waiting(connection_id(office), LONG_AGO)

    assert before == []
    assert await due(office) == woken == [job.id]


async def test_a_job_behind_another_one_of_its_invoice_waits_for_its_answer(office):
    behind = await add_job(office)
    async with office.open_work() as work:
        invoice = await work.invoices.get(behind.invoice_id)
        await work.sync_jobs.add(a_job_of(office, invoice, state=JobState.SENT))

    assert await due(office) == []


async def test_a_job_that_asks_already_is_left_alone(office):
    job = await add_job(office, state=JobState.UNKNOWN)
    async with office.open_work() as work:
        await work.qbxml_requests.add(a_request_of(job), b"<InvoiceQueryRq/>")

    assert await due(office) == []


@pytest.mark.parametrize("ends", ["cleared", "resolved"])
async def test_a_job_that_was_held_back_is_due_when_its_root_is_out_of_the_way(office, ends):
    first = await add_job(office, state=JobState.FAILED)
    held_back = await add_job(office, state=JobState.BLOCKED)
    root = a_root_of(office, first)
    async with office.open_work() as work:
        await work.sync_issues.add_many([root, an_issue_of(held_back, root_id=root.id)])
    while_missing = await due(office)

    async with office.open_work() as work:
        if ends == "cleared":
            freed = await work.sync_issues.clear([root.id], NOW)
        else:
            freed = await work.sync_issues.resolve(first.invoice_id, NOW)

    assert while_missing == []
    assert held_back.id in freed
    assert await due(office) == [held_back.id]


async def test_a_job_that_failed_for_what_is_there_again_is_due_even_if_nobody_told_it(office):
    """A crash behind the commit that cleared the root loses the message, not the job."""
    first, other = [await add_job(office, state=JobState.FAILED) for _ in range(2)]
    root = a_root_of(office, first)
    async with office.open_work() as work:
        await work.sync_issues.add_many([root, a_root_of(office, other, "PUMP")])
        await work.sync_issues.clear([root.id], LONG_AGO)

    at_once = await due(office, quiet_since=LONG_AGO - SECOND)
    swept = await due(office)
    async with office.open_work() as work:
        await work.sync_issues.resolve(first.invoice_id, LONG_AGO)

    assert (at_once, swept) == ([], [first.id])
    assert await due(office) == []


async def test_those_who_wait_longest_come_first_and_no_more_than_asked_for(office):
    jobs = [await add_job(office, updated_at=LONG_AGO - n * SECOND) for n in range(3)]
    other_tests_jobs_are_younger = LONG_AGO - SECOND

    found = await due(office, quiet_since=other_tests_jobs_are_younger)
    limited = await office.resources.directory.due_jobs(LONG_AGO, quiet_since=LONG_AGO, at_most=1)

    assert found == [jobs[2].id, jobs[1].id]
    assert len(limited) == 1


async def test_work_of_every_account_is_found(office, another_office):
    stranger = await another_office()
    ours, theirs = await add_job(office), await add_job(stranger)

    assert await due(office) == [ours.id]
    assert await due(stranger) == [theirs.id]


async def test_the_ids_of_all_accounts_are_given(office, another_office):
    stranger = await another_office()

    found = await office.resources.directory.accounts()

    assert {office.account_id, stranger.account_id} <= set(found)
    assert found == sorted(found)


async def test_an_api_key_is_found_by_the_hash_of_its_secret(office):
    secret = await administration.make_api_key(
        office.resources, account_id=office.account_id, name="Partner", permissions=()
    )

    entry = await office.resources.directory.api_key(fingerprint(secret))

    assert entry.account_id == office.account_id
    async with office.open_work() as work:
        assert await work.api_keys.get(entry.key.id) == entry.key
    assert await office.resources.directory.api_key(fingerprint("guessed")) is None


async def test_a_session_is_found_by_the_hash_of_its_ticket(office):
    ticket, session = new_id().bytes, a_session_of(office)
    async with office.open_work() as work:
        await work.connector_sessions.open(session, ticket)

    entry = await office.resources.directory.session(ticket)

    assert entry == SessionEntry(
        account_id=office.account_id, id=session.id, connection_id=connection_id(office)
    )
    assert await office.resources.directory.session(b"") is None


async def unbooked(office, *, quiet_since=LONG_AGO, at_most=1000):
    """The office's own message sets whose answer lies unbooked."""
    found = await office.resources.directory.unbooked(quiet_since=quiet_since, at_most=at_most)
    return [entry.id for entry in found if entry.account_id == office.account_id]


async def add_answered(office, answered_at, state=ExchangeState.ANSWERED):
    exchange = await add_exchange(office, state=state)
    async with office.open_work() as work:
        answered = replace(exchange, answered_at=answered_at)
        await work.exchanges.keep_answer(answered, RawAnswer("<QBXML/>"))
    return exchange


async def test_an_answer_that_a_crash_left_unbooked_is_found_once_it_is_quiet(office):
    newest = await add_answered(office, LONG_AGO)
    oldest = await add_answered(office, LONG_AGO - SECOND)
    await add_answered(office, LONG_AGO + SECOND)

    found = await unbooked(office)
    limited = await office.resources.directory.unbooked(quiet_since=LONG_AGO, at_most=1)

    assert found == [oldest.id, newest.id]
    assert len(limited) == 1


async def test_nothing_but_a_stored_answer_is_left_to_be_booked(office):
    for state in set(ExchangeState) - {ExchangeState.ANSWERED}:
        await add_answered(office, LONG_AGO, state)

    assert await unbooked(office) == []
