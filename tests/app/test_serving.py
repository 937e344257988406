"""The web process over real connections: how it ends, and what clients cannot do to it."""

import asyncio
import json
import resource
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.serving import allow_many_connections, make_server
from app.web import build_app
from domain.events import EventNumbers
from schema.floor import Floor
from schema.pagination import event_cursor
from schema.view import routes
from sync_worker.broker import make_broker
from tests.builders import ACCOUNT_ID
from tests.plain_http import http_client
from tests.schema.callers import TOKEN, SilentDoorbell, a_caller, reads
from tests.schema.test_sockets import ACCOUNT_EVENTS, an_event

PATIENCE_SECONDS = 20
PROTOCOL = ["graphql-transport-ws"]


def a_narrow_socket():
    """With small buffers in the kernel, so that a client who reads nothing is soon felt."""
    made = socket.socket()
    for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        made.setsockopt(socket.SOL_SOCKET, buffer, 8192)
    return made


def a_narrow_connection(address):
    made = a_narrow_socket()
    host, port = address.split(":")
    made.connect((host, int(port)))
    return made


@asynccontextmanager
async def serving(settings, make_app):
    """The address of the application, and its server; both end with the block."""
    closing = asyncio.Event()
    server = make_server(settings, make_app(settings, closing), closing)
    listening = a_narrow_socket()
    listening.bind(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve([listening]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"127.0.0.1:{listening.getsockname()[1]}", server
    server.should_exit = True
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running


@pytest.fixture
def instep(settings, namespace):
    """Serves the application itself."""

    def make_app(settings, closing):
        return build_app(settings, make_broker(settings.redis_url, namespace=namespace), closing)

    return lambda **changes: serving(settings.model_copy(update=changes), make_app)


@asynccontextmanager
async def subscribed(address, token, **variables):
    """A socket that follows the account."""
    async with connect(f"ws://{address}/graphql", subprotocols=PROTOCOL) as opened:
        await sign_in(opened, token)
        await subscribe(opened, **variables)
        yield opened


async def sign_in(opened, token):
    init = {"type": "connection_init", "payload": {"authorization": token}}
    await opened.send(json.dumps(init))
    assert json.loads(await opened.recv())["type"] == "connection_ack"


async def subscribe(opened, **variables):
    payload = {"query": ACCOUNT_EVENTS, "variables": variables}
    await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


@asynccontextmanager
async def streaming(address, token, **variables):
    """The chunks of a stream that follows the account, of which the first has come."""
    headers = {"Authorization": token, "Accept": "text/event-stream"}
    async with (
        http_client(timeout=PATIENCE_SECONDS) as web,
        web.stream(
            "POST",
            f"http://{address}/graphql",
            json={"query": ACCOUNT_EVENTS, "variables": variables},
            headers=headers,
        ) as answer,
    ):
        chunks = answer.aiter_raw()
        await anext(chunks)
        yield chunks


async def rest_of(chunks):
    """What still comes, and whether it then breaks off; soon, for a restart has no patience."""
    told = b""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for chunk in chunks:
                told += chunk
    except httpx.RemoteProtocolError:
        return told, True
    return told, False


async def close_code(opened):
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ConnectionClosed):
            while True:
                await opened.recv()
    return opened.close_code


async def test_a_restart_sends_every_client_away_so_that_it_comes_again(instep, office):
    """graphql-ws comes again after 1012; a stream that breaks off tells no client `complete`."""
    token = f"Bearer {office.token()}"
    with capture_logs() as logged:
        async with (
            instep() as (address, server),
            subscribed(address, token) as opened,
            streaming(address, token) as chunks,
        ):
            server.should_exit = True
            told, is_broken_off = await rest_of(chunks)
            code = await close_code(opened)

    assert (b"complete" in told, is_broken_off) == (False, True)
    assert code == 1012
    assert [entry["event"] for entry in logged if entry["log_level"] != "info"] == []


def test_a_process_may_hold_as_many_connections_as_the_system_allows():
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(usual, 1024), most))
    try:
        allow_many_connections()

        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))


async def test_a_frame_that_is_too_large_closes_its_socket(instep, office):
    async with instep() as (address, _), subscribed(address, f"Bearer {office.token()}") as opened:
        await opened.send(json.dumps({"type": "ping", "payload": {"text": "x" * 70_000}}))

        assert await close_code(opened) == 1009


async def test_frames_are_not_compressed(instep, office):
    """It would double the memory of each subscriber."""
    async with instep() as (address, _), subscribed(address, f"Bearer {office.token()}") as opened:
        assert "sec-websocket-extensions" not in opened.response.headers


async def test_pages_of_allowed_origins_alone_may_call_from_a_browser(instep, office):
    ours = "https://office.example.com"
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    async with instep(allowed_origins=(ours,)) as (address, _), http_client() as web:
        url = f"http://{address}/graphql"
        allowed = await web.options(url, headers={"Origin": ours, **ask})
        denied = await web.options(url, headers={"Origin": "https://evil.example", **ask})
        answer = await web.post(url, headers={"Origin": ours})
        async with connect(f"ws://{address}/graphql", subprotocols=PROTOCOL, origin=ours):
            pass
        with pytest.raises(InvalidStatus) as refused:
            async with connect(
                f"ws://{address}/graphql", subprotocols=PROTOCOL, origin="https://evil.example"
            ):
                pass

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ours
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert denied.status_code == 400
    assert "access-control-allow-origin" not in denied.headers
    assert answer.status_code == 401  # even a refusal can be read by the page
    assert answer.headers["access-control-allow-origin"] == ours
    assert refused.value.response.status_code == 403


class EndlessEvents:
    """A log that never ends; it counts how many pages were read."""

    def __init__(self):
        self.pages = 0
        self.doorbell = SilentDoorbell()

    def app(self, settings, closing):
        caller = replace(a_caller(doorbell=self.doorbell), open_work=self._open_work)

        async def authenticate(authorization):
            return caller if authorization == TOKEN else None

        return Starlette(routes=routes(authenticate, floor=Floor(closing=closing)))

    @asynccontextmanager
    async def _open_work(self):
        await asyncio.sleep(0)
        begin = self.pages * 201
        self.pages += 1
        page = [an_event(begin + n + 1) for n in range(201)]
        yield reads(sync_events={"numbers": EventNumbers(0), "after": page})


async def until(condition):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def calm(log):
    """Return once no more pages are read."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            before = log.pages
            await asyncio.sleep(0.3)
            if before and log.pages == before:
                return


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])
async def test_a_client_that_reads_nothing_stops_the_events_and_leaves_nothing_behind(
    settings, accept
):
    log = EndlessEvents()
    body = json.dumps(
        {"query": ACCOUNT_EVENTS, "variables": {"after": event_cursor(ACCOUNT_ID, 0)}}
    )
    request = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\nAccept: {accept}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    async with serving(settings, log.app) as (address, _):
        _, writer = await asyncio.open_connection(sock=a_narrow_connection(address), limit=1024)
        writer.write(request.encode())
        await until(lambda: log.doorbell.listening == 1)
        await calm(log)
        assert log.doorbell.listening == 1

        writer.transport.abort()

        await until(lambda: log.doorbell.listening == 0)


async def test_a_socket_that_reads_nothing_stops_the_events_and_leaves_nothing_behind(settings):
    log = EndlessEvents()
    async with serving(settings, log.app) as (address, _):
        line = a_narrow_connection(address)
        async with connect(
            f"ws://{address}/graphql", sock=line, subprotocols=PROTOCOL, max_queue=1
        ) as opened:
            await sign_in(opened, TOKEN)
            await subscribe(opened, after=event_cursor(ACCOUNT_ID, 0))
            await calm(log)
            assert log.doorbell.listening == 1

            opened.transport.abort()

            await until(lambda: log.doorbell.listening == 0)
