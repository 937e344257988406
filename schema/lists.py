"""The account's lists: what an invoice refers to."""

from decimal import Decimal
from typing import Self

import strawberry

from domain import lists as values
from domain.lists import BatchStatus, InventoryLocationKind, ItemType
from schema.context import Info
from schema.ids import Node, global_id, known
from schema.scalars import Money

for _enum in (BatchStatus, InventoryLocationKind, ItemType):
    strawberry.enum(_enum)

#: What each status of a batch means to the office.
BATCH_STATUS_MEANINGS = {
    BatchStatus.PENDING: "Its invoices are gathered; nothing was sent.",
    BatchStatus.POSTED: "Its invoices are on their way to QuickBooks, or some could not be stored.",
    BatchStatus.EXPORTED: "QuickBooks has confirmed every invoice that was not bypassed by itself.",
    BatchStatus.BYPASSED: "What was not exported counts as exported; nothing of that was sent.",
    BatchStatus.UNLOCKED: "It was bypassed, and can be edited and exported again.",
}


@strawberry.type
class Customer(Node):
    name: str
    quickbooks_name: str | None = strawberry.field(
        description="`Customer` or `Customer:Job` as QuickBooks writes it; null: not exported yet."
    )
    quickbooks_list_id: str | None
    value: strawberry.Private[values.Customer]

    @strawberry.field
    async def service_locations(self, info: Info) -> list["ServiceLocation"]:
        """Where the customer is served, oldest first."""
        found = await info.context.loaders.service_locations_of.load(self.value.id)
        return [ServiceLocation.of(location) for location in found or ()]

    @classmethod
    def of(cls, value: values.Customer) -> Self:
        """Show a customer."""
        return cls(
            id=global_id("Customer", value.id),
            name=value.name,
            quickbooks_name=value.quickbooks_name,
            quickbooks_list_id=value.quickbooks_list_id,
            value=value,
        )


@strawberry.type
class ServiceLocation(Node):
    """Where a customer is served; by the customer mapping a job in QuickBooks."""

    name: str = strawberry.field(description="The office's name for it.")
    address: str = strawberry.field(description="In one line.")

    @classmethod
    def of(cls, value: values.ServiceLocation) -> Self:
        """Show a service location."""
        return cls(
            id=global_id("ServiceLocation", value.id), name=value.name, address=value.address
        )


@strawberry.type
class BusinessUnit(Node):
    name: str
    quickbooks_class: str | None

    @classmethod
    def of(cls, value: values.BusinessUnit) -> Self:
        """Show a business unit."""
        return cls(
            id=global_id("BusinessUnit", value.id),
            name=value.name,
            quickbooks_class=value.quickbooks_class,
        )


@strawberry.type
class TaxRate:
    """One component of a sales tax; a rate of 6.25 means 6.25 %."""

    name: str
    rate: Decimal

    @classmethod
    def of(cls, value: values.TaxRate) -> Self:
        """Show a rate."""
        return cls(name=value.name, rate=value.percent)


@strawberry.type
class TaxZone(Node):
    name: str
    quickbooks_item: str | None
    is_group: bool
    rates: list[TaxRate]

    @classmethod
    def of(cls, value: values.TaxZone) -> Self:
        """Show a tax zone."""
        return cls(
            id=global_id("TaxZone", value.id),
            name=value.name,
            quickbooks_item=value.quickbooks_item,
            is_group=value.is_group,
            rates=[TaxRate.of(rate) for rate in value.rates],
        )


@strawberry.type
class InventoryLocation(Node):
    name: str
    kind: InventoryLocationKind
    quickbooks_site: str | None
    value: strawberry.Private[values.InventoryLocation]

    @strawberry.field
    async def technician(self, info: Info) -> "Technician | None":
        if self.value.technician_id is None:
            return None
        found = await info.context.loaders.technicians.load(self.value.technician_id)
        return None if found is None else Technician.of(found)

    @classmethod
    def of(cls, value: values.InventoryLocation) -> Self:
        """Show a truck or warehouse."""
        return cls(
            id=global_id("InventoryLocation", value.id),
            name=value.name,
            kind=value.kind,
            quickbooks_site=value.quickbooks_site,
            value=value,
        )


@strawberry.type
class Technician(Node):
    name: str
    value: strawberry.Private[values.Technician]

    @strawberry.field
    async def default_truck(self, info: Info) -> InventoryLocation | None:
        if self.value.default_truck_id is None:
            return None
        found = await info.context.loaders.inventory_locations.load(self.value.default_truck_id)
        return None if found is None else InventoryLocation.of(found)

    @classmethod
    def of(cls, value: values.Technician) -> Self:
        """Show a technician."""
        return cls(id=global_id("Technician", value.id), name=value.name, value=value)


@strawberry.type
class Item(Node):
    name: str
    type: ItemType
    quickbooks_name: str | None = strawberry.field(
        description="The item's full name in QuickBooks; null until it has one there."
    )
    quickbooks_list_id: str | None
    cogs_account: str | None

    @classmethod
    def of(cls, value: values.Item) -> Self:
        """Show an item."""
        return cls(
            id=global_id("Item", value.id),
            name=value.name,
            type=value.type,
            quickbooks_name=value.quickbooks_name,
            quickbooks_list_id=value.quickbooks_list_id,
            cogs_account=value.cogs_account,
        )


@strawberry.type
class BatchTotals:
    """What the invoices of a batch come to."""

    invoices: int = strawberry.field(description="How many invoices are in it.")
    unexported: int = strawberry.field(description="Still to be exported.")
    exported: int = strawberry.field(
        description="Confirmed by QuickBooks, or imported from elsewhere."
    )
    bypassed: int = strawberry.field(
        description="Counted as exported although nothing of them was sent."
    )
    total: Money = strawberry.field(description="Sum of the invoices' totals, tax included.")


@strawberry.type
class BatchFields(Node):
    """What a batch is by itself; `schema.invoices.Batch` adds its invoices."""

    number: int = strawberry.field(
        description="Counts up in the account; memos in QuickBooks begin with it."
    )
    name: str = strawberry.field(
        description="As the office named it; in QuickBooks' memos it stands behind the number."
    )
    status: BatchStatus = strawberry.field(description="How far it has come.")
    value: strawberry.Private[values.Batch]

    @strawberry.field
    async def totals(self, info: Info) -> BatchTotals:
        """What its invoices come to, and how many of them are exported or bypassed."""
        found = known(await info.context.loaders.batch_totals.load(self.value.id))
        return BatchTotals(
            invoices=found.invoices,
            unexported=found.unexported,
            exported=found.exported,
            bypassed=found.bypassed,
            total=Money(found.total),
        )

    @classmethod
    def of(cls, value: values.Batch) -> Self:
        """Show a batch."""
        return cls(
            id=global_id("Batch", value.id),
            number=value.number,
            name=value.name,
            status=value.status,
            value=value,
        )
