"""Sessions of the Web Connector, found by ticket; one open per connection."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from db.scoped import Scoped
from db.wire_rows import ConnectorSessionRow
from domain.queue import ConnectorSession, SessionState


class ConnectorSessions(Scoped):
    async def connection_of(self, session_id: UUID) -> UUID | None:
        """Give the connection whose session this is."""
        query = select(ConnectorSessionRow.connection_id).where(
            self._mine(ConnectorSessionRow), ConnectorSessionRow.id == session_id
        )
        return await self._session.scalar(query)

    async def lock(self, session_id: UUID) -> ConnectorSession | None:
        """Give the session; a second call with its ticket waits until this one has committed."""
        query = (
            select(ConnectorSessionRow)
            .where(self._mine(ConnectorSessionRow), ConnectorSessionRow.id == session_id)
            .with_for_update(key_share=True)
        )
        row = (await self._session.scalars(query)).first()
        return None if row is None else _session(row)

    async def fence(self, connection_id: UUID) -> None:
        """End the open session of the connection: a newer sign-in takes over."""
        await self._session.execute(
            update(ConnectorSessionRow)
            .where(
                self._mine(ConnectorSessionRow),
                ConnectorSessionRow.connection_id == connection_id,
                ConnectorSessionRow.state == SessionState.OPEN,
            )
            .values(state=SessionState.FENCED)
        )

    async def open(self, session: ConnectorSession, ticket_hash: bytes) -> None:
        """Store a new session."""
        await self._session.execute(
            insert(ConnectorSessionRow).values(
                account_id=self._account_id, ticket_hash=ticket_hash, **_columns(session)
            )
        )

    async def save(self, session: ConnectorSession, *, host_facts: str | None = None) -> None:
        """Store how the session stands and, after its first call, what QuickBooks is."""
        values = _columns(session)
        if host_facts is not None:
            values["host_facts"] = host_facts.replace("\x00", "\ufffd")
        await self._session.execute(
            update(ConnectorSessionRow)
            .where(self._mine(ConnectorSessionRow), ConnectorSessionRow.id == session.id)
            .values(**values)
        )


def _session(row: ConnectorSessionRow) -> ConnectorSession:
    return ConnectorSession(
        id=row.id,
        connection_id=row.connection_id,
        state=SessionState(row.state),
        opened_at=row.opened_at,
        last_call_at=row.last_call_at,
        qbxml_version=row.qbxml_version,
        last_error=row.last_error,
    )


def _columns(session: ConnectorSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "connection_id": session.connection_id,
        "state": session.state,
        "opened_at": session.opened_at,
        "last_call_at": session.last_call_at,
        "qbxml_version": session.qbxml_version,
        "last_error": session.last_error,
    }
