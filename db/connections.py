"""The connections of an account."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, true, update

from db.scoped import Scoped
from db.wire_rows import (
    ConnectionRow,
    ConnectorSessionRow,
    ExchangeRow,
    QbxmlRequestRow,
    SyncJobRow,
)
from domain.connections import Connection, ConnectionKind, OpenSession
from domain.errors import NotFound
from domain.exchange import ExchangeState
from domain.queue import RequestState, SessionState
from domain.sync import ACTIVE


class Connections(Scoped):
    async def all(self) -> list[Connection]:
        """Give every connection of the account, oldest first."""
        return list((await self.get_many(None)).values())

    async def get_many(self, connection_ids: Iterable[UUID] | None) -> dict[UUID, Connection]:
        """Give those of the connections that exist, by id; None asks for all."""
        query = (
            select(
                ConnectionRow,
                ConnectorSessionRow.last_call_at,
                _IS_QUICKBOOKS_AT_WORK,
                _QUEUE_LENGTH,
            )
            .outerjoin(ConnectorSessionRow, _OPEN_SESSION)
            .where(self._mine(ConnectionRow))
            .order_by(ConnectionRow.id)
        )
        if connection_ids is not None:
            query = query.where(ConnectionRow.id.in_(list(connection_ids)))
        return {
            row.id: _connection(
                row,
                session=None if called_at is None else OpenSession(called_at, is_at_work),
                queue_length=queue_length,
            )
            for row, called_at, is_at_work, queue_length in await self._session.execute(query)
        }

    async def get(self, connection_id: UUID) -> Connection | None:
        """Give one connection."""
        return (await self.get_many([connection_id])).get(connection_id)

    async def password_hash(self, connection_id: UUID) -> bytes | None:
        """Give the salted hash to verify against; None for an unknown or disabled connection."""
        query = select(ConnectionRow.password_hash).where(
            self._mine(ConnectionRow),
            ConnectionRow.id == connection_id,
            ConnectionRow.is_disabled.is_(False),
        )
        return await self._session.scalar(query)

    async def lock(self, connection_id: UUID) -> None:
        """Keep other sign-ins of this connection waiting until the commit."""
        query = select(ConnectionRow.id).where(
            self._mine(ConnectionRow), ConnectionRow.id == connection_id
        )
        if await self._session.scalar(query.with_for_update(key_share=True)) is None:
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
        await self._set(
            connection_id,
            last_contact_at=now,
            trouble=trouble,
            trouble_hresult=hresult,
            is_wrong_company_file=is_wrong_company_file,
        )

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
        query = (
            update(ConnectionRow)
            .where(self._mine(ConnectionRow), ConnectionRow.id == connection_id)
            .values(
                last_contact_at=now,
                trouble=trouble,
                trouble_hresult=hresult,
                is_wrong_company_file=False,
                failures=ConnectionRow.failures + 1,
                retry_at=retry_at,
            )
            .returning(ConnectionRow.failures)
        )
        return (await self._session.execute(query)).scalar_one()

    async def opened(self, connection_id: UUID, now: datetime) -> None:
        """Note that QuickBooks was opened: what kept it closed before is over."""
        await self._set(
            connection_id,
            last_contact_at=now,
            trouble=None,
            trouble_hresult=None,
            is_wrong_company_file=False,
            failures=0,
            retry_at=None,
        )

    async def met(
        self, connection_id: UUID, *, machine: str | None = None, client_version: str | None = None
    ) -> None:
        """Keep which computer and which Web Connector called; None keeps what was known."""
        seen = {"machine": machine, "client_version": client_version}
        known = {name: text for name, text in seen.items() if text is not None}
        if known:
            await self._set(connection_id, **known)

    async def save_settings(self, connection: Connection) -> None:
        """Store what an administrator may change: name, whether it is disabled, how it lingers."""
        await self._set(
            connection.id,
            name=connection.name,
            is_disabled=connection.is_disabled,
            linger_seconds=connection.linger_seconds,
        )

    async def save_password(self, connection_id: UUID, password_hash: bytes) -> None:
        """Replace the password: the old one is refused from the next sign-in on."""
        await self._set(connection_id, password_hash=password_hash)

    async def heard_while_idle(
        self, connection_id: UUID, now: datetime, *, unless_since: datetime
    ) -> None:
        """Note a contact that found nothing to do, unless one was noted since then."""
        await self._session.execute(
            update(ConnectionRow)
            .where(
                self._mine(ConnectionRow),
                ConnectionRow.id == connection_id,
                func.coalesce(ConnectionRow.last_contact_at < unless_since, true()),
            )
            .values(last_contact_at=now)
        )

    async def seen(self, connection_id: UUID, now: datetime) -> None:
        """Note a contact that tells nothing of QuickBooks, such as the end of a session."""
        await self._set(connection_id, last_contact_at=now)

    async def add(self, connection: Connection, password_hash: bytes) -> None:
        """Store a new connection."""
        await self._session.execute(
            insert(ConnectionRow).values(
                account_id=self._account_id,
                id=connection.id,
                company_file_id=connection.company_file_id,
                name=connection.name,
                kind=connection.kind,
                user_name=connection.user_name,
                password_hash=password_hash,
                file_guid=connection.file_guid,
                poll_seconds=connection.poll_seconds,
                is_disabled=connection.is_disabled,
                linger_seconds=connection.linger_seconds,
                is_wrong_company_file=connection.is_wrong_company_file,
            )
        )

    async def has_work(self, connection_id: UUID) -> bool:
        """Tell whether something waits to be fetched through this connection: one indexed read."""
        query = (
            select(QbxmlRequestRow.id)
            .where(
                self._mine(QbxmlRequestRow),
                QbxmlRequestRow.connection_id == connection_id,
                QbxmlRequestRow.state == RequestState.READY,
            )
            .limit(1)
        )
        return await self._session.scalar(query) is not None

    async def _set(self, connection_id: UUID, **values: Any) -> None:
        await self._session.execute(
            update(ConnectionRow)
            .where(self._mine(ConnectionRow), ConnectionRow.id == connection_id)
            .values(**values)
        )


#: At most one row: a partial unique index says so.
_OPEN_SESSION = (
    (ConnectorSessionRow.account_id == ConnectionRow.account_id)
    & (ConnectorSessionRow.connection_id == ConnectionRow.id)
    & (ConnectorSessionRow.state == SessionState.OPEN)
)
#: It opens the company file before the session's first request, or owes an answer.
_IS_QUICKBOOKS_AT_WORK = ConnectorSessionRow.qbxml_version.is_(None) | exists().where(
    ExchangeRow.account_id == ConnectionRow.account_id,
    ExchangeRow.connection_id == ConnectionRow.id,
    ExchangeRow.state == ExchangeState.OWED,
)
_QUEUE_LENGTH = (
    select(func.count())
    .where(
        SyncJobRow.account_id == ConnectionRow.account_id,
        SyncJobRow.connection_id == ConnectionRow.id,
        SyncJobRow.state.in_(ACTIVE),
    )
    .scalar_subquery()
)


def _connection(
    row: ConnectionRow, *, session: OpenSession | None, queue_length: int
) -> Connection:
    return Connection(
        id=row.id,
        company_file_id=row.company_file_id,
        name=row.name,
        kind=ConnectionKind(row.kind),
        user_name=row.user_name,
        file_guid=row.file_guid,
        poll_seconds=row.poll_seconds,
        is_disabled=row.is_disabled,
        linger_seconds=row.linger_seconds,
        last_contact_at=row.last_contact_at,
        session=session,
        trouble=row.trouble,
        trouble_hresult=row.trouble_hresult,
        is_wrong_company_file=row.is_wrong_company_file,
        failures=row.failures,
        retry_at=row.retry_at,
        set_size=row.set_size,
        machine=row.machine,
        client_version=row.client_version,
        queue_length=queue_length,
    )
