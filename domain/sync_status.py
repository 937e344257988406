"""The sync status of an invoice: five words, and the table of what may become of each."""

from collections.abc import Mapping
from enum import StrEnum

from domain.transitions import IllegalTransition


class SyncStatus(StrEnum):
    NOT_APPLICABLE = "NOT_APPLICABLE"
    SYNCING = "SYNCING"
    SYNCED = "SYNCED"
    BYPASSED = "BYPASSED"
    ACTION_REQUIRED = "ACTION_REQUIRED"


#: The article's wording (seed 000); "Syncing" is ours.
LABELS: Mapping[SyncStatus, str] = {
    SyncStatus.NOT_APPLICABLE: "N/A",
    SyncStatus.SYNCING: "Syncing",
    SyncStatus.SYNCED: "Synced",
    SyncStatus.BYPASSED: "Bypassed",
    SyncStatus.ACTION_REQUIRED: "Action Required",
}


class StatusHappening(StrEnum):
    #: Save & Sync, or Re-Sync.
    SYNC_WANTED = "SYNC_WANTED"
    #: Save & Bypass, or Bypass.
    BYPASS_WANTED = "BYPASS_WANTED"
    #: QuickBooks answered status 0 for the newest version and its copy agrees with ours.
    CONFIRMED = "CONFIRMED"
    #: QuickBooks refused, or holds a rival change: a person must decide.
    REFUSED = "REFUSED"
    #: Saved, and QuickBooks already holds all of it that it can hold: nothing was sent.
    ALREADY_HELD = "ALREADY_HELD"
    #: It counts as never exported: QuickBooks was asked, and holds nothing of it.
    UNLOCKED = "UNLOCKED"


TRANSITIONS: Mapping[tuple[SyncStatus, StatusHappening], SyncStatus] = {
    **{(status, StatusHappening.SYNC_WANTED): SyncStatus.SYNCING for status in SyncStatus},
    **{(status, StatusHappening.BYPASS_WANTED): SyncStatus.BYPASSED for status in SyncStatus},
    **{(status, StatusHappening.UNLOCKED): SyncStatus.NOT_APPLICABLE for status in SyncStatus},
    (SyncStatus.SYNCING, StatusHappening.CONFIRMED): SyncStatus.SYNCED,
    (SyncStatus.SYNCING, StatusHappening.REFUSED): SyncStatus.ACTION_REQUIRED,
    (SyncStatus.SYNCING, StatusHappening.ALREADY_HELD): SyncStatus.SYNCED,
}


def advance_status(status: SyncStatus, happening: StatusHappening) -> SyncStatus:
    """Look the pair up; raise IllegalTransition when the table does not know it."""
    try:
        return TRANSITIONS[status, happening]
    except KeyError:
        raise IllegalTransition(status, happening) from None
