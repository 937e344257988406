"""Queries of customers, items and classes. Source: qbXML 13.0 CustomerQueryRq and its kin."""

from collections.abc import Callable
from typing import Final

from lxml import etree

from simulator.answers import NO_MATCH, Answer, not_found
from simulator.company_file import CompanyFile
from simulator.errors import not_simulated
from simulator.figures import price_text
from simulator.lists import ListEntry, ListKind
from simulator.writing import put, put_flag, put_moment, put_ref

_MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "StartsWith": str.startswith,
    "Contains": str.__contains__,
    "EndsWith": str.endswith,
}
_NOT_SIMULATED: Final = ("FromModifiedDate", "ToModifiedDate", "NameRangeFilter")
_TAX_ITEMS: Final = frozenset({"SalesTax", "SalesTaxGroup"})


def query_customers(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the customers asked for."""
    return _query(request, list(company.lists.of(ListKind.CUSTOMER)), _customer_ret)


def query_items(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the items asked for, of all kinds; tax items are among them."""
    lists = company.lists
    items = [*lists.of(ListKind.ITEM), *lists.of(ListKind.ITEM_SALES_TAX)]
    return _query(request, items, _item_ret)


def query_classes(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the classes asked for."""
    return _query(request, list(company.lists.of(ListKind.CLASS)), _class_ret)


def _query(
    request: etree._Element,
    entries: list[ListEntry],
    ret: Callable[[ListEntry], etree._Element],
) -> Answer:
    for name in _NOT_SIMULATED:
        if request.find(name) is not None:
            raise not_simulated(f"{name} in a list query")
    for tag, key in (("ListID", _list_id), ("FullName", _folded_name)):
        wanted = [child.text or "" for child in request.iterchildren(tag)]
        if wanted:
            return _by_key(wanted, {key(entry): entry for entry in entries}, ret)
    found = [entry for entry in entries if _passes(request, entry)]
    limit = request.findtext("MaxReturned")
    found = found[: int(limit)] if limit else found
    return Answer(tuple(ret(entry) for entry in found)) if found else NO_MATCH


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
    criterion = request.find("NameFilter")
    if criterion is None:
        return True
    matches = _MATCHES[criterion.findtext("MatchCriterion", "")]
    return matches(entry.full_name.casefold(), criterion.findtext("Name", "").casefold())


def _begin(name: str, entry: ListEntry, *, has_path: bool = True) -> etree._Element:
    ret = etree.Element(name)
    put(ret, "ListID", entry.list_id)
    put_moment(ret, "TimeCreated", entry.created)
    put_moment(ret, "TimeModified", entry.created)
    put(ret, "EditSequence", entry.edit_sequence)
    put(ret, "Name", entry.name)
    if has_path:
        put(ret, "FullName", entry.full_name)
    put_flag(ret, "IsActive", value=entry.is_active)
    return ret


def _put_parent(ret: etree._Element, entry: ListEntry) -> None:
    if entry.parent_name:
        put(etree.SubElement(ret, "ParentRef"), "FullName", entry.parent_name)
    put(ret, "Sublevel", str(entry.full_name.count(":")))


def _customer_ret(entry: ListEntry) -> etree._Element:
    ret = _begin("CustomerRet", entry)
    _put_parent(ret, entry)
    if entry.email:
        put(ret, "Email", entry.email)
    put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
    put_ref(ret, "ItemSalesTaxRef", entry.item_sales_tax)
    return ret


def _class_ret(entry: ListEntry) -> etree._Element:
    ret = _begin("ClassRet", entry)
    _put_parent(ret, entry)
    return ret


def _item_ret(entry: ListEntry) -> etree._Element:
    flat = entry.item_type in _TAX_ITEMS or entry.item_type in {"Subtotal", "Group"}
    ret = _begin(f"Item{entry.item_type}Ret", entry, has_path=not flat)
    if flat:
        _put_flat_item(ret, entry)
        return ret
    _put_parent(ret, entry)
    if entry.item_type == "Discount":
        _put_discount(ret, entry)
        return ret
    put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
    inventory = entry.item_type == "Inventory"
    sale = ret if inventory else etree.SubElement(ret, "SalesOrPurchase")
    if entry.description:
        put(sale, "SalesDesc" if inventory else "Desc", entry.description)
    if entry.price is not None:
        put(sale, "SalesPrice" if inventory else "Price", price_text(entry.price))
    return ret


def _put_discount(ret: etree._Element, entry: ListEntry) -> None:
    if entry.description:
        put(ret, "ItemDesc", entry.description)
    put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
    if entry.percent is not None:
        put(ret, "DiscountRatePercent", price_text(entry.percent))
    elif entry.price is not None:
        put(ret, "DiscountRate", price_text(entry.price))


def _put_flat_item(ret: etree._Element, entry: ListEntry) -> None:
    if entry.description:
        put(ret, "ItemDesc", entry.description)
    if entry.item_type == "SalesTax" and entry.percent is not None:
        put(ret, "TaxRate", price_text(entry.percent))
    if entry.item_type == "SalesTaxGroup":
        for member in entry.members:
            put_ref(ret, "ItemSalesTaxRef", member.entry)
