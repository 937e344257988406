"""What our books hold and QuickBooks' do not: the debt of a month, and whether it can be closed.

An invoice is settled when QuickBooks proved to hold its newest version, and when nothing is open
about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.backoff import GIVE_UP_AFTER
from domain.connections import Connection
from domain.money import ZERO
from domain.months import Month, MonthPhase, month_phase


class UnsettledKind(StrEnum):
    BYPASSED = "BYPASSED"
    EXPORT_BYPASSED = "EXPORT_BYPASSED"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    SYNCING = "SYNCING"
    #: SYNCING for longer than the connectors' rhythm explains.
    LATE = "LATE"
    UNVERIFIED = "UNVERIFIED"
    NEVER_EXPORTED = "NEVER_EXPORTED"
    DRAFT_OPEN = "DRAFT_OPEN"
    CONFLICT = "CONFLICT"
    #: QuickBooks' side was changed since it was proven to hold ours.
    DRIFT = "DRIFT"
    ISSUE = "ISSUE"


#: What somebody has to settle one day; the rest passes, or is not said to be in QuickBooks.
DEBT = (
    UnsettledKind.BYPASSED,
    UnsettledKind.EXPORT_BYPASSED,
    UnsettledKind.ACTION_REQUIRED,
    UnsettledKind.LATE,
    UnsettledKind.UNVERIFIED,
)
#: What keeps a month from being closed.
BLOCKERS: Sequence[UnsettledKind] = tuple(
    kind for kind in UnsettledKind if kind is not UnsettledKind.LATE
)

_POLLS = 2

#: What each kind means, for one and for many invoices, and the way out.
_TELLS: Mapping[UnsettledKind, tuple[str, str, str]] = {
    UnsettledKind.BYPASSED: (
        "was saved and not sent to QuickBooks.",
        "were saved and not sent to QuickBooks.",
        "Re-Sync sends what was saved; if QuickBooks was corrected by hand, Re-Sync proves that.",
    ),
    UnsettledKind.EXPORT_BYPASSED: (
        "counts as exported, but was never sent to QuickBooks.",
        "count as exported, but were never sent to QuickBooks.",
        "Enter what is missing in QuickBooks by hand, or have the batch unlocked and export it.",
    ),
    UnsettledKind.ACTION_REQUIRED: (
        "was refused by QuickBooks, or differs from its copy.",
        "were refused by QuickBooks, or differ from its copy.",
        "Do what the problem says, then Re-Sync or Bypass.",
    ),
    UnsettledKind.SYNCING: (
        "is on its way to QuickBooks.",
        "are on their way to QuickBooks.",
        "Wait, and see that the Web Connector runs.",
    ),
    UnsettledKind.LATE: (
        "is on its way to QuickBooks for longer than it should be.",
        "are on their way to QuickBooks for longer than they should be.",
        "See that the Web Connector runs and QuickBooks can be opened.",
    ),
    UnsettledKind.UNVERIFIED: (
        "was exported, but never proven to be in QuickBooks as it is here.",
        "were exported, but never proven to be in QuickBooks as they are here.",
        "Compare with QuickBooks, then save and sync.",
    ),
    UnsettledKind.NEVER_EXPORTED: (
        "was never exported to QuickBooks.",
        "were never exported to QuickBooks.",
        "Export in a batch, or choose another date.",
    ),
    UnsettledKind.DRAFT_OPEN: (
        "has edits that nobody has saved.",
        "have edits that nobody has saved.",
        "Whoever is editing saves or discards the edits.",
    ),
    UnsettledKind.CONFLICT: (
        "was changed in QuickBooks in the same fields.",
        "were changed in QuickBooks in the same fields.",
        "Choose ours or QuickBooks' value of each field.",
    ),
    UnsettledKind.DRIFT: (
        "was changed in QuickBooks since it was synced.",
        "were changed in QuickBooks since they were synced.",
        "Take ours or QuickBooks' value of each field.",
    ),
    UnsettledKind.ISSUE: (
        "has an open problem.",
        "have open problems.",
        "The problem says what to do; fix the root first.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The invoices of one kind in one month."""

    kind: UnsettledKind
    month: Month
    count: int
    #: Our total minus QuickBooks' last known one; its total is 0 where it has none.
    difference: Decimal
    #: How many of them QuickBooks is not known to hold.
    absent: int
    #: Since when the oldest of them is so.
    oldest_since: datetime

    @property
    def message(self) -> str:
        """What is so, and the way out."""
        one, many, cure = _TELLS[self.kind]
        subject = f"1 invoice {one}" if self.count == 1 else f"{self.count} invoices {many}"
        return f"{subject} {cure}"


@dataclass(frozen=True, slots=True)
class Debt:
    """Tallies together: of one month, or of all of them."""

    tallies: tuple[Tally, ...]

    @property
    def count(self) -> int:
        """How many invoices; each is of one kind only."""
        return sum(tally.count for tally in self.tallies)

    @property
    def difference(self) -> Decimal:
        """By how much the two books differ."""
        return sum((tally.difference for tally in self.tallies), ZERO)

    @property
    def absent(self) -> int:
        """How many of them QuickBooks is not known to hold."""
        return sum(tally.absent for tally in self.tallies)

    @property
    def oldest_since(self) -> datetime | None:
        """Since when the oldest of them is in debt."""
        return min((tally.oldest_since for tally in self.tallies), default=None)

    def by_month(self) -> dict[Month, "Debt"]:
        """Give the debt of each month that has some, oldest month first."""
        months = sorted({tally.month for tally in self.tallies})
        return {m: Debt(tuple(t for t in self.tallies if t.month == m)) for m in months}


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a month can be closed, and every reason against it."""

    month: Month
    phase: MonthPhase
    reasons: tuple[Tally, ...]

    @property
    def is_ready(self) -> bool:
        """Whether the month is over and nothing stands against it."""
        return self.phase is MonthPhase.OVER and not self.reasons

    @property
    def message(self) -> str:
        """The verdict in a sentence."""
        match self.phase:
            case MonthPhase.TO_COME:
                return f"{self.month} is still to come."
            case MonthPhase.RUNNING:
                running = f"{self.month} is still running, until {self.month.last_day}."
                found = f" So far: {self._findings}" if self.reasons else ""
                return f"{running}{found}"
            case MonthPhase.OVER if self.is_ready:
                return f"{self.month} is ready: QuickBooks holds every invoice as it is here."
            case MonthPhase.OVER:
                return f"{self.month} is not ready. {self._findings}"

    @property
    def _findings(self) -> str:
        return " ".join(reason.message for reason in self.reasons)


def judge_month(month: Month, tallies: Iterable[Tally], now: datetime) -> Readiness:
    """Give whether the month can be closed; tallies of nothing are left out."""
    found = [tally for tally in tallies if tally.kind in BLOCKERS and tally.count]
    reasons = sorted(found, key=lambda tally: BLOCKERS.index(tally.kind))
    return Readiness(month, month_phase(month, now), tuple(reasons))


def late_before(connections: Sequence[Connection], now: datetime) -> datetime:
    """Give the moment before which what is still on its way is late.

    The slowest connector may come two polls later, and trouble is tried for a quarter of an hour.
    """
    slowest = max((connection.poll_seconds for connection in connections), default=0)
    return now - GIVE_UP_AFTER - _POLLS * timedelta(seconds=slowest)
