"""What whoever runs the service reads at /metrics, and who else may not."""

import asyncio
import socket
from datetime import timedelta

import pytest
from dramatiq import MessageProxy
from prometheus_client.parser import text_string_to_metric_families

from app.clock import now
from app.gauges import Overview
from app.graphql_client import GraphQLClient, GraphQLFailure
from app.metrics import Metrics
from app.processes import StartFailed, free_port
from app.web import build_app
from app.worker import Counting, RunningWorker, sweep_message
from db.directory import Tally
from domain.webhooks import Posted
from sync_worker.broker import make_broker
from tests.app.test_serving import PATIENCE_SECONDS, serving, streaming, subscribed
from tests.builders import NOW
from tests.conftest import METRICS_TOKEN
from tests.plain_http import http_client

AS_PROMETHEUS = {"Authorization": f"Bearer {METRICS_TOKEN}"}


@pytest.fixture
def instep(settings, namespace):
    def make_app(settings, closing):
        return build_app(settings, make_broker(settings.redis_url, namespace=namespace), closing)

    return lambda **changes: serving(settings.model_copy(update=changes), make_app)


class Page:
    """The samples of one reading, found by name and labels."""

    def __init__(self, text):
        families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in families for sample in family.samples]

    def __getitem__(self, name):
        return self.value(name)

    def value(self, name, **labels):
        found = [s.value for s in self.samples if s.name == name and s.labels == labels]
        assert len(found) <= 1, found
        return found[0] if found else None


async def read(address):
    async with http_client() as web:
        answer = await web.get(f"http://{address}/metrics", headers=AS_PROMETHEUS)
    assert answer.status_code == 200
    return Page(answer.text)


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer a token of others"},
                                  {"Authorization": f"Basic {METRICS_TOKEN}"}])  # fmt: skip
async def test_metrics_are_for_who_knows_the_token(instep, office, sent):
    async with instep() as (address, _), http_client() as web:
        answer = await web.get(f"http://{address}/metrics", headers=sent)

    assert answer.status_code == 401
    assert "instep_" not in answer.text


async def test_without_a_token_there_are_no_metrics(instep):
    """Behind a proxy on the same computer everybody seems to come from there."""
    async with instep(metrics_token=None) as (address, _), http_client() as web:
        answer = await web.get(f"http://{address}/metrics", headers=AS_PROMETHEUS)

    assert answer.status_code == 404


async def test_operations_are_counted_by_kind_and_by_how_they_ended(instep, office):
    async with instep() as (address, _), http_client() as web:
        client = GraphQLClient(web, f"http://{address}/graphql", office.token())
        await client.call("{ syncCursor }")
        with pytest.raises(GraphQLFailure):
            await client.call("{ noSuchField }")
        with pytest.raises(GraphQLFailure):
            await client.call("{ not GraphQL ")

        page = await read(address)

    count = "instep_graphql_operations_total"
    assert page.value(count, kind="query", outcome="answered") == 1
    assert sum(s.value for s in page.samples if s.name == count) == 3
    assert sum(s.value for s in page.samples
               if s.name == count and s.labels["outcome"] == "refused") == 2  # fmt: skip
    assert page.value("instep_graphql_operation_seconds_count", kind="query") >= 1


async def test_tries_to_deliver_to_webhooks_are_counted_by_outcome():
    answers = [Posted(status=204), Posted(status=500), Posted(error="No connection.")]

    async def post(url, body, headers):
        return answers[int(url)]

    metrics = Metrics()
    told = [await metrics.counting(post)(str(n), b"", {}) for n in range(3)]

    page = Page(metrics.page().decode())
    count = "instep_webhook_deliveries_total"
    assert told == answers
    assert page.value(count, outcome="received") == 1
    assert page.value(count, outcome="failed") == 2
    assert page["instep_webhook_delivery_seconds_count"] == 3


async def test_what_webhooks_lack_is_told():
    async def read_tables(moment):
        return [
            Tally(kind="WEBHOOK", state="FAILING", amount=2, since=NOW - timedelta(hours=1)),
            Tally(
                kind="WEBHOOK_EVENT", state="FAILING", amount=7, since=NOW - timedelta(minutes=1)
            ),
        ]

    metrics, overview = Metrics(), Overview(read_tables, lambda: NOW)
    metrics.show(overview.gauges)
    await overview.refresh()

    page = Page(metrics.page().decode())
    assert page.value("instep_webhooks", state="failing") == 2
    assert page.value("instep_webhooks_oldest_seconds", state="failing") == 3600
    assert page.value("instep_webhook_events", state="failing") == 7
    assert page.value("instep_webhook_events_oldest_seconds", state="failing") == 60


async def test_open_sockets_and_streams_are_told(instep, office):
    token = f"Bearer {office.token()}"
    async with instep() as (address, _):
        async with subscribed(address, token), streaming(address, token):
            while_open = await read(address)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (after := await read(address)).value(LIVE, kind="stream"):
                await asyncio.sleep(0.02)

    assert [while_open.value(LIVE, kind=kind) for kind in ("socket", "stream")] == [1, 1]
    assert [after.value(LIVE, kind=kind) for kind in ("socket", "stream")] == [0, 0]


LIVE = "instep_live_connections"


async def test_the_pool_is_told(instep, office):
    async with instep() as (address, _):
        page = await read(address)

    assert page.value("instep_database_connections", which="most") == 20
    assert page.value("instep_database_connections", which="in_use") == 0
    assert page.value("instep_database_connections", which="open") >= 1


async def test_a_database_that_is_away_is_told_and_the_rest_still_shown(settings):
    """What watches the service must not fail together with it."""

    async def read_tables(_):
        raise ConnectionRefusedError

    metrics, overview = Metrics(), Overview(read_tables, now)
    metrics.show(overview.gauges)
    metrics.operation_ended("query", "unavailable", 0.5)
    await overview.refresh()

    page = Page(metrics.page().decode())
    assert page["instep_database_up"] == 0
    assert page.value("instep_graphql_operations_total", kind="query", outcome="unavailable") == 1
    assert not [s for s in page.samples if s.name == "instep_sync_jobs"]


async def test_however_many_read_at_once_the_tables_are_read_once_in_five_seconds():
    asked, clock = [], [100.0]

    async def read_tables(moment):
        asked.append(moment)
        await asyncio.sleep(0)
        return [Tally(kind="JOB", state="READY", amount=3, since=NOW - timedelta(seconds=90))]

    overview = Overview(read_tables, lambda: NOW, lambda: clock[0])
    await asyncio.gather(*(overview.refresh() for _ in range(50)))
    clock[0] += 4.9
    await overview.refresh()
    assert len(asked) == 1

    clock[0] += 0.2
    await overview.refresh()

    assert len(asked) == 2
    metrics = Metrics()
    metrics.show(overview.gauges)
    page = Page(metrics.page().decode())
    assert page.value("instep_sync_jobs", state="ready") == 3
    assert page.value("instep_sync_jobs_oldest_seconds", state="ready") == 90


async def test_a_worker_tells_what_its_actors_did(settings, namespace, office):
    port = free_port()
    changed = settings.model_copy(update={"worker_metrics_port": port, "sweep_seconds": 3600})
    worker = RunningWorker(changed, namespace=namespace, threads=1)
    await asyncio.to_thread(worker.start)
    try:
        worker.broker.enqueue(sweep_message())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (page := await read(f"127.0.0.1:{port}")).value(
                "instep_worker_messages_total", actor="sweep", outcome="done"
            ):
                await asyncio.sleep(0.05)
        async with http_client() as web:
            refused = await web.get(f"http://127.0.0.1:{port}/metrics")
            elsewhere = await web.get(f"http://127.0.0.1:{port}/", headers=AS_PROMETHEUS)
    finally:
        await asyncio.to_thread(worker.stop)

    assert page.value("instep_worker_message_seconds_count", actor="sweep") == 1
    assert page.value("instep_database_connections", which="most") == 20
    assert (refused.status_code, elsewhere.status_code) == (401, 404)


def test_a_message_that_failed_is_told(namespace, settings):
    metrics, message = Metrics(), MessageProxy(sweep_message())
    broker, counting = make_broker(settings.redis_url, namespace=namespace), Counting(metrics)
    counting.before_process_message(broker, message)
    counting.after_process_message(broker, message, exception=OSError())
    broker.close()

    page = Page(metrics.page().decode())
    assert page.value("instep_worker_messages_total", actor="sweep", outcome="failed") == 1


def test_a_port_that_is_taken_is_told_in_a_sentence(settings, namespace):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        changed = settings.model_copy(update={"worker_metrics_port": taken.getsockname()[1]})

        with pytest.raises(StartFailed, match="INSTEP_WORKER_METRICS_PORT"):
            RunningWorker(changed, namespace=namespace, threads=1)
