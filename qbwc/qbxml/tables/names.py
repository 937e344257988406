"""People and small lists: customers, vendors, classes, sites, terms, tax codes, accounts."""

from functools import partial
from typing import Final

from domain.quickbooks_entries import (
    QuickBooksAccount,
    QuickBooksCustomer,
    QuickBooksEntry,
    QuickBooksTaxCode,
    QuickBooksTerms,
    QuickBooksVendor,
)
from domain.quickbooks_lists import (
    ClassAdd,
    CustomerAdd,
    CustomerMod,
    InventorySiteAdd,
    SalesTaxCodeAdd,
    StandardTermsAdd,
    VendorAdd,
)
from qbwc.qbxml.formats import BOOLEAN, GUID, IDENTIFIER, INTEGER, PERCENT, name, text
from qbwc.qbxml.nodes import Aggregate, Leaf, One, Reference
from qbwc.qbxml.records import Field, Record, flag, number, ref, whole, word
from qbwc.qbxml.records import text as as_it_stands
from qbwc.qbxml.tables.shared import (
    ADDRESS,
    EDIT_SEQUENCE,
    EMAIL,
    PHONE,
    SITE,
    TAX_CODE,
    TAX_ITEM,
    TERMS,
    address,
)

_NAME, _SHORT_NAME, _FIRST_NAME, _NOTES = 41, 31, 25, 4095
_BILL_ADDRESS, _SHIP_ADDRESS = address("BillAddress"), address("ShipAddress")
_VENDOR_ADDRESS = address("VendorAddress")

CUSTOMER_ADD: Final[Aggregate[CustomerAdd]] = Aggregate(
    "CustomerAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Reference("ParentRef", lambda it: it.parent, None, "parent"),
        Leaf("CompanyName", lambda it: it.company_name, text(_NAME), "company_name"),
        Leaf("FirstName", lambda it: it.first_name, text(_FIRST_NAME), "first_name"),
        Leaf("LastName", lambda it: it.last_name, text(_FIRST_NAME), "last_name"),
        One(_BILL_ADDRESS, lambda it: it.bill_address),
        One(_SHIP_ADDRESS, lambda it: it.ship_address),
        Leaf("Phone", lambda it: it.phone, text(PHONE), "phone"),
        Leaf("AltPhone", lambda it: it.alt_phone, text(PHONE), "alt_phone"),
        Leaf("Email", lambda it: it.email, text(EMAIL), "email"),
        Reference("TermsRef", lambda it: it.terms, TERMS, "terms"),
        Reference("SalesTaxCodeRef", lambda it: it.tax_code, TAX_CODE, "tax_code"),
        Reference("ItemSalesTaxRef", lambda it: it.tax_item, TAX_ITEM, "tax_zone"),
        Leaf("Notes", lambda it: it.notes, text(_NOTES), "notes"),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
)

CUSTOMER_MOD: Final[Aggregate[CustomerMod]] = Aggregate(
    "CustomerMod",
    (
        Leaf("ListID", lambda it: it.list_id, IDENTIFIER, filled=True),
        Leaf("EditSequence", lambda it: it.edit_sequence, text(EDIT_SEQUENCE), filled=True),
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Leaf("IsActive", lambda it: it.is_active, BOOLEAN, "is_active", filled=True),
        Leaf("CompanyName", lambda it: it.company_name, text(_NAME), "company_name"),
        Leaf("FirstName", lambda it: it.first_name, text(_FIRST_NAME), "first_name"),
        Leaf("LastName", lambda it: it.last_name, text(_FIRST_NAME), "last_name"),
        One(_BILL_ADDRESS, lambda it: it.bill_address),
        One(_SHIP_ADDRESS, lambda it: it.ship_address),
        Leaf("Phone", lambda it: it.phone, text(PHONE), "phone"),
        Leaf("AltPhone", lambda it: it.alt_phone, text(PHONE), "alt_phone"),
        Leaf("Email", lambda it: it.email, text(EMAIL), "email"),
        Reference("TermsRef", lambda it: it.terms, TERMS, "terms", clears=True),
        Reference("SalesTaxCodeRef", lambda it: it.tax_code, TAX_CODE, "tax_code", filled=True),
        Reference("ItemSalesTaxRef", lambda it: it.tax_item, TAX_ITEM, "tax_zone", clears=True),
    ),
)

VENDOR_ADD: Final[Aggregate[VendorAdd]] = Aggregate(
    "VendorAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Leaf("CompanyName", lambda it: it.company_name, text(_NAME), "company_name"),
        Leaf("FirstName", lambda it: it.first_name, text(_FIRST_NAME), "first_name"),
        Leaf("LastName", lambda it: it.last_name, text(_FIRST_NAME), "last_name"),
        One(_VENDOR_ADDRESS, lambda it: it.address),
        Leaf("Phone", lambda it: it.phone, text(PHONE), "phone"),
        Leaf("Email", lambda it: it.email, text(EMAIL), "email"),
        Reference("TermsRef", lambda it: it.terms, TERMS, "terms"),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
)

CLASS_ADD: Final[Aggregate[ClassAdd]] = Aggregate(
    "ClassAdd",
    (
        Leaf("Name", lambda it: it.name, name(_SHORT_NAME), "name", filled=True),
        Reference("ParentRef", lambda it: it.parent, None, "parent"),
    ),
)

INVENTORY_SITE_ADD: Final[Aggregate[InventorySiteAdd]] = Aggregate(
    "InventorySiteAdd",
    (
        Leaf("Name", lambda it: it.name, name(_SHORT_NAME), "name", filled=True),
        Reference("ParentSiteRef", lambda it: it.parent, SITE, "parent", since=(12, 0)),
        Leaf("SiteDesc", lambda it: it.description, text(100), "description"),
    ),
)

SALES_TAX_CODE_ADD: Final[Aggregate[SalesTaxCodeAdd]] = Aggregate(
    "SalesTaxCodeAdd",
    (
        Leaf("Name", lambda it: it.name, name(TAX_CODE), "name", filled=True),
        Leaf("IsTaxable", lambda it: it.is_taxable, BOOLEAN, "is_taxable", filled=True),
        Leaf("Desc", lambda it: it.description, text(31), "description"),
    ),
)

STANDARD_TERMS_ADD: Final[Aggregate[StandardTermsAdd]] = Aggregate(
    "StandardTermsAdd",
    (
        Leaf("Name", lambda it: it.name, name(_SHORT_NAME), "name", filled=True),
        Leaf("StdDueDays", lambda it: it.due_days, INTEGER, "due_days"),
        Leaf("StdDiscountDays", lambda it: it.discount_days, INTEGER, "discount_days"),
        Leaf("DiscountPct", lambda it: it.discount_percent, PERCENT, "discount_percent"),
    ),
)

# As QuickBooks returned them

_ENTRY: Final = {
    "ListID": Field("list_id", word),
    "EditSequence": Field("edit_sequence", word),
    "Name": Field("name", word),
    "IsActive": Field("is_active", flag),
}
_CALLED: Final = ("ListID", "EditSequence", "Name")
_PERSON: Final = {
    **_ENTRY,
    "CompanyName": Field("company_name", word),
    "FirstName": Field("first_name", word),
    "LastName": Field("last_name", word),
    "Phone": Field("phone", word),
    "Email": Field("email", word),
    "TermsRef": Field("terms", ref),
    "ExternalGUID": Field("external_guid", word),
}
_TREE: Final = {
    **_ENTRY,
    "FullName": Field("full_name", word),
    "ParentRef": Field("parent", ref),
}

CUSTOMER_RET: Final = Record(
    QuickBooksCustomer,
    {
        **_TREE,
        **_PERSON,
        "BillAddress": Field("bill_address", ADDRESS.read),
        "ShipAddress": Field("ship_address", ADDRESS.read),
        "AltPhone": Field("alt_phone", word),
        "SalesTaxCodeRef": Field("tax_code", ref),
        "ItemSalesTaxRef": Field("tax_item", ref),
        "Notes": Field("notes", as_it_stands),
    },
    (*_CALLED, "FullName"),
)
VENDOR_RET: Final = Record(
    QuickBooksVendor, {**_PERSON, "VendorAddress": Field("address", ADDRESS.read)}, _CALLED
)
ACCOUNT_RET: Final = Record(
    QuickBooksAccount,
    {**_TREE, "AccountType": Field("type", word), "AccountNumber": Field("number", word)},
    (*_CALLED, "FullName", "AccountType"),
)
CLASS_RET: Final = Record(partial(QuickBooksEntry, kind="ClassRet"), _TREE, _CALLED)
INVENTORY_SITE_RET: Final = Record(
    partial(QuickBooksEntry, kind="InventorySiteRet"),
    {**_ENTRY, "ParentSiteRef": Field("parent", ref)},
    ("ListID", "EditSequence"),
)
SALES_TAX_CODE_RET: Final = Record(
    QuickBooksTaxCode,
    {
        **_ENTRY,
        "IsTaxable": Field("is_taxable", flag),
        "Desc": Field("description", word),
    },
    (*_CALLED, "IsTaxable"),
)
STANDARD_TERMS_RET: Final = Record(
    QuickBooksTerms,
    {
        **_ENTRY,
        "StdDueDays": Field("due_days", whole),
        "StdDiscountDays": Field("discount_days", whole),
        "DiscountPct": Field("discount_percent", number),
    },
    _CALLED,
)
DATE_DRIVEN_TERMS_RET: Final = Record(
    partial(QuickBooksEntry, kind="DateDrivenTermsRet"), _ENTRY, _CALLED
)
