"""Spans of operations, jobs and SOAP calls, for whoever follows one edit through the service.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT says where to; nothing of OpenTelemetry is imported then.
"""

import importlib
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Protocol

from dramatiq.middleware import Middleware

from app.settings import Settings, SettingsError
from resolvers.context import Tracer

_MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends spans is not installed: install Instep's"
    " extra `tracing`, or unset it."
)


class Tracing(Protocol):
    """What makes spans in one process."""

    @property
    def tracer(self) -> Tracer | None:
        """What makes the spans of GraphQL operations."""

    def soap_call(self, method: str) -> AbstractContextManager[None]:
        """Give the span of a Web Connector's call."""

    def middleware(self) -> tuple[Middleware, ...]:
        """Give what carries the trace along with messages, and makes the spans of jobs."""

    def close(self) -> None:
        """Send what is left, for some seconds at most."""


class NoTracing:
    """Makes none."""

    tracer: Tracer | None = None

    def soap_call(self, method: str) -> AbstractContextManager[None]:
        return nullcontext()

    def middleware(self) -> tuple[Middleware, ...]:
        return ()

    def close(self) -> None:
        """Do nothing."""


def check_tracing(settings: Settings) -> None:
    """Raise SettingsError where spans are wanted and cannot be sent."""
    if settings.otlp_endpoint is not None:
        _spans()


def make_tracing(settings: Settings, *, process: str) -> Tracing:
    """Give the tracing of a process of this name. Raises SettingsError."""
    if settings.otlp_endpoint is None:
        return NoTracing()
    made: Tracing = _spans().sending(settings.otlp_endpoint, process=process)
    return made


def _spans() -> ModuleType:
    try:
        return importlib.import_module("app.spans")
    except ModuleNotFoundError as missing:
        if not str(missing.name).startswith("opentelemetry"):
            raise
        raise SettingsError([_MISSING]) from None
