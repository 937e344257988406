"""Subscriptions over HTTP: what is sent, and what is given back when a stream ends."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from domain.events import EventNumbers
from schema.floor import Floor, LiveTerms
from schema.pagination import event_cursor
from schema.view import routes
from tests.builders import ACCOUNT_ID, NOW
from tests.schema.callers import TOKEN, SilentDoorbell, a_caller, reads
from tests.schema.test_sockets import ACCOUNT_EVENTS, INVOICE, INVOICE_EVENTS, VIEWER, an_event

PATIENCE_SECONDS = 10
SSE = "text/event-stream"
MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'
BOUNDARY = b"\r\n--graphql"


class Call:
    """One request to the application in this process, and what it sends."""

    def __init__(self, app, document, *, accept, takes=None, **variables):
        self.sent, self.to_app = asyncio.Queue(), asyncio.Queue()
        self.takes, self.blocked = takes, asyncio.Event()
        body = json.dumps({"query": document, "variables": variables}).encode()
        self.to_app.put_nowait({"type": "http.request", "body": body, "more_body": False})
        headers = {"authorization": TOKEN, "content-type": "application/json", "accept": accept}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
        self.running = asyncio.create_task(app(scope, self.to_app.get, self._send))

    async def _send(self, message):
        if self.takes == 0:
            self.blocked.set()
            await asyncio.Event().wait()
        if self.takes is not None:
            self.takes -= 1
        self.sent.put_nowait(message)

    async def head(self):
        message = await self.message()
        headers = {k.decode(): v.decode() for k, v in message["headers"]}
        return message["status"], headers

    async def part(self):
        """The next bytes that are no heartbeat; b"" when the answer ended."""
        while (body := (await self.message()).get("body", b"")) == b":\n\n":
            pass
        return body

    async def results(self, count):
        """That many results, of server-sent events."""
        await self.head()
        parts = [await self.part() for _ in range(count)]
        return [json.loads(part.decode().split("data: ")[1]) for part in parts]

    async def message(self):
        return await asyncio.wait_for(self.sent.get(), PATIENCE_SECONDS)

    def rest(self):
        """The bytes that nobody has taken yet."""
        messages = [self.sent.get_nowait() for _ in range(self.sent.qsize())]
        return b"".join(message.get("body", b"") for message in messages)

    def vanish(self):
        self.to_app.put_nowait({"type": "http.disconnect"})

    async def ended(self):
        await asyncio.wait_for(self.running, PATIENCE_SECONDS)


class Api:
    """The application of one process, whose caller's credential may be withdrawn."""

    def __init__(self, *works, terms=None, doorbell=None, **caller):
        self.doorbell = doorbell or SilentDoorbell()
        self.caller = replace(a_caller(*works, doorbell=self.doorbell), **caller)
        self.is_withdrawn = False
        self.asked = 0
        self.closing = asyncio.Event()
        self.app = Starlette(routes=routes(self._authenticate, floor=Floor(terms, self.closing)))

    async def _authenticate(self, authorization):
        self.asked += 1
        return None if self.is_withdrawn else self.caller

    @asynccontextmanager
    async def call(self, document, *, accept=SSE, **variables):
        call = Call(self.app, document, accept=accept, **variables)
        yield call
        call.vanish()
        await call.ended()


def two_events():
    log = reads(sync_events={"numbers": EventNumbers(2), "after": [an_event(1), an_event(2)]})
    return log, log


FROM_THE_START = {"after": event_cursor(ACCOUNT_ID, 0)}


async def test_events_come_as_server_sent_events_with_lines_that_urql_can_split():
    api = Api(*two_events())
    async with api.call(ACCOUNT_EVENTS, **FROM_THE_START) as call:
        status, headers = await call.head()
        first, second = await call.part(), await call.part()

    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert headers["cache-control"] == "no-cache, no-transform"
    name, data = first.decode().removesuffix("\n\n").split("\n")
    assert name == "event: next"
    assert json.loads(data.removeprefix("data: "))["data"]["syncStatusChanged"]["sequence"] == 1
    assert b"\r" not in first + second


async def test_events_come_in_parts_each_of_which_apollo_can_read_at_once():
    api = Api(*two_events())
    async with api.call(ACCOUNT_EVENTS, accept=MULTIPART, **FROM_THE_START) as call:
        status, headers = await call.head()
        begun, first, second = await call.part(), await call.part(), await call.part()

    assert status == 200
    assert headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    assert begun.startswith(BOUNDARY)
    assert begun.endswith(b"\r\n\r\n{}" + BOUNDARY)
    payloads = [
        json.loads(part.split(b"\r\n\r\n")[1].removesuffix(BOUNDARY)) for part in (first, second)
    ]
    numbers = [p["payload"]["data"]["syncStatusChanged"]["sequence"] for p in payloads]
    assert numbers == [1, 2]


async def test_a_query_may_be_answered_as_a_stream_of_one():
    async with Api().call(VIEWER) as call:
        (answer,) = await call.results(1)
        assert await call.part() == b"event: complete\ndata:\n\n"

    assert answer["data"]["viewer"]["actor"] == {"name": "Olga"}


@pytest.mark.parametrize("document", ["{", "{ nobody }", "subscription { nobody }"])
async def test_a_bad_document_is_told_in_the_stream_that_was_asked_for(document):
    async with Api().call(document) as call:
        (answer,) = await call.results(1)
        assert await call.part() == b"event: complete\ndata:\n\n"

    assert answer["errors"][0]["extensions"]["code"].startswith("GRAPHQL_")
    assert "data" not in answer


async def test_a_silent_stream_says_that_it_lives():
    api = Api(reads(sync_events={"numbers": EventNumbers(0), "after": []}), *[reads(sync_events={"after": []})] * 9,
              terms=LiveTerms(heartbeat_seconds=0.01))  # fmt: skip
    async with api.call(ACCOUNT_EVENTS) as call:
        await call.head()
        beats = [(await call.message())["body"] for _ in range(3)]

    assert beats == [b":\n\n"] * 3


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_who_vanishes_while_nothing_happens_gives_the_bell_back(accept):
    api = Api(*two_events())
    async with api.call(ACCOUNT_EVENTS, accept=accept, **FROM_THE_START) as call:
        await call.head()
        while b'"sequence":2' not in await call.part():
            pass
        assert api.doorbell.listening == 1

        call.vanish()
        await call.ended()

    assert api.doorbell.listening == 0


async def test_who_vanishes_while_the_stream_is_blocked_gives_the_bell_back():
    """A client that reads no more blocks who makes the events; then its line dies."""
    api = Api(*two_events())
    async with api.call(ACCOUNT_EVENTS, takes=3, **FROM_THE_START) as call:
        await call.results(1)
        await asyncio.wait_for(call.blocked.wait(), PATIENCE_SECONDS)
        assert api.doorbell.listening == 1

        call.vanish()
        await call.ended()

    assert api.doorbell.listening == 0


@pytest.mark.parametrize(
    ("accept", "last"),
    [
        (SSE, [b'event: next\ndata: {"errors":[{', b"event: complete\ndata:\n\n"]),
        (MULTIPART, [b'{"payload":null,"errors":[{', b"--\r\n"]),
    ],
)
async def test_a_stream_ends_when_its_credential_is_withdrawn(accept, last):
    api = Api(*two_events(), terms=LiveTerms(check_seconds=0.01))
    async with api.call(ACCOUNT_EVENTS, accept=accept, **FROM_THE_START) as call:
        await call.head()
        while b'"sequence":2' not in await call.part():
            pass

        api.is_withdrawn = True
        failure, end = await call.part(), await call.part()
        await call.ended()

    assert last[0] in failure
    assert b'"UNAUTHENTICATED"' in failure
    assert end == last[1]
    assert api.doorbell.listening == 0


async def test_a_stream_ends_when_its_token_does_and_nobody_has_to_be_asked():
    moments = iter([NOW, NOW + timedelta(minutes=5)])
    principal = replace(a_caller().principal, valid_until=NOW + timedelta(seconds=0.01))
    api = Api(
        *two_events(), principal=principal, now=lambda: next(moments, NOW + timedelta(minutes=5))
    )
    async with api.call(ACCOUNT_EVENTS, **FROM_THE_START) as call:
        await call.ended()

    assert b'"UNAUTHENTICATED"' in call.rest()
    assert api.asked == 2  # at the beginning alone


async def test_streams_beyond_the_limits_are_refused_with_a_status():
    silent = [reads(sync_events={"numbers": EventNumbers(0), "after": []})] * 9
    for terms, status, code in (
        (LiveTerms(most_each=1), 429, "RATE_LIMITED"),
        (LiveTerms(most=1), 503, "UNAVAILABLE"),
    ):
        api = Api(*silent, terms=terms)
        async with api.call(ACCOUNT_EVENTS) as first:
            await first.head()
            async with api.call(ACCOUNT_EVENTS) as second:
                found, headers = await second.head()
                error = json.loads(await second.part())["errors"][0]
            assert (found, error["extensions"]["code"]) == (status, code)
            assert int(headers["retry-after"]) > 0
        async with api.call(ACCOUNT_EVENTS) as third:  # the first one's place is free again
            assert (await third.head())[0] == 200


async def test_a_restart_breaks_streams_off_without_an_end():
    """A client takes `complete` for the end of the events, and a broken stream up again."""
    api = Api(*two_events())
    async with api.call(ACCOUNT_EVENTS, **FROM_THE_START) as call:
        await call.results(2)
        api.closing.set()
        await call.ended()
        assert call.sent.empty()

        async with api.call(ACCOUNT_EVENTS) as late:
            assert (await late.head())[0] == 503
    assert api.doorbell.listening == 0


async def test_an_event_that_cannot_be_read_is_not_delivered_half():
    """The client comes again behind its cursor, and finds the whole event."""
    begun = reads(
        sync_events={"numbers": EventNumbers(1), "latest": an_event(1), "after": []},
        invoices={"get": True},
    )
    api = Api(begun, begun, ConnectionRefusedError())
    with capture_logs() as logged:
        async with api.call(INVOICE_EVENTS, id=INVOICE) as call:
            await call.head()
            await call.ended()

    assert "stream.broken_off" in [entry["event"] for entry in logged]
    assert call.rest() == b":\n\n"


async def test_what_has_an_end_of_its_own_is_answered_before_a_restart():
    """A save that was asked for as a stream must not lose its answer."""
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def open_work():
        has_begun.set()
        await may_end.wait()
        yield reads(lists={"customers": {}})

    api = Api(open_work=open_work, terms=LiveTerms(check_seconds=0.01))
    async with api.call("{ customers { id } }") as call:
        await asyncio.wait_for(has_begun.wait(), PATIENCE_SECONDS)
        api.closing.set()
        api.is_withdrawn = True
        await asyncio.sleep(0.05)
        may_end.set()
        (answer,) = await call.results(1)

    assert answer["data"] == {"customers": []}


async def test_an_answer_that_the_database_did_not_give_says_so():
    with capture_logs():
        async with Api(ConnectionRefusedError()).call("{ customers { id } }") as call:
            (answer,) = await call.results(1)
            assert await call.part() == b"event: complete\ndata:\n\n"

    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
