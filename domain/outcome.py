"""What a job's happening means for its job, its invoice, and whoever listens; all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.actor import QUICKBOOKS, SERVICE, Actor
from domain.events import SyncStatusChanged
from domain.invoice import ExportOrigin, ExportStatus
from domain.standing import Standing
from domain.sync import PHASES, JobHappening, JobKind, SyncJob, advance
from domain.sync_status import StatusHappening, SyncStatus, advance_status

#: What reaches the invoice's status; all else changes the phase under it only.
_STATUS_HAPPENINGS: Mapping[JobHappening, StatusHappening] = {
    JobHappening.CONFIRMED: StatusHappening.CONFIRMED,
    JobHappening.FOUND_APPLIED: StatusHappening.CONFIRMED,
    JobHappening.ALREADY_HELD: StatusHappening.ALREADY_HELD,
    JobHappening.REFUSED: StatusHappening.REFUSED,
    JobHappening.OVERLAPPING: StatusHappening.REFUSED,
    JobHappening.UNRENDERABLE: StatusHappening.REFUSED,
}
#: QuickBooks holds the job's version, proven.
APPLIED = frozenset({JobHappening.CONFIRMED, JobHappening.FOUND_APPLIED, JobHappening.ALREADY_HELD})
_BY_QUICKBOOKS = frozenset(
    {JobHappening.CONFIRMED, JobHappening.FOUND_APPLIED, JobHappening.REFUSED,
     JobHappening.OVERLAPPING, JobHappening.DELAYED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """To be stored together, in one transaction."""

    job: SyncJob
    standing: Standing
    event: SyncStatusChanged


def settle(
    standing: Standing,
    job: SyncJob,
    happening: JobHappening,
    *,
    now: datetime,
    event_id: UUID,
    issue_id: UUID | None = None,
) -> Settled:
    """Give job and standing after the happening, and the event that tells it.

    A status moves only when the job carries the invoice's newest version and the invoice still
    waits for it: a newer save, or a bypass on top, stands whatever becomes of the older job.
    """
    advanced = advance(job, happening, now)
    after = _settle_standing(standing, advanced, happening, now)
    event = status_event(
        after,
        advanced,
        previous=standing.sync_status,
        actor=QUICKBOOKS if happening in _BY_QUICKBOOKS else SERVICE,
        now=now,
        event_id=event_id,
    )
    return Settled(advanced, after, replace(event, issue_id=issue_id))


def status_event(
    standing: Standing,
    job: SyncJob | None,
    *,
    previous: SyncStatus,
    actor: Actor,
    now: datetime,
    event_id: UUID,
) -> SyncStatusChanged:
    """Give the event that tells how the invoice stands after a change."""
    return SyncStatusChanged(
        id=event_id,
        occurred_at=now,
        invoice_id=standing.id,
        status=standing.sync_status,
        previous_status=previous,
        phase=None if job is None else PHASES[job.state],
        invoice_version=standing.version if job is None else job.version,
        actor=actor,
    )


def is_newest(standing: Standing, job: SyncJob) -> bool:
    """Tell whether the invoice still waits for this very job."""
    if job.kind is JobKind.EXPORT:
        return standing.export_status is ExportStatus.POSTED
    return standing.version == job.version and standing.sync_status is SyncStatus.SYNCING


def _settle_standing(
    standing: Standing, job: SyncJob, happening: JobHappening, now: datetime
) -> Standing:
    newest = is_newest(standing, job)
    after = standing
    if happening in APPLIED:
        after = replace(after, synced_version=job.version, synced_at=now, updated_at=now)
        if job.kind is JobKind.EXPORT:
            return replace(
                after, export_status=ExportStatus.EXPORTED, export_origin=ExportOrigin.EXPORTED
            )
    status_happening = _STATUS_HAPPENINGS.get(happening)
    if job.kind is JobKind.EXPORT or not newest or status_happening is None:
        return after
    status = advance_status(standing.sync_status, status_happening)
    return replace(after, sync_status=status, updated_at=now)
