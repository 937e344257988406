"""What list entries are called in QuickBooks: setting it, and what is not set up yet."""

from collections.abc import Mapping
from typing import ClassVar, Self

import strawberry

from domain.errors import NotFound, Where
from domain.guards import GuardCode
from domain.naming import Finding, FindingCode, NamedList
from resolvers import naming
from schema.context import Info
from schema.ids import Node, expect_id, global_id, read_id
from schema.lists import Item
from schema.nodes import read_node
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation

strawberry.enum(FindingCode, name="SetupFindingCode")

#: The types of the API by list, and by what a finding is about.
_TYPES = {
    NamedList.CUSTOMER: "Customer",
    NamedList.ITEM: "Item",
    NamedList.BUSINESS_UNIT: "BusinessUnit",
    NamedList.TAX_ZONE: "TaxZone",
    NamedList.INVENTORY_LOCATION: "InventoryLocation",
}
_LISTS = {type_name: named for named, type_name in _TYPES.items()}
_ABOUT = {
    FindingCode.CUSTOMER_WITHOUT_NAME: NamedList.CUSTOMER,
    FindingCode.ITEM_WITHOUT_NAME: NamedList.ITEM,
    FindingCode.COGS_ACCOUNT_MISSING: NamedList.ITEM,
    FindingCode.BUSINESS_UNIT_WITHOUT_CLASS: NamedList.BUSINESS_UNIT,
    FindingCode.TAX_ZONE_WITHOUT_ITEM: NamedList.TAX_ZONE,
    FindingCode.LOCATION_WITHOUT_SITE: NamedList.INVENTORY_LOCATION,
}
#: Descriptions of the values of SetupFindingCode, for `schema.descriptions`.
FINDING_MEANINGS = {
    FindingCode.CUSTOMER_WITHOUT_NAME: "Invoices of this customer cannot be exported.",
    FindingCode.ITEM_WITHOUT_NAME: "Tasks with this item cannot be sent.",
    FindingCode.COGS_ACCOUNT_MISSING: "New lines with this material or equipment are refused.",
    FindingCode.BUSINESS_UNIT_WITHOUT_CLASS: "What belongs to this business unit cannot be sent.",
    FindingCode.TAX_ZONE_WITHOUT_ITEM: "Invoices in this tax zone cannot be sent.",
    FindingCode.LOCATION_WITHOUT_SITE: "Tasks from this truck or warehouse cannot be sent.",
}


@strawberry.type
class SetupFinding:
    """A list entry that lacks what an export or a sync needs."""

    code: FindingCode = strawberry.field(description="What is missing.")
    message: str = strawberry.field(description="The same in a sentence, with the entry's name.")
    step: str = strawberry.field(description="What an administrator does about it.")
    entry_id: strawberry.ID = strawberry.field(
        description="The entry, as `setQuickbooksName` and `setCogsAccount` take it."
    )

    @strawberry.field
    async def entry(self, info: Info) -> Node | None:
        """The customer, item, business unit, tax zone or inventory location."""
        return await read_node(info, self.entry_id)

    @classmethod
    def of(cls, value: Finding) -> Self:
        """Show a finding."""
        type_name = _TYPES[_ABOUT[value.code]]
        return cls(
            code=value.code,
            message=value.message,
            step=value.step,
            entry_id=global_id(type_name, value.entry_id),
        )


@strawberry.input
class SetQuickBooksNameInput(MutationInput):
    """What a list entry is called in QuickBooks."""

    beginnings: ClassVar[Mapping[Where, Where]] = {}

    id: strawberry.ID = strawberry.field(
        description="A customer, item, business unit, tax zone or inventory location."
    )
    quickbooks_name: str = strawberry.field(
        description="The full name as QuickBooks shows it, parents first: `Customer:Job`."
    )
    acknowledge: list[GuardCode] | None = strawberry.field(
        default=None,
        description="EXPORTED_TRANSACTIONS_AFFECTED, when QuickBooks holds invoices that were"
        " exported under another name.",
    )

    def to_domain(self) -> naming.NameWish:
        """Raise NotFound for an id of anything else."""
        known = read_id(self.id)
        if known is None or known[0] not in _LISTS:
            raise NotFound("Nothing with this id has a name in QuickBooks.", where=("id",))
        return naming.NameWish(
            named=_LISTS[known[0]],
            entry_id=known[1],
            quickbooks_name=self.quickbooks_name,
            acknowledge=tuple(self.acknowledge or ()),
        )


@strawberry.input
class SetCogsAccountInput(MutationInput):
    """The account of an item's cost of goods sold."""

    id: strawberry.ID = strawberry.field(description="The item.")
    account: str = strawberry.field(description="Its full name in QuickBooks, parents first.")

    def to_domain(self) -> naming.CogsWish:
        """Raise NotFound for an id that is none."""
        return naming.CogsWish(expect_id(self.id, "Item", ("id",)), self.account)


@strawberry.type
class SetQuickBooksNamePayload(MutationPayload):
    """The entry under its name, or why nothing changed."""

    affected_transactions: int | None = strawberry.field(
        default=None,
        description="Invoices in QuickBooks that name the entry; they are sent again only when"
        " somebody syncs them.",
    )
    released_syncs: int | None = strawberry.field(
        default=None, description="Syncs that waited for this name and go again by themselves."
    )
    entry_id: strawberry.Private[strawberry.ID | None] = None

    @strawberry.field
    async def entry(self, info: Info) -> Node | None:
        """The entry as it is stored now."""
        return None if self.entry_id is None else await read_node(info, self.entry_id)


@strawberry.type
class SetCogsAccountPayload(MutationPayload):
    """The item with its account, or why nothing changed."""

    item_key: strawberry.Private[strawberry.ID | None] = None

    @strawberry.field
    async def item(self, info: Info) -> Item | None:
        """The item as it is stored now."""
        found = None if self.item_key is None else await read_node(info, self.item_key)
        return found if isinstance(found, Item) else None


@strawberry.type
class NamingMutations:
    """What an administrator sets up between our lists and QuickBooks'."""

    @mutation
    async def set_quickbooks_name(
        self, info: Info, input: SetQuickBooksNameInput
    ) -> SetQuickBooksNamePayload | None:
        """Set what a list entry is called in QuickBooks.

        Syncs that failed for want of the name, or for the old one, go again by themselves.
        """
        named = await naming.set_quickbooks_name(info.context.caller, input.to_domain())
        return SetQuickBooksNamePayload(
            affected_transactions=named.affected,
            released_syncs=named.released,
            entry_id=input.id,
        )

    @mutation
    async def set_cogs_account(
        self, info: Info, input: SetCogsAccountInput
    ) -> SetCogsAccountPayload | None:
        """Set the account of an item's cost of goods sold."""
        await naming.set_cogs_account(info.context.caller, input.to_domain())
        return SetCogsAccountPayload(item_key=input.id)


@strawberry.type
class NamingQueries:
    """What an administrator looks at before the first export."""

    @strawberry.field
    async def setup_findings(self, info: Info) -> list[SetupFinding]:
        """List entries that lack what an export or a sync needs, at most 500."""
        found = await naming.read_findings(info.context.caller)
        return [SetupFinding.of(finding) for finding in found]
