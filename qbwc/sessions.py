"""The life of a ticket: signing in, finding the session again, fencing the older one."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from db.directory import Entry
from db.unit_of_work import UnitOfWork
from domain.queue import ConnectorSession, SessionState
from qbwc.message_set import Chance

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: An idle poll writes no more often than this.
_CONTACT_NOTED_EVERY = timedelta(minutes=1)


class Find(Protocol):
    """Finds whose something is before an account is known; see `db.directory.Directory`."""

    async def connection(self, user_name: str) -> Entry | None: ...
    async def session(self, ticket_hash: bytes) -> Entry | None: ...


#: Opens a unit of work for an account; what it commits is announced.
OpenWork = Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the operations work with."""

    open_work: OpenWork
    find: Find
    chance: Chance
    #: Compares a password with its salted hash in constant time.
    verify_secret: Callable[[str, bytes], bool]
    #: SHA-256 of a ticket: tickets are found by it and never stored.
    fingerprint: Callable[[str], bytes]
    version: str


async def open_session(work: UnitOfWork, tools: Tools, connection_id: UUID) -> str:
    """Fence the older session of the connection and give the ticket of a new one."""
    ticket, now = tools.chance.new_ticket(), tools.chance.now()
    session = ConnectorSession(
        id=tools.chance.new_id(),
        connection_id=connection_id,
        state=SessionState.OPEN,
        opened_at=now,
        last_call_at=now,
    )
    await work.connector_sessions.fence(connection_id)
    await work.connector_sessions.open(session, tools.fingerprint(ticket))
    log.info("session.opened", connection_id=str(connection_id), session_id=str(session.id))
    return ticket


async def is_valid(work: UnitOfWork, tools: Tools, connection_id: UUID, password: str) -> bool:
    """Tell whether the connection is enabled and the password its own."""
    stored = await work.connections.password_hash(connection_id)
    if stored is not None and tools.verify_secret(password, stored):
        return True
    log.warning("connector.refused", connection_id=str(connection_id))
    return False


async def has_something_to_do(work: UnitOfWork, connection_id: UUID) -> bool:
    """Tell whether a request is ready, or an answer is still owed."""
    ready = await work.connections.has_work(connection_id)
    return ready or bool(await work.exchanges.owed_by(connection_id))


async def note_contact(work: UnitOfWork, tools: Tools, connection_id: UUID) -> None:
    """Remember that the connector was heard; written at most once a minute."""
    now = tools.chance.now()
    await work.connections.heard_while_idle(
        connection_id, now, unless_since=now - _CONTACT_NOTED_EVERY
    )


#: Runs one operation on a live session; the session comes back as it is to be stored.
Operate = Callable[[UnitOfWork, ConnectorSession], Awaitable[ConnectorSession]]


async def in_session(tools: Tools, ticket: str, operate: Operate) -> bool:
    """Run the operation on the session of this ticket; False, with nothing done, if it is dead.

    The connection's row is locked, then the session's, as a sign-in does: repeated and crossing
    calls of one connection run one after the other and never wait for each other in a circle.
    """
    entry = await tools.find.session(tools.fingerprint(ticket)) if ticket else None
    if entry is None:
        return False
    async with tools.open_work(entry.account_id) as work:
        connection_id = await work.connector_sessions.connection_of(entry.id)
        if connection_id is None:
            return False
        await work.connections.lock(connection_id)
        session = await work.connector_sessions.lock(entry.id)
        if session is None or session.state is not SessionState.OPEN:
            return False
        after = await operate(work, replace(session, last_call_at=tools.chance.now()))
        await work.connector_sessions.save(after)
    return True
