"""The catalogue's rows for what an invoice needs in QuickBooks and QuickBooks does not give.

One such trouble stops every invoice that names the same thing, so the thing is named.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    COMPANY_PREFERENCES,
    FIND_INVOICE,
    INVOICE_GONE,
    MODE,
    NOT_PERMITTED,
    OTHER_TEXT,
    READ,
    RESYNC,
    Row,
    administrator,
    bookkeeper,
    in_short,
    missing,
    person,
    quickbooks_administrator,
    unconfirmed,
    verbatim,
)
from domain.issues import ObjectKind, Reach

_CUSTOMER = missing(
    ObjectKind.CUSTOMER,
    "CUSTOMER_MISSING",
    "The customer{name} is missing in QuickBooks, inactive there, or has another name.",
    bookkeeper(
        "Make the customer{name} active in QuickBooks, or create it under exactly this name."
    ),
    administrator("Or map the customer to the name that QuickBooks uses."),
    RESYNC,
)
_ITEM = missing(
    ObjectKind.ITEM,
    "ITEM_MISSING",
    "QuickBooks does not have the item{name}, or it is inactive there.",
    bookkeeper(
        "Make the item{name} active in QuickBooks, or create it under exactly this name"
        " (a material as a non-inventory part)."
    ),
    administrator("Or choose another item that QuickBooks has."),
    RESYNC,
)
_CLASS = missing(
    ObjectKind.CLASS,
    "CLASS_MISSING",
    "The class{name} of a business unit is missing in QuickBooks or inactive there.",
    bookkeeper("Create the class{name} in QuickBooks, or make it active."),
    administrator("Or choose another class in Settings > Business Units."),
    RESYNC,
)
_TAX_ITEM = missing(
    ObjectKind.SALES_TAX_ITEM,
    "TAX_ITEM_MISSING",
    "The sales tax item{name} of a tax zone is missing in QuickBooks or inactive there.",
    bookkeeper("Create the sales tax item{name} in QuickBooks, or make it active."),
    administrator("Or map the tax zone to another one in Settings > Tax Zones."),
    RESYNC,
)
_TAX_CODE = missing(
    ObjectKind.SALES_TAX_CODE,
    "TAX_ITEM_MISSING",
    "The sales tax code{name} of a task is missing in QuickBooks or inactive there.",
    bookkeeper("Create the sales tax code{name} in QuickBooks, or make it active."),
    RESYNC,
)
_SITE = missing(
    ObjectKind.INVENTORY_SITE,
    "SITE_MISSING",
    "The inventory site{name} of a truck or warehouse is missing in QuickBooks, or sites are turned"
    " off there.",
    bookkeeper("Create the site{name} in QuickBooks, or turn multiple inventory sites on."),
    administrator("Or choose another site in Settings > Inventory Locations."),
    RESYNC,
)
_ENTRY = missing(
    ObjectKind.ENTRY,
    "REFERENCE_MISSING",
    "The invoice names an entry{name} that QuickBooks does not have or has made inactive.",
    bookkeeper("Create it in QuickBooks under exactly this name, or make it active."),
    administrator("Or make the names in Instep and in QuickBooks equal."),
    RESYNC,
)
_REFERENCE = "There is an invalid reference to QuickBooks {} “…” in the Invoice."
_PARENT = "There is an invalid reference to a parent “…” in the {} list."


def _referred(kind: str, row: Row) -> Row:
    return verbatim(_REFERENCE.format(kind), row)


def _entry(about: ObjectKind) -> Row:
    return _referred("…", replace(_ENTRY, about=about))


_ENTRIES = (ObjectKind.TERMS, ObjectKind.SALES_REP, ObjectKind.ACCOUNT, ObjectKind.ENTRY)
_GONE = missing(
    ObjectKind.BY_ID,
    INVOICE_GONE,
    "QuickBooks no longer has the invoice, or something it names{name}: it was deleted, made"
    " inactive or entered anew.",
    *FIND_INVOICE,
    administrator("If it is a customer, an item or the like that is gone, map it anew."),
)
_FEATURE = missing(
    ObjectKind.FEATURE,
    "FEATURE_OFF",
    "The invoice needs something that is turned off in QuickBooks or missing in its edition:"
    " classes, sites, sales tax or price levels.",
    quickbooks_administrator("Turn it on in QuickBooks (Edit > Preferences)."),
    administrator("Or take the mapping out of Instep's settings."),
    RESYNC,
)
_ACCOUNT_MISSING = missing(
    ObjectKind.ITEM,
    "POSTING_ACCOUNT_MISSING",
    "An item of the invoice{name} lacks an account in QuickBooks; materials and equipment need one"
    " for cost of goods sold (COGS). It says: {says}",
    bookkeeper("Give the item{name} its accounts in QuickBooks."),
    RESYNC,
)
_ITEM_TYPE = missing(
    ObjectKind.ITEM,
    "ITEM_TYPE_NOT_ALLOWED",
    "QuickBooks does not allow an item{name} of this type on an invoice line. It says: {says}",
    administrator("Map it to an item of a type that QuickBooks allows there."),
    RESYNC,
)
_NO_APPLICATION_RIGHT = replace(
    NOT_PERMITTED,
    steps=(
        quickbooks_administrator(
            f"See in {COMPANY_PREFERENCES} what Instep is allowed; personal data only if needed."
        ),
        RESYNC,
    ),
    reach=Reach.INVOICE,
)
_READ_ONLY = person(
    "FILE_IS_READ_ONLY",
    "QuickBooks lets the company file, or this user, only be read. It says: {says}",
    quickbooks_administrator("Allow the company file and this user to be changed."),
    RESYNC,
    words=("read-only", "read only"),
)
_DIVIDING_DATE = person(
    "DIVIDING_DATE",
    "QuickBooks has an accountant's copy under way and refuses this change. It says: {says}",
    bookkeeper("Date the change after the dividing date of the accountant's copy."),
    RESYNC,
    words=("accountant", "dividing date"),
)
_BY_MODE = (
    in_short("An accountant's copy is under way.", _DIVIDING_DATE),
    in_short(
        "It needs single-user or multi-user mode.",
        replace(MODE, words=("user mode", "single-user", "multi-user"), reach=Reach.CONNECTION),
    ),
    in_short(OTHER_TEXT, MODE),
)

REFERENCE_ROWS: Mapping[int, tuple[Row, ...]] = {
    3120: (verbatim("Object “…” specified in the request cannot be found.", _GONE),),
    3130: (
        verbatim(_PARENT.format("Customers"), _CUSTOMER),
        in_short(_PARENT.format("Items"), _ITEM),
        in_short(_PARENT.format("Classes"), _CLASS),
        in_short(
            _PARENT.format("…"),
            missing(
                ObjectKind.ENTRY,
                "PARENT_MISSING",
                "The entry{name}, under which another one stands, is missing in QuickBooks.",
                bookkeeper("Create{name} in QuickBooks, or make it active."),
                RESYNC,
            ),
        ),
    ),
    3140: (
        _referred("Customer", _CUSTOMER),
        _referred("Item", _ITEM),
        _referred("Class", _CLASS),
        _referred("ItemSalesTax", _TAX_ITEM),
        _referred("Sales Tax Code", _TAX_CODE),
        in_short(_REFERENCE.format("Inventory Site"), _SITE),
        *(_entry(about) for about in _ENTRIES),
    ),
    3162: (in_short("It needs single-user mode.", MODE),),
    3250: (
        verbatim(
            "This feature is not enabled or not available in this version of QuickBooks.", _FEATURE
        ),
    ),
    3251: _BY_MODE,
    3252: _BY_MODE,
    3253: _BY_MODE,
    3260: (verbatim("Insufficient permission level to perform this action.", NOT_PERMITTED),),
    3261: (verbatim("The integrated application has no permission to ac…", _NO_APPLICATION_RIGHT),),
    3262: (in_short("Personal data may not be read.", _NO_APPLICATION_RIGHT),),
    3263: (
        unconfirmed("Read-only access.", _READ_ONLY),
        unconfirmed("Payroll data may not be read, or any other text.", _NO_APPLICATION_RIGHT),
    ),
    3270: (in_short("A posting account is missing.", _ACCOUNT_MISSING),),
    3280: (in_short("An item's type is not allowed here.", _ITEM_TYPE),),
    3300: (
        in_short(
            "A list is full.",
            person(
                "LIST_FULL",
                "A list of the company file is full. QuickBooks says: {says}",
                READ,
                quickbooks_administrator("Merge or delete entries that nobody uses."),
                RESYNC,
            ),
        ),
    ),
}
