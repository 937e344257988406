"""The lists an invoice refers to."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from db.base import Identified
from db.documents import RATES, Document
from db.in_company_file import InCompanyFile, InFile
from db.rows import (
    BatchRow,
    BusinessUnitRow,
    CustomerRow,
    InventoryLocationRow,
    ItemRow,
    ServiceLocationRow,
    TaxZoneRow,
    TechnicianRow,
)
from db.scoped import Scoped
from db.statements import Statement, among, insert_rows, mine, table_of
from domain.invoice import Content, Invoice
from domain.lists import (
    Batch,
    BusinessUnit,
    Customer,
    InventoryLocation,
    Item,
    ServiceLocation,
    TaxZone,
    Technician,
)
from domain.wanted import References

V = TypeVar("V")
Ids = Iterable[UUID] | None

_NOBODY = Customer(UUID(int=0), "", None)


class _List(Generic[V]):
    """A list: its table, and what an entry of it is. Columns have the names of the fields."""

    def __init__(self, row: type[Identified], kind: type[V]) -> None:
        table = table_of(row)
        self.name = table.name
        self.document = Document(kind)
        everything = func.to_jsonb(table.table_valued(), type_=JSONB).label("entry")
        self._row = row
        self.query = select(literal_column(f"'{self.name}'").label("list"), everything)
        #: All entries, oldest first.
        self.all = Statement(select(everything).where(mine(row)).order_by(row.id))
        #: These entries.
        self.some = Statement(self.among("ids"))

    def among(self, name: str) -> Any:
        """Give the query for the entries that a list parameter names."""
        return self.query.where(mine(self._row), among(self._row.id, name))


_TECHNICIANS = _List(TechnicianRow, Technician)
_CUSTOMERS = _List(CustomerRow, Customer)
_SERVICE_LOCATIONS = _List(ServiceLocationRow, ServiceLocation)
_BATCHES = _List(BatchRow, Batch)
_ITEMS = _List(ItemRow, Item)
_BUSINESS_UNITS = _List(BusinessUnitRow, BusinessUnit)
_TAX_ZONES = _List(TaxZoneRow, TaxZone)
_LOCATIONS = _List(InventoryLocationRow, InventoryLocation)

#: What an invoice can name, all lists at once.
_NAMED: tuple[_List[Any], ...] = (
    _CUSTOMERS, _BATCHES, _ITEMS, _BUSINESS_UNITS, _TAX_ZONES, _LOCATIONS
)  # fmt: skip
_BY_NAME = {entries.name: entries for entries in _NAMED}
_NAMED_ENTRIES = Statement(union_all(*(entries.among(entries.name) for entries in _NAMED)))

#: Where these customers are served.
_OF_CUSTOMERS = Statement(
    _SERVICE_LOCATIONS.query.where(
        mine(ServiceLocationRow), among(ServiceLocationRow.customer_id, "customer_ids")
    ).order_by(ServiceLocationRow.id)
)

#: In the order of their foreign keys.
_ADD: dict[type, Statement] = {
    Technician: insert_rows(TechnicianRow),
    Customer: insert_rows(CustomerRow),
    ServiceLocation: insert_rows(ServiceLocationRow),
    Item: insert_rows(ItemRow),
    BusinessUnit: insert_rows(BusinessUnitRow),
    TaxZone: insert_rows(TaxZoneRow),
    InventoryLocation: insert_rows(InventoryLocationRow),
}


_Found = dict[_List[Any], dict[UUID, Any]]


class Lists(Scoped):
    """Each reader takes ids and gives those that exist, by id; None asks for all of them."""

    async def customers(self, ids: Ids = None) -> dict[UUID, Customer]:
        return await self._read(_CUSTOMERS, ids)

    async def service_locations(self, ids: Ids = None) -> dict[UUID, ServiceLocation]:
        return await self._read(_SERVICE_LOCATIONS, ids)

    async def service_locations_of(
        self, customer_ids: Iterable[UUID]
    ) -> dict[UUID, list[ServiceLocation]]:
        """Give the service locations of each of these customers, oldest first."""
        found: dict[UUID, list[ServiceLocation]] = {key: [] for key in customer_ids}
        for row in await self._run(_OF_CUSTOMERS, customer_ids=list(found)):
            location = _SERVICE_LOCATIONS.document.load(row["entry"])
            found[location.customer_id].append(location)
        return found

    async def business_units(self, ids: Ids = None) -> dict[UUID, BusinessUnit]:
        return await self._read(_BUSINESS_UNITS, ids)

    async def tax_zones(self, ids: Ids = None) -> dict[UUID, TaxZone]:
        return await self._read(_TAX_ZONES, ids)

    async def inventory_locations(self, ids: Ids = None) -> dict[UUID, InventoryLocation]:
        return await self._read(_LOCATIONS, ids)

    async def technicians(self, ids: Ids = None) -> dict[UUID, Technician]:
        return await self._read(_TECHNICIANS, ids)

    async def items(self, ids: Ids = None) -> dict[UUID, Item]:
        return await self._read(_ITEMS, ids)

    async def batches(self, ids: Ids = None) -> dict[UUID, Batch]:
        return await self._read(_BATCHES, ids)

    async def references_of(
        self, invoices: Sequence[Invoice], *more: Content
    ) -> dict[UUID, References]:
        """Give, by invoice, every entry that the invoices and these further contents name.

        An id that the account does not know is missing from the mappings.
        """
        found = await self._named_in(
            (*(invoice.content for invoice in invoices), *more),
            business_unit_ids=[invoice.business_unit_id for invoice in invoices],
            customer_ids=[invoice.customer_id for invoice in invoices],
            batch_ids=[invoice.batch_id for invoice in invoices],
        )
        shared, customers, batches = _references(found), found[_CUSTOMERS], found[_BATCHES]
        in_file = await InCompanyFile(self._transaction, self._account_id).of(invoices)
        return {
            invoice.id: replace(
                shared,
                customer=_known(customers[invoice.customer_id], in_file.get(invoice.id)),
                batch=None if invoice.batch_id is None else batches.get(invoice.batch_id),
                default_truck=in_file.get(invoice.id, InFile()).default_truck,
            )
            for invoice in invoices
        }

    async def references_of_new(
        self, content: Content, *, customer_id: UUID, business_unit_id: UUID | None
    ) -> References | None:
        """Give every entry that a new invoice would name; None when there is no such customer."""
        found = await self._named_in(
            [content], business_unit_ids=[business_unit_id], customer_ids=[customer_id]
        )
        customer = found[_CUSTOMERS].get(customer_id)
        return None if customer is None else replace(_references(found), customer=customer)

    async def add(self, *entries: Any) -> None:
        """Store new entries of any lists."""
        for kind, statement in _ADD.items():
            added = [_columns(entry) for entry in entries if type(entry) is kind]
            await self._store(statement, added)

    async def _named_in(
        self,
        contents: Sequence[Content],
        *,
        business_unit_ids: Sequence[UUID | None],
        customer_ids: Sequence[UUID],
        batch_ids: Sequence[UUID | None] = (),
    ) -> _Found:
        """Read the entries that contents and headers name, in one statement."""
        tasks = [task for content in contents for task in content.tasks]
        units = [*business_unit_ids, *(task.business_unit_id for task in tasks)]
        wanted: dict[_List[Any], Iterable[UUID | None]] = {
            _CUSTOMERS: customer_ids,
            _BATCHES: batch_ids,
            _ITEMS: [task.item_id for task in tasks],
            _BUSINESS_UNITS: units,
            _TAX_ZONES: [content.tax_zone_id for content in contents],
            _LOCATIONS: [task.inventory_location_id for task in tasks],
        }
        parameters = {entries.name: _some(ids) for entries, ids in wanted.items()}
        found: _Found = {entries: {} for entries in _NAMED}
        for row in await self._run(_NAMED_ENTRIES, **parameters):
            entries = _BY_NAME[row["list"]]
            entry = entries.document.load(row["entry"])
            found[entries][entry.id] = entry
        return found

    async def _read(self, entries: _List[V], ids: Ids) -> dict[UUID, V]:
        if ids is None:
            rows = await self._run(entries.all)
        else:
            rows = await self._run(entries.some, ids=list(ids))
        found = (entries.document.load(row["entry"]) for row in rows)
        return {entry.id: entry for entry in found}  # type: ignore[attr-defined] # all have one


def _some(ids: Iterable[UUID | None]) -> list[UUID]:
    return list({key for key in ids if key is not None})


def _references(found: _Found) -> References:
    """Give what was found; who the customer is, and the batch, differ by invoice."""
    return References(
        customer=_NOBODY,
        items=found[_ITEMS],
        business_units=found[_BUSINESS_UNITS],
        tax_zones=found[_TAX_ZONES],
        inventory_locations=found[_LOCATIONS],
    )


def _known(customer: Customer, in_file: InFile | None) -> Customer:
    """Give the customer, or the job below, with the ListID that the company file has for it."""
    if in_file is None:
        return customer
    if in_file.job is not None and customer.quickbooks_name:
        name = f"{customer.quickbooks_name}:{in_file.job}"
        return replace(customer, quickbooks_name=name, quickbooks_list_id=in_file.customer_list_id)
    list_id = in_file.customer_list_id or customer.quickbooks_list_id
    return replace(customer, quickbooks_list_id=list_id)


def _columns(entry: Any) -> dict[str, Any]:
    columns = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return columns | {"rates": RATES.encode(entry.rates)} if "rates" in columns else columns
