"""A PostgreSQL that says nothing, and hangs up on nobody: it is given up, and so are we by it."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack

import asyncpg
import pytest

from db.engine import close_engine, is_outage, make_engine, make_sessions, pool_use
from db.outages import explain
from db.transactions import outside
from db.unit_of_work import unit_of_work
from tests.db.making import add_invoice
from tests.lines import ServerLine

#: For one statement; a silence is given up half as long later.
STATEMENT_SECONDS = 0.6
SILENCE_SECONDS = 0.9
#: Whatever else there is to do, on a busy machine.
AIR_SECONDS = 2

SHOW = "select name, setting from pg_settings where name = any($1)"


@pytest.fixture
async def line(settings):
    async with ServerLine(settings.database_url).open() as opened:
        yield opened


@pytest.fixture
async def engine(line):
    made = make_engine(line.url, statement_ms=round(STATEMENT_SECONDS * 1000))
    yield made
    line.hang_up()
    await close_engine(made)


@pytest.fixture
def open_work(engine, office):
    sessions = make_sessions(engine)
    return lambda: unit_of_work(sessions, office.account_id)


async def time_of(attempt):
    """How long it took, and what it raised."""
    begun = time.monotonic()
    with pytest.raises(Exception) as met:  # noqa: PT011 - the caller looks at it
        await attempt
    return time.monotonic() - begun, met.value


async def test_whoever_waits_for_a_silent_postgresql_is_told_so_in_time(line, open_work):
    """And rolls back without asking it."""

    async def work():
        async with open_work() as work:
            line.fall_silent()
            await work.lists.batches()

    took, met = await time_of(work())

    assert SILENCE_SECONDS <= took < SILENCE_SECONDS + AIR_SECONDS
    assert is_outage(met)
    assert explain(met).startswith("PostgreSQL cannot be reached: no answer in time.")


async def test_whoever_would_connect_to_a_silent_postgresql_is_told_so_in_time(line, open_work):
    line.fall_silent()

    async def work():
        async with open_work():
            pass

    took, met = await time_of(work())

    assert took < STATEMENT_SECONDS + AIR_SECONDS
    assert is_outage(met)


async def test_a_refusal_whose_roll_back_nobody_answers_ends_too(line, open_work):
    async def work():
        async with open_work():
            line.fall_silent()
            raise ValueError

    took, met = await time_of(work())

    assert took < SILENCE_SECONDS + AIR_SECONDS
    assert is_outage(met)


async def test_a_row_that_a_silent_caller_had_locked_is_let_go(line, open_work, office):
    """Somebody else wants it: he waits, or is told to come again, and has it soon."""
    invoice = await add_invoice(office)

    async def hold():
        async with open_work() as work:
            await work.invoices.lock(invoice.id)
            line.fall_silent()
            await work.lists.batches()

    await time_of(hold())
    begun = time.monotonic()
    async with office.open_work() as work:  # of a process with more patience
        await work.invoices.lock(invoice.id)

    assert time.monotonic() - begun < SILENCE_SECONDS + AIR_SECONDS


async def test_whoever_waits_for_a_row_too_long_is_told_to_come_again(open_work, office):
    """PostgreSQL tells him itself, and his connection serves the next one."""
    invoice = await add_invoice(office)
    pids = []

    async def wait():
        async with open_work() as work:
            pids.append(work._transaction.wire.get_server_pid())  # noqa: SLF001
            await work.invoices.lock(invoice.id)

    async with office.open_work() as holder:
        await holder.invoices.lock(invoice.id)
        took, met = await time_of(wait())
    await wait()

    assert took < SILENCE_SECONDS + AIR_SECONDS
    assert isinstance(met, asyncpg.QueryCanceledError)
    assert is_outage(met)
    assert explain(met).startswith("PostgreSQL broke a statement off: canceling statement due to")
    assert len(set(pids)) == 1


async def test_after_a_silence_one_wait_heals_the_whole_pool(line, engine, open_work):
    """Each of the others would cost its caller as much: they went silent with the first."""
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(outside(engine))
    line.fall_silent()
    line.carry_new_ones()

    async def work():
        async with open_work() as work:
            await work.lists.batches()

    await time_of(work())
    begun = time.monotonic()
    await asyncio.gather(*(work() for _ in range(5)))

    assert time.monotonic() - begun < SILENCE_SECONDS
    assert pool_use(engine).in_use == 0


async def test_all_who_met_a_silence_together_leave_nothing_behind(line, engine, open_work):
    """More than there are connections, some of whom wait for one."""

    async def work():
        async with open_work() as work:
            await work.lists.batches()

    await work()
    line.fall_silent()
    begun = time.monotonic()
    met = await asyncio.gather(*(work() for _ in range(40)), return_exceptions=True)
    took = time.monotonic() - begun
    line.carry_new_ones()
    for _ in range(40):
        await work()

    assert took < 3 * SILENCE_SECONDS + AIR_SECONDS
    assert all(is_outage(fault) for fault in met)
    assert pool_use(engine).in_use == 0


async def test_a_process_that_ends_does_not_wait_for_a_silent_postgresql(line):
    engine = make_engine(line.url)
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(outside(engine))
    line.fall_silent()

    async with asyncio.timeout(2 + AIR_SECONDS):
        await close_engine(engine)


async def test_both_ends_ask_an_idle_connection_whether_the_other_is_there(line, engine):
    """After half a minute, three times: also that no firewall forgets the connection."""
    async with outside(engine) as wire:
        names = ["statement_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout"]
        names += [f"tcp_keepalives_{name}" for name in ("idle", "interval", "count")]
        rows = await wire.fetch(SHOW, names)
        ours = wire._transport.get_extra_info("socket")  # noqa: SLF001
        asks = ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = [
            ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
            if hasattr(socket, name)
        ]

    assert {row["name"]: row["setting"] for row in rows} == {
        "statement_timeout": "600",
        "idle_in_transaction_session_timeout": "900",
        "tcp_user_timeout": "60000",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    assert asks
    assert options == [30, 10, 3, 60_000][: len(options)]
