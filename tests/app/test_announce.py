"""After a commit: whoever waits is told, and trouble with Redis costs a log line."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from app.announce import Announcer
from app.ids import new_id
from app.processes import free_port
from app.resources import announcing, hold_resources
from db.engine import make_engine, make_sessions
from domain.sync import JobState
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.sync_worker.connector import PlayedConnector

PATIENCE_SECONDS = 20


class Told:
    """What was passed on; raises instead when it is given a trouble."""

    def __init__(self, trouble=None):
        self._trouble = trouble
        self.rings, self.plans, self.webhooks = [], [], []

    async def ring(self, account_id):
        self._fail()
        self.rings.append(account_id)

    async def enqueue_plan(self, account_id, job_id):
        self._fail()
        self.plans.append((account_id, job_id))

    async def enqueue_webhook(self, account_id, webhook_id):
        self._fail()
        self.webhooks.append((account_id, webhook_id))

    def _fail(self):
        if self._trouble is not None:
            raise self._trouble


async def test_jobs_go_to_the_workers_and_news_to_those_who_wait():
    told, account_id, jobs = Told(), new_id(), [new_id(), new_id()]

    await Announcer(told.ring, told.enqueue_plan, told.enqueue_webhook).announce(
        account_id, has_events=True, jobs=jobs
    )

    assert told.plans == [(account_id, job_id) for job_id in jobs]
    assert told.rings == [account_id]


async def test_without_news_nobody_is_woken():
    told = Told()

    await Announcer(told.ring, told.enqueue_plan, told.enqueue_webhook).announce(
        new_id(), has_events=False, jobs=[]
    )

    assert told.rings == told.plans == []


@pytest.mark.parametrize("trouble", [RedisAway(), RedisError(), OSError()])
async def test_a_lost_announcement_is_logged_and_refuses_nothing(trouble):
    told = Told(trouble)

    with capture_logs() as logs:
        await Announcer(told.ring, told.enqueue_plan, told.enqueue_webhook).announce(
            new_id(), has_events=True, jobs=[new_id()]
        )

    [log] = logs
    assert (log["event"], log["jobs"]) == ("announcement.lost", 1)
    assert log["error"] == type(trouble).__name__


async def test_a_bug_is_not_taken_for_a_redis_that_is_away():
    told = Told(TypeError())

    with pytest.raises(TypeError):
        await Announcer(told.ring, told.enqueue_plan, told.enqueue_webhook).announce(
            new_id(), has_events=True, jobs=[]
        )


async def test_what_is_saved_while_redis_is_away_is_kept_for_the_sweeper(settings, namespace):
    away = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    broker = make_broker(away.redis_url, namespace=namespace)
    async with hold_resources(away, broker) as resources:
        office = await open_office(resources)
        invoice = await office.new_invoice()
        with capture_logs() as logs:
            await office.export(invoice)

        played = PlayedConnector(office)
        job = (await played.standing(invoice)).job
        assert "announcement.lost" in {log["event"] for log in logs}
        assert job.state is JobState.QUEUED
        assert await played.plan() == [job.id]
    broker.close()


async def test_a_commit_may_ring_without_an_event_and_a_failure_never_rings(settings):
    told, account_id = Told(), new_id()
    engine = make_engine(settings.database_url)
    open_work = announcing(
        make_sessions(engine), Announcer(told.ring, told.enqueue_plan, told.enqueue_webhook)
    )

    async def ring(trouble=None):
        async with open_work(account_id) as work:
            work.ring()
            work.ring()
            if trouble is not None:
                raise trouble

    async with open_work(account_id):
        """There is nothing to tell."""
    with pytest.raises(LookupError):
        await ring(LookupError())
    assert told.rings == []

    await ring()
    assert told.rings == [account_id]
    await engine.dispose()


async def test_a_process_ends_though_it_is_just_connecting_to_redis(settings, namespace):
    """A cancellation can get lost inside redis-py while it connects."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for steps in range(30):
            async with hold_resources(settings, broker):
                for _ in range(steps):
                    await asyncio.sleep(0)
    broker.close()
