"""The life of an export batch, as a table; and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.errors import InvalidValue
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.lists import Batch, BatchStatus
from domain.money import ZERO
from domain.sync_status import StatusHappening, SyncStatus, advance_status
from domain.transitions import IllegalTransition


class BatchHappening(StrEnum):
    #: Its invoices are on their way to QuickBooks.
    POSTED = "POSTED"
    #: None of its invoices is still to be exported.
    FINISHED = "FINISHED"
    #: What was not exported yet counts as exported; nothing was sent.
    BYPASSED = "BYPASSED"
    #: QuickBooks was asked and holds none of it, and an administrator consented.
    UNLOCKED = "UNLOCKED"


_S, _H = BatchStatus, BatchHappening
_WAITING = (SyncStatus.SYNCING, SyncStatus.ACTION_REQUIRED)

#: An exported batch is never unlocked: its transactions are in QuickBooks.
TRANSITIONS: Mapping[tuple[BatchStatus, BatchHappening], BatchStatus] = {
    (_S.PENDING, _H.POSTED): _S.POSTED,
    (_S.PENDING, _H.BYPASSED): _S.BYPASSED,
    (_S.POSTED, _H.FINISHED): _S.EXPORTED,
    (_S.POSTED, _H.BYPASSED): _S.BYPASSED,
    (_S.BYPASSED, _H.UNLOCKED): _S.UNLOCKED,
    (_S.UNLOCKED, _H.POSTED): _S.POSTED,
    (_S.UNLOCKED, _H.BYPASSED): _S.BYPASSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTotals:
    """What the invoices of a batch come to."""

    invoices: int = 0
    #: Still to be exported; QuickBooks has confirmed; counted as exported without being sent.
    unexported: int = 0
    exported: int = 0
    bypassed: int = 0
    total: Decimal = ZERO


def advance_batch(batch: Batch, happening: BatchHappening) -> Batch:
    """Give the batch after the happening; raise IllegalTransition for a pair the table lacks."""
    try:
        status = TRANSITIONS[batch.status, happening]
    except KeyError:
        raise IllegalTransition(batch.status, happening) from None
    return replace(batch, status=status)


def bypassed(invoice: Invoice) -> Invoice:
    """Give the invoice as exported by bypass: QuickBooks gets nothing of it from us any more.

    An edit of it that waited for QuickBooks, or for a person, is bypassed with it.
    """
    status = invoice.sync_status
    if status in _WAITING:
        status = advance_status(status, StatusHappening.BYPASS_WANTED)
    return replace(
        invoice,
        export_status=ExportStatus.EXPORTED,
        export_origin=ExportOrigin.BYPASSED,
        sync_status=status,
    )


def unlocked(invoice: Invoice, *, batch_id: UUID | None) -> Invoice:
    """Give the invoice as not exported, ready to be exported: nothing says any more that it was."""
    return replace(
        invoice,
        export_status=ExportStatus.PENDING,
        export_origin=None,
        batch_id=batch_id,
        sync_status=advance_status(invoice.sync_status, StatusHappening.UNLOCKED),
        synced_version=None,
        synced_at=None,
        applied=ZERO,
    )


def is_locked(invoice: Invoice) -> bool:
    """Tell whether it counts as exported although we never sent it."""
    return invoice.export_status is ExportStatus.EXPORTED and invoice.export_origin in (
        ExportOrigin.BYPASSED,
        ExportOrigin.IMPORTED,
    )


def check_bypass(batch: Batch) -> None:
    """Raise InvalidValue for a batch that has nothing left to bypass."""
    if (batch.status, BatchHappening.BYPASSED) in TRANSITIONS:
        return
    if batch.status is BatchStatus.BYPASSED:
        raise InvalidValue(
            f"The export of batch {batch.number} was bypassed before.", where=("batch_id",)
        )
    raise InvalidValue(
        f"Batch {batch.number} was exported: all of its invoices are in QuickBooks. To take a"
        " single invoice out of it, bypass the export of that invoice.",
        where=("batch_id",),
    )
