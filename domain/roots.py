"""One missing thing stops many invoices: the first that met it is the root, the others wait.

"When you get a list of errors, fix the key issue. All the other errors which are called dependent
errors will be solved automatically." (seed 001)
"""

from collections.abc import Iterable, Iterator

from domain.issues import ObjectKind, QuickBooksObject, SyncIssue
from domain.quickbooks import Ref, WantedInvoice


def names(wanted: WantedInvoice, thing: QuickBooksObject) -> bool:
    """Tell whether the invoice needs this very thing in QuickBooks."""
    return any(thing.is_named(ref.full_name or "") for ref in _refs(wanted, thing.kind))


def root_behind(wanted: WantedInvoice, roots: Iterable[SyncIssue]) -> SyncIssue | None:
    """Give the first open root whose missing thing the invoice needs as well."""
    return next((root for root in roots if root.object and names(wanted, root.object)), None)


def _refs(wanted: WantedInvoice, kind: ObjectKind) -> Iterator[Ref]:
    found: Iterable[Ref | None]
    match kind:
        case ObjectKind.CUSTOMER:
            found = [wanted.customer]
        case ObjectKind.ITEM:
            found = [line.item for line in wanted.lines]
        case ObjectKind.CLASS:
            found = [wanted.class_ref, *(line.class_ref for line in wanted.lines)]
        case ObjectKind.SALES_TAX_ITEM:
            found = [wanted.tax_item]
        case ObjectKind.SALES_TAX_CODE:
            found = [line.tax_code for line in wanted.lines]
        case ObjectKind.INVENTORY_SITE:
            found = [line.site for line in wanted.lines]
        case _:
            found = []
    yield from (ref for ref in found if ref is not None)
