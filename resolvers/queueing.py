"""Into the queue: one job for an invoice's newest version, and the answer that tells of it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.invoice import Invoice
from domain.sync import JobHappening, JobKind, JobState, SyncJob, advance
from domain.sync_status import SyncStatus
from resolvers.context import RequestContext
from resolvers.telling import tell


@dataclass(frozen=True, slots=True)
class Saved:
    """`after` is an event number: what becomes of this save is told behind it."""

    invoice: Invoice
    connection_id: UUID | None
    after: int


async def want_sync(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    connection_id: UUID,
    *,
    previous: SyncStatus,
    kind: JobKind = JobKind.SYNC,
) -> None:
    """Put one job for the invoice's newest version into the queue.

    It takes the place of an unsent job; behind a sent one it waits for that one's answer. A job on
    its way with this very version is joined: of two with one version, the answer to the first
    would be taken for the last word.
    """
    unsent, job = await work.sync_jobs.lock_active(invoice.id)
    if job is None or job.version != invoice.version:
        job = await _replace(context, work, unsent, _new_job(context, invoice, connection_id, kind))
        work.wake_planner(job.id)
    await work.clear_issues(invoice.id, context.now())
    tell(context, work, invoice, previous=previous, job=job)


def _new_job(
    context: RequestContext, invoice: Invoice, connection_id: UUID, kind: JobKind
) -> SyncJob:
    now = context.now()
    return SyncJob(
        id=context.new_id(),
        invoice_id=invoice.id,
        connection_id=connection_id,
        kind=kind,
        version=invoice.version,
        state=JobState.QUEUED,
        created_at=now,
        updated_at=now,
    )


async def _replace(
    context: RequestContext, work: UnitOfWork, unsent: SyncJob | None, job: SyncJob
) -> SyncJob:
    """Store the job in the place of the unsent one, whose knowledge it keeps."""
    if unsent is not None:
        await work.qbxml_requests.cancel_ready(unsent.id)
        await work.sync_jobs.save(advance(unsent, JobHappening.OVERTAKEN, context.now()))
        job = replace(job, must_read=unsent.must_read)
    await work.sync_jobs.add(job)
    return job


def answer_of(saved: Saved) -> dict[str, Any]:
    """Give what `repeat` needs."""
    return {
        "invoice_id": str(saved.invoice.id),
        "connection_id": None if saved.connection_id is None else str(saved.connection_id),
        "after": saved.after,
    }


async def repeat(work: UnitOfWork, answer: dict[str, Any]) -> Saved:
    """Give the earlier answer to a call again; the invoice is shown as it is now."""
    invoice = await work.invoices.lock(UUID(answer["invoice_id"]))
    connection_id = answer["connection_id"]
    return Saved(invoice, connection_id and UUID(connection_id), answer["after"])
