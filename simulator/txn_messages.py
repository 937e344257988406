"""Payments, credit memos, purchase orders, deleting and voiding: elements, types and lengths.

Facts of the qbXML 13.0 message set, United States edition.
"""

from typing import Final

from simulator.elements import (
    ADDRESS,
    COUNTED,
    DATA_EXT,
    ITERATED,
    OWNERS,
    RET_ELEMENTS,
    SET_CREDIT,
    addition,
    alternating,
    enum,
    group,
    in_branch,
    leaf,
    many,
    ref,
    request,
    text,
)
from simulator.invoice_messages import (
    BY_TXN,
    GROUP_PARTS,
    HEADER_REST,
    HEADER_TOP,
    LINE_END,
    LINE_PRICE,
    LINE_TOP,
    TXN_FILTERS,
)

_VOIDABLE: Final = (
    *("ARRefundCreditCard", "Bill", "BillPaymentCheck", "BillPaymentCreditCard", "Charge", "Check"),
    *("CreditCardCharge", "CreditCardCredit", "CreditMemo", "Deposit", "InventoryAdjustment"),
    *("Invoice", "ItemReceipt", "JournalEntry", "SalesReceipt", "VendorCredit"),
)
_DELETABLE: Final = (
    *_VOIDABLE,
    *("BuildAssembly", "Estimate", "PurchaseOrder", "ReceivePayment", "SalesOrder"),
    *("SalesTaxPaymentCheck", "TimeTracking", "TransferInventory", "VehicleMileage"),
)

_PAYMENT_ADD: Final = addition(
    "ReceivePaymentAdd",
    ref("CustomerRef", 209, required=True),
    ref("ARAccountRef", 159),
    leaf("TxnDate", "date"),
    text("RefNumber", 20),
    leaf("TotalAmount", "amount"),
    leaf("ExchangeRate", "decimal"),
    ref("PaymentMethodRef", 31),
    text("Memo", 4095),
    ref("DepositToAccountRef", 159),
    leaf("ExternalGUID", "guid"),
    (
        leaf("IsAutoApply", "bool"),
        many(
            group(
                "AppliedToTxnAdd",
                leaf("TxnID", "id", required=True),
                leaf("PaymentAmount", "amount"),
                SET_CREDIT,
                leaf("DiscountAmount", "amount"),
                ref("DiscountAccountRef", 159),
                ref("DiscountClassRef", 159),
            )
        ),
    ),
)
_MEMO_LINE: Final = group("CreditMemoLineAdd", *LINE_TOP, *LINE_PRICE, *LINE_END, DATA_EXT)
_MEMO_ADD: Final = addition(
    "CreditMemoAdd",
    ref("CustomerRef", 209, required=True),
    *HEADER_TOP,
    *HEADER_REST,
    leaf("ExternalGUID", "guid"),
    alternating(_MEMO_LINE, group("CreditMemoLineGroupAdd", *GROUP_PARTS)),
)
_MEMO_LINE_MOD: Final = group(
    "CreditMemoLineMod",
    leaf("TxnLineID", "id", required=True),
    *LINE_TOP,
    ref("OverrideUOMSetRef", 31),
    *LINE_PRICE,
    *LINE_END,
)
_MEMO_MOD: Final = group(
    "CreditMemoMod",
    leaf("TxnID", "id", required=True),
    leaf("EditSequence", "text", 16, required=True),
    ref("CustomerRef", 209),
    *HEADER_TOP,
    *HEADER_REST,
    alternating(
        _MEMO_LINE_MOD,
        group(
            "CreditMemoLineGroupMod",
            leaf("TxnLineID", "id", required=True),
            ref("ItemGroupRef", 31),
            leaf("Quantity", "quantity"),
            text("UnitOfMeasure", 31),
            ref("OverrideUOMSetRef", 31),
            many(_MEMO_LINE_MOD),
        ),
    ),
    required=True,
)
_ORDER_LINE: Final = many(
    group(
        "PurchaseOrderLineAdd",
        ref("ItemRef"),
        text("ManufacturerPartNumber", 31),
        text("Desc", 4095),
        leaf("Quantity", "quantity"),
        text("UnitOfMeasure", 31),
        leaf("Rate", "price"),
        ref("ClassRef", 159),
        leaf("Amount", "amount"),
        ref("InventorySiteLocationRef", 31),
        ref("CustomerRef", 209),
        leaf("ServiceDate", "date"),
        ref("OverrideItemAccountRef", 159),
        text("Other1", 29),
        text("Other2", 29),
        DATA_EXT,
    )
)
_ORDER_ADD: Final = addition(
    "PurchaseOrderAdd",
    ref("VendorRef", 41, required=True),
    ref("ClassRef", 159),
    ref("InventorySiteRef", 31),
    ref("ShipToEntityRef", 209),
    ref("TemplateRef", 31),
    leaf("TxnDate", "date"),
    text("RefNumber", 11),
    group("VendorAddress", *ADDRESS),
    group("ShipAddress", *ADDRESS),
    ref("TermsRef", 31),
    leaf("DueDate", "date"),
    leaf("ExpectedDate", "date"),
    ref("ShipMethodRef", 15),
    text("FOB", 13),
    text("Memo", 4095),
    text("VendorMsg", 99),
    leaf("IsToBePrinted", "bool"),
    leaf("IsToBeEmailed", "bool"),
    text("Other1", 25),
    text("Other2", 29),
    leaf("ExchangeRate", "decimal"),
    leaf("ExternalGUID", "guid"),
    _ORDER_LINE,
)
_DATA_EXT_MOD: Final = group(
    "DataExtMod",
    leaf("OwnerID", "guid", required=True),
    text("DataExtName", 31, required=True),
    *in_branch(
        "list",
        enum("ListDataExtType", "Account", "Customer", "Employee", "Item", "OtherName", "Vendor"),
        ref("ListObjRef", 159),
    ),
    *in_branch(
        "transaction",
        enum("TxnDataExtType", "CreditMemo", "Invoice", "PurchaseOrder", "ReceivePayment"),
        leaf("TxnID", "id"),
        leaf("TxnLineID", "id"),
    ),
    *in_branch("other", enum("OtherDataExtType", "Company")),
    text("DataExtValue", required=True),
    required=True,
)

REQUESTS: Final = (
    request("ReceivePaymentAddRq", _PAYMENT_ADD, RET_ELEMENTS),
    request(
        "ReceivePaymentQueryRq",
        BY_TXN,
        *in_branch("filter", *TXN_FILTERS),
        leaf("IncludeLineItems", "bool"),
        RET_ELEMENTS,
        OWNERS,
        attributes=ITERATED,
    ),
    request("CreditMemoAddRq", _MEMO_ADD, RET_ELEMENTS),
    request("CreditMemoModRq", _MEMO_MOD, RET_ELEMENTS),
    request(
        "CreditMemoQueryRq",
        BY_TXN,
        *in_branch("filter", *TXN_FILTERS),
        leaf("IncludeLineItems", "bool"),
        leaf("IncludeLinkedTxns", "bool"),
        RET_ELEMENTS,
        OWNERS,
        attributes=ITERATED,
    ),
    request("PurchaseOrderAddRq", _ORDER_ADD, RET_ELEMENTS),
    request(
        "TxnDelRq",
        enum("TxnDelType", *_DELETABLE, required=True),
        leaf("TxnID", "id", required=True),
    ),
    request(
        "TxnVoidRq",
        enum("TxnVoidType", *_VOIDABLE, required=True),
        leaf("TxnID", "id", required=True),
    ),
    request(
        "TxnDeletedQueryRq",
        many(enum("TxnDelType", *_DELETABLE, required=True)),
        group(
            "DeletedDateRangeFilter",
            leaf("FromDeletedDate", "datetime"),
            leaf("ToDeletedDate", "datetime"),
        ),
        RET_ELEMENTS,
        attributes=COUNTED,
    ),
    request("DataExtModRq", _DATA_EXT_MOD),
)
