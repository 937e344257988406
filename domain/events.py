"""Facts about invoices, told to everybody who listens, numbered without a gap per account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.errors import CursorExpired, InvalidValue
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
class EventNumbers:
    """How far an account's log goes, and from where on it is whole."""

    #: The number of the newest event; 0 when there is none.
    last: int
    #: The highest number that was pruned; 0 when none was.
    pruned: int = 0

    def check_replay(self, after: int) -> None:
        """Raise unless every event behind the number can be told.

        InvalidValue for a number that the account has not reached: it comes from another account,
        or from before a restore, and waiting for it would lose events. CursorExpired where one
        behind it was pruned.
        """
        if after > self.last:
            raise InvalidValue(
                "This cursor lies behind the account's newest event; read syncCursor again.",
                where=("after",),
            )
        if after < self.pruned:
            raise CursorExpired


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event as stored: `sequence` counts from 1 per account, in commit order."""

    sequence: int
    event: SyncStatusChanged
