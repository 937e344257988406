"""InvoiceAdd, InvoiceMod and InvoiceQuery: their elements in order, with types and lengths.

Facts of the qbXML 13.0 message set, United States edition.
"""

from typing import Final

from simulator.elements import (
    ADDRESS,
    CRITERION,
    DATA_EXT,
    ITERATED,
    MODIFIED_FILTER,
    OWNERS,
    RET_ELEMENTS,
    SET_CREDIT,
    TXN_DATE_FILTER,
    addition,
    alternating,
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

HEADER_TOP: Final = (
    ref("ClassRef", 159),
    ref("ARAccountRef", 159),
    ref("TemplateRef", 31),
    leaf("TxnDate", "date"),
    text("RefNumber", 11),
    group("BillAddress", *ADDRESS),
    group("ShipAddress", *ADDRESS),
    leaf("IsPending", "bool"),
)
HEADER_REST: Final = (
    text("PONumber", 25),
    ref("TermsRef", 31),
    leaf("DueDate", "date"),
    ref("SalesRepRef", 5),
    text("FOB", 13),
    leaf("ShipDate", "date"),
    ref("ShipMethodRef", 15),
    ref("ItemSalesTaxRef", 31),
    text("Memo", 4095),
    ref("CustomerMsgRef", 101),
    leaf("IsToBePrinted", "bool"),
    leaf("IsToBeEmailed", "bool"),
    ref("CustomerSalesTaxCodeRef", 3),
    text("Other", 29),
    leaf("ExchangeRate", "decimal"),
)
SITES: Final = (ref("InventorySiteRef", 31), ref("InventorySiteLocationRef", 31))
LINE_TOP: Final = (
    ref("ItemRef"),
    text("Desc", 4095),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
)
LINE_PRICE: Final = (
    (leaf("Rate", "price"), leaf("RatePercent", "percent"), ref("PriceLevelRef", 31)),
    ref("ClassRef", 159),
    leaf("Amount", "amount"),
)
LINE_END: Final = (
    *SITES,
    (text("SerialNumber", 4095), text("LotNumber", 40)),
    leaf("ServiceDate", "date"),
    ref("SalesTaxCodeRef", 3),
    ref("OverrideItemAccountRef", 159),
    text("Other1", 29),
    text("Other2", 29),
)
_LINE_REST: Final = (
    *LINE_PRICE,
    enum("OptionForPriceRuleConflict", "Zero", "BasePrice"),
    *LINE_END,
)
_LINE_ID: Final = leaf("TxnLineID", "id", required=True)
_LINE_MOD: Final = group(
    "InvoiceLineMod", _LINE_ID, *LINE_TOP, ref("OverrideUOMSetRef", 31), *_LINE_REST
)
_LINE_ADD: Final = group(
    "InvoiceLineAdd",
    *LINE_TOP,
    *_LINE_REST,
    group("LinkToTxn", leaf("TxnID", "id", required=True), _LINE_ID),
    DATA_EXT,
)
_GROUP_MOD: Final = group(
    "InvoiceLineGroupMod",
    _LINE_ID,
    ref("ItemGroupRef", 31),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
    ref("OverrideUOMSetRef", 31),
    many(_LINE_MOD),
)
GROUP_PARTS: Final = (
    ref("ItemGroupRef", 31, required=True),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
    *SITES,
    DATA_EXT,
)


_INVOICE_ADD: Final = addition(
    "InvoiceAdd",
    ref("CustomerRef", 209, required=True),
    *HEADER_TOP,
    leaf("IsFinanceCharge", "bool"),
    *HEADER_REST,
    leaf("ExternalGUID", "guid"),
    many(leaf("LinkToTxnID", "id")),
    SET_CREDIT,
    alternating(_LINE_ADD, group("InvoiceLineGroupAdd", *GROUP_PARTS)),
)
_INVOICE_MOD: Final = group(
    "InvoiceMod",
    leaf("TxnID", "id", required=True),
    leaf("EditSequence", "text", 16, required=True),
    ref("CustomerRef", 209),
    *HEADER_TOP,
    *HEADER_REST,
    SET_CREDIT,
    alternating(_LINE_MOD, _GROUP_MOD),
    required=True,
)

#: How transactions that carry a number are found.
BY_TXN: Final = (
    many(leaf("TxnID", "id"), branch="TxnID"),
    many(text("RefNumber"), branch="RefNumber"),
    many(text("RefNumberCaseSensitive"), branch="RefNumberCaseSensitive"),
)
TXN_FILTERS: Final = (
    leaf("MaxReturned", "int"),
    (MODIFIED_FILTER, TXN_DATE_FILTER),
    filter_by_ref("EntityFilter"),
    filter_by_ref("AccountFilter"),
    (
        group("RefNumberFilter", CRITERION, text("RefNumber", required=True)),
        group("RefNumberRangeFilter", text("FromRefNumber"), text("ToRefNumber")),
    ),
    group("CurrencyFilter", (many(leaf("ListID", "id")), many(text("FullName", 64)))),
)

REQUESTS: Final = (
    request("InvoiceAddRq", _INVOICE_ADD, RET_ELEMENTS),
    request("InvoiceModRq", _INVOICE_MOD, RET_ELEMENTS),
    request(
        "InvoiceQueryRq",
        BY_TXN,
        *in_branch("filter", *TXN_FILTERS, enum("PaidStatus", "All", "PaidOnly", "NotPaidOnly")),
        leaf("IncludeLineItems", "bool"),
        leaf("IncludeLinkedTxns", "bool"),
        RET_ELEMENTS,
        OWNERS,
        attributes=ITERATED,
    ),
)
