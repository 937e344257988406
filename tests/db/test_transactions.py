"""A unit of work ends as a whole, and leaves a sound connection behind however it ends."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest
from asyncpg import InterfaceError, PostgresError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.clock import now
from app.ids import new_id
from db.directory import Directory
from db.engine import make_engine, make_sessions
from db.transactions import RolledBack, outside
from db.unit_of_work import unit_of_work
from domain.lists import Batch, BatchStatus
from tests.builders import NOW
from tests.db.making import add_invoice, connection_id

BACKENDS = text(
    "select pid, state, wait_event_type from pg_stat_activity"
    " where datname = current_database() and application_name = 'instep'"
)
END = text("select pg_terminate_backend(:pid)")

#: Covers the sending of BEGIN and the wait for its answer.
TURNS = 60


class Refused(Exception):
    """The work comes to nothing."""


async def backends(owner, state):
    async with owner.connect() as connection:
        return [row.pid for row in await connection.execute(BACKENDS) if row.state == state]


async def test_what_sqlalchemy_stored_goes_with_the_same_roll_back(office):
    async def contact():
        async with office.open_work() as work:
            (connection,) = await work.connections.all()
        return connection.last_contact_at

    before = await contact()
    with suppress(Refused):
        async with office.open_work() as work:
            await work.batches.add(Batch(new_id(), 7, "Week 47", BatchStatus.POSTED), NOW)
            await work.connections.heard(connection_id(office), now(), trouble=None)
            assert (await work.connections.all())[0].last_contact_at != before
            raise Refused

    assert await contact() == before
    async with office.open_work() as work:
        assert await work.lists.batches() == {}


async def test_work_that_went_on_after_a_failed_statement_is_not_taken_for_kept(office):
    """PostgreSQL answers such a COMMIT with a roll-back, and no error."""
    batch = Batch(new_id(), 7, "Week 47", BatchStatus.POSTED)

    async def add_it_twice():
        async with office.open_work() as work:
            await work.batches.add(batch, NOW)
            with suppress(PostgresError, DBAPIError):
                await work.batches.add(batch, NOW)

    with pytest.raises(RolledBack):
        await add_it_twice()

    async with office.open_work() as work:
        assert await work.lists.batches() == {}


async def test_a_connection_that_broke_is_not_used_again(office, owner):
    invoice = await add_invoice(office)

    async def save_on_a_connection_that_breaks():
        async with office.open_work() as work:
            await work.invoices.lock(invoice.id)
            [pid] = await backends(owner, "idle in transaction")
            async with owner.connect() as connection:
                await connection.execute(END, {"pid": pid})
            await work.invoices.save(invoice)

    with pytest.raises((PostgresError, InterfaceError, OSError)):
        await save_on_a_connection_that_breaks()

    for _ in range(3):
        async with office.open_work() as work:
            assert await work.invoices.get(invoice.id) == invoice


async def test_work_that_was_cancelled_while_it_waited_holds_nothing(office, owner):
    """The caller has gone away; the lock it waited for is still somebody else's."""
    invoice = await add_invoice(office)

    async def wait_for_the_invoice():
        async with office.open_work() as work:
            await work.invoices.lock(invoice.id)

    async with asyncio.timeout(60), office.open_work() as holder:
        await holder.invoices.lock(invoice.id)
        waiting = asyncio.create_task(wait_for_the_invoice())
        while len(await backends(owner, "active")) == 0:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with asyncio.timeout(60):  # PostgreSQL sees that it was left once it has the lock
        while await backends(owner, "idle in transaction"):
            await asyncio.sleep(0)
    await wait_for_the_invoice()


async def test_a_caller_who_goes_away_does_not_wait_for_a_database_that_says_nothing(office, owner):
    """It may be gone, or have overheard that the statement shall be broken off."""
    invoice = await add_invoice(office)

    async def wait_for_the_invoice():
        async with office.open_work() as work:
            await work.invoices.lock(invoice.id)

    async with asyncio.timeout(60), office.open_work() as holder:
        await holder.invoices.lock(invoice.id)
        waiting = asyncio.create_task(wait_for_the_invoice())
        while not (found := await backends(owner, "active")):
            await asyncio.sleep(0)
        os.kill(found[0], signal.SIGSTOP)
        try:
            waiting.cancel()
            done, _ = await asyncio.wait([waiting], timeout=10)
        finally:
            os.kill(found[0], signal.SIGCONT)

    assert waiting in done
    await wait_for_the_invoice()


async def test_whenever_a_caller_goes_away_the_next_ones_work_is_kept(settings, owner, office):
    """Cancelled while BEGIN is on its way, a connection would nest what comes next, and lose it.

    One connection serves everybody; each round cancels a caller a little later than the last.
    """
    engine = make_engine(settings.database_url, pool_size=1)
    sessions = make_sessions(engine)
    invoice = await add_invoice(office)

    async def look():
        async with unit_of_work(sessions, office.account_id) as work:
            await work.invoices.get(invoice.id)

    async def keep(number):
        kept = replace(invoice, content=replace(invoice.content, number=number))
        async with unit_of_work(sessions, office.account_id) as work:
            await work.invoices.save(kept)

    async def stored_number():
        query = text("select number from invoice where id = :id")
        async with owner.connect() as connection:
            return (await connection.execute(query, {"id": invoice.id})).scalar_one()

    try:
        for turns in range(TURNS):
            caller = asyncio.create_task(look())
            for _ in range(turns):
                await asyncio.sleep(0)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)

            await keep(f"kept {turns}")

            assert await stored_number() == f"kept {turns}"
    finally:
        await engine.dispose()


async def test_connections_that_ended_while_nobody_used_them_are_not_handed_out(
    settings, owner, office
):
    """Else each of them would cost somebody an answer when PostgreSQL has long been back."""
    engine = make_engine(settings.database_url)
    async with AsyncExitStack() as held:
        wires = [await held.enter_async_context(outside(engine)) for _ in range(4)]
    async with owner.connect() as connection:
        for wire in wires:
            await connection.execute(END, {"pid": wire.get_server_pid()})
    async with asyncio.timeout(60):
        while not all(wire.is_closed() for wire in wires):
            await asyncio.sleep(0)

    for _ in wires:
        assert office.account_id in await Directory(engine).accounts()
    await engine.dispose()
