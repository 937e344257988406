"""List entries as CustomerRet, ItemServiceRet and so on: the order of qbXML 13.0."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.figures import ZERO, amount_text, price_text
from simulator.headers import printed
from simulator.lists import ListEntry, ListKind
from simulator.writing import put, put_all, put_flag, put_moment, put_ref

_FLAT_ITEMS: Final = frozenset({"SalesTax", "SalesTaxGroup", "Subtotal", "Group"})
_NAMES: Final[Mapping[ListKind, str]] = {
    ListKind.CUSTOMER: "CustomerRet",
    ListKind.CLASS: "ClassRet",
    ListKind.ACCOUNT: "AccountRet",
    ListKind.TERMS: "StandardTermsRet",
    ListKind.SALES_TAX_CODE: "SalesTaxCodeRet",
    ListKind.INVENTORY_SITE: "InventorySiteRet",
}
_ADDRESS: Final = (
    *("Addr1", "Addr2", "Addr3", "Addr4", "Addr5", "City", "State", "PostalCode", "Country"),
    "Note",
)
_PERSON: Final = (
    *("CompanyName", "Salutation", "FirstName", "MiddleName", "LastName", "JobTitle"),
)
_CONTACT: Final = ("Phone", "AltPhone", "Fax", "Email", "Cc", "Contact", "AltContact")


def list_ret(company: CompanyFile, entry: ListEntry) -> etree._Element:
    """Return the entry under the name of its list, or of its type of item."""
    name = _NAMES.get(entry.kind, f"Item{entry.item_type}Ret")
    has_path = entry.item_type not in _FLAT_ITEMS and entry.kind in {
        *(ListKind.CUSTOMER, ListKind.CLASS, ListKind.ACCOUNT, ListKind.ITEM),
    }
    ret = _begin(name, entry, has_path=has_path)
    match entry.kind:
        case ListKind.CUSTOMER:
            _put_customer(ret, entry, company)
        case ListKind.CLASS:
            _put_parent(ret, entry)
        case ListKind.ACCOUNT:
            _put_account(ret, entry)
        case ListKind.TERMS:
            put_all(ret, entry.values, "StdDueDays", "StdDiscountDays", "DiscountPct")
        case ListKind.SALES_TAX_CODE:
            put_flag(ret, "IsTaxable", value=entry.is_taxable)
            _put_text(ret, "Desc", entry.description)
        case ListKind.INVENTORY_SITE:
            _put_site(ret, entry)
        case _:
            _put_item(ret, entry)
    return ret


def _begin(name: str, entry: ListEntry, *, has_path: bool) -> etree._Element:
    ret = etree.Element(name)
    put(ret, "ListID", entry.list_id)
    put_moment(ret, "TimeCreated", entry.created)
    put_moment(ret, "TimeModified", entry.modified or entry.created)
    put(ret, "EditSequence", entry.edit_sequence)
    put(ret, "Name", entry.name)
    if has_path:
        put(ret, "FullName", entry.full_name)
    put_all(ret, entry.values, "BarCodeValue")
    put_flag(ret, "IsActive", value=entry.is_active)
    return ret


def _put_parent(ret: etree._Element, entry: ListEntry) -> None:
    if entry.parent_name:
        put(etree.SubElement(ret, "ParentRef"), "FullName", entry.parent_name)
    put(ret, "Sublevel", str(entry.full_name.count(":")))


def _put_text(ret: etree._Element, name: str, text: str) -> None:
    if text:
        put(ret, name, text)


def _put_customer(ret: etree._Element, entry: ListEntry, company: CompanyFile) -> None:
    put_ref(ret, "ClassRef", entry.refs.get("ClassRef"))
    _put_parent(ret, entry)
    values = {**entry.values, **({"Email": entry.email} if entry.email else {})}
    put_all(ret, values, *_PERSON)
    for name in ("BillAddress", "ShipAddress"):
        _put_address(ret, name, entry)
    put_all(ret, values, *_CONTACT)
    for name in ("TermsRef", "SalesRepRef"):
        put_ref(ret, name, entry.refs.get(name))
    invoices = [each for each in company.invoices.values() if "CustomerRef" in each.refs]
    own = [each for each in invoices if each.refs["CustomerRef"] is entry]
    path = f"{entry.full_name}:"
    below = [each for each in invoices if each.refs["CustomerRef"].full_name.startswith(path)]
    balance = sum((each.balance_remaining for each in own), ZERO)
    put(ret, "Balance", amount_text(balance))
    total = sum((each.balance_remaining for each in below), balance)
    put(ret, "TotalBalance", amount_text(total))
    put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
    put_ref(ret, "ItemSalesTaxRef", entry.item_sales_tax)
    put_all(ret, values, "ResaleNumber", "AccountNumber", "CreditLimit", "JobStatus")
    put_all(ret, values, "JobStartDate", "JobProjectedEndDate", "JobEndDate", "JobDesc", "Notes")
    put_all(ret, values, "PreferredDeliveryMethod", "ExternalGUID")


def _put_address(ret: etree._Element, name: str, entry: ListEntry) -> None:
    address = entry.addresses.get(name)
    if not address:
        return
    put_all(etree.SubElement(ret, name), address, *_ADDRESS)
    block = etree.SubElement(ret, f"{name}Block")
    for number, line in enumerate(printed(address), 1):
        put(block, f"Addr{number}", line)


def _put_account(ret: etree._Element, entry: ListEntry) -> None:
    _put_parent(ret, entry)
    put(ret, "AccountType", entry.account_type)
    _put_text(ret, "Desc", entry.description)


def _put_site(ret: etree._Element, entry: ListEntry) -> None:
    put_ref(ret, "ParentSiteRef", entry.refs.get("ParentSiteRef"))
    put_all(ret, entry.values, "SiteDesc", "Contact", "Phone", "Fax", "Email")
    _put_address(ret, "SiteAddress", entry)


def _put_item(ret: etree._Element, entry: ListEntry) -> None:
    put_ref(ret, "ClassRef", entry.refs.get("ClassRef"))
    match entry.item_type:
        case "SalesTax" | "SalesTaxGroup" | "Subtotal" | "Group":
            _put_flat_item(ret, entry)
        case "Discount":
            _put_parent(ret, entry)
            _put_discount(ret, entry)
        case "Inventory":
            _put_parent(ret, entry)
            put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
            _put_inventory(ret, entry)
        case _:
            _put_parent(ret, entry)
            put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
            _put_sold(ret, entry)
    put_all(ret, entry.values, "ExternalGUID")


def _put_sold(ret: etree._Element, entry: ListEntry) -> None:
    if "IncomeAccountRef" in entry.refs:
        _put_both(etree.SubElement(ret, "SalesAndPurchase"), entry, "ExpenseAccountRef")
        return
    sale = etree.SubElement(ret, "SalesOrPurchase")
    _put_text(sale, "Desc", entry.description)
    if entry.price is not None:
        put(sale, "Price", price_text(entry.price))
    put_ref(sale, "AccountRef", entry.refs.get("AccountRef"))


def _put_both(ret: etree._Element, entry: ListEntry, *accounts: str) -> None:
    _put_text(ret, "SalesDesc", entry.description)
    if entry.price is not None:
        put(ret, "SalesPrice", price_text(entry.price))
    put_ref(ret, "IncomeAccountRef", entry.refs.get("IncomeAccountRef"))
    put_all(ret, entry.values, "PurchaseDesc", "PurchaseCost")
    for name in accounts:
        put_ref(ret, name, entry.refs.get(name))
    put_ref(ret, "PrefVendorRef", entry.refs.get("PrefVendorRef"))


def _put_inventory(ret: etree._Element, entry: ListEntry) -> None:
    _put_both(ret, entry, "COGSAccountRef")
    put_ref(ret, "AssetAccountRef", entry.refs.get("AssetAccountRef"))
    put_all(ret, entry.values, "ReorderPoint", "Max", "QuantityOnHand")


def _put_discount(ret: etree._Element, entry: ListEntry) -> None:
    _put_text(ret, "ItemDesc", entry.description)
    put_ref(ret, "SalesTaxCodeRef", entry.sales_tax_code)
    if entry.percent is not None:
        put(ret, "DiscountRatePercent", price_text(entry.percent))
    elif entry.price is not None:
        put(ret, "DiscountRate", price_text(entry.price))
    put_ref(ret, "AccountRef", entry.refs.get("AccountRef"))


def _put_flat_item(ret: etree._Element, entry: ListEntry) -> None:
    _put_text(ret, "ItemDesc", entry.description)
    if entry.item_type == "SalesTax" and entry.percent is not None:
        put(ret, "TaxRate", price_text(entry.percent))
        put_ref(ret, "TaxVendorRef", entry.refs.get("TaxVendorRef"))
    if entry.item_type == "SalesTaxGroup":
        for member in entry.members:
            put_ref(ret, "ItemSalesTaxRef", member.entry)
