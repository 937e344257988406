"""Sessions of the Web Connector, found by ticket; one open per connection."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, insert, select, update

from db.scoped import Scoped
from db.statements import Record, Statement, given, mine, one_of
from db.wire_rows import ConnectorSessionRow
from domain.queue import ConnectorSession, SessionState

_TABLE = ConnectorSessionRow.__table__
_NAMES = (
    "id", "connection_id", "state", "opened_at", "last_call_at", "qbxml_version", "last_error",
    "peer", "is_met", "answered", "openings_failed",
)  # fmt: skip
_CHANGING = ("state", "last_call_at", "qbxml_version", "last_error", "is_met", "answered",
             "openings_failed")  # fmt: skip
_THIS = ConnectorSessionRow.id == given("id", Uuid)
_OPEN = one_of(ConnectorSessionRow.state, [SessionState.OPEN])
_OF_CONNECTION = ConnectorSessionRow.connection_id == given("connection_id", Uuid)

_READ = select(*(_TABLE.c[name] for name in _NAMES)).where(mine(ConnectorSessionRow))
#: A second call with the ticket waits until the first has committed.
_LOCK = Statement(_READ.where(_THIS).with_for_update(key_share=True))
_OPEN_OF = Statement(_READ.where(_OF_CONNECTION, _OPEN))
_FENCE = Statement(
    update(ConnectorSessionRow)
    .where(mine(ConnectorSessionRow), _OF_CONNECTION, _OPEN)
    .values(state=SessionState.FENCED)
)
_ADD = Statement(
    insert(ConnectorSessionRow).values(
        {name: given(name, _TABLE.c[name].type) for name in ("account_id", "ticket_hash", *_NAMES)}
    )
)
_SAVE = Statement(
    update(ConnectorSessionRow)
    .where(mine(ConnectorSessionRow), _THIS)
    .values({name: given(name, _TABLE.c[name].type) for name in _CHANGING})
)
_KEEP_FACTS = Statement(
    update(ConnectorSessionRow)
    .where(mine(ConnectorSessionRow), _THIS)
    .values(host_facts=given("host_facts", Text))
)


class ConnectorSessions(Scoped):
    async def lock(self, session_id: UUID) -> ConnectorSession | None:
        """Give the session; a second call with its ticket waits until this one has committed."""
        found = await self._first(_LOCK, id=session_id)
        return None if found is None else _session(found)

    async def open_of(self, connection_id: UUID) -> ConnectorSession | None:
        """Give the connection's open session."""
        found = await self._first(_OPEN_OF, connection_id=connection_id)
        return None if found is None else _session(found)

    async def fence(self, connection_id: UUID) -> None:
        """End the open session of the connection: a newer sign-in takes over."""
        await self._run(_FENCE, connection_id=connection_id)

    async def open(self, session: ConnectorSession, ticket_hash: bytes) -> None:
        """Store a new session."""
        await self._run(_ADD, ticket_hash=ticket_hash, **_columns(session))

    async def save(self, session: ConnectorSession) -> None:
        """Store how the session stands."""
        columns = _columns(session)
        await self._run(_SAVE, id=session.id, **{name: columns[name] for name in _CHANGING})

    async def keep_host_facts(self, session_id: UUID, host_facts: str) -> None:
        """Store what the Web Connector told of QuickBooks in its first call, as it came."""
        await self._run(_KEEP_FACTS, id=session_id, host_facts=host_facts.replace("\x00", "\ufffd"))


def _session(row: Record) -> ConnectorSession:
    values: dict[str, Any] = dict(row)
    values["state"] = SessionState(values["state"])
    return ConnectorSession(**values)


def _columns(session: ConnectorSession) -> dict[str, Any]:
    return {name: getattr(session, name) for name in _NAMES}
