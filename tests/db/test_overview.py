"""What is counted over all accounts, for whoever runs the service: numbers, and no names."""

from datetime import timedelta

import pytest

from app.clock import now
from app.resources import hold_resources
from domain.sync import JobState
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.databases import own_database
from tests.db.making import a_session_of
from tests.db.test_directory import add_job


@pytest.fixture
def database(settings):
    return own_database(settings, "overview")


@pytest.fixture
async def alone(settings, namespace, database):
    """Two offices in a database where nobody else counts."""
    changed = settings.model_copy(update={"database_url": database})
    broker = make_broker(settings.redis_url, namespace=namespace)
    async with hold_resources(changed, broker) as resources:
        yield await open_office(resources), await open_office(resources)
    broker.close()


async def hear(office, moment):
    async with office.open_work() as work:
        await work.connections.seen(office.connection.connection.id, moment)


async def tallies(office, moment=None):
    found = await office.resources.directory.overview(moment or now())
    return {(it.kind, it.state): (it.amount, it.since) for it in found}


async def test_active_jobs_of_all_accounts_are_counted_by_state(alone):
    one, other = alone
    jobs = [await add_job(it, state=JobState.READY) for it in (one, one, other)]
    await add_job(one, state=JobState.SENT)
    for over in (JobState.APPLIED, JobState.FAILED, JobState.CANCELLED):
        await add_job(one, state=over)

    found = await tallies(one)

    assert {key: amount for key, (amount, _) in found.items() if key[0] == "JOB"} == {
        ("JOB", "READY"): 3,
        ("JOB", "SENT"): 1,
    }
    assert found["JOB", "READY"][1] == min(job.created_at for job in jobs)


async def test_a_connection_is_told_by_when_it_was_heard(alone):
    one, other = alone
    assert (await tallies(one))["CONNECTION", "NEVER_CONNECTED"] == (2, None)

    moment = now()
    await hear(one, moment)
    await hear(other, moment - timedelta(minutes=30))

    found = await tallies(one, moment)
    assert found["CONNECTION", "ONLINE"] == (1, moment)
    assert found["CONNECTION", "OFFLINE"] == (1, moment - timedelta(minutes=30))


@pytest.mark.parametrize("met", [{"hresult": "0x80040414"}, {"is_wrong_company_file": True}])
async def test_a_connection_that_cannot_work_is_in_trouble(alone, met):
    one, _ = alone
    moment = now()
    async with one.open_work() as work:
        of = one.connection.connection.id
        await work.connections.heard(of, moment, trouble="A dialog is open.", **met)

    assert (await tallies(one, moment))["CONNECTION", "TROUBLED"] == (1, moment)


async def test_a_connection_in_session_may_take_as_long_as_quickbooks_does(alone):
    one, _ = alone
    moment = now()
    called_at = moment - timedelta(minutes=5)
    await hear(one, called_at)
    silent = await tallies(one, moment)
    session = a_session_of(one, last_call_at=called_at)
    async with one.open_work() as work:
        await work.connector_sessions.open(session, b"ticket")

    assert silent["CONNECTION", "OFFLINE"] == (1, called_at)
    assert (await tallies(one, moment))["CONNECTION", "ONLINE"] == (1, called_at)
