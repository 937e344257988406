"""How an invoice stands towards QuickBooks: what syncing reads and changes of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.sync_status import SyncStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An invoice without its content; syncing never changes `version` and `batch_id`."""

    id: UUID
    version: int
    export_status: ExportStatus
    export_origin: ExportOrigin | None
    sync_status: SyncStatus
    #: What payments have covered, as QuickBooks last told.
    applied: Decimal
    #: The version QuickBooks last confirmed, and when.
    synced_version: int | None
    synced_at: datetime | None
    batch_id: UUID | None
    updated_at: datetime


def standing_of(invoice: Invoice) -> Standing:
    """Give how the invoice stands."""
    return Standing(
        id=invoice.id,
        version=invoice.version,
        export_status=invoice.export_status,
        export_origin=invoice.export_origin,
        sync_status=invoice.sync_status,
        applied=invoice.applied,
        synced_version=invoice.synced_version,
        synced_at=invoice.synced_at,
        batch_id=invoice.batch_id,
        updated_at=invoice.updated_at,
    )
