"""Queries of the lists. Source: qbXML 13.0 CustomerQueryRq and its kin."""

from collections.abc import Callable, Iterable
from typing import Final

from lxml import etree

from simulator.answers import Answer, not_found
from simulator.company_file import CompanyFile
from simulator.data_ext import add_fields
from simulator.errors import not_simulated
from simulator.handling import Handler
from simulator.list_ret import list_ret
from simulator.lists import ListEntry, ListKind
from simulator.paging import Query
from simulator.txn_filters import MATCHES, in_moments

_NOT_SIMULATED: Final = ("TotalBalanceFilter", "CurrencyFilter", "ClassFilter")
_ITEM_KINDS: Final = (ListKind.ITEM, ListKind.ITEM_SALES_TAX)


def of_list(kind: ListKind) -> Handler:
    """Return the handler that finds entries of one list."""
    return lambda company, request: _query(company, request, company.lists.of(kind))


def of_items(item_type: str = "") -> Handler:
    """Return the handler that finds items, tax items among them, of one type or of all."""

    def handler(company: CompanyFile, request: etree._Element) -> Answer:
        items = (entry for kind in _ITEM_KINDS for entry in company.lists.of(kind))
        wanted = (entry for entry in items if not item_type or entry.item_type == item_type)
        return _query(company, request, wanted)

    return handler


def _query(company: CompanyFile, request: etree._Element, entries: Iterable[ListEntry]) -> Answer:
    for name in _NOT_SIMULATED:
        if request.find(name) is not None:
            raise not_simulated(f"{name} in a list query")
    listed = list(entries)

    def ret(entry: ListEntry) -> etree._Element:
        found = list_ret(company, entry)
        add_fields(company, found, request)
        return found

    for tag, key in (("ListID", _list_id), ("FullName", _folded_name)):
        wanted = [child.text or "" for child in request.iterchildren(tag)]
        if wanted:
            return _by_key(wanted, {key(entry): entry for entry in listed}, ret)
    found = [entry.list_id for entry in listed if _passes(request, entry)]
    known = {entry.list_id: entry for entry in listed}
    return Query(company, request, known, ret).answer(found)


def _list_id(entry: ListEntry) -> str:
    return entry.list_id.casefold()


def _folded_name(entry: ListEntry) -> str:
    return entry.full_name.casefold()


def _by_key(
    wanted: list[str],
    entries: dict[str, ListEntry],
    ret: Callable[[ListEntry], etree._Element],
) -> Answer:
    found = [entries[text.casefold()] for text in wanted if text.casefold() in entries]
    missing = [text for text in wanted if text.casefold() not in entries]
    rets = tuple(ret(entry) for entry in found)
    return not_found(missing[0], rets) if missing else Answer(rets)


def _passes(request: etree._Element, entry: ListEntry) -> bool:
    status = request.findtext("ActiveStatus", "ActiveOnly")
    if status != "All" and entry.is_active != (status == "ActiveOnly"):
        return False
    types = [child.text for child in request.iterchildren("AccountType")]
    if types and entry.account_type not in types:
        return False
    return in_moments(request, entry.modified or entry.created, "Modified") and _is_named(
        request, entry.full_name.casefold()
    )


def _is_named(request: etree._Element, name: str) -> bool:
    criterion = request.find("NameFilter")
    if criterion is not None:
        matches = MATCHES[criterion.findtext("MatchCriterion", "")]
        return matches(name, criterion.findtext("Name", "").casefold())
    bounds = request.find("NameRangeFilter")
    if bounds is None:
        return True
    first, last = bounds.findtext("FromName"), bounds.findtext("ToName")
    return (not first or first.casefold() <= name) and (not last or name <= last.casefold())
