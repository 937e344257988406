"""Events come out as one line each, in one form, and without secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from dramatiq.errors import ConnectionClosed
from redis.exceptions import ConnectionError as RedisConnectionError

from app.logging import configure_logging, redact


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged_lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_what_was_bound_to_the_request() -> None:
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    structlog.contextvars.bind_contextvars(account_id="a1")

    structlog.get_logger().info("job.planned", job_id="j1", requests=2)

    [line] = logged_lines(stream)
    assert line["timestamp"]
    assert {
        name: line[name] for name in ("event", "level", "account_id", "job_id", "requests")
    } == {
        "event": "job.planned",
        "level": "info",
        "account_id": "a1",
        "job_id": "j1",
        "requests": 2,
    }


@pytest.mark.parametrize("library", ["uvicorn.error", "dramatiq.worker.WorkerThread"])
def test_libraries_write_in_the_same_form_once(library: str) -> None:
    stream = io.StringIO()
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(stream))
    configure_logging("json", stream=stream)

    logging.getLogger(library).warning("Queue %s is slow", "sync")

    [line] = logged_lines(stream)
    assert (line["event"], line["logger"]) == ("Queue sync is slow", library)


@pytest.mark.parametrize(
    ("fault", "is_written"),
    [
        (ConnectionClosed(RedisConnectionError("refused")), False),
        (RedisConnectionError("refused"), False),
        (ConnectionRefusedError("refused"), False),
        (RuntimeError("a fault of ours"), True),
    ],
)
def test_of_an_outage_dramatiq_writes_nothing_for_the_worker_tells_it_once(
    fault: Exception, is_written: bool
) -> None:
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    library = logging.getLogger("dramatiq.worker.WorkerThread")

    try:
        raise fault
    except type(fault):
        library.exception("Failed to process message %s with unhandled exception.", "plan_sync()")
        library.warning("Retries exceeded for message %r.", "m1")
    library.warning("Something else.")

    written = ["Failed to process message plan_sync() with unhandled exception."]
    written += ["Retries exceeded for message 'm1'."]
    assert [line["event"] for line in logged_lines(stream)] == [
        *(written if is_written else []),
        "Something else.",
    ]


def test_a_traceback_is_part_of_its_event() -> None:
    stream = io.StringIO()
    configure_logging("json", stream=stream)

    try:
        {}["gone"]
    except KeyError:
        structlog.get_logger().exception("request.failed")

    [line] = logged_lines(stream)
    assert "KeyError" in json.dumps(line["exception"])


def test_the_console_form_is_readable_and_uncoloured_in_a_file() -> None:
    stream = io.StringIO()
    configure_logging("console", stream=stream)

    structlog.get_logger().info("server.started", port=8080)

    assert "server.started" in stream.getvalue()
    assert "port=8080" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    "name",
    ["password", "ticket", "jwt_secret", "Authorization", "api-key", "body", "request_body", "pin"],
)
def test_what_a_secrets_name_stands_for_is_never_written(name: str) -> None:
    event = {"event": "x", name: "hunter2", "deep": [{name: {"in": "hunter2"}}]}

    assert "hunter2" not in json.dumps(redact(None, "info", event))


@pytest.mark.parametrize(
    "name", ["event", "job_id", "ticket_id", "body_bytes", "requests", "shipping"]
)
def test_other_names_are_written_as_they_are(name: str) -> None:
    assert redact(None, "info", {name: "kept"}) == {name: "kept"}


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_local_variables(log_format) -> None:
    """They hold documents, variables of callers and customers' names."""
    stream = io.StringIO()
    configure_logging(log_format, stream=stream)

    def fail(customer: str) -> None:
        raise ValueError("a plain text")

    try:
        fail("Harriet Doyle")
    except ValueError:
        structlog.get_logger().exception("operation.failed")

    assert "a plain text" in stream.getvalue()
    assert "Harriet" not in stream.getvalue().replace('fail("Harriet Doyle")', "")
