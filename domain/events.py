"""Facts about invoices, told to everybody who listens, numbered without a gap per account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatusChanged:
    """The sync status, or the phase under it, changed; self-contained, so it never goes stale."""

    id: UUID
    occurred_at: datetime
    invoice_id: UUID
    status: SyncStatus
    previous_status: SyncStatus | None
    phase: SyncPhase | None
    invoice_version: int
    actor: Actor
    issue_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event as stored: `sequence` counts from 1 per account, in commit order."""

    sequence: int
    event: SyncStatusChanged
