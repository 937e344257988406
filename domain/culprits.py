"""Which of our list entries stands behind a thing that is missing in QuickBooks."""

from collections.abc import Iterable
from uuid import UUID

from domain.issues import ObjectKind, QuickBooksObject
from domain.wanted import References

Named = Iterable[tuple[UUID, str | None]]


def entry_behind(thing: QuickBooksObject, references: References) -> UUID | None:
    """Give the entry that the invoice names by this name; None when none, or another kind."""
    return next(
        (key for key, name in _named(thing, references) if thing.is_named(name or "")), None
    )


def _named(thing: QuickBooksObject, references: References) -> Named:
    match thing.kind:
        case ObjectKind.CUSTOMER:
            customer = references.customer
            return [(customer.id, customer.quickbooks_name)]
        case ObjectKind.ITEM:
            return [(e.id, e.quickbooks_name) for e in references.items.values()]
        case ObjectKind.CLASS:
            return [(e.id, e.quickbooks_class) for e in references.business_units.values()]
        case ObjectKind.SALES_TAX_ITEM:
            return [(e.id, e.quickbooks_item) for e in references.tax_zones.values()]
        case ObjectKind.INVENTORY_SITE:
            return [(e.id, e.quickbooks_site) for e in references.inventory_locations.values()]
        case _:
            return ()
