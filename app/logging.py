"""Logging: one line for each event, readable or JSON, and never a secret in it."""

import logging
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError
from structlog.typing import EventDict, Processor, WrappedLogger

from db.engine import is_outage

_REDACTED = "[redacted]"
_SECRET_WORDS = frozenset(
    {"password", "secret", "token", "ticket", "authorization", "cookie", "pin", "body", "xml"}
)
_HARMLESS_ENDINGS = ("_id", "_bytes", "_seconds", "_count")  # `body_bytes` tells a size
_SECRET_NAMES = frozenset({"api_key", "apikey", "database_url", "redis_url"})
_QUIET = ("uvicorn.access", "httpx", "httpcore")  # an event of ours says more than each request
_REDIS_AWAY = (BrokerConnectionError, RedisError)
_RESTARTING = "Restarting consumer"


def configure_logging(
    log_format: Literal["console", "json"], *, stream: TextIO | None = None
) -> None:
    """Send structlog's events and the libraries' own records to one stream in one form.

    For uvicorn, pass `log_config=None` besides, so that it keeps no handlers of its own.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendered(log_format, coloured=stream.isatty()),
            ],
        )
    )
    handler.addFilter(_is_told_by_dramatiq_alone)
    _take_over(handler)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what secrets' names stand for, at any depth of an event's values."""
    return {name: _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: object) -> object:
    if _is_secret(name):
        return _REDACTED
    if isinstance(value, Mapping):
        return {inner: _clean(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", content) for content in value]
    return value


def _is_secret(name: str) -> bool:
    words = name.lower().replace("-", "_")
    if words.endswith(_HARMLESS_ENDINGS):
        return False
    return words in _SECRET_NAMES or not _SECRET_WORDS.isdisjoint(words.split("_"))


def _rendered(log_format: Literal["console", "json"], *, coloured: bool) -> list[Processor]:
    if log_format == "json":
        # without local variables: they hold documents and customers' names
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        renderer = structlog.processors.ExceptionRenderer(frames)
        return [renderer, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=coloured, exception_formatter=plain)]


def _take_over(handler: logging.Handler) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dramatiq"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # app/spans.py tells of it once
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_told_by_dramatiq_alone(record: logging.LogRecord) -> bool:
    """Of a server that is away a worker tells once itself; Dramatiq would at each attempt."""
    if not record.name.startswith("dramatiq."):
        return True
    fault = sys.exc_info()[1]  # what is being handled, also where the record does not show it
    is_of_outage = fault is not None and (isinstance(fault, _REDIS_AWAY) or is_outage(fault))
    return not is_of_outage and not str(record.msg).startswith(_RESTARTING)


def _is_news(record: logging.LogRecord) -> bool:
    """A stream that is broken off on purpose has told so itself."""
    return record.msg != "ASGI callable returned without completing response."
