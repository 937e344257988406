"""The connections of an account."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, exists, func, or_, select, true, update

from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of, update_rows
from db.wire_rows import (
    ConnectionRow,
    ConnectorSessionRow,
    ExchangeRow,
    InquiryRow,
    QbxmlRequestRow,
    SyncJobRow,
)
from domain.connections import Connection, ConnectionKind, OpenSession
from domain.errors import NotFound
from domain.exchange import ExchangeState
from domain.inquiry import InquiryState
from domain.queue import RequestState, SessionState
from domain.sync import ACTIVE

_CONNECTION = ConnectionRow.__table__.columns
_THIS = ConnectionRow.id == given("id", Uuid)

#: At most one row: a partial unique index says so.
_OPEN_SESSION = (
    (ConnectorSessionRow.account_id == ConnectionRow.account_id)
    & (ConnectorSessionRow.connection_id == ConnectionRow.id)
    & one_of(ConnectorSessionRow.state, [SessionState.OPEN])
)
#: It opens the company file before the session's first request, or owes an answer.
_IS_QUICKBOOKS_AT_WORK = ConnectorSessionRow.qbxml_version.is_(None) | exists().where(
    ExchangeRow.account_id == ConnectionRow.account_id,
    ExchangeRow.connection_id == ConnectionRow.id,
    one_of(ExchangeRow.state, [ExchangeState.OWED]),
)
_QUEUE_LENGTH = (
    select(func.count())
    .where(
        SyncJobRow.account_id == ConnectionRow.account_id,
        SyncJobRow.connection_id == ConnectionRow.id,
        one_of(SyncJobRow.state, ACTIVE),
    )
    .scalar_subquery()
)
_READ = (
    select(
        *_CONNECTION,
        ConnectorSessionRow.last_call_at.label("called_at"),
        _IS_QUICKBOOKS_AT_WORK.label("is_at_work"),
        _QUEUE_LENGTH.label("queue_length"),
    )
    .outerjoin(ConnectorSessionRow, _OPEN_SESSION)
    .where(mine(ConnectionRow))
    .order_by(ConnectionRow.id)
)
_ALL = Statement(_READ)
#: Without what changes by the minute: its cost does not grow with the queue.
_INSTALLED = Statement(select(*_CONNECTION).where(mine(ConnectionRow)).order_by(ConnectionRow.id))
_GET = Statement(_READ.where(among(ConnectionRow.id, "ids")))
_LOCK = Statement(
    select(ConnectionRow.id).where(mine(ConnectionRow), _THIS).with_for_update(key_share=True)
)
_ADD = insert_rows(ConnectionRow)
_SET_HEARD = update_rows(
    ConnectionRow, "last_contact_at", "trouble", "trouble_hresult", "is_wrong_company_file"
)
_SET_OPENED = update_rows(
    ConnectionRow,
    "last_contact_at",
    "trouble",
    "trouble_hresult",
    "is_wrong_company_file",
    "failures",
    "retry_at",
)
_SET_MACHINE = update_rows(ConnectionRow, "machine")
_SET_CLIENT_VERSION = update_rows(ConnectionRow, "client_version")
_SET_SETTINGS = update_rows(ConnectionRow, "name", "is_disabled", "linger_seconds")
_SET_PASSWORD = update_rows(ConnectionRow, "password_hash")
_SET_SEEN = update_rows(ConnectionRow, "last_contact_at")
#: One more session in a row could not open QuickBooks.
_COUNT_FAILURE = Statement(
    update(ConnectionRow)
    .where(mine(ConnectionRow), _THIS)
    .values(
        failures=ConnectionRow.failures + 1,
        retry_at=given("retry_at", DateTime(timezone=True)),
    )
    .returning(ConnectionRow.failures)
)
_HEARD_WHILE_IDLE = Statement(
    update(ConnectionRow)
    .where(
        mine(ConnectionRow),
        _THIS,
        func.coalesce(
            ConnectionRow.last_contact_at < given("unless_since", DateTime(timezone=True)), true()
        ),
    )
    .values(last_contact_at=given("now", DateTime(timezone=True)))
)
_HAS_WORK = Statement(
    select(
        or_(
            exists().where(
                mine(QbxmlRequestRow),
                QbxmlRequestRow.connection_id == given("id", Uuid),
                one_of(QbxmlRequestRow.state, [RequestState.READY]),
            ),
            exists().where(
                mine(InquiryRow),
                InquiryRow.connection_id == given("id", Uuid),
                one_of(InquiryRow.state, [InquiryState.ASKED]),
            ),
        ).label("has_work")
    )
)


class Connections(Scoped):
    async def all(self) -> list[Connection]:
        """Give every connection of the account, oldest first."""
        return [_working(row) for row in await self._run(_ALL)]

    async def installed(self) -> list[Connection]:
        """Give every connection of the account, without its session and its queue."""
        return [_connection(row) for row in await self._run(_INSTALLED)]

    async def get_many(self, connection_ids: Iterable[UUID] | None) -> dict[UUID, Connection]:
        """Give those of the connections that exist, by id; None asks for all."""
        if connection_ids is None:
            return {connection.id: connection for connection in await self.all()}
        rows = await self._run(_GET, ids=list(connection_ids))
        return {row["id"]: _working(row) for row in rows}

    async def get(self, connection_id: UUID) -> Connection | None:
        """Give one connection."""
        return (await self.get_many([connection_id])).get(connection_id)

    async def lock(self, connection_id: UUID) -> None:
        """Keep other sign-ins of this connection waiting until the commit. Raises NotFound."""
        if await self._first(_LOCK, id=connection_id) is None:
            raise NotFound("There is no such connection.", where=("connection_id",))

    async def heard(
        self,
        connection_id: UUID,
        now: datetime,
        *,
        trouble: str | None,
        hresult: str | None = None,
        is_wrong_company_file: bool = False,
    ) -> None:
        """Note a contact, and why nothing could be sent; None: QuickBooks is open and right."""
        heard = {
            "id": connection_id,
            "last_contact_at": now,
            "trouble": trouble,
            "trouble_hresult": hresult,
            "is_wrong_company_file": is_wrong_company_file,
        }
        await self._store(_SET_HEARD, [heard])

    async def opening_failed(
        self,
        connection_id: UUID,
        now: datetime,
        *,
        trouble: str,
        hresult: str | None,
        retry_at: datetime | None,
    ) -> int:
        """Note that QuickBooks could not be opened; give how many sessions in a row failed so."""
        await self.heard(connection_id, now, trouble=trouble, hresult=hresult)
        found = await self._first(_COUNT_FAILURE, id=connection_id, retry_at=retry_at)
        return 0 if found is None else found["failures"]

    async def opened(self, connection_id: UUID, now: datetime) -> None:
        """Note that QuickBooks was opened: what kept it closed before is over."""
        opened = {
            "id": connection_id,
            "last_contact_at": now,
            "trouble": None,
            "trouble_hresult": None,
            "is_wrong_company_file": False,
            "failures": 0,
            "retry_at": None,
        }
        await self._store(_SET_OPENED, [opened])

    async def met(
        self, connection_id: UUID, *, machine: str | None = None, client_version: str | None = None
    ) -> None:
        """Keep which computer and which Web Connector called; None keeps what was known."""
        if machine is not None:
            await self._store(_SET_MACHINE, [{"id": connection_id, "machine": machine}])
        if client_version is not None:
            version = {"id": connection_id, "client_version": client_version}
            await self._store(_SET_CLIENT_VERSION, [version])

    async def save_settings(self, connection: Connection) -> None:
        """Store what an administrator may change: name, whether it is disabled, how it lingers."""
        settings = {
            "id": connection.id,
            "name": connection.name,
            "is_disabled": connection.is_disabled,
            "linger_seconds": connection.linger_seconds,
        }
        await self._store(_SET_SETTINGS, [settings])

    async def save_password(self, connection_id: UUID, password_hash: bytes) -> None:
        """Replace the password: the old one is refused from the next sign-in on."""
        await self._store(_SET_PASSWORD, [{"id": connection_id, "password_hash": password_hash}])

    async def heard_while_idle(
        self, connection_id: UUID, now: datetime, *, unless_since: datetime
    ) -> None:
        """Note a contact that found nothing to do, unless one was noted since then."""
        await self._run(_HEARD_WHILE_IDLE, id=connection_id, now=now, unless_since=unless_since)

    async def seen(self, connection_id: UUID, now: datetime) -> None:
        """Note a contact that tells nothing of QuickBooks, such as the end of a session."""
        await self._store(_SET_SEEN, [{"id": connection_id, "last_contact_at": now}])

    async def add(self, connection: Connection, password_hash: bytes) -> None:
        """Store a new connection."""
        await self._store(_ADD, [{**_columns(connection), "password_hash": password_hash}])

    async def has_work(self, connection_id: UUID) -> bool:
        """Tell whether something waits to be fetched through this connection: one indexed read."""
        found = await self._first(_HAS_WORK, id=connection_id)
        return found is not None and bool(found["has_work"])


_STORED = (
    "id", "company_file_id", "name", "kind", "user_name", "file_guid", "poll_seconds",
    "is_disabled", "linger_seconds", "last_contact_at", "trouble", "trouble_hresult",
    "is_wrong_company_file", "failures", "retry_at", "set_size", "machine", "client_version",
)  # fmt: skip


def _columns(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in _STORED}


def _connection(row: Record) -> Connection:
    values = {name: row[name] for name in _STORED}
    values["kind"] = ConnectionKind(row["kind"])
    return Connection(**values)


def _working(row: Record) -> Connection:
    called_at = row["called_at"]
    session = None if called_at is None else OpenSession(called_at, row["is_at_work"])
    return replace(_connection(row), session=session, queue_length=row["queue_length"])
