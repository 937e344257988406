"""PostgreSQL or Redis go away under open subscriptions, and come back."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from app.clock import now
from app.tokens import issue_token
from schema.pagination import event_cursor
from tests.app.test_serving import (
    PATIENCE_SECONDS,
    PROTOCOL,
    close_code,
    instep,
    rest_of,
    streaming,
    subscribed,
    until,
)
from tests.db.making import add_invoice, an_event
from tests.lines import ServerLine
from tests.plain_http import http_client

__all__ = ["instep"]

#: What PostgreSQL may take over a statement where a test keeps it silent; half as much is added.
SECONDS = 0.8
#: Whatever else there is to do, on a busy machine.
AIR_SECONDS = 3


class Cable:
    """A line to a server, which can be cut and mended."""

    def __init__(self, host, port):
        self._far = (host, port)
        self._writers = set()
        self._server = None
        self.port = 0

    async def mend(self):
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(*self._far)
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pour(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def a_cable(host, port):
    cable = Cable(host, port)
    await cable.mend()
    yield cable
    cable.cut()


async def tell(office, invoice):
    async with office.open_work() as work:
        work.record(an_event(invoice))


async def heard_on_socket(socket):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (message := json.loads(await socket.recv()))["type"] == "ping":
            pass
    assert message["type"] == "next", message
    return message["payload"]["data"]["syncStatusChanged"]["sequence"]


async def heard_on_stream(chunks):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (chunk := await anext(chunks)) == b":\n\n":
            pass
    name, data = chunk.decode().rstrip().split("\n")
    assert name == "event: next"
    return json.loads(data.removeprefix("data: "))["data"]["syncStatusChanged"]["sequence"]


async def test_a_subscription_outlives_an_outage_of_the_database(instep, office, settings):
    """Its clients would take `complete` for the end of the events, and never come again."""
    url, token = make_url(settings.database_url), f"Bearer {office.token()}"
    invoice, start = await add_invoice(office), event_cursor(office.account_id, 0)
    async with a_cable(url.host, url.port) as cable:
        through = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
        async with (
            instep(database_url=through) as (address, _),
            subscribed(address, token, after=start) as socket,
            streaming(address, token, after=start) as chunks,
        ):
            await tell(office, invoice)
            before = (await heard_on_socket(socket), await heard_on_stream(chunks))

            cable.cut()
            with capture_logs() as logged:
                await tell(office, invoice)
                await until(lambda: "events.unreadable" in [e["event"] for e in logged])
            await cable.mend()
            await tell(office, invoice)

            first = (await heard_on_socket(socket), await heard_on_stream(chunks))
            second = (await heard_on_socket(socket), await heard_on_stream(chunks))

    assert (before, first, second) == ((1, 1), (2, 2), (3, 3))


async def test_a_subscription_outlives_an_outage_of_redis(instep, office, settings):
    """Nobody rings, so the listeners look by themselves."""
    redis, token = urlsplit(settings.redis_url), f"Bearer {office.token()}"
    invoice, start = await add_invoice(office), event_cursor(office.account_id, 0)
    async with a_cable(redis.hostname, redis.port) as cable:
        there = f"{redis.hostname}:{redis.port}"
        through = settings.redis_url.replace(there, f"127.0.0.1:{cable.port}")
        async with (
            instep(redis_url=through) as (address, _),
            subscribed(address, token, after=start) as socket,
            streaming(address, token, after=start) as chunks,
        ):
            cable.cut()
            with capture_logs() as logged:
                await until(lambda: "doorbell.disconnected" in [e["event"] for e in logged])
                await tell(office, invoice)
                heard = (await heard_on_socket(socket), await heard_on_stream(chunks))
            await cable.mend()

    assert heard == (1, 1)


async def test_what_begins_in_an_outage_is_to_come_again(instep, office, settings):
    url, token = make_url(settings.database_url), f"Bearer {office.token()}"
    async with a_cable(url.host, url.port) as cable:
        through = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
        async with instep(database_url=through) as (address, _):
            async with subscribed(address, token):  # so that connections are pooled
                pass
            cable.cut()
            async with connect(f"ws://{address}/graphql", subprotocols=PROTOCOL) as late:
                init = {"type": "connection_init", "payload": {"authorization": token}}
                await late.send(json.dumps(init))
                code = await close_code(late)
            async with http_client(timeout=PATIENCE_SECONDS) as web:
                refused = await web.post(
                    f"http://{address}/graphql", json={}, headers={"Authorization": token}
                )

    assert code == 1013
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_a_silence_of_the_database_is_told_of_in_time_and_outlived(instep, office, settings):
    """Nobody hangs up, as behind a firewall that forgot the connection."""
    token = f"Bearer {office.token()}"
    invoice, start = await add_invoice(office), event_cursor(office.account_id, 0)
    async with (
        ServerLine(settings.database_url).open() as line,
        instep(database_url=line.url, database_seconds=SECONDS) as (address, _),
        subscribed(address, token, after=start) as socket,
        http_client(timeout=PATIENCE_SECONDS) as web,
    ):

        async def ask():
            query, headers = {"query": "{ syncCursor }"}, {"Authorization": token}
            return await web.post(f"http://{address}/graphql", json=query, headers=headers)

        await tell(office, invoice)
        before = await heard_on_socket(socket)
        line.fall_silent()
        begun = time.monotonic()
        refused = await asyncio.gather(*(ask() for _ in range(5)))
        took = time.monotonic() - begun
        line.carry_new_ones()
        await tell(office, invoice)
        after = await heard_on_socket(socket)
        answered = await ask()
        line.hang_up()

    assert (before, after) == (1, 2)
    assert took < 2 * SECONDS * 1.5 + AIR_SECONDS
    assert {answer.status_code for answer in refused} == {503}
    codes = {answer.json()["errors"][0]["extensions"]["code"] for answer in refused}
    assert codes == {"UNAVAILABLE"}
    assert answered.status_code == 200
    assert "errors" not in answered.json()


async def test_a_subscription_ends_with_its_token(instep, office, settings):
    """Tokens are accepted for ten seconds longer: clocks differ."""
    token = issue_token(
        settings,
        account_id=office.account_id,
        employee_id=office.people["Olga"],
        now=now(),
        lifetime=timedelta(seconds=-7),
    )
    async with (
        instep() as (address, _),
        subscribed(address, f"Bearer {token}") as socket,
        streaming(address, f"Bearer {token}") as chunks,
    ):
        code = await close_code(socket)
        told, is_broken_off = await rest_of(chunks)

    assert code == 4403
    assert b'"UNAUTHENTICATED"' in told
    assert told.endswith(b"event: complete\ndata:\n\n")
    assert not is_broken_off
