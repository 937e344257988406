"""The lists an invoice refers to, each with its name in QuickBooks."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Customer:
    id: UUID
    name: str
    #: `Customer` or `Customer:Job`, as QuickBooks writes it.
    quickbooks_name: str | None
    quickbooks_list_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceLocation:
    """Where a customer is served; an invoice may name one."""

    id: UUID
    customer_id: UUID
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class BusinessUnit:
    id: UUID
    name: str
    quickbooks_class: str | None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One component of a sales tax; 6.25 means 6.25 %."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxZone:
    """A sales-tax item of QuickBooks, or a group of them that rounds each component."""

    id: UUID
    name: str
    quickbooks_item: str | None
    is_group: bool
    rates: tuple[TaxRate, ...]


class InventoryLocationKind(StrEnum):
    TRUCK = "TRUCK"
    WAREHOUSE = "WAREHOUSE"


@dataclass(frozen=True, slots=True)
class InventoryLocation:
    id: UUID
    name: str
    kind: InventoryLocationKind
    quickbooks_site: str | None
    technician_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Technician:
    id: UUID
    name: str
    default_truck_id: UUID | None = None


class ItemType(StrEnum):
    SERVICE = "SERVICE"
    MATERIAL = "MATERIAL"
    EQUIPMENT = "EQUIPMENT"
    PRICE_MODIFIER = "PRICE_MODIFIER"


@dataclass(frozen=True, slots=True)
class Item:
    id: UUID
    name: str
    type: ItemType
    quickbooks_name: str | None
    quickbooks_list_id: str | None = None
    cogs_account: str | None = None


class BatchStatus(StrEnum):
    PENDING = "PENDING"
    POSTED = "POSTED"
    EXPORTED = "EXPORTED"
    BYPASSED = "BYPASSED"
    UNLOCKED = "UNLOCKED"


@dataclass(frozen=True, slots=True)
class Batch:
    id: UUID
    number: int
    name: str
    status: BatchStatus


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """A stretch of dates that the account can close; both ends belong to it."""

    first_day: date
    last_day: date
    is_closed: bool

    def holds(self, day: date) -> bool:
        """Tell whether the day lies in this period."""
        return self.first_day <= day <= self.last_day
