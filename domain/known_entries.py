"""What is known of QuickBooks' lists: which names are there, under which ListID, which are missing.

The first match is by name; from then on the ListID tells the entry, so that neither a new name nor
another order of a list makes it a stranger. Sites that are missing are created first.
Source: requirements (a2), "Customer matching" and "Field map".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.edits import Unset
from domain.issues import ObjectKind
from domain.planning import SaleRequest
from domain.quickbooks import InvoiceAdd, InvoiceMod, QuickBooksInvoice, Ref, WantedInvoice
from domain.quickbooks_lists import InventorySiteAdd, ListKind
from domain.quickbooks_transactions import CreditMemoAdd, CreditMemoMod, ListQuery

#: What has to be there before an invoice that names it can be sent.
Prerequisite = ListQuery | InventorySiteAdd


@dataclass(frozen=True, slots=True)
class EntryKey:
    """An entry by the name that we have for it, without regard to case."""

    kind: ObjectKind
    name: str

    @classmethod
    def of(cls, kind: ObjectKind, name: str) -> "EntryKey":
        """Give the key of a name."""
        return cls(kind, name.casefold())


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry of one company file: its ListID if QuickBooks told it, or that it is missing."""

    key: EntryKey
    list_id: str | None = None
    is_missing: bool = False


def sites_of(request: SaleRequest) -> tuple[str, ...]:
    """Give the inventory sites that the request names, each once."""
    refs: list[Ref | None] = []
    match request:
        case InvoiceAdd() | CreditMemoAdd():
            refs = [line.site for line in request.wanted.lines]
        case InvoiceMod() | CreditMemoMod():
            sites = [line.site for line in request.lines or ()]
            refs = [None if isinstance(site, Unset) else site for site in sites]
        case _:
            pass  # a question names none
    return tuple(dict.fromkeys(ref.full_name for ref in refs if ref and ref.full_name))


def prerequisite(sites: Iterable[str], known: Mapping[EntryKey, KnownEntry]) -> Prerequisite | None:
    """Give what goes before a request that names these sites; None when nothing has to.

    QuickBooks is asked by name first; only what it answered to be missing is created, one by one.
    """
    names = tuple(sites)
    found = {name: known.get(EntryKey.of(ObjectKind.INVENTORY_SITE, name)) for name in names}
    if None in found.values():
        return ListQuery(kind=ListKind.INVENTORY_SITE, full_names=names)
    missing = (name for name, entry in found.items() if entry and entry.is_missing)
    name = next(missing, None)
    return None if name is None else InventorySiteAdd(name=name)


def named_in(request: Prerequisite) -> tuple[str, ...]:
    """Give the names that the answer will be about."""
    return request.full_names if isinstance(request, ListQuery) else (request.name,)


def learned_from(
    wanted: WantedInvoice, copy: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> Iterator[KnownEntry]:
    """Give the entries that QuickBooks' copy shows under the very names that we sent."""
    pairs: list[tuple[ObjectKind, Ref | None, Ref | None]] = [
        (ObjectKind.CUSTOMER, wanted.customer, copy.customer),
        (ObjectKind.CLASS, wanted.class_ref, copy.class_ref),
        (ObjectKind.SALES_TAX_ITEM, wanted.tax_item, copy.tax_item),
    ]
    ours = {line.task_id: line for line in wanted.lines}
    for held in copy.lines:
        task_id = tasks_by_line.get(held.txn_line_id)
        if task_id in ours:
            line = ours[task_id]
            pairs += [
                (ObjectKind.ITEM, line.item, held.item),
                (ObjectKind.CLASS, line.class_ref, held.class_ref),
                (ObjectKind.INVENTORY_SITE, line.site, held.site),
            ]
    for kind, mine, theirs in pairs:
        if mine is None or theirs is None or not mine.full_name or not theirs.full_name:
            continue
        if theirs.list_id and mine.full_name.casefold() == theirs.full_name.casefold():
            yield KnownEntry(EntryKey.of(kind, mine.full_name), theirs.list_id)
