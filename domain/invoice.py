"""An invoice and its tasks, as the office sees them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.money import ZERO, line_amount
from domain.sync_status import SyncStatus
from domain.totals import Totals


class ExportStatus(StrEnum):
    PENDING = "PENDING"
    POSTED = "POSTED"
    EXPORTED = "EXPORTED"


class ExportOrigin(StrEnum):
    EXPORTED = "EXPORTED"
    BYPASSED = "BYPASSED"
    IMPORTED = "IMPORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A line of an invoice; the article's word."""

    id: UUID
    item_id: UUID
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    #: Stays here: QuickBooks invoices have no line cost.
    cost: Decimal | None
    taxable: bool
    business_unit_id: UUID | None
    inventory_location_id: UUID | None

    @property
    def amount(self) -> Decimal:
        """Quantity times unit price, rounded half up to the cent."""
        return line_amount(self.quantity, self.unit_price)


class UnreadTasks(tuple[Task, ...]):
    """Stands where tasks were left in the database. Raises LookupError when they are looked at."""

    __slots__ = ()

    def _refuse(self, *_: object) -> Any:
        raise LookupError("The tasks of this invoice were not read.")

    __bool__ = __iter__ = __len__ = __getitem__ = __contains__ = __eq__ = __hash__ = _refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The part of an invoice that edits change; tasks stand in their order."""

    number: str
    date: date
    tax_zone_id: UUID | None
    summary: str | None
    tasks: tuple[Task, ...]

    def task(self, task_id: UUID) -> Task | None:
        """Give the task with this id, None when there is none."""
        return next((task for task in self.tasks if task.id == task_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    id: UUID
    #: Grows by one with every accepted change; revision n made version n.
    version: int
    content: Content
    customer_id: UUID
    business_unit_id: UUID | None
    technician_id: UUID | None
    batch_id: UUID | None
    adjustment_to_id: UUID | None
    #: Where the customer was served; by the customer mapping a job in QuickBooks.
    service_location_id: UUID | None = None
    is_application_for_payment: bool
    export_status: ExportStatus
    export_origin: ExportOrigin | None
    sync_status: SyncStatus
    totals: Totals
    #: What payments have covered, as QuickBooks last told; of a credit, as a negative amount, what
    #: is used.
    applied: Decimal = ZERO
    #: The number that the adjusted invoice had when this adjustment of it was made, and why.
    adjusted_number: str | None = None
    adjustment_reason: str | None = None
    #: The version QuickBooks last confirmed, and when.
    synced_version: int | None = None
    synced_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def balance(self) -> Decimal:
        """What is still owed."""
        return self.totals.total - self.applied

    @property
    def is_before_export(self) -> bool:
        """Whether it was neither exported nor marked as if it had been."""
        return self.export_status is not ExportStatus.EXPORTED and self.export_origin is None

    def revised(self, content: Content, totals: Totals, now: datetime) -> "Invoice":
        """Give the next version, with this content."""
        return replace(
            self, version=self.version + 1, content=content, totals=totals, updated_at=now
        )
