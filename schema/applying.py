"""What has to be applied by hand in QuickBooks."""

from collections.abc import Iterable
from typing import Self
from uuid import UUID

import strawberry

from resolvers.applying import TwoSides, read_manual_applications
from schema.context import Info
from schema.ids import known
from schema.invoices import Invoice
from schema.lists import Customer


@strawberry.type
class ManualApplication:
    """A customer of whom both kinds of connections exported something that is still open.

    QuickBooks applies no payment or credit of the one side to an invoice of the other by itself;
    somebody does that in QuickBooks. What was paid is known as of when each invoice was last read.
    """

    value: strawberry.Private[TwoSides]

    @strawberry.field
    async def customer(self, info: Info) -> Customer:
        """Whose payments and credits are to be applied."""
        return Customer.of(known(await info.context.loaders.customers.load(self.value.customer_id)))

    @strawberry.field
    async def exported_by_new(self, info: Info) -> list[Invoice]:
        """Open invoices and credits that a connection of kind NEW exported, oldest first."""
        return await _invoices(info, self.value.new)

    @strawberry.field
    async def exported_by_legacy(self, info: Info) -> list[Invoice]:
        """Open invoices and credits that a connection of kind LEGACY exported, oldest first."""
        return await _invoices(info, self.value.legacy)

    @classmethod
    def of(cls, value: TwoSides) -> Self:
        """Show both sides."""
        return cls(value=value)


@strawberry.type
class ApplyingQueries:
    """What somebody has to do by hand."""

    @strawberry.field
    async def manual_applications(self, info: Info) -> list[ManualApplication]:
        """Customers whose payments QuickBooks cannot apply by itself, at most 1,000 invoices."""
        found = await read_manual_applications(info.context.caller)
        return [ManualApplication.of(sides) for sides in found]


async def _invoices(info: Info, keys: Iterable[UUID]) -> list[Invoice]:
    found = await info.context.loaders.invoices.load_many(keys)
    return [Invoice.of(known(invoice)) for invoice in found]
