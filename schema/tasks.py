"""A line of an invoice."""

from decimal import Decimal
from typing import Self
from uuid import UUID

import strawberry

from domain.invoice import Task as TaskValue
from schema.context import Info
from schema.ids import Node, global_id, known
from schema.lists import BusinessUnit, InventoryLocation, Item
from schema.scalars import Money


@strawberry.type
class Task(Node):
    """A line of an invoice."""

    position: int
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None = strawberry.field(
        description="Kept here; QuickBooks invoices have no line cost, so it is never sent."
    )
    taxable: bool
    value: strawberry.Private[TaskValue]
    invoice_id: strawberry.Private[UUID]

    @strawberry.field
    def amount(self) -> Money:
        return Money(self.value.amount)

    @strawberry.field
    async def item(self, info: Info) -> Item:
        return Item.of(known(await info.context.loaders.items.load(self.value.item_id)))

    @strawberry.field
    async def business_unit(self, info: Info) -> BusinessUnit | None:
        return await business_unit_of(info, self.value.business_unit_id)

    @strawberry.field
    async def inventory_location(self, info: Info) -> InventoryLocation | None:
        key = self.value.inventory_location_id
        if key is None:
            return None
        return InventoryLocation.of(known(await info.context.loaders.inventory_locations.load(key)))

    @strawberry.field
    async def inventory_location_used(self, info: Info) -> InventoryLocation | None:
        """The location that QuickBooks is told.

        Without one of its own, material and equipment that is new to QuickBooks comes from the
        default truck of the invoice's technician, where the company file keeps inventory sites.
        Null leaves the site to QuickBooks.
        """
        found = await info.context.loaders.locations.load((self.invoice_id, self.value))
        return None if found is None else InventoryLocation.of(found)

    @strawberry.field
    async def quickbooks_line_id(self, info: Info) -> str | None:
        link = await info.context.loaders.links.load(self.invoice_id)
        return None if link is None else link.line_of(self.value.id)

    @classmethod
    def of(cls, invoice_id: UUID, position: int, value: TaskValue) -> Self:
        """Show a task at its place in the invoice."""
        return cls(
            id=global_id("Task", value.id),
            position=position,
            description=value.description,
            quantity=value.quantity,
            unit_price=value.unit_price,
            cost=value.cost,
            taxable=value.taxable,
            value=value,
            invoice_id=invoice_id,
        )


async def business_unit_of(info: Info, key: UUID | None) -> BusinessUnit | None:
    """Give the business unit; None when there is none."""
    if key is None:
        return None
    return BusinessUnit.of(known(await info.context.loaders.business_units.load(key)))
