"""The engine: asyncpg, under the role that row-level security binds."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg  # type: ignore[import-untyped] # it ships no types
import orjson
from sqlalchemy import event, text
from sqlalchemy.exc import (
    EmulatedDBAPIException,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import QueuePool

#: Made by the first migration. It owns nothing and cannot bypass row-level security.
APPLICATION_ROLE = "instep_app"

Sessions = async_sessionmaker[AsyncSession]

#: What a database that is away, or that refuses, may raise: SQLAlchemy's errors and asyncpg's own.
DATABASE_TROUBLE = (
    SQLAlchemyError,
    EmulatedDBAPIException,  # while a connection is made: none of the former, and none of the next
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


#: Of these, what a later attempt may find mended: the database is away, ends, or has no room.
_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said goodbye, and has not hung up yet
    OperationalError,
    InterfaceError,
    PoolExhausted,
)

NO_TABLES = "The database has no Instep tables yet: run `instep migrate`."

#: Statements that a connection keeps prepared: all there are, and some pages.
_PREPARED = 256

#: How long PostgreSQL may take over one statement, the wait for locks included.
STATEMENT_MS = 20_000
#: How long either side hears nothing of the other before it takes it for gone, in statements'
#: times: longer than one, so that of a statement that is merely slow PostgreSQL itself tells.
_SILENCE = 1.5
#: An idle connection is asked after that many seconds, that often, that many times. It also keeps
#: firewalls from forgetting it.
_IDLE_SECONDS, _ASK_SECONDS, _ASK_TIMES = 30, 10, 3
#: What was sent may stay unacknowledged as long as it takes to ask in vain; Linux counts both so.
_UNHEARD_MS = (_IDLE_SECONDS + _ASK_SECONDS * _ASK_TIMES) * 1000
#: Whoever ends does not wait longer for PostgreSQL to hear it.
_GOODBYE_SECONDS = 2


class UnusableDatabase(Exception):
    """Tables are missing, or the role could read across accounts; the text names the cure."""


def is_outage(fault: BaseException) -> bool:
    """Tell whether the database was away, rather than refused what it was told."""
    told, cause = isinstance(fault, _AWAY), driver_fault(fault)
    is_bad_value = isinstance(cause, ValueError)  # asyncpg calls its own refusals InterfaceErrors
    return (told or isinstance(cause, _AWAY)) and not is_bad_value


def driver_fault(fault: BaseException) -> BaseException:
    """Give what asyncpg raised, behind what SQLAlchemy made of it."""
    while (inner := getattr(fault, "orig", None)) is not None:
        fault = inner
    return fault


def make_engine(url: str, *, pool_size: int = 20, statement_ms: int = STATEMENT_MS) -> AsyncEngine:
    """Give an engine whose connections act as the application role from their first statement.

    None is opened for a moment only: a new one was measured to cost more than ten reads, since it
    knows no prepared statement. The one used last is used next, so that few of them stay warm.

    Nobody waits for ever. A PostgreSQL that is slow breaks the statement off by itself; one that
    says nothing at all (a cable, a firewall that forgot the connection, a machine that stopped
    dead) is given up half as long later. It in turn rolls back, and lets go of its locks, when it
    hears nothing of us in the middle of a transaction.
    """
    silence_ms = round(statement_ms * _SILENCE)
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=silence_ms / 1000,
        pool_use_lifo=True,
        hide_parameters=True,  # a database's complaint must not carry names and amounts into logs
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        connect_args={
            "server_settings": _server_settings(statement_ms, silence_ms),
            "statement_cache_size": _PREPARED,
            "timeout": statement_ms / 1000,  # to connect
            "command_timeout": silence_ms / 1000,
        },
    )

    @event.listens_for(engine.sync_engine, "connect")
    def watch(adapted: Any, _record: object) -> None:
        _watch(adapted.driver_connection)

    return engine


def _server_settings(statement_ms: int, silence_ms: int) -> dict[str, str]:
    """What PostgreSQL is told of a connection; where it is a socket file, the TCP part is void."""
    return {
        "role": APPLICATION_ROLE,
        "application_name": "instep",
        "statement_timeout": str(statement_ms),
        "idle_in_transaction_session_timeout": str(silence_ms),
        "tcp_keepalives_idle": str(_IDLE_SECONDS),
        "tcp_keepalives_interval": str(_ASK_SECONDS),
        "tcp_keepalives_count": str(_ASK_TIMES),
        "tcp_user_timeout": str(_UNHEARD_MS),
    }


def _watch(wire: Any) -> None:
    """Have the system notice that the other end is gone, also while nobody uses the connection.

    asyncpg has no setting for it. What a system does not know is left out.
    """
    line = wire._transport.get_extra_info("socket")  # noqa: SLF001 - there is no other way to it
    if line is None or line.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wishes = {
        "TCP_KEEPIDLE": _IDLE_SECONDS,
        "TCP_KEEPINTVL": _ASK_SECONDS,
        "TCP_KEEPCNT": _ASK_TIMES,
        "TCP_USER_TIMEOUT": _UNHEARD_MS,
    }
    for name, value in wishes.items():
        if (option := getattr(socket, name, None)) is not None:
            line.setsockopt(socket.IPPROTO_TCP, option, value)


async def close_engine(engine: AsyncEngine) -> None:
    """Close its connections; a PostgreSQL that says nothing is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await engine.dispose()


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Connections to PostgreSQL: in use, open altogether, and as many as there may be."""

    in_use: int
    open: int
    most: int


def pool_use(engine: AsyncEngine) -> PoolUse:
    """Tell how much of the engine's pool is in use now."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        raise TypeError(f"{pool!r} does not count its connections.")
    idle, in_use = pool.checkedin(), pool.checkedout()
    return PoolUse(in_use, idle + in_use, pool.size())


def make_sessions(engine: AsyncEngine) -> Sessions:
    """Give the maker of sessions: rows are always re-read, nothing is loaded behind one's back."""
    return async_sessionmaker(
        engine,
        expire_on_commit=False,
        autoflush=False,
        execution_options={"populate_existing": True, "synchronize_session": False},
    )


async def check_role(engine: AsyncEngine) -> None:
    """Raise UnusableDatabase unless the tables exist and row-level security binds our role."""
    query = text(
        "select rolsuper or rolbypassrls as is_unbound,"
        " to_regclass('sync_event') is null as is_bare"
        " from pg_roles where rolname = current_user"
    )
    async with engine.connect() as connection:
        role = (await connection.execute(query)).one()
    if role.is_bare:
        raise UnusableDatabase(NO_TABLES)
    if role.is_unbound:
        raise UnusableDatabase(
            "The database role can bypass row-level security; run `instep migrate` and let the"
            f" user of DATABASE_URL be a member of {APPLICATION_ROLE}."
        )


def _dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()
