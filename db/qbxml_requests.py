"""The queue of rendered requests: stored by workers, taken by the Web Connector's endpoint."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, insert, select, update

from db.documents import WANTED
from db.scoped import Scoped
from db.wire_rows import QbxmlRequestRow, SyncJobRow
from domain.queue import QbxmlRequest, RequestKind, RequestState


class QbxmlRequests(Scoped):
    async def add(self, request: QbxmlRequest) -> None:
        """Put a request into the queue, ready to be fetched."""
        lines = request.sent_lines
        await self._session.execute(
            insert(QbxmlRequestRow).values(
                account_id=self._account_id,
                id=request.id,
                job_id=request.job_id,
                connection_id=request.connection_id,
                kind=request.kind,
                body=request.body,
                wanted=WANTED.dump(request.wanted),
                sent_lines=None if lines is None else [[i, t and str(t)] for i, t in lines],
                alone=request.alone,
                state=RequestState.READY,
                created_at=request.created_at,
            )
        )

    async def take(self, connection_id: UUID, *, at_most: int) -> list[QbxmlRequest]:
        """Lock and give the oldest ready requests of the connection, with their jobs.

        Rows that somebody else holds (a save that withdraws its job, a planner) are skipped, never
        waited for. A request that must travel alone comes alone.
        """
        query = (
            select(QbxmlRequestRow)
            .join(
                SyncJobRow,
                (SyncJobRow.account_id == QbxmlRequestRow.account_id)
                & (SyncJobRow.id == QbxmlRequestRow.job_id),
            )
            .where(
                self._mine(QbxmlRequestRow),
                QbxmlRequestRow.connection_id == connection_id,
                QbxmlRequestRow.state == RequestState.READY,
            )
            .order_by(QbxmlRequestRow.id)
            .limit(at_most)
            .with_for_update(skip_locked=True, key_share=True, of=[QbxmlRequestRow, SyncJobRow])
        )
        ready = [_request(row) for row in await self._session.scalars(query)]
        alone = next((n for n, request in enumerate(ready) if request.alone), None)
        return ready if alone is None else ready[: max(alone, 1)]

    async def mark_sent(self, request_ids: Iterable[UUID], exchange_id: UUID) -> None:
        """Note in which message set the requests left."""
        await self._session.execute(
            update(QbxmlRequestRow)
            .where(self._mine(QbxmlRequestRow), QbxmlRequestRow.id.in_(list(request_ids)))
            .values(state=RequestState.SENT, exchange_id=exchange_id)
        )

    async def mark_answered(self, request_ids: Iterable[UUID]) -> None:
        """Note that nothing more is owed for these requests."""
        await self._session.execute(
            update(QbxmlRequestRow)
            .where(self._mine(QbxmlRequestRow), QbxmlRequestRow.id.in_(list(request_ids)))
            .values(state=RequestState.ANSWERED)
        )

    async def return_alone(self, request_ids: Iterable[UUID]) -> None:
        """Put requests back into the queue, each to travel in a set of its own."""
        await self._session.execute(
            update(QbxmlRequestRow)
            .where(self._mine(QbxmlRequestRow), QbxmlRequestRow.id.in_(list(request_ids)))
            .values(state=RequestState.READY, alone=True)
        )

    async def count_ready(self, connection_id: UUID) -> int:
        """Give how many requests wait for the connection."""
        query = select(func.count()).where(
            self._mine(QbxmlRequestRow),
            QbxmlRequestRow.connection_id == connection_id,
            QbxmlRequestRow.state == RequestState.READY,
        )
        return (await self._session.execute(query)).scalar_one()

    async def cancel_ready(self, job_id: UUID) -> None:
        """Withdraw what the job has in the queue and nobody has fetched."""
        await self._session.execute(
            update(QbxmlRequestRow)
            .where(
                self._mine(QbxmlRequestRow),
                QbxmlRequestRow.job_id == job_id,
                QbxmlRequestRow.state == RequestState.READY,
            )
            .values(state=RequestState.CANCELLED)
        )

    async def sent_in(self, exchange_id: UUID) -> list[QbxmlRequest]:
        """Give the requests of a message set whose answers are still owed, in their order."""
        query = (
            select(QbxmlRequestRow)
            .where(
                self._mine(QbxmlRequestRow),
                QbxmlRequestRow.exchange_id == exchange_id,
                QbxmlRequestRow.state == RequestState.SENT,
            )
            .order_by(QbxmlRequestRow.id)
        )
        return [_request(row) for row in await self._session.scalars(query)]

    async def has_open(self, job_id: UUID) -> bool:
        """Tell whether the job has a request in the queue or on its way."""
        query = select(QbxmlRequestRow.id).where(
            self._mine(QbxmlRequestRow),
            QbxmlRequestRow.job_id == job_id,
            QbxmlRequestRow.state.in_([RequestState.READY, RequestState.SENT]),
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def was_add_sent(self, invoice_id: UUID) -> bool:
        """Tell whether an Add of this invoice ever left for QuickBooks."""
        query = (
            select(QbxmlRequestRow.id)
            .join(
                SyncJobRow,
                (SyncJobRow.account_id == QbxmlRequestRow.account_id)
                & (SyncJobRow.id == QbxmlRequestRow.job_id),
            )
            .where(
                self._mine(QbxmlRequestRow),
                SyncJobRow.invoice_id == invoice_id,
                QbxmlRequestRow.kind == RequestKind.INVOICE_ADD,
                QbxmlRequestRow.exchange_id.is_not(None),
            )
            .limit(1)
        )
        return await self._session.scalar(query) is not None

    async def last_write(self, job_id: UUID) -> QbxmlRequest | None:
        """Give the newest Add or Mod that was sent for the job."""
        query = (
            select(QbxmlRequestRow)
            .where(
                self._mine(QbxmlRequestRow),
                QbxmlRequestRow.job_id == job_id,
                QbxmlRequestRow.kind != RequestKind.INVOICE_QUERY,
                QbxmlRequestRow.exchange_id.is_not(None),
            )
            .order_by(QbxmlRequestRow.id.desc())
            .limit(1)
        )
        row = (await self._session.scalars(query)).first()
        return None if row is None else _request(row)


def _request(row: QbxmlRequestRow) -> QbxmlRequest:
    lines = row.sent_lines
    return QbxmlRequest(
        id=row.id,
        job_id=row.job_id,
        connection_id=row.connection_id,
        kind=RequestKind(row.kind),
        body=row.body,
        wanted=WANTED.load(row.wanted),
        sent_lines=None if lines is None else tuple((i, t and UUID(t)) for i, t in lines),
        alone=row.alone,
        created_at=row.created_at,
    )
