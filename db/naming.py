"""What list entries are called in QuickBooks: setting it, who is touched by it, what lacks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    Text,
    Uuid,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.base import Identified
from db.rows import (
    BusinessUnitRow,
    CustomerRow,
    InventoryLocationRow,
    InvoiceRow,
    ItemRow,
    QuickBooksLinkRow,
    TaskRow,
    TaxZoneRow,
    TechnicianRow,
)
from db.scoped import Scoped
from db.statements import Statement, given, mine, one_of, table_of
from db.wire_rows import SyncIssueRow
from domain.lists import ItemType
from domain.naming import Finding, FindingCode, NamedList, kind_of

#: Codes of issues that a name alone can end.
_NAMELESS = "NAME_MISSING"
_ENTRY = given("entry_id", Uuid)


def _invoices(*conditions: Any) -> Select[Any]:
    return select(InvoiceRow.id).where(mine(InvoiceRow), *conditions)


def _tasks(column: InstrumentedAttribute[Any]) -> Select[Any]:
    return select(TaskRow.invoice_id).where(mine(TaskRow), column == _ENTRY)


_DRIVERS = select(TechnicianRow.id).where(
    mine(TechnicianRow), TechnicianRow.default_truck_id == _ENTRY
)


@dataclass(frozen=True, slots=True)
class _Named:
    row: type[Identified]
    name: InstrumentedAttribute[str | None]
    #: The ids of the invoices that name the entry.
    invoices: Select[Any] | CompoundSelect[Any]
    has_list_id: bool = False


_LISTS: Mapping[NamedList, _Named] = {
    NamedList.CUSTOMER: _Named(
        CustomerRow, CustomerRow.quickbooks_name, _invoices(InvoiceRow.customer_id == _ENTRY), True
    ),
    NamedList.ITEM: _Named(ItemRow, ItemRow.quickbooks_name, _tasks(TaskRow.item_id), True),
    NamedList.BUSINESS_UNIT: _Named(
        BusinessUnitRow,
        BusinessUnitRow.quickbooks_class,
        union(_invoices(InvoiceRow.business_unit_id == _ENTRY), _tasks(TaskRow.business_unit_id)),
    ),
    NamedList.TAX_ZONE: _Named(
        TaxZoneRow, TaxZoneRow.quickbooks_item, _invoices(InvoiceRow.tax_zone_id == _ENTRY)
    ),
    NamedList.INVENTORY_LOCATION: _Named(
        InventoryLocationRow,
        InventoryLocationRow.quickbooks_site,
        union(
            _tasks(TaskRow.inventory_location_id),
            _invoices(InvoiceRow.technician_id.in_(_DRIVERS)),
        ),
    ),
}


def _lock(named: _Named) -> Statement:
    return Statement(
        select(table_of(named.row).c.name, named.name.label("quickbooks_name"))
        .where(mine(named.row), named.row.id == _ENTRY)
        .with_for_update(key_share=True)
    )


def _save(named: _Named) -> Statement:
    values: dict[str, Any] = {named.name.key: given("quickbooks_name", Text)}
    if named.has_list_id:
        values["quickbooks_list_id"] = null()
    return Statement(
        update(named.row).where(mine(named.row), named.row.id == _ENTRY).values(values)
    )


def _count(named: _Named) -> Statement:
    return Statement(
        select(func.count().label("held")).where(
            mine(QuickBooksLinkRow), QuickBooksLinkRow.invoice_id.in_(named.invoices)
        )
    )


def _waiting(named: _Named) -> Statement:
    """Issues for want of the name, and roots that told of the old one."""
    nameless = (SyncIssueRow.code == _NAMELESS) & SyncIssueRow.invoice_id.in_(named.invoices)
    is_of_old = (
        SyncIssueRow.root_id.is_(None)
        & (SyncIssueRow.object_kind == given("kind", Text))
        & (func.lower(SyncIssueRow.object_name) == func.lower(given("old", Text)))
    )
    return Statement(
        select(SyncIssueRow.id).where(
            mine(SyncIssueRow),
            SyncIssueRow.resolved_at.is_(None),
            SyncIssueRow.cleared_at.is_(None),
            or_(nameless, is_of_old),
        )
    )


_LOCK = {key: _lock(named) for key, named in _LISTS.items()}
_SAVE = {key: _save(named) for key, named in _LISTS.items()}
_COUNT = {key: _count(named) for key, named in _LISTS.items()}
_WAITING = {key: _waiting(named) for key, named in _LISTS.items()}
_LOCK_ITEM = Statement(
    select(ItemRow.name, ItemRow.cogs_account)
    .where(mine(ItemRow), ItemRow.id == _ENTRY)
    .with_for_update(key_share=True)
)
_SAVE_COGS = Statement(
    update(ItemRow)
    .where(mine(ItemRow), ItemRow.id == _ENTRY)
    .values(cogs_account=given("cogs_account", Text))
)


def _lacking(code: FindingCode, row: Any, column: Any, *conditions: Any) -> Select[Any]:
    return select(literal(code.value).label("code"), row.id, row.name).where(
        mine(row), func.coalesce(func.trim(column), "") == "", *conditions
    )


_FINDINGS = Statement(
    union_all(
        _lacking(FindingCode.ITEM_WITHOUT_NAME, ItemRow, ItemRow.quickbooks_name),
        _lacking(
            FindingCode.COGS_ACCOUNT_MISSING,
            ItemRow,
            ItemRow.cogs_account,
            one_of(ItemRow.type, [ItemType.MATERIAL, ItemType.EQUIPMENT]),
        ),
        _lacking(FindingCode.CUSTOMER_WITHOUT_NAME, CustomerRow, CustomerRow.quickbooks_name),
        _lacking(
            FindingCode.BUSINESS_UNIT_WITHOUT_CLASS,
            BusinessUnitRow,
            BusinessUnitRow.quickbooks_class,
        ),
        _lacking(FindingCode.TAX_ZONE_WITHOUT_ITEM, TaxZoneRow, TaxZoneRow.quickbooks_item),
        _lacking(
            FindingCode.LOCATION_WITHOUT_SITE,
            InventoryLocationRow,
            InventoryLocationRow.quickbooks_site,
        ),
    )
    .order_by("code", "name", "id")
    .limit(given("at_most", BigInteger))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A list entry: the office's name and QuickBooks'."""

    name: str
    quickbooks_name: str | None


class Naming(Scoped):
    async def lock(self, named: NamedList, entry_id: UUID) -> Entry | None:
        """Lock an entry, or give None when there is none."""
        row = await self._first(_LOCK[named], entry_id=entry_id)
        return None if row is None else Entry(row["name"], row["quickbooks_name"])

    async def save(self, named: NamedList, entry_id: UUID, quickbooks_name: str) -> None:
        """Store the name that the entry has in QuickBooks; a ListID of the old one is forgotten."""
        await self._run(_SAVE[named], entry_id=entry_id, quickbooks_name=quickbooks_name)

    async def lock_item(self, item_id: UUID) -> tuple[str, str | None] | None:
        """Lock an item and give its name and COGS account, or None when there is none."""
        row = await self._first(_LOCK_ITEM, entry_id=item_id)
        return None if row is None else (row["name"], row["cogs_account"])

    async def save_cogs_account(self, item_id: UUID, account: str) -> None:
        """Store the account of the item's cost of goods sold."""
        await self._run(_SAVE_COGS, entry_id=item_id, cogs_account=account)

    async def count_held(self, named: NamedList, entry_id: UUID) -> int:
        """Give how many invoices name the entry that QuickBooks holds."""
        (row,) = await self._run(_COUNT[named], entry_id=entry_id)
        held: int = row["held"]
        return held

    async def waiting_for(self, named: NamedList, entry_id: UUID, old: str | None) -> list[UUID]:
        """Give the open issues that another name may end."""
        rows = await self._run(
            _WAITING[named], entry_id=entry_id, kind=kind_of(named), old=old or ""
        )
        return [row["id"] for row in rows]

    async def findings(self, *, at_most: int) -> list[Finding]:
        """Give the entries that lack what an export needs, by what they lack and by name."""
        rows = await self._run(_FINDINGS, at_most=at_most)
        return [Finding(FindingCode(row["code"]), row["id"], row["name"]) for row in rows]
