"""What must be read before an account is known: ids only, through narrow functions.

The functions belong to the role `instep_directory`, which may read these few columns of every
account and nothing else; the application role may only call them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Sessions

_API_KEY = text("select account_id, id from directory_api_key(:secret_hash)")
_CONNECTION = text("select account_id, id from directory_connection(:user_name)")
_SESSION = text("select account_id, id from directory_session(:ticket_hash)")
_DUE_JOBS = text("select account_id, id from directory_due_jobs(:now, :quiet_since, :at_most)")


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose it is, and which one."""

    account_id: UUID
    id: UUID


class Directory:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def api_key(self, secret_hash: bytes) -> Entry | None:
        """Find an API key by the SHA-256 of its secret."""
        return _first(await self._read(_API_KEY, secret_hash=secret_hash))

    async def connection(self, user_name: str) -> Entry | None:
        """Find a connection by the user name of its Web Connector."""
        return _first(await self._read(_CONNECTION, user_name=user_name))

    async def session(self, ticket_hash: bytes) -> Entry | None:
        """Find a session of the Web Connector by the SHA-256 of its ticket."""
        return _first(await self._read(_SESSION, ticket_hash=ticket_hash))

    async def due_jobs(self, now: datetime, *, quiet_since: datetime, at_most: int) -> list[Entry]:
        """Find jobs that wait for a worker: untold, due again, or with a lost answer.

        Untold means that nothing touched the job since `quiet_since`.
        """
        return await self._read(_DUE_JOBS, now=now, quiet_since=quiet_since, at_most=at_most)

    async def _read(self, query: object, **parameters: object) -> list[Entry]:
        async with self._sessions() as session:
            rows = await session.execute(query, parameters)  # type: ignore[call-overload] # text() with columns
            return [Entry(row.account_id, row.id) for row in rows]


def _first(entries: list[Entry]) -> Entry | None:
    return entries[0] if entries else None
