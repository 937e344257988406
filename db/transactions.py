"""Transactions on pooled connections: begun and ended on asyncpg's connection itself.

SQLAlchemy's session was measured to cost three times the CPU of the bare transaction. It is made
only for who still wants it, and then it works inside the same transaction.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.util import greenlet_spawn

from db.engine import Sessions
from db.statements import Wire

#: In one round trip; a parameter would take another, and an id can hold no quote.
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SELECT set_config('app.account_id', '{account_id}', true)"
)

#: In what SQLAlchemy keeps with a connection: when PostgreSQL was last heard on it.
_HEARD = "heard"
#: Of a pool: when the last wait began that PostgreSQL did not answer.
_SILENT_SINCE: WeakKeyDictionary[Pool, int] = WeakKeyDictionary()


class RolledBack(Exception):
    """A statement had failed, and whoever ran it went on: PostgreSQL keeps nothing of the work."""


class Transaction:
    """One connection for as long as its transaction lasts."""

    def __init__(self, sessions: Sessions, pooled: PoolProxiedConnection) -> None:
        self._sessions = sessions
        self._pooled = pooled
        wire: Any = pooled.driver_connection
        self.wire: Wire = wire

    @cached_property
    def session(self) -> AsyncSession:
        """SQLAlchemy's session, which begins and ends nothing: for it, this is autocommit."""
        engine: AsyncEngine = self._sessions.kw["bind"]
        unframed = engine.execution_options(isolation_level="AUTOCOMMIT")
        connection = Connection(unframed.sync_engine, connection=self._pooled)
        return self._sessions(bind=AsyncConnection(unframed, sync_connection=connection))

    async def close(self) -> None:
        """Let go of the session, if there is one."""
        if "session" in self.__dict__:
            await self.session.close()


@asynccontextmanager
async def begin(sessions: Sessions, account_id: UUID) -> AsyncIterator[Transaction]:
    """Commit on a clean exit, roll back on any exception; row-level security admits one account.

    Raises RolledBack where nothing was kept, and TimeoutError where PostgreSQL said nothing.

    Whoever is cancelled, or heard nothing, hangs up, which rolls back too. A ROLLBACK would first
    wait for the statement under way, maybe for somebody's lock: PostgreSQL may overhear the request
    to break it off, when that overtakes the statement itself.
    """
    async with _borrowed(sessions.kw["bind"]) as pooled:
        transaction = Transaction(sessions, pooled)
        wire: Any = pooled.driver_connection
        await wire.execute(_BEGIN.format(account_id=account_id))
        try:
            try:
                yield transaction
            finally:
                await transaction.close()
        except (asyncio.CancelledError, TimeoutError):
            wire.terminate()
            raise
        except BaseException:
            await wire.execute("ROLLBACK")
            raise
        if await wire.execute("COMMIT") != "COMMIT":
            raise RolledBack


@asynccontextmanager
async def outside(engine: AsyncEngine) -> AsyncIterator[Wire]:
    """Give a connection for single statements, each of which is a transaction of its own."""
    async with _borrowed(engine) as pooled:
        wire: Any = pooled.driver_connection
        yield wire


@asynccontextmanager
async def _borrowed(engine: AsyncEngine) -> AsyncIterator[PoolProxiedConnection]:
    """A connection that comes back broken, unfinished or cut short is thrown away.

    Unfinished: a roll-back was interrupted. Cut short: whoever waited for it was cancelled, maybe
    between sending BEGIN and reading the answer: the next one's work would become part of that. Or
    PostgreSQL said nothing: what has not been heard of since is not used again either.
    """
    pooled = await _sound(engine)
    wire: Any = pooled.driver_connection
    begun = time.monotonic_ns()
    is_cut_short = False
    try:
        yield pooled
    except asyncio.CancelledError:
        is_cut_short = True
        raise
    except TimeoutError:
        is_cut_short = True
        _SILENT_SINCE[engine.pool] = begun
        raise
    finally:
        if is_cut_short or wire.is_closed() or wire.is_in_transaction():
            pooled.invalidate()
        else:
            pooled.info[_HEARD] = time.monotonic_ns()
            await greenlet_spawn(pooled.close)


async def _sound(engine: AsyncEngine) -> PoolProxiedConnection:
    """Give a connection that has not ended while nobody used it; to ask costs no round trip.

    After a restart of PostgreSQL all that the pool kept have, and each would cost an answer. After
    a silence they may have ended without a sign, and each would cost its caller a long wait.
    """
    while True:
        pooled = await engine.raw_connection()
        wire: Any = pooled.driver_connection
        silent_since = _SILENT_SINCE.get(engine.pool, -math.inf)
        if not wire.is_closed() and pooled.info.get(_HEARD, math.inf) >= silent_since:
            return pooled
        pooled.invalidate()
