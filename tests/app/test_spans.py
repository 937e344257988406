"""Spans tell what was done, how long it took and how it ended; never what it said, or about whom."""

import asyncio
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from dramatiq import Message, MessageProxy
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs

from app.processes import free_port
from app.settings import SettingsError, load_settings
from app.spans import Spans, sending
from app.tracing import NoTracing, make_tracing
from schema.build import schema
from schema.context import GraphQLContext
from tests.schema.callers import a_caller
from tests.sync_worker.receiver import a_receiver

ROOT = Path(__file__).parents[2]
ADDRESSES = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h:1/0"}
ACTOR, QUEUE = "plan_sync", "sync"


class Traced:
    """What one process would send."""

    def __init__(self):
        self._exporter = InMemorySpanExporter()
        self.spans = Spans(self._exporter, process="web")

    def sent(self):
        self.spans.close()
        return self._exporter.get_finished_spans()


@pytest.fixture
def traced():
    return Traced()


async def run(traced, document, *works, **variables):
    caller = replace(a_caller(*works), tracer=traced.spans, request_id="r-1")
    return await schema().execute(
        document, variable_values=variables, context_value=GraphQLContext(caller)
    )


async def test_an_operation_is_a_span_by_the_conventions_and_without_its_document(traced):
    document = "query Viewer($id: ID!) { viewer { name: nobody(is: $id) } }"
    await run(traced, document, id="Harriet Doyle")
    caller = a_caller()

    [span] = traced.sent()

    assert (span.name, span.kind) == ("query", SpanKind.SERVER)
    assert dict(span.attributes) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Viewer",
        "instep.outcome": "refused",  # there is no such field
        "instep.account_id": str(caller.principal.account_id),
        "instep.request_id": "r-1",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.resource.attributes["service.name"] == "instep-web"
    assert "Harriet" not in span.to_json()
    assert "Olga" not in span.to_json()


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(RuntimeError("Harriet owes 12"), "failed"), (ConnectionRefusedError(), "unavailable")],
)
async def test_a_fault_of_ours_is_an_error_told_by_its_kind_alone(traced, trouble, outcome):
    await run(traced, "{ customers { id } }", trouble)

    [span] = traced.sent()

    assert (span.status.status_code, span.attributes["error.type"]) == (StatusCode.ERROR, outcome)
    assert span.status.description is None
    assert "Harriet" not in span.to_json()


async def test_what_cannot_be_read_is_a_span_without_a_kind(traced):
    await run(traced, "{ not GraphQL ")

    [span] = traced.sent()

    assert span.name == "GraphQL Operation"
    assert "graphql.operation.name" not in span.attributes


def test_a_call_of_the_web_connector_is_a_span(traced):
    with traced.spans.soap_call("sendRequestXML"):
        pass
    with pytest.raises(ZeroDivisionError), traced.spans.soap_call("authenticate"):
        raise ZeroDivisionError("a secret")

    answered, failed = traced.sent()

    assert (answered.name, answered.kind) == ("QBWebConnectorSvc/sendRequestXML", SpanKind.SERVER)
    assert answered.attributes["rpc.method"] == "sendRequestXML"
    assert failed.attributes["error.type"] == "ZeroDivisionError"
    assert "a secret" not in failed.to_json()


def a_message():
    return Message(queue_name=QUEUE, actor_name=ACTOR, args=(), kwargs={}, options={})


def carried(traced, message, *, fault=None):
    """What a worker makes of the message."""
    (carrying,) = traced.spans.middleware()
    proxy = MessageProxy(message)
    carrying.before_process_message(None, proxy)
    carrying.after_process_message(None, proxy, exception=fault)


def test_a_job_is_a_span_in_the_trace_of_whoever_asked_for_it(traced):
    (carrying,) = traced.spans.middleware()
    message = a_message()
    with traced.spans.operation():
        carrying.before_enqueue(None, message, None)

    carried(traced, message)

    operation, job = traced.sent()
    assert job.context.trace_id == operation.context.trace_id
    assert job.parent.span_id == operation.context.span_id
    assert (job.name, job.kind) == ("plan_sync sync", SpanKind.CONSUMER)
    assert dict(job.attributes) == {
        "messaging.system": "dramatiq",
        "messaging.operation.name": ACTOR,
        "messaging.operation.type": "process",
        "messaging.destination.name": QUEUE,
        "messaging.message.id": message.message_id,
    }


@pytest.mark.parametrize("traceparent", [None, "", "garbled", 7])
def test_a_job_that_nobody_traced_is_a_trace_of_its_own(traced, traceparent):
    message = a_message()
    if traceparent is not None:
        message.options["traceparent"] = traceparent

    carried(traced, message)

    [job] = traced.sent()
    assert job.parent is None


def test_a_job_that_failed_is_told_by_the_kind_of_its_fault(traced):
    carried(traced, a_message(), fault=KeyError("Harriet"))

    [job] = traced.sent()
    assert (job.status.status_code, job.attributes["error.type"]) == (StatusCode.ERROR, "KeyError")
    assert "Harriet" not in job.to_json()


def test_what_is_skipped_and_what_never_began_ends_quietly(traced):
    (carrying,) = traced.spans.middleware()
    proxy = MessageProxy(a_message())
    carrying.before_process_message(None, proxy)
    carrying.after_skip_message(None, proxy)
    carrying.after_process_message(None, proxy)

    assert len(traced.sent()) == 1


async def test_an_operation_that_ends_in_another_task_than_it_began_in_ends(traced):
    """A subscription's stream is begun by one task and closed by another."""
    span = traced.spans.operation()
    await asyncio.create_task(asyncio.to_thread(span.__enter__))
    span.__exit__(None, None, None)

    assert len(traced.sent()) == 1


@pytest.mark.parametrize("manner", ["absent", "refusing", "hanging"])
async def test_a_collector_that_is_away_or_broken_costs_one_line_and_no_time(manner):
    """Spans are given up; what made them never waits, and the end of the process hardly does."""
    async with a_receiver() as collector:
        collector.script += [(404, {})] * 100 if manner == "refusing" else [hang] * 100
        port = free_port() if manner == "absent" else collector.port
        logged, made, ended = await a_burst(f"http://127.0.0.1:{port}")

    assert [line["event"] for line in logged] == ["spans.lost"]
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in logged[0]["reason"]
    assert made < 5
    assert ended < 15


async def hang(writer):
    """Never answer; whoever asks gives up."""
    await asyncio.Event().wait()


async def a_burst(endpoint):
    """More spans than are kept: what was logged, and how long making them took, and ending."""
    with capture_logs() as logged:
        spans = sending(endpoint, process="web")
        begun = time.perf_counter()
        await asyncio.to_thread(make_many, spans)
        made = time.perf_counter() - begun
        await asyncio.to_thread(spans.close)
        ended = time.perf_counter() - begun
    return logged, made, ended


def make_many(spans):
    for _ in range(5000):
        with spans.operation():
            pass


def test_without_an_endpoint_nothing_that_makes_or_sends_spans_is_loaded():
    """It costs neither memory nor time where nobody asked for it. (redis-py loads the bare API.)"""
    program = (
        "import sys; import app.cli;"
        " wanted = ('app.spans', 'opentelemetry.sdk.trace', 'opentelemetry.exporter');"
        " print([name for name in sys.modules if name.startswith(wanted)])"
    )

    found = ran(program)

    assert (found.stdout.strip(), found.stderr) == ("[]", "")
    assert isinstance(make_tracing(load_settings(ADDRESSES), process="web"), NoTracing)


def ran(program, **environment):
    """A process of its own that has run this."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_endpoint_without_what_sends_spans_is_said_at_the_start():
    program = (
        "import sys; sys.modules['opentelemetry'] = None; from app.cli import main;"
        " sys.exit(main(['serve']))"
    )
    environment = ADDRESSES | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}

    ended = ran(program, **environment)

    assert ended.returncode == 1
    assert "install Instep's extra `tracing`" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "url", ["collector:4318", "grpc://collector:4317", "http://", "http://c?a"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT must look like http"):
        load_settings(ADDRESSES | {"OTEL_EXPORTER_OTLP_ENDPOINT": url})
