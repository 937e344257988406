"""CustomerAdd, CustomerMod, the Adds of items and other lists, and ListDel. Source: qbXML 13.0."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, cannot_be_found, not_simulated, outdated
from simulator.handling import Handler
from simulator.headers import body_of, read_address
from simulator.line_writes import read_ref
from simulator.list_ret import list_ret
from simulator.lists import REFERENCES, ListEntry, ListKind, Member
from simulator.shape import missing
from simulator.writing import put

_NOT_SIMULATED: Final = frozenset(
    {
        *("ShipToAddress", "AdditionalContactRef", "Contacts", "ContactsMod", "CustomerTypeRef"),
        *("PreferredPaymentMethodRef", "CreditCardInfo", "JobTypeRef", "AdditionalNotes"),
        *("AdditionalNotesMod", "PriceLevelRef", "CurrencyRef", "OpenBalance", "OpenBalanceDate"),
        *("BarCode", "UnitOfMeasureSetRef", "TotalValue", "InventoryDate", "PricePercent"),
    }
)
_ADDRESSES: Final = frozenset({"BillAddress", "ShipAddress", "SiteAddress"})
_PARENTS: Final = frozenset({"ParentRef", "ParentSiteRef"})
_SALE: Final = frozenset({"SalesOrPurchase", "SalesAndPurchase"})
_DESCRIPTIONS: Final = frozenset({"Desc", "SalesDesc", "ItemDesc"})
_PRICES: Final = frozenset({"Price", "SalesPrice", "DiscountRate"})
_PERCENTS: Final = frozenset({"DiscountRatePercent", "TaxRate"})
_IDENTITY: Final = frozenset({"ListID", "EditSequence", "Name"})

#: The accounts an item of each type is booked to: without them 3270.
_ACCOUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Service": ("AccountRef", "IncomeAccountRef"),
    "NonInventory": ("AccountRef", "IncomeAccountRef"),
    "OtherCharge": ("AccountRef", "IncomeAccountRef"),
    "Inventory": ("IncomeAccountRef",),
    "Discount": ("AccountRef",),
}
#: The list a ListDelType means, where the simulator has it; item types go by their own names.
_LISTS: Final[Mapping[str, ListKind]] = {
    "Account": ListKind.ACCOUNT,
    "Class": ListKind.CLASS,
    "Customer": ListKind.CUSTOMER,
    "InventorySite": ListKind.INVENTORY_SITE,
    "SalesTaxCode": ListKind.SALES_TAX_CODE,
    "StandardTerms": ListKind.TERMS,
    "Vendor": ListKind.VENDOR,
}
_ITEM: Final = "Item"
_TAX_GROUP: Final = "SalesTaxGroup"


def adder(kind: ListKind, item_type: str = "") -> Handler:
    """Return the handler that adds an entry to one list, items with their type."""

    def handler(company: CompanyFile, request: etree._Element) -> Answer:
        return _add(company, request, kind, item_type)

    return handler


def _add(company: CompanyFile, request: etree._Element, kind: ListKind, item_type: str) -> Answer:
    body = body_of(request)
    name = _checked_name(body.findtext("Name", ""), kind)
    parent = _parent(company, kind, body)
    full_name = f"{parent.full_name}:{name}" if parent is not None else name
    if kind is ListKind.INVENTORY_SITE:
        full_name = name
    company.locks.check_list(kind, name)
    company.lists.check_name_is_free(kind, full_name)
    moment = company.moment()
    seconds = str(int(moment.timestamp()))
    entry = ListEntry(kind, company.next_list_id(), full_name, moment, seconds)
    entry.item_type = item_type
    if parent is not None and kind is ListKind.INVENTORY_SITE:
        entry.refs["ParentSiteRef"] = parent
    _fill(company, entry, body)
    _check_accounts(entry)
    company.lists.add(entry)
    return Answer((list_ret(company, entry),))


def modify_customer(company: CompanyFile, request: etree._Element) -> Answer:
    """Change the customer and return it. Raises Refusal, 3200 when it is stale."""
    body = body_of(request)
    list_id = body.findtext("ListID", "")
    entry = company.lists.by_id(ListKind.CUSTOMER, list_id)
    if entry is None:
        raise cannot_be_found(list_id)
    company.locks.check_record("Customer", list_id)
    edit_sequence = body.findtext("EditSequence", "")
    if edit_sequence != entry.edit_sequence:
        raise outdated(edit_sequence)
    name = _checked_name(body.findtext("Name") or entry.name, entry.kind)
    company.locks.check_list(entry.kind, name)
    parent = _parent(company, entry.kind, body)
    above = parent.full_name if parent is not None else entry.parent_name
    full_name = f"{above}:{name}" if above else name
    if full_name.casefold() != entry.full_name.casefold():
        company.lists.check_name_is_free(entry.kind, full_name)
    # On a copy first: a refusal halfway must leave the customer as it was.
    _fill(company, _copy(entry), body)
    _fill(company, entry, body)
    company.lists.rename(entry, full_name)
    entry.modified = company.moment()
    entry.edit_sequence = str(int(entry.modified.timestamp()))
    return Answer((list_ret(company, entry),))


def delete_entry(company: CompanyFile, request: etree._Element) -> Answer:
    """Delete an entry that nothing uses. Raises Refusal with status 3160 for one in use."""
    kind_name, list_id = request.findtext("ListDelType", ""), request.findtext("ListID", "")
    entry = _deletable(company, kind_name, list_id)
    company.locks.check_record(kind_name, list_id)
    company.locks.check_list(entry.kind, entry.full_name)
    if _is_used(company, entry):
        raise Refusal(
            3160,
            f'The object "{entry.full_name}" cannot be deleted.  QuickBooks error message: It is '
            "used in transactions or by other list elements.",
        )
    company.lists.remove(entry)
    parts = etree.Element("ListDelRs")
    put(parts, "ListDelType", kind_name)
    put(parts, "ListID", list_id)
    put(parts, "TimeDeleted", company.moment().isoformat())
    put(parts, "FullName", entry.full_name)
    return Answer(tuple(parts))


def _checked_name(name: str, kind: ListKind) -> str:
    if ":" in name or name != name.strip() or any(mark in name for mark in "\t\r\n"):
        message = (
            f'There was an error when storing "{name}" in the "Name" field of the {kind} list.  '
            "Names in this list cannot contain a colon."
        )
        raise Refusal(3090, message)
    return name


def _parent(company: CompanyFile, kind: ListKind, body: etree._Element) -> ListEntry | None:
    reference = next((child for child in body if child.tag in _PARENTS), None)
    if reference is None:
        return None
    list_id, full_name = reference.findtext("ListID", ""), reference.findtext("FullName", "")
    lists = company.lists
    parent = lists.by_id(kind, list_id) if list_id else lists.by_name(kind, full_name)
    if parent is None or not parent.is_active:
        raise Refusal(
            3130,
            f'There is an invalid reference to a parent "{list_id or full_name}" in the {kind}s '
            "list.  QuickBooks error message: Invalid argument.  The specified record does not "
            "exist in the list.",
        )
    return parent


def _fill(company: CompanyFile, entry: ListEntry, parts: Iterable[etree._Element]) -> None:
    for child in parts:
        name = child.tag
        if name in _NOT_SIMULATED:
            raise not_simulated(f"{name} in a list entry")
        if name in _SALE:
            _fill(company, entry, child)
        elif name in _ADDRESSES:
            entry.addresses[name] = read_address(child)
        elif name in REFERENCES:
            _set_reference(entry, name, read_ref(company, child, _place(entry)))
        elif name not in _IDENTITY and name not in _PARENTS:
            _set_value(entry, name, child.text or "")


def _copy(entry: ListEntry) -> ListEntry:
    return replace(
        entry,
        values=dict(entry.values),
        refs=dict(entry.refs),
        addresses=dict(entry.addresses),
    )


def _place(entry: ListEntry) -> str:
    return f"{_ITEM}{entry.item_type}" if entry.item_type else str(entry.kind)


def _set_reference(entry: ListEntry, name: str, found: ListEntry | None) -> None:
    match name:
        case "SalesTaxCodeRef":
            entry.sales_tax_code = found
        case "ItemSalesTaxRef" if entry.item_type == _TAX_GROUP:
            if found is None:
                raise missing(name)
            entry.members = (*entry.members, Member(found))
        case "ItemSalesTaxRef":
            entry.item_sales_tax = found
        case _ if found is not None:
            entry.refs[name] = found
        case _:
            entry.refs.pop(name, None)


def _set_value(entry: ListEntry, name: str, text: str) -> None:
    if name == "IsActive":
        entry.is_active = text != "false"
    elif name == "IsTaxable":
        entry.is_taxable = text == "true"
    elif name == "Email" and entry.kind is ListKind.CUSTOMER:
        entry.email = text
    elif name in _DESCRIPTIONS:
        entry.description = text
    elif name in _PRICES:
        entry.price = Decimal(text) if text else None
    elif name in _PERCENTS:
        entry.percent = Decimal(text) if text else None
    elif text:
        entry.values[name] = text
    else:
        entry.values.pop(name, None)


def _check_accounts(entry: ListEntry) -> None:
    accounts = _ACCOUNTS.get(entry.item_type)
    if accounts and not any(name in entry.refs for name in accounts):
        message = f'There is a missing posting account for the item "{entry.full_name}".'
        raise Refusal(3270, message)


def _deletable(company: CompanyFile, kind_name: str, list_id: str) -> ListEntry:
    kind = _LISTS.get(kind_name)
    if kind is None and not kind_name.startswith(_ITEM):
        raise not_simulated(f"deleting a {kind_name}")
    kinds = (ListKind.ITEM, ListKind.ITEM_SALES_TAX) if kind is None else (kind,)
    found = (company.lists.by_id(each, list_id) for each in kinds)
    entry = next((each for each in found if each is not None), None)
    if entry is None or (kind is None and entry.item_type != kind_name.removeprefix(_ITEM)):
        raise cannot_be_found(list_id)
    return entry


def _is_used(company: CompanyFile, entry: ListEntry) -> bool:
    if company.lists.below(entry):
        return True
    documents = (
        *company.invoices.values(),
        *company.credit_memos.values(),
        *company.purchase_orders.values(),
    )
    if any(entry in document.entries() for document in documents):
        return True
    if any(entry in payment.refs.values() for payment in company.payments.values()):
        return True
    return any(_rests_on(other, entry) for kind in ListKind for other in company.lists.of(kind))


def _rests_on(other: ListEntry, entry: ListEntry) -> bool:
    return (
        other.sales_tax_code is entry
        or other.item_sales_tax is entry
        or entry in other.refs.values()
        or any(member.entry is entry for member in other.members)
    )
