"""Whoever watches the connections sees each as it is, and then every change, also of silence."""

import asyncio
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from app.clock import now
from domain.connections import ConnectionPatch, ConnectionState, connection_state
from resolvers.connections import (
    NewConnection,
    UpdateConnection,
    create_connection,
    update_connection,
)
from resolvers.live import follow_connections
from tests.db.making import connection_id
from tests.resolvers.asking import details, save

PATIENCE_SECONDS = 30


class SleepingBell:
    """Rings only when it is told to; `waiting` is set as soon as somebody waits for it."""

    def __init__(self):
        self._rung, self.waiting = asyncio.Event(), asyncio.Event()

    def ring(self):
        self._rung.set()

    def clear(self):
        self._rung.clear()

    async def wait(self):
        self.waiting.set()
        await self._rung.wait()


class OneBell:
    def __init__(self):
        self.bell, self.listening = SleepingBell(), 0

    @contextmanager
    def listen(self, account_id):
        self.listening += 1
        try:
            yield self.bell
        finally:
            self.listening -= 1


class Clock:
    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


async def hear(office, **changes):
    """A contact of the office's connector, now."""
    async with office.open_work() as work:
        await work.connections.heard(connection_id(office), now(), **{"trouble": None} | changes)
        work.ring()


async def next_of(connections):
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await anext(connections)


def state_of(connection):
    return connection_state(connection, now())


async def test_each_connection_comes_first_as_it_is(office, adam):
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Branch")
    branch = await create_connection(adam, wish)

    async with aclosing(follow_connections(adam)) as connections:
        first, second = await next_of(connections), await next_of(connections)

    assert [first.id, second.id] == [connection_id(office), branch.connection.id]


async def test_a_change_is_told_when_the_bell_rings(office, adam):
    async with aclosing(follow_connections(adam)) as connections:
        assert state_of(await next_of(connections)) is ConnectionState.NEVER_CONNECTED

        await hear(office)
        assert state_of(await next_of(connections)) is ConnectionState.ONLINE

        await hear(office, trouble="It is closed.", hresult="0x80040408")
        assert state_of(await next_of(connections)) is ConnectionState.QUICKBOOKS_UNAVAILABLE

        await hear(office, trouble="It keeps Instep out.", hresult="0x8004041A")
        assert state_of(await next_of(connections)) is ConnectionState.PERMISSION_NEEDED


async def test_whoever_disables_a_connection_is_heard_by_those_who_watch(office, adam):
    async with aclosing(follow_connections(adam)) as connections:
        await next_of(connections)
        patch = ConnectionPatch(disabled=True)
        await update_connection(adam, UpdateConnection(connection_id(office), patch))

        assert (await next_of(connections)).is_disabled


async def test_a_queue_that_fills_is_told(office, side, olga, invoice):
    async with aclosing(follow_connections(olga)) as connections:
        assert (await next_of(connections)).queue_length == 0

        await save(olga, invoice, details(summary="Queued"))

        assert (await next_of(connections)).queue_length == 1


async def test_a_connection_that_stays_as_it_is_is_told_once(office, adam):
    doorbell = OneBell()
    await hear(office)
    async with aclosing(follow_connections(replace(adam, doorbell=doorbell))) as connections:
        await next_of(connections)
        waiting = asyncio.create_task(next_of(connections))
        for _ in range(3):
            await doorbell.bell.waiting.wait()
            doorbell.bell.waiting.clear()
            await hear(office)  # another poll, and nothing new
            doorbell.bell.ring()
        await doorbell.bell.waiting.wait()

        assert not waiting.done()
        await hear(office, trouble="It is closed.")
        doorbell.bell.ring()
        assert state_of(await waiting) is ConnectionState.QUICKBOOKS_UNAVAILABLE


async def test_silence_is_told_though_nobody_rings(office, adam):
    """The connector sleeps; the stream wakes by itself at the moment it is missed."""
    await hear(office)
    async with office.open_work() as work:
        connection = await work.connections.get(connection_id(office))
    clock = Clock(connection.missed_at - timedelta(milliseconds=50))
    context = replace(adam, doorbell=OneBell(), now=clock)

    async with aclosing(follow_connections(context)) as connections:
        seen = await next_of(connections)
        assert connection_state(seen, clock()) is ConnectionState.ONLINE
        missed = asyncio.create_task(next_of(connections))
        await context.doorbell.bell.waiting.wait()
        clock.moment = connection.missed_at + timedelta(milliseconds=1)

        assert connection_state(await missed, clock()) is ConnectionState.OFFLINE


async def test_silence_that_began_while_the_listener_was_busy_is_told_at_once(office, adam):
    await hear(office)
    async with office.open_work() as work:
        connection = await work.connections.get(connection_id(office))
    clock = Clock(connection.missed_at - timedelta(seconds=1))
    context = replace(adam, doorbell=OneBell(), now=clock)

    async with aclosing(follow_connections(context)) as connections:
        await next_of(connections)
        clock.moment = connection.missed_at + timedelta(hours=1)

        assert connection_state(await next_of(connections), clock()) is ConnectionState.OFFLINE


async def test_connections_of_another_account_are_never_seen(office, adam, another_office):
    stranger = await another_office()
    doorbell = OneBell()

    async with aclosing(follow_connections(replace(adam, doorbell=doorbell))) as connections:
        assert (await next_of(connections)).id == connection_id(office)
        following = asyncio.create_task(next_of(connections))
        await doorbell.bell.waiting.wait()
        await hear(stranger)
        await hear(office)
        doorbell.bell.ring()

        assert (await following).id == connection_id(office)


async def test_a_watcher_who_leaves_is_forgotten(office, adam):
    doorbell = OneBell()
    connections = follow_connections(replace(adam, doorbell=doorbell))
    await next_of(connections)

    await connections.aclose()

    assert doorbell.listening == 0


@pytest.mark.parametrize("watchers", [25])
async def test_no_transaction_stays_open_while_a_watcher_is_busy(office, adam, watchers):
    """More of them than a process has connections to the database."""
    streams = [follow_connections(adam) for _ in range(watchers)]
    for stream in streams:
        await next_of(stream)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await hear(office)
    for stream in streams:
        await stream.aclose()


async def test_a_change_that_thirty_watch_is_read_once(office, adam):
    opened = 0

    @asynccontextmanager
    async def open_work():
        nonlocal opened
        opened += 1
        async with adam.open_work() as work:
            yield work

    doorbell = OneBell()
    context = replace(adam, open_work=open_work, doorbell=doorbell)
    streams = [follow_connections(context) for _ in range(30)]
    for seen in await asyncio.gather(*map(next_of, streams)):
        assert state_of(seen) is ConnectionState.NEVER_CONNECTED
    assert opened <= 2  # some came while it looked for the first

    before = opened
    await hear(office)
    doorbell.bell.ring()
    for seen in await asyncio.gather(*map(next_of, streams)):
        assert state_of(seen) is ConnectionState.ONLINE

    assert opened == before + 1
    for stream in streams:
        await stream.aclose()


async def test_who_comes_later_is_shown_nothing_that_is_older_than_he_may_know(office, adam):
    """The lookout has not heard of the change yet, and nobody rings."""
    context = replace(adam, doorbell=OneBell())
    async with aclosing(follow_connections(context)) as early:
        assert state_of(await next_of(early)) is ConnectionState.NEVER_CONNECTED
        await hear(office)

        async with aclosing(follow_connections(context)) as late:
            assert state_of(await next_of(late)) is ConnectionState.ONLINE
        assert state_of(await next_of(early)) is ConnectionState.ONLINE


async def test_a_fault_of_the_lookout_is_told_to_all_who_watch(office, adam):
    @asynccontextmanager
    async def open_work():
        raise RuntimeError("a fault")
        yield

    context = replace(adam, open_work=open_work)
    streams = [follow_connections(context) for _ in range(3)]

    ends = await asyncio.gather(*map(next_of, streams), return_exceptions=True)

    assert [str(end) for end in ends] == ["a fault"] * 3
