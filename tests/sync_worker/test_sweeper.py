"""The sweeper finds what waits for a worker and was not told, and leaves the rest alone."""

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisAway
from structlog.testing import capture_logs

from domain.sync import JobState
from sync_worker.sweeper import sweep
from tests.sync_worker.connector import PlayedConnector, save


@pytest.fixture
def played(office):
    return PlayedConnector(office)


class Swept:
    """One sweep at a moment, over the jobs of one account."""

    def __init__(self, played):
        self._played = played
        self.enqueued = []

    async def at(self, moment):
        self.enqueued.clear()
        count = await sweep(self.due, self._enqueue, now=moment)
        assert count == len(self.enqueued)
        return [job_id for _, job_id in self.enqueued]

    async def due(self, now, *, quiet_since, at_most):
        """The database is shared with other tests, so that our jobs may stand far behind."""
        assert at_most == 500
        directory = self._played.office.resources.directory
        found = await directory.due_jobs(now, quiet_since=quiet_since, at_most=1_000_000)
        account_id = self._played.office.account_id
        return [entry for entry in found if entry.account_id == account_id]

    async def _enqueue(self, account_id, job_id):
        self.enqueued.append((account_id, job_id))


async def a_job(played):
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    return invoice, (await played.standing(invoice)).job


async def test_a_job_whose_message_is_merely_on_its_way_is_not_told_twice(played):
    _, job = await a_job(played)
    swept = Swept(played)

    assert await swept.at(job.updated_at + timedelta(seconds=1.9)) == []
    assert await swept.at(job.updated_at + timedelta(seconds=2)) == [job.id]
    assert swept.enqueued == [(played.office.account_id, job.id)]


async def test_a_job_waits_no_longer_once_its_request_is_in_the_queue(played):
    invoice, _ = await a_job(played)
    await played.plan()
    job = (await played.standing(invoice)).job

    assert job.state is JobState.READY
    assert await Swept(played).at(job.updated_at + timedelta(hours=1)) == []


async def test_a_delayed_job_is_swept_when_it_is_due_and_not_before(played):
    invoice = await save(played.office, await played.exported())
    for _ in range(3):
        await played.refuse(3175, "The record is in use.")
        job = (await played.standing(invoice)).job
        played.ahead += job.next_attempt_at - job.updated_at
    swept = Swept(played)

    assert job.next_attempt_at - job.updated_at == timedelta(seconds=30)
    assert await swept.at(job.next_attempt_at - timedelta(seconds=1)) == []
    assert await swept.at(job.next_attempt_at) == [job.id]


async def test_a_lost_answer_is_swept_once_quickbooks_cannot_tell_what_became_of_it(played):
    """Before that the next session asks for the answer that QuickBooks stored."""
    invoice, _ = await a_job(played)
    await played.fetch()
    await played.close()
    lost = (await played.standing(invoice)).job
    assert lost.state is JobState.UNKNOWN
    assert await Swept(played).at(lost.updated_at + timedelta(hours=1)) == []

    await played.update()  # it never saw the message set
    job = (await played.standing(invoice)).job

    assert job.state is JobState.UNKNOWN
    assert await Swept(played).at(job.updated_at + timedelta(seconds=2)) == [job.id]


async def test_a_sweep_that_finds_something_says_how_much(played):
    _, job = await a_job(played)

    with capture_logs() as logs:
        await Swept(played).at(job.updated_at + timedelta(seconds=2))
        await Swept(played).at(job.updated_at)

    assert [log["jobs"] for log in logs if log["event"] == "due_jobs.enqueued"] == [1]


async def test_a_sweep_that_cannot_reach_redis_loses_nothing(played):
    _, job = await a_job(played)
    moment = job.updated_at + timedelta(seconds=2)
    swept = Swept(played)

    async def away(account_id, job_id):
        raise RedisAway

    with pytest.raises(RedisAway):
        await sweep(swept.due, away, now=moment)

    assert await swept.at(moment) == [job.id]
