"""The lists an invoice refers to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select

from db.base import Identified
from db.documents import RATES
from db.rows import (
    BatchRow,
    BusinessUnitRow,
    CustomerRow,
    InventoryLocationRow,
    ItemRow,
    TaxZoneRow,
    TechnicianRow,
)
from db.scoped import Scoped
from domain.invoice import Content, Invoice
from domain.lists import (
    Batch,
    BatchStatus,
    BusinessUnit,
    Customer,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxZone,
    Technician,
)
from domain.wanted import References

R = TypeVar("R", bound=Identified)
V = TypeVar("V")
Ids = Iterable[UUID] | None

_NOBODY = Customer(UUID(int=0), "", None)


class Lists(Scoped):
    """Each reader takes ids and gives those that exist, by id; None asks for all of them."""

    async def customers(self, ids: Ids = None) -> dict[UUID, Customer]:
        return await self._read(CustomerRow, ids, _customer)

    async def business_units(self, ids: Ids = None) -> dict[UUID, BusinessUnit]:
        return await self._read(BusinessUnitRow, ids, _business_unit)

    async def tax_zones(self, ids: Ids = None) -> dict[UUID, TaxZone]:
        return await self._read(TaxZoneRow, ids, _tax_zone)

    async def inventory_locations(self, ids: Ids = None) -> dict[UUID, InventoryLocation]:
        return await self._read(InventoryLocationRow, ids, _location)

    async def technicians(self, ids: Ids = None) -> dict[UUID, Technician]:
        return await self._read(TechnicianRow, ids, _technician)

    async def items(self, ids: Ids = None) -> dict[UUID, Item]:
        return await self._read(ItemRow, ids, _item)

    async def batches(self, ids: Ids = None) -> dict[UUID, Batch]:
        return await self._read(BatchRow, ids, _batch)

    async def references_of(
        self, invoices: Sequence[Invoice], *more: Content
    ) -> dict[UUID, References]:
        """Give, by invoice, every entry that the invoices and these further contents name.

        An id that the account does not know is missing from the mappings.
        """
        contents = (*(invoice.content for invoice in invoices), *more)
        shared = await self._named_in(contents, [i.business_unit_id for i in invoices])
        customers = await self.customers({invoice.customer_id for invoice in invoices})
        batches = await self.batches(_some([invoice.batch_id for invoice in invoices]))
        return {
            invoice.id: replace(
                shared,
                customer=customers[invoice.customer_id],
                batch=None if invoice.batch_id is None else batches.get(invoice.batch_id),
            )
            for invoice in invoices
        }

    async def references_of_new(
        self, content: Content, *, customer_id: UUID, business_unit_id: UUID | None
    ) -> References | None:
        """Give every entry that a new invoice would name; None when there is no such customer."""
        customers = await self.customers([customer_id])
        if customer_id not in customers:
            return None
        shared = await self._named_in([content], [business_unit_id])
        return replace(shared, customer=customers[customer_id])

    async def _named_in(
        self, contents: Sequence[Content], business_unit_ids: Sequence[UUID | None]
    ) -> References:
        """The entries that contents name; who the customer is comes from elsewhere."""
        tasks = [task for content in contents for task in content.tasks]
        units = [*business_unit_ids, *(task.business_unit_id for task in tasks)]
        return References(
            customer=_NOBODY,
            items=await self.items({task.item_id for task in tasks}),
            business_units=await self.business_units(_some(units)),
            tax_zones=await self.tax_zones(_some([c.tax_zone_id for c in contents])),
            inventory_locations=await self.inventory_locations(
                _some([task.inventory_location_id for task in tasks])
            ),
        )

    async def add(self, *entries: Any) -> None:
        """Store new entries of any list."""
        for entry in entries:
            row, columns = _WRITERS[type(entry)](entry)
            await self._session.execute(
                insert(row).values(account_id=self._account_id, id=entry.id, **columns)
            )

    async def _read(self, row: type[R], ids: Ids, build: Callable[[R], V]) -> dict[UUID, V]:
        query = select(row).where(self._mine(row)).order_by(row.id)
        if ids is not None:
            wanted = list(ids)
            if not wanted:
                return {}
            query = query.where(row.id.in_(wanted))
        return {found.id: build(found) for found in await self._session.scalars(query)}


def _some(ids: Sequence[UUID | None]) -> set[UUID]:
    return {key for key in ids if key is not None}


def _customer(row: CustomerRow) -> Customer:
    return Customer(row.id, row.name, row.quickbooks_name, row.quickbooks_list_id)


def _business_unit(row: BusinessUnitRow) -> BusinessUnit:
    return BusinessUnit(row.id, row.name, row.quickbooks_class)


def _tax_zone(row: TaxZoneRow) -> TaxZone:
    return TaxZone(row.id, row.name, row.quickbooks_item, row.is_group, RATES.load(row.rates))


def _location(row: InventoryLocationRow) -> InventoryLocation:
    kind = InventoryLocationKind(row.kind)
    return InventoryLocation(row.id, row.name, kind, row.quickbooks_site, row.technician_id)


def _technician(row: TechnicianRow) -> Technician:
    return Technician(row.id, row.name, row.default_truck_id)


def _item(row: ItemRow) -> Item:
    return Item(
        row.id,
        row.name,
        ItemType(row.type),
        row.quickbooks_name,
        row.quickbooks_list_id,
        row.cogs_account,
    )


def _batch(row: BatchRow) -> Batch:
    return Batch(row.id, row.number, row.name, BatchStatus(row.status))


_WRITERS: dict[type, Callable[[Any], tuple[type[Identified], dict[str, Any]]]] = {
    Customer: lambda e: (
        CustomerRow,
        {
            "name": e.name,
            "quickbooks_name": e.quickbooks_name,
            "quickbooks_list_id": e.quickbooks_list_id,
        },
    ),
    BusinessUnit: lambda e: (
        BusinessUnitRow,
        {"name": e.name, "quickbooks_class": e.quickbooks_class},
    ),
    TaxZone: lambda e: (
        TaxZoneRow,
        {
            "name": e.name,
            "quickbooks_item": e.quickbooks_item,
            "is_group": e.is_group,
            "rates": RATES.dump(e.rates),
        },
    ),
    Technician: lambda e: (
        TechnicianRow,
        {"name": e.name, "default_truck_id": e.default_truck_id},
    ),
    InventoryLocation: lambda e: (
        InventoryLocationRow,
        {
            "name": e.name,
            "kind": e.kind,
            "quickbooks_site": e.quickbooks_site,
            "technician_id": e.technician_id,
        },
    ),
    Item: lambda e: (
        ItemRow,
        {
            "name": e.name,
            "type": e.type,
            "quickbooks_name": e.quickbooks_name,
            "quickbooks_list_id": e.quickbooks_list_id,
            "cogs_account": e.cogs_account,
        },
    ),
}
