"""Adding, changing, finding and deleting list entries: elements in order, types and lengths.

Facts of the qbXML 13.0 message set, United States edition.
"""

from typing import Final

from simulator.elements import (
    ADDRESS,
    COUNTED,
    CRITERION,
    ITERATED,
    OWNERS,
    RET_ELEMENTS,
    Node,
    Part,
    addition,
    enum,
    filter_by_ref,
    group,
    in_branch,
    leaf,
    many,
    ref,
    request,
    text,
)

_NAME: Final = text("Name", 31, required=True)
_ACTIVE: Final = leaf("IsActive", "bool")
_CLASS: Final = ref("ClassRef", 159)
_PARENT: Final = ref("ParentRef")
_TAX_CODE: Final = ref("SalesTaxCodeRef", 3)
_GUID: Final = leaf("ExternalGUID", "guid")
_UNITS: Final = ref("UnitOfMeasureSetRef", 31)
_PART_NUMBER: Final = text("ManufacturerPartNumber", 31)
_BAR_CODE: Final = group(
    "BarCode",
    text("BarCodeValue", 50),
    leaf("AssignEvenIfUsed", "bool"),
    leaf("AllowOverride", "bool"),
)
_OTHER_CONTACT: Final = many(
    group(
        "AdditionalContactRef",
        text("ContactName", 40, required=True),
        text("ContactValue", 255, required=True),
    )
)
_PERSON: Final = (
    text("Salutation", 15),
    text("FirstName", 25),
    text("MiddleName", 5),
    text("LastName", 25),
    text("JobTitle", 41),
)
_CUSTOMER_TOP: Final = (
    _ACTIVE,
    _CLASS,
    _PARENT,
    text("CompanyName", 41),
    *_PERSON,
    group("BillAddress", *ADDRESS),
    group("ShipAddress", *ADDRESS),
    many(
        group(
            "ShipToAddress",
            text("Name", 41, required=True),
            *ADDRESS,
            leaf("DefaultShipTo", "bool"),
        )
    ),
    text("Phone", 21),
    text("AltPhone", 21),
    text("Fax", 21),
    text("Email", 1023),
    text("Cc", 1023),
    text("Contact", 41),
    text("AltContact", 41),
    _OTHER_CONTACT,
)
_CUSTOMER_TERMS: Final = (ref("CustomerTypeRef", 159), ref("TermsRef", 31), ref("SalesRepRef", 5))
_CUSTOMER_MIDDLE: Final = (
    _TAX_CODE,
    ref("ItemSalesTaxRef", 31),
    text("ResaleNumber", 15),
    text("AccountNumber", 99),
    leaf("CreditLimit", "amount"),
    ref("PreferredPaymentMethodRef", 31),
    group(
        "CreditCardInfo",
        text("CreditCardNumber", 25),
        leaf("ExpirationMonth", "int"),
        leaf("ExpirationYear", "int"),
        text("NameOnCard", 41),
        text("CreditCardAddress", 41),
        text("CreditCardPostalCode", 41),
    ),
    enum("JobStatus", "Awarded", "Closed", "InProgress", "None", "NotAwarded", "Pending"),
    leaf("JobStartDate", "date"),
    leaf("JobProjectedEndDate", "date"),
    leaf("JobEndDate", "date"),
    text("JobDesc", 99),
    ref("JobTypeRef", 159),
    text("Notes", 4095),
)
_CUSTOMER_END: Final = (
    enum("PreferredDeliveryMethod", "None", "Email", "Fax"),
    ref("PriceLevelRef", 31),
)
_CURRENCY: Final = ref("CurrencyRef", 64)
_CUSTOMER_ADD: Final = addition(
    "CustomerAdd",
    text("Name", 41, required=True),
    *_CUSTOMER_TOP,
    many(group("Contacts", *_PERSON, _OTHER_CONTACT)),
    *_CUSTOMER_TERMS,
    leaf("OpenBalance", "amount"),
    leaf("OpenBalanceDate", "date"),
    *_CUSTOMER_MIDDLE,
    many(group("AdditionalNotes", text("Note", 4095, required=True))),
    *_CUSTOMER_END,
    _GUID,
    _CURRENCY,
)
_IDENTITY: Final = (
    leaf("ListID", "id", required=True),
    text("EditSequence", 16, required=True),
)
_CUSTOMER_MOD: Final = group(
    "CustomerMod",
    *_IDENTITY,
    text("Name", 41),
    *_CUSTOMER_TOP,
    many(group("ContactsMod", *_IDENTITY, *_PERSON, _OTHER_CONTACT)),
    *_CUSTOMER_TERMS,
    *_CUSTOMER_MIDDLE,
    many(
        group(
            "AdditionalNotesMod",
            leaf("NoteID", "int", required=True),
            text("Note", 4095, required=True),
        )
    ),
    *_CUSTOMER_END,
    _CURRENCY,
    required=True,
)

_PURCHASE: Final = (
    text("PurchaseDesc", 4095),
    leaf("PurchaseCost", "price"),
)
_SALE: Final = (
    text("SalesDesc", 4095),
    leaf("SalesPrice", "price"),
    ref("IncomeAccountRef", 159),
)
#: An item is either sold or bought in one way, or both in two.
_SOLD: Final = (
    group(
        "SalesOrPurchase",
        text("Desc", 4095),
        (leaf("Price", "price"), leaf("PricePercent", "percent")),
        ref("AccountRef", 159),
    ),
    group(
        "SalesAndPurchase",
        *_SALE,
        *_PURCHASE,
        ref("ExpenseAccountRef", 159),
        ref("PrefVendorRef", 41),
    ),
)


def _item_add(kind: str, *parts: Part) -> Node:
    body = addition(f"Item{kind}Add", _NAME, _BAR_CODE, _ACTIVE, *parts)
    return request(f"Item{kind}AddRq", body, RET_ELEMENTS)


_ITEM_ADDS: Final = (
    _item_add("Service", _CLASS, _PARENT, _UNITS, _TAX_CODE, _SOLD, _GUID),
    _item_add("NonInventory", _PARENT, _CLASS, _PART_NUMBER, _UNITS, _TAX_CODE, _SOLD, _GUID),
    _item_add(
        *("Inventory", _CLASS, _PARENT, _PART_NUMBER, _UNITS, _TAX_CODE, *_SALE, *_PURCHASE),
        ref("COGSAccountRef", 159),
        ref("PrefVendorRef", 41),
        ref("AssetAccountRef", 159),
        leaf("ReorderPoint", "quantity"),
        leaf("Max", "quantity"),
        leaf("QuantityOnHand", "quantity"),
        leaf("TotalValue", "amount"),
        leaf("InventoryDate", "date"),
        _GUID,
    ),
    _item_add("OtherCharge", _CLASS, _PARENT, _TAX_CODE, _SOLD, _GUID),
    _item_add(
        *("Discount", _CLASS, _PARENT, text("ItemDesc", 4095), _TAX_CODE),
        (leaf("DiscountRate", "price"), leaf("DiscountRatePercent", "percent")),
        ref("AccountRef", 159),
        _GUID,
    ),
    _item_add("Subtotal", text("ItemDesc", 4095), _GUID),
    _item_add(
        *("SalesTax", _CLASS, text("ItemDesc", 4095), leaf("TaxRate", "percent")),
        ref("TaxVendorRef", 41),
        _GUID,
    ),
    _item_add(
        *("SalesTaxGroup", text("ItemDesc", 4095), _GUID),
        many(ref("ItemSalesTaxRef", 31, required=True)),
    ),
)


def _list_query(name: str, *more: Part, owners: bool = True, attributes: tuple[str, ...]) -> Node:
    return request(
        name,
        (
            many(leaf("ListID", "id"), branch="ListID"),
            many(text("FullName"), branch="FullName"),
        ),
        *in_branch(
            "filter",
            *(() if name == "InventorySiteQueryRq" else (leaf("MaxReturned", "int"),)),
            enum("ActiveStatus", "ActiveOnly", "InactiveOnly", "All"),
            leaf("FromModifiedDate", "datetime"),
            leaf("ToModifiedDate", "datetime"),
            (
                group("NameFilter", CRITERION, text("Name", required=True)),
                group("NameRangeFilter", text("FromName"), text("ToName")),
            ),
            *more,
        ),
        RET_ELEMENTS,
        *((OWNERS,) if owners else ()),
        attributes=attributes,
    )


_CURRENCY_FILTER: Final = group(
    "CurrencyFilter", (many(leaf("ListID", "id")), many(text("FullName", 64)))
)
_ITEM_KINDS: Final = (
    *("Service", "NonInventory", "Inventory", "OtherCharge", "Discount", "Subtotal", "Group"),
    *("SalesTax", "SalesTaxGroup"),
)
_ACCOUNT_TYPES: Final = (
    *("AccountsPayable", "AccountsReceivable", "Bank", "CostOfGoodsSold", "CreditCard", "Equity"),
    *("Expense", "FixedAsset", "Income", "LongTermLiability", "NonPosting", "OtherAsset"),
    *("OtherCurrentAsset", "OtherCurrentLiability", "OtherExpense", "OtherIncome"),
)
_QUERIES: Final = (
    _list_query(
        "CustomerQueryRq",
        group(
            "TotalBalanceFilter",
            enum(
                "Operator",
                *("LessThan", "LessThanEqual", "Equal", "GreaterThan", "GreaterThanEqual"),
                required=True,
            ),
            leaf("Amount", "amount", required=True),
        ),
        _CURRENCY_FILTER,
        filter_by_ref("ClassFilter"),
        attributes=ITERATED,
    ),
    _list_query("ItemQueryRq", attributes=ITERATED),
    *(_list_query(f"Item{kind}QueryRq", attributes=ITERATED) for kind in _ITEM_KINDS),
    _list_query(
        "AccountQueryRq",
        many(enum("AccountType", *_ACCOUNT_TYPES)),
        _CURRENCY_FILTER,
        attributes=COUNTED,
    ),
    *(
        _list_query(name, owners=name == "ClassQueryRq", attributes=COUNTED)
        for name in ("ClassQueryRq", "SalesTaxCodeQueryRq", "TermsQueryRq", "InventorySiteQueryRq")
    ),
)
_LISTS: Final = (
    *("Account", "BillingRate", "Class", "Currency", "Customer", "CustomerMsg", "CustomerType"),
    *("DateDrivenTerms", "Employee", "InventorySite", "ItemDiscount", "ItemFixedAsset"),
    *("ItemGroup", "ItemInventory", "ItemInventoryAssembly", "ItemNonInventory"),
    *("ItemOtherCharge", "ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup", "ItemService"),
    *("ItemSubtotal", "JobType", "OtherName", "PaymentMethod", "PayrollItemNonWage"),
    *("PayrollItemWage", "PriceLevel", "SalesRep", "SalesTaxCode", "ShipMethod"),
    *("StandardTerms", "ToDo", "UnitOfMeasureSet", "Vehicle", "Vendor", "VendorType"),
    "WorkersCompCode",
)

REQUESTS: Final = (
    request("CustomerAddRq", _CUSTOMER_ADD, RET_ELEMENTS),
    request("CustomerModRq", _CUSTOMER_MOD, RET_ELEMENTS),
    *_ITEM_ADDS,
    request(
        "SalesTaxCodeAddRq",
        addition(
            "SalesTaxCodeAdd",
            text("Name", 3, required=True),
            _ACTIVE,
            leaf("IsTaxable", "bool", required=True),
            text("Desc", 31),
        ),
        RET_ELEMENTS,
    ),
    request("ClassAddRq", addition("ClassAdd", _NAME, _ACTIVE, _PARENT), RET_ELEMENTS),
    request(
        "InventorySiteAddRq",
        addition(
            "InventorySiteAdd",
            _NAME,
            _ACTIVE,
            ref("ParentSiteRef", 31),
            text("SiteDesc", 100),
            text("Contact", 41),
            text("Phone", 21),
            text("Fax", 21),
            text("Email", 1023),
            group("SiteAddress", *ADDRESS[:-1]),
        ),
        RET_ELEMENTS,
    ),
    request(
        "StandardTermsAddRq",
        addition(
            "StandardTermsAdd",
            _NAME,
            _ACTIVE,
            leaf("StdDueDays", "int"),
            leaf("StdDiscountDays", "int"),
            leaf("DiscountPct", "percent"),
        ),
        RET_ELEMENTS,
    ),
    *_QUERIES,
    request(
        "ListDelRq",
        enum("ListDelType", *_LISTS, required=True),
        leaf("ListID", "id", required=True),
    ),
)
