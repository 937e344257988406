"""The door over WebSocket: signing in, frames, and operations that fail alone."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from domain.actor import QUICKBOOKS
from domain.events import EventNumbers, NumberedEvent, SyncStatusChanged
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus
from schema.floor import Floor, LiveTerms
from schema.ids import global_id
from schema.pagination import event_cursor
from schema.view import routes
from tests.builders import ACCOUNT_ID, INVOICE_ID, NOW, an_id, an_invoice
from tests.schema.callers import TOKEN, SilentDoorbell, a_caller, reads

INVOICE = global_id("Invoice", INVOICE_ID)
VIEWER = "{ viewer { actor { name } } }"
ACCOUNT_EVENTS = """subscription($after: String, $filter: SyncEventFilter) {
  syncStatusChanged(after: $after, filter: $filter) { sequence cursor status phase actor { kind } } }"""
INVOICE_EVENTS = """subscription($id: ID!, $after: String) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) { sequence invoice { version } } }"""


class Socket:
    """The client's end of a socket, in one process with the application."""

    def __init__(self):
        self.to_app, self.from_app = asyncio.Queue(), asyncio.Queue()

    def send_json(self, message):
        self.send({"type": "websocket.receive", "text": json.dumps(message)})

    def send(self, frame):
        self.to_app.put_nowait(frame)

    async def receive(self):
        return await asyncio.wait_for(self.from_app.get(), timeout=10)

    async def receive_json(self):
        return json.loads((await self.receive())["text"])

    async def closed(self):
        frame = await self.receive()
        assert frame["type"] == "websocket.close"
        return frame["code"]


@asynccontextmanager
async def a_socket(
    *works, doorbell=None, protocol="graphql-transport-ws", asked=(), caller=None, **options
):
    """An open socket, not signed in; `TOKEN` signs in a caller with these units of work.

    `asked` tells in turn what becomes of asking who that is: True, False or an exception.
    """

    caller = caller or a_caller(*works, doorbell=doorbell)
    answers = iter(asked)

    async def authenticate(authorization):
        answer = next(answers, authorization == TOKEN)
        if isinstance(answer, Exception):
            raise answer
        return caller if answer else None

    app, socket = Starlette(routes=routes(authenticate, **options)), Socket()
    scope = {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": [protocol]}
    running = asyncio.create_task(app(scope, socket.to_app.get, socket.from_app.put))
    socket.send({"type": "websocket.connect"})
    assert (await socket.receive())["type"] == "websocket.accept"
    yield socket
    socket.send({"type": "websocket.disconnect", "code": 1000})
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(running, timeout=10)


@asynccontextmanager
async def a_signed_in_socket(*works, **options):
    async with a_socket(*works, **options) as socket:
        socket.send_json({"type": "connection_init", "payload": {"authorization": TOKEN}})
        assert await socket.receive_json() == {"type": "connection_ack"}
        yield socket


def start(socket, document, key="1", **variables):
    payload = {"query": document, "variables": variables}
    socket.send_json({"type": "subscribe", "id": key, "payload": payload})


def an_event(sequence, **changes):
    event = SyncStatusChanged(
        id=an_id(sequence),
        occurred_at=NOW,
        invoice_id=INVOICE_ID,
        status=SyncStatus.SYNCED,
        previous_status=SyncStatus.SYNCING,
        phase=SyncPhase.DONE,
        invoice_version=2,
        actor=QUICKBOOKS,
    )
    return NumberedEvent(sequence, replace(event, **changes))


@pytest.mark.parametrize("key", ["authorization", "Authorization"])
async def test_a_socket_signs_in_with_its_first_message(key):
    async with a_socket() as socket:
        socket.send_json({"type": "connection_init", "payload": {key: TOKEN}})

        assert await socket.receive_json() == {"type": "connection_ack"}
        start(socket, VIEWER)
        frame = await socket.receive()
        assert "Olga" in frame["text"]  # clients cannot read binary frames


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": "Bearer bad"}, {"authorization": 1}, {"token": TOKEN}]
)
async def test_without_a_credential_that_holds_the_socket_is_closed(payload):
    message = {"type": "connection_init"} | ({} if payload is None else {"payload": payload})
    async with a_socket() as socket:
        socket.send_json(message)

        assert await socket.closed() == 4403


async def test_nothing_runs_before_signing_in():
    async with a_socket() as socket:
        start(socket, VIEWER)

        assert await socket.closed() == 4401


async def test_the_old_protocol_is_not_spoken():
    async with a_socket(protocol="graphql-ws") as socket:
        assert await socket.closed() == 4406


@pytest.mark.parametrize(
    "message",
    ["x", [], None, {}, {"type": 1}, {"type": "dance"}, {"type": "complete", "id": []},
     {"type": "subscribe", "payload": {"query": VIEWER}}, {"type": "subscribe", "id": "1"},
     {"type": "subscribe", "id": 1, "payload": {"query": VIEWER}},
     {"type": "subscribe", "id": "1", "payload": {"query": None}},
     {"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "variables": []}},
     {"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "operationName": 1}}],
)  # fmt: skip
async def test_what_is_no_message_of_the_protocol_closes_the_socket(message):
    async with a_signed_in_socket() as socket:
        socket.send_json(message)

        assert await socket.closed() == 4400


@pytest.mark.parametrize("frame", [{"text": "{"}, {"bytes": b"{}"}])
async def test_a_frame_that_is_no_json_text_closes_the_socket(frame):
    async with a_signed_in_socket() as socket:
        socket.send({"type": "websocket.receive", **frame})

        assert await socket.closed() == 4400


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nobody }", "GRAPHQL_VALIDATION_FAILED"),
        (VIEWER * 2, "QUERY_TOO_COMPLEX"),
    ],
)
async def test_a_bad_operation_ends_alone(document, code):
    async with a_signed_in_socket() as socket:
        start(socket, document, key="bad")
        failed = await socket.receive_json()
        start(socket, VIEWER, key="good")

        assert (failed["id"], failed["type"]) == ("bad", "error")
        assert failed["payload"][0]["extensions"]["code"] == code
        assert (await socket.receive_json())["payload"]["data"]["viewer"]["actor"] == {
            "name": "Olga"
        }


async def test_events_are_streamed_and_the_bell_is_given_back():
    doorbell = SilentDoorbell()
    log = reads(sync_events={"numbers": EventNumbers(2), "after": [an_event(1), an_event(2)]})
    async with a_signed_in_socket(log, log, doorbell=doorbell) as socket:
        start(socket, ACCOUNT_EVENTS, after=event_cursor(ACCOUNT_ID, 0))
        first, second = await socket.receive_json(), await socket.receive_json()
        assert doorbell.listening == 1
        socket.send_json({"type": "complete", "id": "1"})
        start(socket, VIEWER, key="2")
        await socket.receive_json()
        assert doorbell.listening == 0

    assert first["payload"]["data"]["syncStatusChanged"] == {
        "sequence": 1,
        "cursor": event_cursor(ACCOUNT_ID, 1),
        "status": "SYNCED",
        "phase": "DONE",
        "actor": {"kind": "QUICKBOOKS"},
    }
    assert second["payload"]["data"]["syncStatusChanged"]["sequence"] == 2


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"status": ["SYNCED"]}, [2]),
        ({"invoiceIds": [INVOICE, "garbled"]}, [1, 2]),
        ({"status": ["SYNCING"], "invoiceIds": [INVOICE]}, [1]),
    ],
)
async def test_a_filter_leaves_out_the_other_events(wanted, numbers):
    events = [
        an_event(1, status=SyncStatus.SYNCING),
        an_event(2),
        an_event(3, status=SyncStatus.BYPASSED, invoice_id=an_id(0xBAD)),
    ]
    log = reads(sync_events={"numbers": EventNumbers(3), "after": events})
    async with a_signed_in_socket(log, log) as socket:
        start(socket, ACCOUNT_EVENTS, after=event_cursor(ACCOUNT_ID, 0), filter=wanted)
        told = [await socket.receive_json() for _ in numbers]

    assert [m["payload"]["data"]["syncStatusChanged"]["sequence"] for m in told] == numbers


async def test_each_event_shows_the_invoice_as_it_is_then():
    """Loaders that outlived an event would show an old invoice beside a new status."""
    doorbell = SilentDoorbell()
    start_work = reads(
        invoices={"get": an_invoice()},
        sync_events={"numbers": EventNumbers(1), "latest": an_event(1), "after": []},
    )
    page = reads(sync_events={"after": [an_event(2)]})
    old, new = (reads(invoices={"get_many": {INVOICE_ID: an_invoice(version=v)}}) for v in (1, 2))
    works = (start_work, start_work, old, page, new)
    async with a_signed_in_socket(*works, doorbell=doorbell) as socket:
        start(socket, INVOICE_EVENTS, id=INVOICE)
        told = [(await socket.receive_json())["payload"]["data"]]
        doorbell.ring()
        told.append((await socket.receive_json())["payload"]["data"])

    assert [event["invoiceSyncStatusChanged"] for event in told] == [
        {"sequence": 1, "invoice": {"version": 1}},
        {"sequence": 2, "invoice": {"version": 2}},
    ]


async def test_what_two_subscribers_ask_alike_is_read_once_when_it_happens():
    """Each of them is told; a third read would find no unit of work any more."""
    doorbell = SilentDoorbell()
    begin = reads(
        invoices={"get": an_invoice()},
        sync_events={"numbers": EventNumbers(1), "latest": an_event(1), "after": []},
    )
    page = reads(sync_events={"after": [an_event(2)]})
    shown = reads(invoices={"get_many": {INVOICE_ID: an_invoice(version=2)}})
    cursors = {"first": event_cursor(ACCOUNT_ID, 1), "second": event_cursor(ACCOUNT_ID, 1)}
    async with a_signed_in_socket(begin, begin, begin, page, shown, doorbell=doorbell) as socket:
        for key, after in cursors.items():
            start(socket, INVOICE_EVENTS, key=key, id=INVOICE, after=after)
        for _ in range(50):  # until both have caught up, and nobody is told so
            await asyncio.sleep(0)
        doorbell.ring()
        told = {}
        for _ in cursors:
            message = await socket.receive_json()
            told[message["id"]] = message["payload"]["data"]["invoiceSyncStatusChanged"]

    shown_to_each = {"sequence": 2, "invoice": {"version": 2}}
    assert (told["first"], told["second"]) == (shown_to_each, shown_to_each)


async def test_each_operation_of_a_socket_reads_anew():
    old, new = (reads(invoices={"get_many": {INVOICE_ID: an_invoice(version=v)}}) for v in (1, 2))
    async with a_signed_in_socket(old, new) as socket:
        versions = []
        for key in ("1", "2"):
            start(socket, "query($id: ID!) { invoice(id: $id) { version } }", key=key, id=INVOICE)
            versions.append((await socket.receive_json())["payload"]["data"]["invoice"]["version"])
            await socket.receive_json()

    assert versions == [1, 2]


@pytest.mark.parametrize(
    ("document", "variables", "works", "code"),
    [
        (ACCOUNT_EVENTS, {"after": event_cursor(an_id(1), 1)}, [], "BAD_USER_INPUT"),
        (
            ACCOUNT_EVENTS,
            {"after": event_cursor(ACCOUNT_ID, 9)},
            [reads(sync_events={"numbers": EventNumbers(1), "after": []})],
            "BAD_USER_INPUT",
        ),
        (
            INVOICE_EVENTS,
            {"id": "garbled"},
            [
                reads(sync_events={"numbers": EventNumbers(1), "after": []}),
                reads(invoices={"get": None}),
            ],
            "NOT_FOUND",
        ),
        (
            ACCOUNT_EVENTS,
            {"after": event_cursor(ACCOUNT_ID, 4)},
            [reads(sync_events={"numbers": EventNumbers(9, pruned=5), "after": []})],
            "CURSOR_EXPIRED",
        ),
        (
            INVOICE_EVENTS,
            {"id": INVOICE, "after": event_cursor(ACCOUNT_ID, 4)},
            [
                reads(
                    sync_events={"numbers": EventNumbers(9, pruned=5), "latest": None, "after": []},
                    invoices={"get": True},
                )
            ]
            * 2,
            "CURSOR_EXPIRED",
        ),
    ],
)
async def test_a_refused_subscription_tells_its_code(document, variables, works, code):
    with capture_logs() as logged:
        async with a_signed_in_socket(*works) as socket:
            start(socket, document, **variables)
            message = await socket.receive_json()

    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == code
    assert logged == []


async def test_a_fault_in_a_subscription_is_masked_and_logged():
    with capture_logs() as logged:
        async with a_signed_in_socket(RuntimeError("a secret")) as socket:
            start(socket, ACCOUNT_EVENTS)
            message = await socket.receive_json()

    assert "a secret" not in str(message)
    assert "INTERNAL" in str(message)
    assert [entry["event"] for entry in logged] == ["graphql_operation.failed"]


async def test_a_socket_is_closed_when_its_credential_is_withdrawn():
    """4403: clients come again, with a fresh credential if they have one."""
    doorbell = SilentDoorbell()
    log = reads(sync_events={"numbers": EventNumbers(0), "after": []})
    asked = [True] * 2 + [False] * 9
    async with a_signed_in_socket(
        log, log, doorbell=doorbell, asked=asked, floor=Floor(LiveTerms(check_seconds=0.02))
    ) as socket:
        start(socket, ACCOUNT_EVENTS)

        assert await socket.closed() == 4403
        async with asyncio.timeout(10):
            while doorbell.listening:  # although the client has not answered yet
                await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("fault", "code"), [(ConnectionRefusedError(), 1013), (RuntimeError("a secret"), 1011)]
)
async def test_who_cannot_be_asked_for_now_is_told_whether_to_come_again(fault, code):
    with capture_logs() as logged:
        async with a_socket(asked=[fault]) as socket:
            socket.send_json({"type": "connection_init", "payload": {"authorization": TOKEN}})

            assert await socket.closed() == code
    assert len(logged) == 1


async def test_a_subscription_that_begins_in_an_outage_closes_the_socket_for_another_try():
    asked = [True, ConnectionRefusedError()]
    with capture_logs():
        async with a_signed_in_socket(asked=asked) as socket:
            start(socket, ACCOUNT_EVENTS)

            assert await socket.closed() == 1013


async def test_an_event_that_cannot_be_read_is_not_delivered_half():
    """The client comes again behind its cursor, and finds the whole event."""
    begun = reads(
        sync_events={"numbers": EventNumbers(1), "latest": an_event(1), "after": []},
        invoices={"get": True},
    )
    with capture_logs():
        async with a_signed_in_socket(begun, begun, ConnectionRefusedError()) as socket:
            start(socket, INVOICE_EVENTS, id=INVOICE)

            assert await socket.closed() == 1013


async def test_a_query_in_an_outage_is_answered_and_the_socket_lives():
    document = "query($id: ID!) { invoice(id: $id) { version } }"
    with capture_logs() as logged:
        async with a_signed_in_socket(ConnectionRefusedError("secret")) as socket:
            start(socket, document, id=INVOICE)
            answer = await socket.receive_json()

    (error,) = answer["payload"]["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "secret" not in str(answer)
    assert [entry["event"] for entry in logged] == ["graphql_operation.unavailable"]


async def test_an_operation_beyond_the_last_is_refused_alone():
    silent = [reads(sync_events={"numbers": EventNumbers(0), "after": []})] * 40
    async with a_signed_in_socket(*silent) as socket:
        for key in range(20):
            start(socket, ACCOUNT_EVENTS, key=str(key))
        start(socket, VIEWER, key="beyond")

        refused = await socket.receive_json()
        assert (refused["id"], refused["type"]) == ("beyond", "error")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize("terms", [LiveTerms(most=0), LiveTerms(most_each=0)])
async def test_a_socket_beyond_the_limits_is_to_come_again_later(terms):
    async with a_socket(floor=Floor(terms)) as socket:
        socket.send_json({"type": "connection_init", "payload": {"authorization": TOKEN}})
        frame = await socket.receive()
        if frame["type"] == "websocket.send":
            frame = await socket.receive()

        assert (frame["type"], frame["code"]) == ("websocket.close", 1013)
