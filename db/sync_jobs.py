"""Sync jobs: what QuickBooks shall hold, and how far it has come."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Uuid, any_, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from db.scoped import Scoped
from db.statements import (
    Record,
    Statement,
    among,
    given,
    insert_rows,
    mine,
    one_of,
    update_rows,
)
from db.wire_rows import SyncJobRow
from domain.backoff import Trouble
from domain.sync import ACTIVE, UNSENT, JobKind, JobState, SyncJob

_JOB = SyncJobRow.__table__.columns
_MICROSECOND = timedelta(microseconds=1)
#: Before every id that there can be.
_FIRST = UUID(int=0)

#: One job, without a lock.
_GET = Statement(select(*_JOB).where(mine(SyncJobRow), SyncJobRow.id == given("job_id", Uuid)))
#: These jobs, without a lock.
_GET_MANY = Statement(select(*_JOB).where(mine(SyncJobRow), among(SyncJobRow.id, "job_ids")))
#: These jobs, locked in the order of their ids.
_LOCK = Statement(
    select(*_JOB)
    .where(mine(SyncJobRow), among(SyncJobRow.id, "job_ids"))
    .order_by(SyncJobRow.id)
    .with_for_update(key_share=True)
)
#: The jobs of these invoices that have not come to rest, locked in the order of their ids.
_LOCK_ACTIVE = Statement(
    select(*_JOB)
    .where(
        mine(SyncJobRow),
        among(SyncJobRow.invoice_id, "invoice_ids"),
        one_of(SyncJobRow.state, ACTIVE),
    )
    .order_by(SyncJobRow.id)
    .with_for_update(key_share=True)
)
#: The newest job of each of these invoices.
_LATEST = Statement(
    select(*_JOB)
    .ext(postgresql.distinct_on(SyncJobRow.invoice_id))
    .where(mine(SyncJobRow), among(SyncJobRow.invoice_id, "invoice_ids"))
    .order_by(SyncJobRow.invoice_id, SyncJobRow.version.desc(), SyncJobRow.id.desc())
)
#: The jobs of a connection that wait for its next session: they are due now.
_WAKE = Statement(
    update(SyncJobRow)
    .where(
        mine(SyncJobRow),
        SyncJobRow.connection_id == given("connection_id", Uuid),
        one_of(SyncJobRow.state, [JobState.RETRY_WAIT]),
        SyncJobRow.next_attempt_at.is_(None),
    )
    .values(next_attempt_at=given("now", DateTime(timezone=True)))
    .returning(SyncJobRow.id)
)
_QUEUE = (
    select(
        SyncJobRow.id,
        func.rank()
        .over(partition_by=SyncJobRow.connection_id, order_by=SyncJobRow.id)
        .label("place"),
    )
    .where(mine(SyncJobRow), one_of(SyncJobRow.state, UNSENT))
    .subquery()
)
#: The places of these jobs in the queues of their connections.
_PLACES = Statement(
    select(_QUEUE.c.id, _QUEUE.c.place).where(_QUEUE.c.id == any_(given("job_ids", ARRAY(Uuid))))
)
_ACTIVE_IN_ORDER = (
    select(
        *_JOB,
        func.count()
        .filter(one_of(SyncJobRow.state, UNSENT))
        .over(order_by=SyncJobRow.id)
        .label("place"),
    )
    .where(
        mine(SyncJobRow),
        SyncJobRow.connection_id == given("connection_id", Uuid),
        one_of(SyncJobRow.state, ACTIVE),
    )
    .subquery()
)
#: What has not come to rest of a connection, in order, each with how many wait up to it.
_OF_CONNECTION = Statement(
    select(*_ACTIVE_IN_ORDER.c)
    .where(_ACTIVE_IN_ORDER.c.id > given("behind", Uuid))
    .order_by(_ACTIVE_IN_ORDER.c.id)
    .limit(given("at_most", BigInteger))
)
_ADD = insert_rows(SyncJobRow)
_SAVE = update_rows(SyncJobRow)

Active = tuple[SyncJob | None, SyncJob | None]


class SyncJobs(Scoped):
    """Lock the invoice before its jobs; the partial unique indexes catch whoever does not."""

    async def get(self, job_id: UUID) -> SyncJob | None:
        """Give the job."""
        row = await self._first(_GET, job_id=job_id)
        return None if row is None else _job(row)

    async def get_many(self, job_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
        """Give jobs by id."""
        return {row["id"]: _job(row) for row in await self._run(_GET_MANY, job_ids=list(job_ids))}

    async def lock(self, job_id: UUID) -> SyncJob | None:
        """Give the job and keep others from changing it until the commit."""
        return (await self.lock_many([job_id])).get(job_id)

    async def lock_many(self, job_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
        """Lock several, in the order of their ids."""
        return {row["id"]: _job(row) for row in await self._run(_LOCK, job_ids=list(job_ids))}

    async def lock_active(self, invoice_id: UUID) -> Active:
        """Lock and give the invoice's unsent job and its job in flight, where there are any."""
        return (await self.lock_active_many([invoice_id]))[invoice_id]

    async def lock_active_many(self, invoice_ids: Collection[UUID]) -> dict[UUID, Active]:
        """Give, by each of the invoices, what `lock_active` gives; locked in the order of ids."""
        active: dict[UUID, Active] = dict.fromkeys(invoice_ids, (None, None))
        for row in await self._run(_LOCK_ACTIVE, invoice_ids=list(active)):
            job = _job(row)
            unsent, in_flight = active[job.invoice_id]
            if job.state in UNSENT:
                active[job.invoice_id] = job, in_flight
            else:
                active[job.invoice_id] = unsent, job
        return active

    async def wake_waiting(self, connection_id: UUID, now: datetime) -> list[UUID]:
        """Make the jobs due that wait for the connection's next session, and give their ids."""
        rows = await self._run(_WAKE, connection_id=connection_id, now=now)
        return [row["id"] for row in rows]

    async def latest(self, invoice_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
        """Give the newest job of each invoice that has one."""
        rows = await self._run(_LATEST, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _job(row) for row in rows}

    async def queue_positions(self, jobs: Iterable[SyncJob]) -> dict[UUID, int]:
        """Give, for each job that has not left, its place in its connection's queue, from 1."""
        waiting = [job.id for job in jobs if job.state in UNSENT]
        if not waiting:
            return {}
        rows = await self._run(_PLACES, job_ids=waiting)
        return {row["id"]: row["place"] for row in rows}

    async def queue(
        self, connection_id: UUID, *, after: UUID | None, limit: int
    ) -> list[tuple[SyncJob, int | None]]:
        """Give up to `limit` jobs of the connection behind this one, in order, each with its place.

        The place is what `queue_positions` gives; a job on its way has none.
        """
        rows = await self._run(
            _OF_CONNECTION, connection_id=connection_id, behind=after or _FIRST, at_most=limit
        )
        found = [(_job(row), row["place"]) for row in rows]
        return [(job, place if job.state in UNSENT else None) for job, place in found]

    async def add(self, job: SyncJob) -> None:
        """Store a new job."""
        await self.add_many([job])

    async def add_many(self, jobs: Iterable[SyncJob]) -> None:
        """Store new jobs."""
        await self._store(_ADD, [_columns(job) for job in jobs])

    async def save(self, job: SyncJob) -> None:
        """Store how far the job has come."""
        await self.save_many([job])

    async def save_many(self, jobs: Iterable[SyncJob]) -> None:
        """Store how far each of the jobs, all of them locked and none twice, has come."""
        await self._store(_SAVE, [_columns(job) for job in jobs])


def _job(row: Record) -> SyncJob:
    return SyncJob(
        id=row["id"],
        invoice_id=row["invoice_id"],
        connection_id=row["connection_id"],
        kind=JobKind(row["kind"]),
        version=row["version"],
        state=JobState(row["state"]),
        must_read=row["must_read"],
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        trouble=_trouble(row),
        txn_id=row["txn_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _trouble(row: Record) -> Trouble | None:
    if not row["trouble_tries"]:
        return None
    return Trouble(
        tries=row["trouble_tries"],
        tried_for=row["tried_microseconds"] * _MICROSECOND,
        last_try_at=row["last_try_at"],
    )


def _trouble_columns(trouble: Trouble | None) -> dict[str, Any]:
    return {
        "trouble_tries": 0 if trouble is None else trouble.tries,
        "tried_microseconds": None if trouble is None else trouble.tried_for // _MICROSECOND,
        "last_try_at": None if trouble is None else trouble.last_try_at,
    }


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
        **_trouble_columns(job.trouble),
        "txn_id": job.txn_id,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
    }
