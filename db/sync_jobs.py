"""Sync jobs: what QuickBooks shall hold, and how far it has come."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql

from db.scoped import Scoped
from db.wire_rows import SyncJobRow
from domain.sync import ACTIVE, IN_FLIGHT, UNSENT, JobKind, JobState, SyncJob


class SyncJobs(Scoped):
    """Lock the invoice before its jobs; the partial unique indexes catch whoever does not."""

    async def get(self, job_id: UUID) -> SyncJob | None:
        """Give the job."""
        query = select(SyncJobRow).where(self._mine(SyncJobRow), SyncJobRow.id == job_id)
        row = (await self._session.scalars(query)).first()
        return None if row is None else _job(row)

    async def lock(self, job_id: UUID) -> SyncJob | None:
        """Give the job and keep others from changing it until the commit."""
        return (await self.lock_many([job_id])).get(job_id)

    async def lock_many(self, job_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
        """Lock several, in the order of their ids."""
        query = (
            select(SyncJobRow)
            .where(self._mine(SyncJobRow), SyncJobRow.id.in_(list(job_ids)))
            .order_by(SyncJobRow.id)
            .with_for_update(key_share=True)
        )
        return {row.id: _job(row) for row in await self._session.scalars(query)}

    async def lock_active(self, invoice_id: UUID) -> tuple[SyncJob | None, SyncJob | None]:
        """Lock and give the invoice's unsent job and its job in flight, where there are any."""
        query = (
            select(SyncJobRow)
            .where(
                self._mine(SyncJobRow),
                SyncJobRow.invoice_id == invoice_id,
                SyncJobRow.state.in_(ACTIVE),
            )
            .order_by(SyncJobRow.id)
            .with_for_update(key_share=True)
        )
        jobs = [_job(row) for row in await self._session.scalars(query)]
        unsent = next((job for job in jobs if job.state in UNSENT), None)
        return unsent, next((job for job in jobs if job.state in IN_FLIGHT), None)

    async def latest(self, invoice_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
        """Give the newest job of each invoice that has one."""
        query = (
            select(SyncJobRow)
            .ext(postgresql.distinct_on(SyncJobRow.invoice_id))
            .where(self._mine(SyncJobRow), SyncJobRow.invoice_id.in_(list(invoice_ids)))
            .order_by(SyncJobRow.invoice_id, SyncJobRow.version.desc(), SyncJobRow.id.desc())
        )
        return {row.invoice_id: _job(row) for row in await self._session.scalars(query)}

    async def queue_positions(self, jobs: Iterable[SyncJob]) -> dict[UUID, int]:
        """Give, for each job that has not left, its place in its connection's queue, from 1."""
        waiting = [job.id for job in jobs if job.state in UNSENT]
        if not waiting:
            return {}
        place = func.rank().over(partition_by=SyncJobRow.connection_id, order_by=SyncJobRow.id)
        ranked = (
            select(SyncJobRow.id, place.label("place"))
            .where(self._mine(SyncJobRow), SyncJobRow.state.in_(UNSENT))
            .subquery()
        )
        query = select(ranked.c.id, ranked.c.place).where(ranked.c.id.in_(waiting))
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def add(self, job: SyncJob) -> None:
        """Store a new job."""
        await self._session.execute(
            insert(SyncJobRow).values(account_id=self._account_id, **_columns(job))
        )

    async def save(self, job: SyncJob) -> None:
        """Store how far the job has come."""
        await self._session.execute(
            update(SyncJobRow)
            .where(self._mine(SyncJobRow), SyncJobRow.id == job.id)
            .values(**_columns(job))
        )


def _job(row: SyncJobRow) -> SyncJob:
    return SyncJob(
        id=row.id,
        invoice_id=row.invoice_id,
        connection_id=row.connection_id,
        kind=JobKind(row.kind),
        version=row.version,
        state=JobState(row.state),
        must_read=row.must_read,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        delayed_since=row.delayed_since,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _columns(job: SyncJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "invoice_id": job.invoice_id,
        "connection_id": job.connection_id,
        "kind": job.kind,
        "version": job.version,
        "state": job.state,
        "must_read": job.must_read,
        "attempts": job.attempts,
        "next_attempt_at": job.next_attempt_at,
        "delayed_since": job.delayed_since,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
    }
