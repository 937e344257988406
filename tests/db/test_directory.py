"""What is found before an account is known: ids, of credentials and of work that waits."""

from datetime import timedelta

import pytest

from app import administration
from app.ids import new_id
from app.passwords import fingerprint
from domain.sync import JobState
from tests.builders import NOW
from tests.db.making import a_job_of, a_session_of, add_invoice, connection_id

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
async def test_only_queued_delayed_and_lost_jobs_wait_for_a_worker(office, state):
    job = await add_job(office, state=state)

    found = await due(office)

    waits = state in (JobState.QUEUED, JobState.RETRY_WAIT, JobState.UNKNOWN)
    assert found == ([job.id] if waits else [])


async def test_a_job_that_was_just_touched_is_left_to_whoever_touched_it(office):
    await add_job(office, updated_at=LONG_AGO + SECOND)
    quiet = await add_job(office)

    assert await due(office, now=LONG_AGO + SECOND) == [quiet.id]


async def test_a_delayed_job_waits_for_its_time(office):
    job = await add_job(office, state=JobState.RETRY_WAIT, next_attempt_at=LONG_AGO + 2 * SECOND)

    assert await due(office, now=LONG_AGO + SECOND) == []
    assert await due(office, now=LONG_AGO + 2 * SECOND) == [job.id]


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


async def test_a_connection_is_found_by_its_user_name(office):
    directory = office.resources.directory

    entry = await directory.connection(office.connection.connection.user_name)

    assert (entry.account_id, entry.id) == (office.account_id, connection_id(office))
    assert await directory.connection("nobody") is None
    assert await directory.connection("") is None


async def test_an_api_key_is_found_by_the_hash_of_its_secret(office):
    secret = await administration.make_api_key(
        office.resources, account_id=office.account_id, name="Partner", permissions=()
    )

    entry = await office.resources.directory.api_key(fingerprint(secret))

    assert entry.account_id == office.account_id
    async with office.open_work() as work:
        assert (await work.accounts.api_key_principal(entry.id, NOW)).actor.name == "Partner"
    assert await office.resources.directory.api_key(fingerprint("guessed")) is None


async def test_a_session_is_found_by_the_hash_of_its_ticket(office):
    ticket, session = new_id().bytes, a_session_of(office)
    async with office.open_work() as work:
        await work.connector_sessions.open(session, ticket)

    entry = await office.resources.directory.session(ticket)

    assert (entry.account_id, entry.id) == (office.account_id, session.id)
    assert await office.resources.directory.session(b"") is None
