"""One unsent job and one on its way per invoice: the database itself sees to it."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from asyncpg import UniqueViolationError

from app.ids import new_id
from domain.backoff import Trouble
from domain.sync import ACTIVE, IN_FLIGHT, UNSENT, JobKind, JobState
from tests.builders import NOW
from tests.db.making import a_job_of, add_invoice, connection_id

AT_REST = sorted(set(JobState) - ACTIVE)


async def add_jobs(office, *jobs):
    async with office.open_work() as work:
        for job in jobs:
            await work.sync_jobs.add(job)


async def test_every_field_comes_back_as_it_was_stored(office):
    invoice = await add_invoice(office)
    job = a_job_of(
        office,
        invoice,
        kind=JobKind.EXPORT,
        version=7,
        state=JobState.RETRY_WAIT,
        must_read=True,
        attempts=3,
        next_attempt_at=NOW + timedelta(seconds=8),
        trouble=Trouble(tries=2, tried_for=timedelta(seconds=10), last_try_at=NOW),
        txn_id="1A2B-1",
        created_at=NOW - timedelta(hours=1),
    )
    later = replace(job, state=JobState.QUEUED, attempts=4, next_attempt_at=None, trouble=None)

    await add_jobs(office, job)
    async with office.open_work() as work:
        assert await work.sync_jobs.get(job.id) == job
        await work.sync_jobs.save(later)

    async with office.open_work() as work:
        assert await work.sync_jobs.lock(job.id) == later
        assert await work.sync_jobs.get(new_id()) is None
        assert await work.sync_jobs.lock(new_id()) is None


INDEXES = ("uq_sync_job_one_unsent", "uq_sync_job_one_in_flight")
PAIRS = {
    INDEXES[0]: list(product(sorted(UNSENT), repeat=2)),
    INDEXES[1]: list(product(sorted(IN_FLIGHT), repeat=2)),
}


@pytest.mark.parametrize("index", INDEXES)
async def test_the_database_refuses_a_second_job_of_the_same_kind_of_wait(office, index):
    invoice = await add_invoice(office)

    for first, second in PAIRS[index]:
        jobs = [a_job_of(office, invoice, state=state) for state in (first, second)]

        with pytest.raises(UniqueViolationError, match=index):
            await add_jobs(office, *jobs)

    async with office.open_work() as work:
        assert await work.sync_jobs.latest([invoice.id]) == {}


async def test_a_job_may_wait_behind_one_that_is_on_its_way_and_behind_any_that_rests(office):
    for unsent, in_flight in product(sorted(UNSENT), sorted(IN_FLIGHT)):
        invoice = await add_invoice(office)
        resting = [a_job_of(office, invoice, state=state) for state in AT_REST]
        sent = a_job_of(office, invoice, state=in_flight)
        waiting = a_job_of(office, invoice, state=unsent)

        await add_jobs(office, *resting, sent, waiting)

        async with office.open_work() as work:
            assert await work.sync_jobs.lock_active(invoice.id) == (waiting, sent)
            assert await work.sync_jobs.latest([invoice.id]) == {invoice.id: waiting}


async def test_no_job_is_active_once_all_rest(office):
    invoice = await add_invoice(office)

    await add_jobs(office, *(a_job_of(office, invoice, state=state) for state in AT_REST))

    async with office.open_work() as work:
        assert await work.sync_jobs.lock_active(invoice.id) == (None, None)


async def test_the_queue_counts_from_one_and_skips_what_has_left(office):
    waiting = []
    for state in (JobState.SENT, JobState.READY, JobState.APPLIED, JobState.QUEUED):
        invoice = await add_invoice(office)
        job = a_job_of(office, invoice, state=state)
        waiting.append(job)
        await add_jobs(office, job)

    async with office.open_work() as work:
        positions = await work.sync_jobs.queue_positions(waiting)
        nobody = await work.sync_jobs.queue_positions([waiting[0]])

    assert positions == {waiting[1].id: 1, waiting[3].id: 2}
    assert nobody == {}


async def test_the_queue_is_listed_page_by_page_in_the_order_it_leaves(office, another_office):
    """With the same places; what came to rest, and what is another account's, is not in it."""
    stranger = await another_office()
    await add_jobs(stranger, a_job_of(stranger, await add_invoice(stranger)))
    states = JobState.SENT, JobState.READY, JobState.APPLIED, JobState.BLOCKED, JobState.QUEUED
    jobs = [a_job_of(office, await add_invoice(office), state=state) for state in states]
    await add_jobs(office, *jobs)
    sent, ready, _, blocked, queued = jobs

    async with office.open_work() as work:
        first = await work.sync_jobs.queue(connection_id(office), after=None, limit=3)
        second = await work.sync_jobs.queue(connection_id(office), after=blocked.id, limit=3)
        of_nobody = await work.sync_jobs.queue(connection_id(stranger), after=None, limit=3)

    assert first == [(sent, None), (ready, 1), (blocked, 2)]
    assert second == [(queued, 3)]
    assert of_nobody == []


async def test_a_connection_tells_how_much_is_queued_through_it(office):
    for state in (JobState.SENT, JobState.READY, JobState.APPLIED):
        await add_jobs(office, a_job_of(office, await add_invoice(office), state=state))

    async with office.open_work() as work:
        (connection,) = await work.connections.all()

    assert connection.queue_length == 2


async def test_a_session_wakes_what_waits_for_it_and_nothing_else(office, another_office):
    """What has a time of its own, and what waits for another connection, goes on waiting."""
    stranger, later = await another_office(), NOW + timedelta(seconds=8)
    waiting = [
        a_job_of(office, await add_invoice(office), state=JobState.RETRY_WAIT) for _ in range(2)
    ]
    timed = a_job_of(
        office, await add_invoice(office), state=JobState.RETRY_WAIT, next_attempt_at=later
    )
    other_states = [
        a_job_of(office, await add_invoice(office), state=state)
        for state in sorted(set(JobState) - {JobState.RETRY_WAIT})
    ]
    theirs = a_job_of(stranger, await add_invoice(stranger), state=JobState.RETRY_WAIT)
    await add_jobs(office, *waiting, timed, *other_states)
    await add_jobs(stranger, theirs)

    async with office.open_work() as work:
        assert await work.sync_jobs.wake_waiting(new_id(), NOW) == []
        woken = await work.sync_jobs.wake_waiting(connection_id(office), NOW)
    async with office.open_work() as work:
        again = await work.sync_jobs.wake_waiting(connection_id(office), NOW)
        times = {job.id: (await work.sync_jobs.get(job.id)).next_attempt_at for job in waiting}

    assert sorted(woken) == [job.id for job in waiting]
    assert again == []
    assert set(times.values()) == {NOW}
    async with office.open_work() as work:
        assert await work.sync_jobs.get(timed.id) == timed
    async with stranger.open_work() as work:
        assert await work.sync_jobs.get(theirs.id) == theirs
