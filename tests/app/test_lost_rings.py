"""Wake-ups get lost, processes are restarted, and each subscriber's stream equals the table."""

import asyncio
import json
import random
import re
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from domain.sync_status import SyncStatus
from schema.ids import global_id
from schema.pagination import event_cursor
from tests.app.test_outages import Cable, _pour
from tests.app.test_serving import PROTOCOL, instep, sign_in
from tests.db.making import add_invoice, an_event
from tests.plain_http import http_client
from tests.resolvers.conftest import invoice, side

__all__ = ["instep", "invoice", "side"]

SEED = 20261122
EVENTS = 160
#: What nobody was woken for is found after two seconds; the machine may be busy.
HEARTBEAT_SECONDS = 2
SLACK_SECONDS = 20
PATIENCE_SECONDS = 120

NEWS = re.compile(
    rb"[*>]3\r\n\$7\r\nmessage\r\n\$11\r\ninstep:news\r\n\$36\r\n[0-9a-f-]{36}\r\n", re.DOTALL
)
LONGEST_NEWS = 100

SHARED = """subscription($after: String) { syncStatusChanged(after: $after) {
  sequence cursor status invoice { id version } } }"""
PERSONAL = """subscription($after: String) { syncStatusChanged(after: $after) {
  sequence cursor invoice { editEligibility { canEdit } } } }"""
FILTERED = """subscription($after: String, $filter: SyncEventFilter) {
  syncStatusChanged(after: $after, filter: $filter) { sequence cursor status } }"""
OF_ONE = """subscription($after: String, $id: ID!) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) { sequence cursor } }"""


class LosingCable(Cable):
    """A line from Redis that swallows some of its news, whole ones, and never anything else."""

    def __init__(self, host, port, *, seed, share):
        super().__init__(host, port)
        self._random = random.Random(seed)  # noqa: S311 - repeatable
        self.share = share
        self.lost = self.passed = 0

    async def _carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(*self._far)
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pour(reader, far_writer), self._pour_some(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _pour_some(self, reader, writer):
        held = b""
        try:
            while chunk := await reader.read(65536):
                writer.write(self._sifted(held + chunk))
                held = self._rest
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def _sifted(self, text):
        """What is passed on; a piece of news that has come in part waits for the rest."""
        text = NEWS.sub(self._kept_or_lost, text)
        begun = max(text.rfind(b"*3\r\n$7\r\nm"), text.rfind(b">3\r\n$7\r\nm"))
        is_part = begun >= 0 and not NEWS.match(text, begun) and len(text) - begun < LONGEST_NEWS
        self._rest = text[begun:] if is_part else b""
        return text[:begun] if is_part else text

    def _kept_or_lost(self, news):
        if self._random.random() < self.share:
            self.lost += 1
            return b""
        self.passed += 1
        return news[0]


@dataclass
class Place:
    """Where the service is to be found now; empty while it is down."""

    address: str = ""
    up: asyncio.Event = field(default_factory=asyncio.Event)

    def move(self, address):
        self.address = address
        self.up.set() if address else self.up.clear()


@dataclass
class Client:
    """Somebody who listens, comes again behind the last cursor, and notes what he hears when."""

    document: str
    wants: object = lambda numbered: True
    variables: dict = field(default_factory=dict)
    over_http: bool = False
    heard: list = field(default_factory=list)

    async def listen(self, place, token):
        attend = self._attend_http if self.over_http else self._attend_socket
        while True:
            await place.up.wait()
            with suppress(ConnectionClosed, OSError, httpx.HTTPError):
                await attend(place.address, token)
            await asyncio.sleep(0.05)

    def expected(self, table):
        return [numbered.sequence for numbered in table if self.wants(numbered)]

    async def _attend_socket(self, address, token):
        async with connect(f"ws://{address}/graphql", subprotocols=PROTOCOL) as socket:
            await sign_in(socket, token)
            payload = {"query": self.document, "variables": self.variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for frame in socket:
                message = json.loads(frame)
                assert message["type"] == "next", message
                self._note(message["payload"])

    async def _attend_http(self, address, token):
        headers = {"Authorization": token, "Accept": "text/event-stream"}
        body = {"query": self.document, "variables": self.variables}
        async with (
            http_client(timeout=PATIENCE_SECONDS) as web,
            web.stream("POST", f"http://{address}/graphql", json=body, headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self._note(json.loads(line.removeprefix("data: ")))
                assert "complete" not in line

    def _note(self, answer):
        assert not answer.get("errors"), answer
        (event,) = answer["data"].values()
        self.variables["after"] = event["cursor"]
        self.heard.append(event["sequence"])


@dataclass
class Teller(Client):
    """A client that keeps what it was told."""

    told: list = field(default_factory=list)

    def _note(self, answer):
        super()._note(answer)
        self.told += answer["data"].values()


def a_crowd(office, invoices, start):
    """Thirty-six listeners of five kinds."""

    def synced(numbered):
        return numbered.event.status is SyncStatus.SYNCED

    def of(invoice):
        return lambda numbered: numbered.event.invoice_id == invoice.id

    clients = []
    for n in range(6):
        one = invoices[n % len(invoices)]
        clients += [
            Client(SHARED),
            Client(SHARED, over_http=True),
            Client(PERSONAL),
            Client(FILTERED, synced, {"filter": {"status": ["SYNCED"]}}),
            Client(OF_ONE, of(one), {"id": global_id("Invoice", one.id)}),
            Client(OF_ONE, of(one), {"id": global_id("Invoice", one.id)}, over_http=True),
        ]
    for client in clients:
        client.variables["after"] = start
    return clients


async def happen(office, invoice, *, status=SyncStatus.SYNCED):
    """Commit one event; give its number, and when that was done."""
    async with office.open_work() as work:
        work.record(an_event(invoice, status=status))
    return work.events[0].sequence, time.monotonic()


async def saves(office, invoices, chance, committed):
    """Commit events of random invoices, some at a time, with random pauses."""
    for _ in range(EVENTS // 4):
        status = chance.choice([SyncStatus.SYNCED, SyncStatus.SYNCING])
        sequence, _ = await happen(office, chance.choice(invoices), status=status)
        committed.add(sequence)
        await asyncio.sleep(chance.uniform(0, 0.15))


async def until(is_so):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.02)


async def until_all_have_heard(office, clients):
    """Give the table, once everybody has heard as much as stands in it for him."""
    async with office.open_work() as work:
        table = await work.sync_events.after(0, limit=1000)
    await until(lambda: all(len(c.heard) >= len(c.expected(table)) for c in clients))
    return table


@asynccontextmanager
async def a_losing_cable(settings, share):
    redis = urlsplit(settings.redis_url)
    cable = LosingCable(redis.hostname, redis.port, seed=SEED, share=share)
    await cable.mend()
    there = f"{redis.hostname}:{redis.port}"
    yield cable, settings.redis_url.replace(there, f"127.0.0.1:{cable.port}")
    cable.cut()


@asynccontextmanager
async def listening(clients, place, token):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.listen(place, token)) for client in clients]
        yield
        for task in tasks:
            task.cancel()


async def test_a_fifth_of_the_wake_ups_is_lost_and_the_process_restarted_and_all_hear_all(
    instep, office, settings
):
    """No hole, no double, in order; an event whose wake-up was lost comes a moment later."""
    token, chance = f"Bearer {office.token()}", random.Random(SEED)  # noqa: S311
    invoices = [await add_invoice(office) for _ in range(3)]
    clients = a_crowd(office, invoices, event_cursor(office.account_id, 0))
    place, committed = Place(), set()
    async with (
        a_losing_cable(settings, share=0.2) as (cable, through),
        AsyncExitStack() as first,
    ):
        address, _ = await first.enter_async_context(instep(redis_url=through))
        place.move(address)
        async with listening(clients, place, token), asyncio.TaskGroup() as savers:
            for _ in range(4):
                savers.create_task(saves(office, invoices, chance, committed))
            await until(lambda: len(committed) > EVENTS // 3)
            place.move("")
            await first.aclose()
            await asyncio.sleep(0.3)  # saves go on meanwhile
            async with instep(redis_url=through) as (address, _):
                place.move(address)
                await until(lambda: len(committed) == EVENTS)
                await until_all_have_heard(office, clients)
                before = cable.lost, cable.passed
                cable.share = 1.0  # and now nobody is woken at all
                last, moment = await happen(office, invoices[0])
                table = await until_all_have_heard(office, clients)
                waited = time.monotonic() - moment
                place.move("")

    assert last == len(table) == EVENTS + 1
    assert [client.heard for client in clients] == [client.expected(table) for client in clients]
    assert min(before) > 5
    assert waited < HEARTBEAT_SECONDS + SLACK_SECONDS


async def test_one_connection_wakes_a_process_however_many_listen(instep, office, settings):
    token = f"Bearer {office.token()}"
    clients = [Client(SHARED, over_http=n % 2 == 0) for n in range(30)]
    invoice, place = await add_invoice(office), Place()
    async with Redis.from_url(settings.redis_url) as administrator:

        async def hearing():
            listed = await administrator.client_list(_type="pubsub")
            database = settings.redis_url.rpartition("/")[2]  # other tests have theirs
            return len([c for c in listed if int(c["sub"]) and c["db"] == database])

        before = await hearing()
        async with instep() as (address, _):
            place.move(address)
            while await hearing() == before:
                await asyncio.sleep(0.02)
            alone = await hearing()
            for client in clients:
                client.variables["after"] = event_cursor(office.account_id, 0)
            async with listening(clients, place, token):
                last, _ = await happen(office, invoice)
                await until(lambda: all(client.heard[-1:] == [last] for client in clients))
                crowded = await hearing()
                place.move("")

    assert (alone - before, crowded - before) == (1, 1)


async def test_who_asks_alike_in_another_account_hears_of_his_own_alone(
    instep, office, another_office
):
    place, offices = Place(), [office, await another_office()]
    invoices = [await add_invoice(each) for each in offices]
    clients = [Teller(SHARED) for _ in offices]
    async with instep() as (address, _):
        place.move(address)
        async with asyncio.TaskGroup() as group:
            tasks = []
            for each, client in zip(offices, clients, strict=True):
                client.variables["after"] = event_cursor(each.account_id, 0)
                token = f"Bearer {each.token()}"
                tasks.append(group.create_task(client.listen(place, token)))
            for number in (1, 2, 3):
                for each, paper in zip(offices, invoices, strict=True):
                    await happen(each, paper)
                await until(lambda n=number: all(client.heard[-1:] == [n] for client in clients))
            place.move("")
            for task in tasks:
                task.cancel()

    for paper, client in zip(invoices, clients, strict=True):
        assert client.heard == [1, 2, 3]
        shown = {told["invoice"]["id"] for told in client.told}
        assert shown == {global_id("Invoice", paper.id)}


async def test_what_hangs_on_who_asks_is_told_to_each_as_it_is_for_him(
    instep, office, side, invoice
):
    """Olga may edit what QuickBooks holds, and Nick may not."""
    place, people = Place(), {"Olga": Teller(PERSONAL), "Nick": Teller(PERSONAL)}
    async with instep() as (address, _):
        place.move(address)
        async with asyncio.TaskGroup() as group:
            tasks = []
            for name, client in people.items():
                client.variables["after"] = event_cursor(office.account_id, 0)
                token = f"Bearer {office.token(name)}"
                tasks.append(group.create_task(client.listen(place, token)))
            await until(lambda: all(client.heard for client in people.values()))
            for _ in range(5):  # the first ones may still be replayed
                last, _ = await happen(office, invoice)
                await until(lambda n=last: all(c.heard[-1] == n for c in people.values()))
            place.move("")
            for task in tasks:
                task.cancel()

    may_edit = {
        name: client.told[-1]["invoice"]["editEligibility"]["canEdit"]
        for name, client in people.items()
    }
    assert may_edit == {"Olga": True, "Nick": False}
