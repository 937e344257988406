"""What the Web Connector's endpoint needs of a connection, and what it learns of it."""

import asyncio
from datetime import timedelta

import pytest

from app.ids import new_id
from db.channels import Channel
from domain.connections import ConnectionPatch, changed
from domain.errors import NotFound
from domain.exchange import FIRST_SET_SIZE
from tests.builders import NOW
from tests.db.making import connection_id

MINUTE = timedelta(minutes=1)


async def lock(office, key=None):
    async with office.open_work() as work:
        return await work.channels.lock(key or connection_id(office))


async def test_a_new_connection_is_read_as_its_calls_need_it(office):
    assert await lock(office) == Channel(
        id=connection_id(office),
        company_file_id=office.connection.connection.company_file_id,
        set_size=FIRST_SET_SIZE,
        linger_seconds=None,
        failures=0,
        is_disabled=False,
    )


async def test_what_an_administrator_changed_and_what_happened_is_seen_by_the_next_call(office):
    patch = ConnectionPatch(disabled=True, linger_seconds=3)
    async with office.open_work() as work:
        connection = await work.connections.get(connection_id(office))
        await work.connections.save_settings(changed(connection, patch))
        await work.connections.opening_failed(
            connection_id(office), NOW, trouble="It is closed.", hresult=None, retry_at=None
        )
        await work.channels.learn_set_size(connection_id(office), 5)

    channel = await lock(office)

    assert (channel.is_disabled, channel.linger_seconds) == (True, 3)
    assert (channel.failures, channel.set_size) == (1, 5)


async def test_calls_of_one_connection_are_answered_one_after_the_other(office):
    order, locked = [], asyncio.Event()

    async def first():
        async with office.open_work() as work:
            await work.channels.lock(connection_id(office))
            locked.set()
            await work.channels.learn_set_size(connection_id(office), 40)
            order.append("first")

    async def second():
        await locked.wait()
        channel = await lock(office)
        order.append(channel.set_size)

    await asyncio.gather(first(), second())

    assert order == ["first", 40]


async def test_a_connection_of_nobody_or_of_another_account_is_unknown(office, another_office):
    stranger = await another_office()

    for key in (new_id(), connection_id(stranger)):
        async with office.open_work() as work:
            with pytest.raises(NotFound) as refusal:
                await work.channels.lock(key)
            assert refusal.value.where == ("connection_id",)
            await work.channels.learn_set_size(key, 1)

    assert (await lock(stranger)).set_size == FIRST_SET_SIZE
