"""Questions and deletions: they name kinds and ids, and hold nothing to keep.

A query goes by id, by name, or by filters, never by two of them: with ids or names the filters stay
out. QuickBooks reads a moment without offset as its own local time.
"""

from collections.abc import Mapping
from typing import Final

from domain.edits import UNSET
from domain.quickbooks import InvoiceQuery
from domain.quickbooks_lists import ListKind
from domain.quickbooks_transactions import (
    CompanyQuery,
    DeletedQuery,
    HostQuery,
    ListDelete,
    ListQuery,
    Page,
    PreferencesQuery,
    QuickBooksDeletion,
    TransactionDelete,
    TransactionKind,
    TransactionQuery,
    TransactionVoid,
)
from qbwc.qbxml.formats import (
    BOOLEAN,
    DATE,
    GUID,
    IDENTIFIER,
    INTEGER,
    MOMENT,
    choice,
    text,
)
from qbwc.qbxml.nodes import Aggregate, Attribute, Each, Leaf, Misfit, Node, One, Reference
from qbwc.qbxml.records import Field, Record, moment, word

_MODIFIED: Final[Aggregate[InvoiceQuery]] = Aggregate(
    "ModifiedDateRangeFilter",
    (Leaf("FromModifiedDate", lambda query: query.modified_since, MOMENT, filled=True),),
)

INVOICE_QUERY_RQ: Final[Aggregate[InvoiceQuery]] = Aggregate(
    "InvoiceQueryRq",
    (
        Leaf("TxnID", lambda query: query.txn_id, IDENTIFIER),
        # Without a TxnID both filters are needed, or it would ask for every invoice there is.
        One(_MODIFIED, lambda query: query if query.txn_id is None else None),
        Reference(
            "EntityFilter",
            lambda query: query.customer if query.txn_id is None else UNSET,
            label="customer",
            filled=True,
        ),
        Leaf("IncludeLineItems", lambda _: True, BOOLEAN),
        Leaf("IncludeLinkedTxns", lambda _: True, BOOLEAN),
    ),
)


# Pages of transactions and lists


def _iterator(page: Page | None) -> str | None:
    if page is None:
        return None
    return "Start" if page.iterator_id is None else "Continue"


def _iterator_id(page: Page | None) -> str | None:
    return None if page is None else page.iterator_id


def _check_selection(*given: object) -> None:
    if sum(bool(part) for part in given) > 1:
        reason = "goes by ids, by names or by filters, and by one of them alone"
        raise Misfit(reason, label="query")


# Transactions


def _has_filters(query: TransactionQuery) -> bool:
    filters = (
        query.modified_since,
        query.modified_until,
        query.first_day,
        query.last_day,
        query.entity,
        query.page,
    )
    return any(part is not None for part in filters)


def _check_transactions(query: TransactionQuery) -> None:
    _check_selection(query.txn_ids, query.numbers, _has_filters(query))
    modified = query.modified_since is not None or query.modified_until is not None
    dated = query.first_day is not None or query.last_day is not None
    if modified and dated:
        reason = "goes by days or by moments of change, and not by both"
        raise Misfit(reason, name="TxnDateRangeFilter", label="query")


_CHANGED: Final[Aggregate[TransactionQuery]] = Aggregate(
    "ModifiedDateRangeFilter",
    (
        Leaf("FromModifiedDate", lambda query: query.modified_since, MOMENT),
        Leaf("ToModifiedDate", lambda query: query.modified_until, MOMENT),
    ),
)
_DATED: Final[Aggregate[TransactionQuery]] = Aggregate(
    "TxnDateRangeFilter",
    (
        Leaf("FromTxnDate", lambda query: query.first_day, DATE),
        Leaf("ToTxnDate", lambda query: query.last_day, DATE),
    ),
)


def _changed(query: TransactionQuery) -> TransactionQuery | None:
    return query if query.modified_since or query.modified_until else None


def _dated(query: TransactionQuery) -> TransactionQuery | None:
    return query if query.first_day or query.last_day else None


def _page_size(query: TransactionQuery | ListQuery) -> int | None:
    return None if query.page is None else query.page.size


_TRANSACTIONS: Final[tuple[Node[TransactionQuery], ...]] = (
    Each(Leaf("TxnID", lambda it: it, IDENTIFIER, filled=True), lambda query: query.txn_ids),
    Each(
        Leaf("RefNumberCaseSensitive", lambda it: it, text(), "number", filled=True),
        lambda query: query.numbers,
    ),
    Leaf("MaxReturned", _page_size, INTEGER, "page_size"),
    One(_CHANGED, _changed),
    One(_DATED, _dated),
    Reference("EntityFilter", lambda query: query.entity, label="customer"),
    Leaf("IncludeLineItems", lambda query: query.with_lines, BOOLEAN),
)
_LINKED: Final[Leaf[TransactionQuery]] = Leaf(
    "IncludeLinkedTxns", lambda query: query.with_lines, BOOLEAN
)
_PAGED: Final[tuple[Attribute[TransactionQuery], ...]] = (
    Attribute("iterator", lambda query: _iterator(query.page)),
    Attribute("iteratorID", lambda query: _iterator_id(query.page)),
)


def _transactions(kind: TransactionKind) -> Aggregate[TransactionQuery]:
    # A payment has links of its own, which it always tells.
    links = () if kind is TransactionKind.RECEIVE_PAYMENT else (_LINKED,)
    return Aggregate(f"{kind.value}QueryRq", (*_TRANSACTIONS, *links), _check_transactions, _PAGED)


TRANSACTION_QUERY_RQ: Final[Mapping[TransactionKind, Aggregate[TransactionQuery]]] = {
    kind: _transactions(kind) for kind in TransactionKind
}


# Lists


def _check_list(query: ListQuery) -> None:
    filters = query.modified_since is not None or query.page is not None or query.with_inactive
    _check_selection(query.list_ids, query.full_names, filters)


def _check_unpaged(query: ListQuery) -> None:
    if query.page is not None:
        raise Misfit("is given as a whole, never by pages", name="MaxReturned", label="page_size")
    _check_list(query)


_IDS: Final[tuple[Node[ListQuery], ...]] = (
    Each(Leaf("ListID", lambda it: it, IDENTIFIER, filled=True), lambda query: query.list_ids),
    Each(
        Leaf("FullName", lambda it: it, text(one_line=True), "name", filled=True),
        lambda query: query.full_names,
    ),
)
_SIZE: Final[Leaf[ListQuery]] = Leaf("MaxReturned", _page_size, INTEGER, "page_size")
_FILTERS: Final[tuple[Node[ListQuery], ...]] = (
    Leaf(
        "ActiveStatus",
        lambda query: "All" if query.with_inactive else None,
        choice("ActiveOnly", "InactiveOnly", "All"),
    ),
    Leaf("FromModifiedDate", lambda query: query.modified_since, MOMENT),
)
_ITERATED: Final[tuple[Attribute[ListQuery], ...]] = (
    Attribute("iterator", lambda query: _iterator(query.page)),
    Attribute("iteratorID", lambda query: _iterator_id(query.page)),
)
#: The lists that know iterators; of the others a page is the first so many entries.
_WITH_ITERATOR: Final = frozenset({ListKind.CUSTOMER, ListKind.VENDOR, ListKind.ITEM})


def _list(kind: ListKind) -> Aggregate[ListQuery]:
    name = f"{kind.value}QueryRq"
    if kind not in _WITH_ITERATOR:
        return Aggregate(name, (*_IDS, *_FILTERS), _check_unpaged)
    return Aggregate(name, (*_IDS, _SIZE, *_FILTERS), _check_list, _ITERATED)


LIST_QUERY_RQ: Final[Mapping[ListKind, Aggregate[ListQuery]]] = {
    kind: _list(kind) for kind in ListKind
}


# Deletions

_DELETABLE: Final = choice(*TransactionKind)
_VOIDABLE: Final = choice(TransactionKind.CREDIT_MEMO, TransactionKind.INVOICE)
#: Terms have two kinds, and items are deleted by the kind they are of.
_DELETABLE_LIST: Final = choice(*(set(ListKind) - {ListKind.ITEM, ListKind.TERMS}))

TXN_DEL_RQ: Final[Aggregate[TransactionDelete]] = Aggregate(
    "TxnDelRq",
    (
        Leaf("TxnDelType", lambda it: it.kind.value, _DELETABLE, "kind", filled=True),
        Leaf("TxnID", lambda it: it.txn_id, IDENTIFIER, filled=True),
    ),
)
TXN_VOID_RQ: Final[Aggregate[TransactionVoid]] = Aggregate(
    "TxnVoidRq",
    (
        Leaf("TxnVoidType", lambda it: it.kind.value, _VOIDABLE, "kind", filled=True),
        Leaf("TxnID", lambda it: it.txn_id, IDENTIFIER, filled=True),
    ),
)
LIST_DEL_RQ: Final[Aggregate[ListDelete]] = Aggregate(
    "ListDelRq",
    (
        Leaf("ListDelType", lambda it: it.kind.value, _DELETABLE_LIST, "kind", filled=True),
        Leaf("ListID", lambda it: it.list_id, IDENTIFIER, filled=True),
    ),
)

_DELETED_RANGE: Final[Aggregate[DeletedQuery]] = Aggregate(
    "DeletedDateRangeFilter",
    (Leaf("FromDeletedDate", lambda query: query.deleted_since, MOMENT),),
)
TXN_DELETED_QUERY_RQ: Final[Aggregate[DeletedQuery]] = Aggregate(
    "TxnDeletedQueryRq",
    (
        Each(
            Leaf("TxnDelType", lambda kind: kind.value, _DELETABLE, "kind", filled=True),
            lambda query: query.kinds,
            filled=True,
        ),
        One(_DELETED_RANGE, lambda query: query if query.deleted_since else None),
    ),
)

TXN_DELETED_RET: Final = Record(
    QuickBooksDeletion,
    {
        "TxnDelType": Field("type", word),
        "TxnID": Field("txn_id", word),
        "TimeDeleted": Field("deleted_at", moment),
        "RefNumber": Field("number", word),
    },
    required=("TxnDelType", "TxnID"),
)


# QuickBooks and its company file

HOST_QUERY_RQ: Final[Aggregate[HostQuery]] = Aggregate("HostQueryRq")
COMPANY_QUERY_RQ: Final[Aggregate[CompanyQuery]] = Aggregate(
    "CompanyQueryRq", (Leaf("OwnerID", lambda query: query.owner_id, GUID),)
)
PREFERENCES_QUERY_RQ: Final[Aggregate[PreferencesQuery]] = Aggregate("PreferencesQueryRq")
