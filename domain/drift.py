"""Drift: what QuickBooks' side changed of an invoice since both sides last agreed.

It is found by reading, while nothing is to be synced. It changes no status and starts no job; what
both sides last agreed on stays the base of the three-way merge until somebody chooses or saves.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.comparison import is_void
from domain.credit_memos import applied_to
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.merge import FieldConflict, is_unchanged, reconcile
from domain.planning import CLOCKS_APART
from domain.quickbooks import QuickBooksInvoice, QuickBooksLink, WantedInvoice
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.sync_status import SyncStatus

#: Who asks, in the words of an inquiry.
PURPOSE: Final = "drift"
#: A question that no Web Connector fetched by then has expired; the next one covers its time, too.
LIFETIME: Final = timedelta(days=1)
#: What was bypassed, was refused or is on its way differs on purpose, or is compared anyway.
WATCHED: Final = frozenset({SyncStatus.SYNCED, SyncStatus.NOT_APPLICABLE})


class DriftKind(StrEnum):
    #: Fields that are synced have other values there.
    CHANGED = "CHANGED"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Fields with the value both agreed on, ours and QuickBooks'; `held` is its side as it is."""

    invoice_id: UUID
    #: Of our side; a newer version ends the drift.
    version: int
    kind: DriftKind
    fields: tuple[FieldConflict, ...]
    held: QuickBooksLink
    #: When these very values were found.
    detected_at: datetime

    @property
    def message(self) -> str:
        """What has happened, in a sentence."""
        if self.kind is DriftKind.VOIDED:
            return "The invoice was voided in QuickBooks after it was synced."
        count = len(self.fields)
        fields = "1 field" if count == 1 else f"{count} fields"
        return f"QuickBooks holds another value in {fields}, changed there after the sync."

    def is_same_as(self, other: "Drift") -> bool:
        """Tell whether both tell the office the same."""
        return (self.version, self.kind, self.fields) == (other.version, other.kind, other.fields)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at QuickBooks' copy came to; nothing of either: all is as we know it."""

    drift: Drift | None = None
    #: The newer copy, to be taken for the acknowledged one.
    link: QuickBooksLink | None = None


def is_watched(invoice: Invoice) -> bool:
    """Tell whether QuickBooks proved to hold the invoice as it is, so that a change there shows."""
    return (
        invoice.sync_status in WATCHED
        and invoice.export_status is ExportStatus.EXPORTED
        and invoice.export_origin is ExportOrigin.EXPORTED
        and invoice.synced_version == invoice.version
    )


def question_since(read_through: datetime) -> TransactionQuery:
    """Ask for every invoice that was changed since then, whatever the clocks show."""
    since = read_through - CLOCKS_APART
    return TransactionQuery(kind=TransactionKind.INVOICE, modified_since=since)


def is_known(link: QuickBooksLink, copy: QuickBooksInvoice) -> bool:
    """Tell whether this is the very copy that both sides agreed on."""
    return _with_payments(link.copy, copy) == link.copy


def look_at(
    invoice: Invoice,
    wanted: WantedInvoice,
    link: QuickBooksLink,
    copy: QuickBooksInvoice,
    now: datetime,
) -> Sight:
    """Hold QuickBooks' copy against the base and ours.

    The copy becomes the acknowledged one only when it equals the base in every field that the
    merge compares: then no later merge can come out otherwise. It is marked as out of date, so
    that the next write reads QuickBooks' copy first.
    """
    held = QuickBooksLink(
        company_file_id=link.company_file_id,
        connection_id=link.connection_id,
        copy=_with_payments(link.copy, copy),
        tasks_by_line=_still_there(link, copy),
        read_at=now,
        verified_at=link.verified_at,
        is_stale=True,
    )
    found = reconcile(wanted, link.copy, copy, link.tasks_by_line)
    kind = DriftKind.VOIDED if is_void(copy) and not wanted.is_zero else DriftKind.CHANGED
    fields = (*found.conflicts, *found.adoptions)
    if fields or kind is DriftKind.VOIDED:
        drift = Drift(
            invoice_id=invoice.id,
            version=invoice.version,
            kind=kind,
            fields=fields,
            held=held,
            detected_at=now,
        )
        return Sight(drift=drift)
    if is_known(link, copy) or not is_unchanged(link.copy, copy, link.tasks_by_line):
        return Sight()
    return Sight(link=held)


def applied_in(copy: QuickBooksInvoice, known: Invoice) -> Invoice:
    """Give the invoice with what payments have covered, as QuickBooks tells it now."""
    applied = applied_to(copy)
    return known if applied is None else replace(known, applied=applied)


def _with_payments(known: QuickBooksInvoice, copy: QuickBooksInvoice) -> QuickBooksInvoice:
    """A copy that tells the sum of payments alone keeps the payments that were read."""
    if copy.linked or known.applied != copy.applied:
        return copy
    return replace(copy, linked=known.linked)


def _still_there(link: QuickBooksLink, copy: QuickBooksInvoice) -> dict[str, UUID]:
    lines = {line.txn_line_id for line in copy.lines}
    return {line: task for line, task in link.tasks_by_line.items() if line in lines}
