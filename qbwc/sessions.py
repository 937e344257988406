"""The life of a ticket: finding its session again, and what every call works with."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from db.channels import Channel
from db.directory import SessionEntry, SignIn
from db.unit_of_work import UnitOfWork
from domain.queue import ConnectorSession, SessionState
from qbwc.greetings import Greetings
from qbwc.message_set import Chance

#: A draft that was begun so long ago is still being edited, as far as a connector waits for it.
EDITING = timedelta(minutes=30)


class Find(Protocol):
    """Finds whose something is before an account is known; see `db.directory.Directory`."""

    async def sign_in(
        self, user_name: str, *, drafts_since: datetime, quiet_since: datetime
    ) -> SignIn | None: ...
    async def session(self, ticket_hash: bytes) -> SessionEntry | None: ...


class Bell(Protocol):
    """Rings when an account has news; a ring may be lost, so `wait` ends by itself as well."""

    def clear(self) -> None: ...
    async def wait(self) -> bool: ...


class GuessLimit(Protocol):
    """Slows down who guesses passwords."""

    async def is_blocked(self, user_name: str, peer: str) -> bool: ...
    async def failed(self, user_name: str, peer: str) -> None: ...
    async def succeeded(self, user_name: str, peer: str) -> None: ...


#: Opens a unit of work for an account; what it commits is announced.
OpenWork = Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]
#: Gives a bell that hears of everything committed for an account from now on.
Listen = Callable[[UUID], AbstractContextManager[Bell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering:
    """How long a session with an empty queue stays open for what may be saved next."""

    #: One call is held so long at most; 0 is off.
    hold: timedelta
    #: A session stays open no longer than this: other programs wait for QuickBooks too.
    cap: timedelta

    def hold_of(self, channel: Channel) -> timedelta:
        """Give how long a call of this connection is held."""
        if channel.linger_seconds is None:
            return self.hold
        return timedelta(seconds=channel.linger_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the operations work with."""

    open_work: OpenWork
    find: Find
    listen: Listen
    guesses: GuessLimit
    chance: Chance
    #: Compares a password with its salted hash in constant time.
    verify_secret: Callable[[str, bytes], bool]
    #: SHA-256 of a ticket: tickets are found by it and never stored.
    fingerprint: Callable[[str], bytes]
    linger: Lingering
    #: How often QuickBooks is asked what was changed there; 0 is never.
    watch_every: timedelta
    greetings: Greetings
    #: Web Connectors older than this are turned away; None: every one is welcome.
    least_client: str | None
    version: str


#: Runs one operation on a live session; the session comes back as it is to be stored.
Operate = Callable[[UnitOfWork, Channel, ConnectorSession], Awaitable[ConnectorSession]]


async def in_session(tools: Tools, ticket: str, operate: Operate) -> SessionEntry | None:
    """Run the operation on the session of this ticket; None, with nothing done, if it is dead.

    The connection's row is locked, then the session's, as a sign-in does: repeated and crossing
    calls of one connection run one after the other and never wait for each other in a circle.
    """
    entry = await tools.find.session(tools.fingerprint(ticket)) if ticket else None
    if entry is None or not await run_in_session(tools, entry, operate):
        return None
    return entry


async def run_in_session(tools: Tools, entry: SessionEntry, operate: Operate) -> bool:
    """Run the operation on a session that was found; False, with nothing done, if it is dead."""
    async with tools.open_work(entry.account_id) as work:
        channel = await work.channels.lock(entry.connection_id)
        session = await work.connector_sessions.lock(entry.id)
        if session is None or session.state is not SessionState.OPEN:
            return False
        after = await operate(work, channel, replace(session, last_call_at=tools.chance.now()))
        await work.connector_sessions.save(after)
    return True
