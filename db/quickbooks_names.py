"""Our list entries by the names they have in QuickBooks."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Text, any_, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from db.base import Identified
from db.rows import BusinessUnitRow, InventoryLocationRow, ItemRow, TaxZoneRow
from db.scoped import Scoped
from db.statements import Statement, given, mine
from domain.adoption import Names


def _by_name(row: type[Identified], name: InstrumentedAttribute[str | None]) -> Statement:
    folded = func.lower(name)
    return Statement(
        select(folded.label("name"), row.id)
        .where(mine(row), folded == any_(given("names", ARRAY(Text))))
        .order_by(row.id.desc())
    )


_LISTS = {
    "items": _by_name(ItemRow, ItemRow.quickbooks_name),
    "business_units": _by_name(BusinessUnitRow, BusinessUnitRow.quickbooks_class),
    "tax_zones": _by_name(TaxZoneRow, TaxZoneRow.quickbooks_item),
    "inventory_locations": _by_name(InventoryLocationRow, InventoryLocationRow.quickbooks_site),
}


class QuickBooksNames(Scoped):
    async def find(self, names: Mapping[str, set[str]]) -> Names:
        """Look up the case-folded names of each list; of two entries of one name the older."""
        return Names(**{kind: await self._find(kind, names[kind]) for kind in _LISTS})

    async def _find(self, kind: str, names: set[str]) -> dict[str, UUID]:
        if not names:
            return {}
        rows = await self._run(_LISTS[kind], names=sorted(names))
        return {row["name"]: row["id"] for row in rows}
