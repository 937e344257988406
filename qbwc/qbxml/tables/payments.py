"""Payments received, and purchase orders."""

from decimal import Decimal
from typing import Final

from domain.limits import DESCRIPTION_LENGTH, MEMO_LENGTH, NUMBER_LENGTH
from domain.money import add_up
from domain.quickbooks import QuickBooksLine
from domain.quickbooks_transactions import (
    AppliedToTxn,
    PurchaseOrderAdd,
    PurchaseOrderLine,
    QuickBooksAppliedTo,
    QuickBooksOrder,
    QuickBooksPayment,
    ReceivePaymentAdd,
    ReceivePaymentMod,
)
from qbwc.qbxml.formats import (
    AMOUNT,
    BOOLEAN,
    DATE,
    GUID,
    IDENTIFIER,
    PRICE,
    QUANTITY,
    text,
)
from qbwc.qbxml.nodes import Aggregate, Leaf, Many, Misfit, Reference
from qbwc.qbxml.records import Field, Record, amount, day, flag, number, ref, word
from qbwc.qbxml.records import text as as_it_stands
from qbwc.qbxml.tables.sales import GROUP
from qbwc.qbxml.tables.shared import ACCOUNT, CLASS, CUSTOMER, EDIT_SEQUENCE, SITE, VENDOR

_PAYMENT_NUMBER, _PAYMENT_METHOD = 20, 31


def _applied(name: str) -> Aggregate[AppliedToTxn]:
    return Aggregate(
        name,
        (
            Leaf("TxnID", lambda it: it.txn_id, IDENTIFIER, "invoice", filled=True),
            Leaf("PaymentAmount", lambda it: it.amount, AMOUNT, "amount", filled=True),
        ),
    )


_APPLIED_ADD, _APPLIED_MOD = _applied("AppliedToTxnAdd"), _applied("AppliedToTxnMod")


def _check_applied(total: Decimal, applied: tuple[AppliedToTxn, ...] | None) -> None:
    if not applied:
        return
    if len({it.txn_id for it in applied}) < len(applied):
        raise Misfit("names one invoice twice", label="applied")
    if add_up(it.amount for it in applied if it.amount.is_finite()) > total:
        raise Misfit("applies more than it holds", label="applied")


def _check_add(add: ReceivePaymentAdd) -> None:
    if add.total.is_finite():
        _check_applied(add.total, add.applied)


def _check_mod(mod: ReceivePaymentMod) -> None:
    if isinstance(mod.total, Decimal) and mod.total.is_finite():
        _check_applied(mod.total, mod.applied)


RECEIVE_PAYMENT_ADD: Final[Aggregate[ReceivePaymentAdd]] = Aggregate(
    "ReceivePaymentAdd",
    (
        Reference("CustomerRef", lambda it: it.customer, CUSTOMER, "customer", filled=True),
        Reference("ARAccountRef", lambda it: it.ar_account, ACCOUNT, "ar_account"),
        Leaf("TxnDate", lambda it: it.date, DATE, "date", filled=True),
        Leaf("RefNumber", lambda it: it.number, text(_PAYMENT_NUMBER), "number"),
        Leaf("TotalAmount", lambda it: it.total, AMOUNT, "total", filled=True),
        Reference(
            "PaymentMethodRef",
            lambda it: it.payment_method,
            _PAYMENT_METHOD,
            "payment_method",
        ),
        Leaf("Memo", lambda it: it.memo, text(MEMO_LENGTH), "memo"),
        Reference(
            "DepositToAccountRef",
            lambda it: it.deposit_account,
            ACCOUNT,
            "deposit_account",
        ),
        Leaf(
            "ExternalGUID",
            lambda it: it.external_guid,
            GUID,
            since=(9, 0),
            optional=True,
        ),
        # Exactly one of the two: QuickBooks chooses the invoices, or is told to choose none; or
        # they are named.
        Leaf("IsAutoApply", lambda it: None if it.applied else it.applied is None, BOOLEAN),
        Many((_APPLIED_ADD,), lambda it: it.applied or None, lambda _: _APPLIED_ADD, "applied"),
    ),
    check=_check_add,
)

RECEIVE_PAYMENT_MOD: Final[Aggregate[ReceivePaymentMod]] = Aggregate(
    "ReceivePaymentMod",
    (
        Leaf("TxnID", lambda it: it.txn_id, IDENTIFIER, filled=True),
        Leaf(
            "EditSequence",
            lambda it: it.edit_sequence,
            text(EDIT_SEQUENCE),
            filled=True,
        ),
        Leaf("TxnDate", lambda it: it.date, DATE, "date", filled=True),
        Leaf("RefNumber", lambda it: it.number, text(_PAYMENT_NUMBER), "number"),
        Leaf("TotalAmount", lambda it: it.total, AMOUNT, "total", filled=True),
        Leaf("Memo", lambda it: it.memo, text(MEMO_LENGTH), "memo"),
        Many(
            (_APPLIED_MOD,),
            lambda it: it.applied,
            lambda _: _APPLIED_MOD,
            "applied",
            filled=True,
        ),
    ),
    check=_check_mod,
)

_ORDER_LINE: Final[Aggregate[PurchaseOrderLine]] = Aggregate(
    "PurchaseOrderLineAdd",
    (
        Reference("ItemRef", lambda line: line.item, None, "item", filled=True),
        Leaf("Desc", lambda line: line.description, text(DESCRIPTION_LENGTH), "description"),
        Leaf("Quantity", lambda line: line.quantity, QUANTITY, "quantity", filled=True),
        Leaf("Rate", lambda line: line.rate, PRICE, "unit_price", filled=True),
        Reference("ClassRef", lambda line: line.class_ref, CLASS, "business_unit"),
        Reference("CustomerRef", lambda line: line.customer, CUSTOMER, "customer"),
    ),
)

PURCHASE_ORDER_ADD: Final[Aggregate[PurchaseOrderAdd]] = Aggregate(
    "PurchaseOrderAdd",
    (
        Reference("VendorRef", lambda it: it.vendor, VENDOR, "vendor", filled=True),
        Reference("ClassRef", lambda it: it.class_ref, CLASS, "business_unit"),
        Reference(
            "InventorySiteRef",
            lambda it: it.site,
            SITE,
            "inventory_location",
            since=(10, 0),
        ),
        Leaf("TxnDate", lambda it: it.date, DATE, "date", filled=True),
        Leaf("RefNumber", lambda it: it.number, text(NUMBER_LENGTH), "number"),
        Leaf("ExpectedDate", lambda it: it.expected_date, DATE, "expected_date"),
        Leaf("Memo", lambda it: it.memo, text(MEMO_LENGTH), "memo"),
        Leaf(
            "ExternalGUID",
            lambda it: it.external_guid,
            GUID,
            since=(9, 0),
            optional=True,
        ),
        Many((_ORDER_LINE,), lambda it: it.lines, lambda _: _ORDER_LINE, "lines"),
    ),
)

# As QuickBooks returned them

_APPLIED_TO: Final = Record(
    QuickBooksAppliedTo,
    {
        "TxnID": Field("txn_id", word),
        "TxnType": Field("txn_type", word),
        "RefNumber": Field("number", word),
        "BalanceRemaining": Field("balance", amount),
        "Amount": Field("amount", amount),
    },
    required=("TxnID", "TxnType"),
)

RECEIVE_PAYMENT_RET: Final = Record(
    QuickBooksPayment,
    {
        "TxnID": Field("txn_id", word),
        "EditSequence": Field("edit_sequence", word),
        "CustomerRef": Field("customer", ref),
        "ARAccountRef": Field("ar_account", ref),
        "TxnDate": Field("date", day),
        "RefNumber": Field("number", word),
        "TotalAmount": Field("total", amount),
        "PaymentMethodRef": Field("payment_method", ref),
        "Memo": Field("memo", as_it_stands),
        "DepositToAccountRef": Field("deposit_account", ref),
        "UnusedPayment": Field("unused", amount),
        "ExternalGUID": Field("external_guid", word),
        "AppliedToTxnRet": Field("applied", _APPLIED_TO.read, repeats=True),
    },
    required=("TxnID", "EditSequence", "TxnDate", "TotalAmount"),
)

_ORDERED: Final = Record(
    QuickBooksLine,
    {
        "TxnLineID": Field("txn_line_id", word),
        "ItemRef": Field("item", ref),
        "Desc": Field("description", as_it_stands),
        "Quantity": Field("quantity", number),
        "Rate": Field("rate", number),
        "ClassRef": Field("class_ref", ref),
        "Amount": Field("amount", amount),
    },
    required=("TxnLineID",),
)

PURCHASE_ORDER_RET: Final = Record(
    QuickBooksOrder,
    {
        "TxnID": Field("txn_id", word),
        "EditSequence": Field("edit_sequence", word),
        "VendorRef": Field("vendor", ref),
        "ClassRef": Field("class_ref", ref),
        "InventorySiteRef": Field("site", ref),
        "TxnDate": Field("date", day),
        "RefNumber": Field("number", word),
        "ExpectedDate": Field("expected_date", day),
        "TotalAmount": Field("total", amount),
        "IsManuallyClosed": Field("is_manually_closed", flag),
        "IsFullyReceived": Field("is_fully_received", flag),
        "Memo": Field("memo", as_it_stands),
        "ExternalGUID": Field("external_guid", word),
        "PurchaseOrderLineRet": Field("lines", _ORDERED.read, repeats=True),
        "PurchaseOrderLineGroupRet": Field("lines", GROUP.read, repeats=True),
    },
    required=("TxnID", "EditSequence", "TxnDate"),
)
