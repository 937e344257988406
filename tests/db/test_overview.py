"""What is counted over all accounts, for whoever runs the service: numbers, and no names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.clock import now
from app.ids import new_id
from app.resources import hold_resources
from domain.sync import JobState
from domain.webhooks import Webhook
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.databases import own_database
from tests.db.making import a_session_of, an_event
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


async def test_webhooks_are_told_by_how_they_stand_and_by_what_they_lack(alone):
    """Of a disabled one nothing waits; of the others everything behind the last delivery."""
    moment = now()
    one, other = alone
    assert not {key for key in await tallies(one) if key[0].startswith("WEBHOOK")}
    events = [await happened(one, moment - timedelta(minutes=it)) for it in (9, 5, 1)]
    await happened(other, moment - timedelta(minutes=3))
    await a_webhook_of(one, delivered=1)
    await a_webhook_of(one, delivered=3)
    await a_webhook_of(one, delivered=0, is_disabled=True)
    since = moment - timedelta(hours=2)
    await a_webhook_of(other, delivered=0, failures=4, failing_since=since)

    found = await tallies(one, moment)

    assert {key: value for key, value in found.items() if key[0].startswith("WEBHOOK")} == {
        ("WEBHOOK", "ACTIVE"): (2, None),
        ("WEBHOOK", "DISABLED"): (1, None),
        ("WEBHOOK", "FAILING"): (1, since),
        ("WEBHOOK_EVENT", "ACTIVE"): (2, events[1]),
        ("WEBHOOK_EVENT", "FAILING"): (1, moment - timedelta(minutes=3)),
    }


async def happened(office, at):
    """An event of that moment, and the moment."""
    invoice = await office.new_invoice(number=str(new_id())[-9:])
    async with office.open_work() as work:
        work.record(replace(an_event(invoice), occurred_at=at))
    return at


async def a_webhook_of(office, **changes):
    webhook = Webhook(
        id=new_id(), url="https://partner.example.com/", created_at=now(), secret_id=new_id(),
        **changes,
    )  # fmt: skip
    async with office.open_work() as work:
        await work.webhooks.add(webhook)


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
