"""One edit as a trace: from the mutation through the worker's job, as a collector receives it."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journeys.conftest import key
from tests.sync_worker.receiver import a_receiver

SAVE = """mutation SavePrice($input: SaveAndSyncInput!) { saveAndSync(input: $input) {
  invoice { id } userErrors { message } } }"""
PATIENCE_SECONDS = 60


@pytest.fixture
async def collector():
    async with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings, collector):
    """The service is told of a collector."""
    endpoint = f"http://127.0.0.1:{collector.port}"
    return settings.model_copy(update={"otlp_endpoint": endpoint})


def spans_of(collector):
    """Each span that came in, with the name of its process."""
    found = []
    for post in collector.received:
        for told in ExportTraceServiceRequest.FromString(post.body).resource_spans:
            names = {a.key: a.value.string_value for a in told.resource.attributes}
            found += [(names["service.name"], span) for s in told.scope_spans for span in s.spans]
    return found


def attributes_of(span):
    return {it.key: it.value.string_value for it in span.attributes}


def mutation_and_jobs(collector):
    """The save, and what workers did in its trace."""
    found = spans_of(collector)
    saves = [
        span
        for _, span in found
        if attributes_of(span).get("graphql.operation.name") == "SavePrice"
    ]
    if not saves:
        return None, []
    trace = saves[0].trace_id
    return saves[0], [it for it in found if it[1].trace_id == trace and it[0] == "instep-worker"]


async def test_a_save_and_the_job_that_plans_it_are_one_trace(service, collector):
    async with service.working():
        invoice = await service.exported()
        first = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {
            "invoiceId": invoice["id"],
            "version": invoice["version"],
            "idempotencyKey": key(),
            "edits": {"editTasks": [first]},
        }
        await service.client().call(SAVE, input=wish)
        await service.update_until(invoice["id"], syncStatus="SYNCED")
        await collector.until(lambda c: mutation_and_jobs(c)[1], seconds=PATIENCE_SECONDS)
        await collector.until(lambda c: names_of(c) >= METHODS, seconds=PATIENCE_SECONDS)

    save, [(_, job), *_] = mutation_and_jobs(collector)
    assert {post.path for post in collector.received} == {"/v1/traces"}
    assert (save.name, save.parent_span_id) == ("mutation", b"")
    assert attributes_of(save)["instep.outcome"] == "answered"
    assert (job.name, job.parent_span_id) == ("plan_sync sync", save.span_id)
    assert job.start_time_unix_nano >= save.start_time_unix_nano
    told = b"".join(post.body for post in collector.received)
    secret = service.office.connection.password
    for kept in ("Harriet", "Olga", "42.00", "InvoiceModRq", secret, service.office.token()):
        assert kept.encode() not in told


METHODS = {
    f"QBWebConnectorSvc/{method}"
    for method in ("authenticate", "sendRequestXML", "receiveResponseXML", "closeConnection")
}


def names_of(collector):
    return {span.name for _, span in spans_of(collector)}
