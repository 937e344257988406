"""What must be read before an account is known, through narrow functions.

The functions belong to the role `instep_directory`, which may read these few columns of every
account and nothing else; the application role may only call them. Each is one statement outside of
any transaction: a poll that finds nothing to do reads once and is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from db.api_keys import read_key
from db.people import principal_of
from db.statements import Record
from db.transactions import outside
from domain.access import Principal
from domain.api_keys import ApiKey

_ACCOUNTS = "select account_id from directory_accounts()"
_API_KEY = "select * from directory_api_key($1)"
_PERSON = "select name, role, permissions from directory_person($1, $2)"
_SIGN_IN = "select * from directory_sign_in($1, $2, $3)"
_SESSION = "select * from directory_session($1)"
_DUE_JOBS = "select account_id, id from directory_due_jobs($1, $2, $3)"
_UNBOOKED = "select account_id, id from directory_unbooked($1, $2)"
_OVERVIEW = "select * from directory_overview($1)"
_EVENT_NUMBERS = "select account_id, last from directory_event_numbers($1)"
_DUE_WEBHOOKS = "select account_id, id from directory_due_webhooks($1, $2)"


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose it is, and which one."""

    account_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A partner's key, and whether it was found by its present secret or by the one before."""

    account_id: UUID
    key: ApiKey
    is_present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A connection as its sign-in finds it; `id` is the connection's."""

    account_id: UUID
    id: UUID
    password_hash: bytes
    is_disabled: bool
    last_contact_at: datetime | None
    #: Before then QuickBooks is not tried again.
    retry_at: datetime | None
    #: A request is ready, or something is open about an earlier message set.
    has_work: bool
    #: Somebody edits an invoice of its company file.
    has_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntry:
    """A session, found by its ticket."""

    account_id: UUID
    id: UUID
    connection_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of a kind are in a state, over all accounts, and since when the oldest of them is.

    Of a connection that is when it was last heard; None: never.
    """

    kind: str
    state: str
    amount: int
    since: datetime | None


class Directory:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def accounts(self) -> list[UUID]:
        """Give the ids of all accounts, oldest first: for what is done to each by itself."""
        return [row["account_id"] for row in await self._read(_ACCOUNTS)]

    async def api_key(self, secret_hash: bytes) -> KeyEntry | None:
        """Find an API key by the SHA-256 of its secret, or of the one before."""
        rows = await self._read(_API_KEY, secret_hash)
        if not rows:
            return None
        row = rows[0]
        return KeyEntry(row["account_id"], read_key(row), is_present=row["is_present"])

    async def person(self, account_id: UUID, employee_id: UUID) -> Principal | None:
        """Give what an active person may do now, None when the account has no such person."""
        rows = await self._read(_PERSON, account_id, employee_id)
        return principal_of(account_id, employee_id, rows[0]) if rows else None

    async def sign_in(
        self, user_name: str, *, drafts_since: datetime, quiet_since: datetime
    ) -> SignIn | None:
        """Find a connection by the user name of its Web Connector, with all that a poll asks.

        A draft counts that was begun since then; what disabled connections of its company file left
        on its way counts if it was quiet since then.
        """
        rows = await self._read(_SIGN_IN, user_name, drafts_since, quiet_since)
        return SignIn(**rows[0]) if rows else None

    async def session(self, ticket_hash: bytes) -> SessionEntry | None:
        """Find a session of the Web Connector by the SHA-256 of its ticket."""
        rows = await self._read(_SESSION, ticket_hash)
        return SessionEntry(**rows[0]) if rows else None

    async def due_jobs(self, now: datetime, *, quiet_since: datetime, at_most: int) -> list[Entry]:
        """Find jobs that wait for a worker, whoever waits longest first.

        They are untold, due again, have a lost answer, or what they waited or failed for is there
        again. Untold means that nothing touched the job since `quiet_since`.
        """
        return await self._entries(_DUE_JOBS, now, quiet_since, at_most)

    async def unbooked(self, *, quiet_since: datetime, at_most: int) -> list[Entry]:
        """Find message sets whose answer was stored before then and is not booked yet."""
        return await self._entries(_UNBOOKED, quiet_since, at_most)

    async def overview(self, now: datetime) -> list[Tally]:
        """Count what is under way: each active JOB, each open EXCHANGE, and each CONNECTION.

        So is each WEBHOOK (ACTIVE, FAILING since then, DISABLED), and each WEBHOOK_EVENT that one
        which is not disabled is yet to be sent.

        A connection is DISABLED, NEVER_CONNECTED, OFFLINE, TROUBLED or ONLINE, nearly as
        `domain.connections` tells: in an open session it is given the longest time that may pass.
        """
        return [Tally(**row) for row in await self._read(_OVERVIEW, now)]

    async def due_webhooks(self, now: datetime, *, at_most: int) -> list[Entry]:
        """Find webhooks that lack an event, that are due, and that nobody delivers to."""
        return await self._entries(_DUE_WEBHOOKS, now, at_most)

    async def event_numbers(self, accounts: Sequence[UUID]) -> dict[UUID, int]:
        """Give the number of the newest event of each of these accounts."""
        found = await self._read(_EVENT_NUMBERS, list(accounts))
        return {row["account_id"]: row["last"] for row in found}

    async def _entries(self, query: str, *arguments: object) -> list[Entry]:
        return [Entry(**row) for row in await self._read(query, *arguments)]

    async def _read(self, query: str, *arguments: object) -> Sequence[Record]:
        async with outside(self._engine) as wire:
            return await wire.fetch(query, *arguments)
