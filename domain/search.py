"""What a caller may ask of the list of invoices."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.invoice import ExportOrigin, ExportStatus
from domain.sync_status import SyncStatus


class InvoiceSort(StrEnum):
    UPDATED_AT_DESC = "UPDATED_AT_DESC"
    UPDATED_AT_ASC = "UPDATED_AT_ASC"
    INVOICE_DATE_DESC = "INVOICE_DATE_DESC"
    INVOICE_NUMBER_ASC = "INVOICE_NUMBER_ASC"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """Empty means no restriction; all restrictions must hold."""

    sync_status: tuple[SyncStatus, ...] = ()
    export_status: tuple[ExportStatus, ...] = ()
    export_origin: tuple[ExportOrigin, ...] = ()
    customer_id: UUID | None = None
    batch_id: UUID | None = None
    number: str | None = None
    number_prefix: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    updated_since: datetime | None = None


#: Where a page ended: the sort value and the id of its last invoice.
PageKey = tuple[datetime | date | str, UUID]
