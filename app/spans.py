"""Spans by OpenTelemetry: named by its conventions, sent by OTLP over HTTP, and never in the way.

A span tells what kind of thing was done, for which account, how long it took and how it ended. It
holds no document, no variable, no message of an error and no name of a person: whoever reads traces
is rarely whoever may read books.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any

import structlog
from dramatiq import Broker, Message, MessageProxy
from dramatiq.middleware import Middleware
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from db.outages import Outage

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SEND_SECONDS = 5
_LONGEST_NAME = 100
#: How an operation may end that is an error of the service, and not of who asked.
_OUR_FAULTS = frozenset({"failed", "unavailable"})
_TRACEPARENT = "traceparent"

#: The span that is under way in this task or thread, with its trace.
_current: ContextVar[Context | None] = ContextVar("instep_span", default=None)
_propagator = TraceContextTextMapPropagator()


def sending(endpoint: str, *, process: str) -> "Spans":
    """Give the spans of a process, sent to a collector at this address."""
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_SEND_SECONDS)
    return Spans(exporter, process=process)


class Spans:
    """It fits `app.tracing.Tracing`, and `resolvers.context.Tracer` too."""

    def __init__(self, exporter: SpanExporter, *, process: str) -> None:
        own = Resource({"service.name": f"instep-{process}", "service.namespace": "instep"})
        # the collector may be told otherwise by OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
        named = own.merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=named, shutdown_on_exit=False)
        self._telling = Telling(exporter)
        self._provider.add_span_processor(BatchSpanProcessor(self._telling))
        self._tracer = self._provider.get_tracer("instep")

    @property
    def tracer(self) -> "Spans":
        """What makes the spans of GraphQL operations: itself."""
        return self

    @contextmanager
    def operation(self) -> Iterator["Operation"]:
        """Give the span of a GraphQL operation; what its document says is not known yet."""
        with self._begun("GraphQL Operation", SpanKind.SERVER, {}) as span:
            yield Operation(span)

    @contextmanager
    def soap_call(self, method: str) -> Iterator[None]:
        """Give the span of a Web Connector's call."""
        service = "QBWebConnectorSvc"
        attributes = {"rpc.system": "soap", "rpc.service": service, "rpc.method": method}
        with self._begun(f"{service}/{method}", SpanKind.SERVER, attributes):
            yield

    def middleware(self) -> tuple[Middleware, ...]:
        """Give what carries the trace along with messages."""
        return (Carrying(self.job),)

    def job(self, message: MessageProxy) -> AbstractContextManager[Span]:
        """Give the span of a message that a worker took, in the trace of whoever sent it."""
        queue, actor = message.queue_name, message.actor_name
        attributes = {
            "messaging.system": "dramatiq",
            "messaging.operation.name": actor,
            "messaging.operation.type": "process",
            "messaging.destination.name": queue,
            "messaging.message.id": message.message_id,
        }
        carried = {_TRACEPARENT: str(message.options.get(_TRACEPARENT, ""))}
        sender = _propagator.extract(carried, context=Context())
        return self._begun(f"{actor} {queue}", SpanKind.CONSUMER, attributes, sender)

    def close(self) -> None:
        """Send what is left, for some seconds at most."""
        self._telling.is_closing = True
        self._provider.shutdown()

    @contextmanager
    def _begun(
        self,
        name: str,
        kind: SpanKind,
        attributes: dict[str, str],
        parent: Context | None = None,
    ) -> Iterator[Span]:
        span = self._tracer.start_span(
            name, context=parent or Context(), kind=kind, attributes=attributes
        )
        token = _current.set(set_span_in_context(span))
        try:
            yield span
        except Exception as fault:
            _blame(span, type(fault).__name__)  # its text may quote values
            raise
        finally:
            _leave(token)
            span.end()


class Operation:
    """It fits `resolvers.context.Span`."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def told(self, kind: str, name: str | None, outcome: str, ids: Mapping[str, str]) -> None:
        """Say what kind of operation it was, what its document calls it, and how it ended."""
        if kind != "unreadable":
            self._span.update_name(kind)
            self._span.set_attribute("graphql.operation.type", kind)
            if name:
                self._span.set_attribute("graphql.operation.name", name[:_LONGEST_NAME])
        self._span.set_attribute("instep.outcome", outcome)
        for key, value in ids.items():
            self._span.set_attribute(f"instep.{key}", value)
        if outcome in _OUR_FAULTS:
            _blame(self._span, outcome)


class Carrying(Middleware):
    """Sends the trace along with each message, and makes the span of each that is processed."""

    def __init__(self, begin: Callable[[MessageProxy], AbstractContextManager[Span]]) -> None:
        self._begin = begin
        self._running: dict[str, tuple[AbstractContextManager[Span], Span]] = {}

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        """Note in the message of which trace it is."""
        if (current := _current.get()) is not None:
            _propagator.inject(message.options, context=current)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Begin its span, in the thread that will run it."""
        framed = self._begin(message)
        self._running[message.message_id] = (framed, framed.__enter__())

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        """End its span; an exception is told by its kind."""
        self._end(message, exception)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """End its span."""
        self._end(message, None)

    def _end(self, message: MessageProxy, fault: BaseException | None) -> None:
        framed, span = self._running.pop(message.message_id, (None, None))
        if framed is None or span is None:
            return
        if fault is not None:
            _blame(span, type(fault).__name__)
        framed.__exit__(None, None, None)


class Telling(SpanExporter):
    """Says once that the collector is away, and once that it is back; its spans are lost."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._outage = Outage()
        self._is_away = False
        #: Nobody waits for a collector that is away any more.
        self.is_closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them; whatever goes wrong costs these spans and nothing else."""
        if self.is_closing and self._is_away:
            return SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        except Exception as fault:  # noqa: BLE001 - a broken collector must not end the thread that sends
            result, trouble = SpanExportResult.FAILURE, type(fault).__name__
        else:
            trouble = "the collector refused them, or cannot be reached"
        self._is_away = result is not SpanExportResult.SUCCESS
        if not self._is_away:
            if self._outage.end():
                log.info("spans.sent_again")
        elif self._outage.begin():
            log.warning("spans.lost", reason=f"{trouble}. Check OTEL_EXPORTER_OTLP_ENDPOINT.")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _blame(span: Span, reason: str) -> None:
    span.set_attribute("error.type", reason)
    span.set_status(StatusCode.ERROR)


def _leave(token: Token[Context | None]) -> None:
    with suppress(ValueError):  # a subscription may end in another task than it began in
        _current.reset(token)
