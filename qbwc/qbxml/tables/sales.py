"""Invoices and credit memos, which have the same elements under other names."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

from domain.edits import UNSET, Unset
from domain.limits import DESCRIPTION_LENGTH, MEMO_LENGTH, NUMBER_LENGTH
from domain.quickbooks import (
    NEW_LINE,
    InvoiceAdd,
    InvoiceMod,
    LineMod,
    QuickBooksInvoice,
    QuickBooksLine,
    QuickBooksLinkedTxn,
    Ref,
    WantedInvoice,
    WantedLine,
)
from domain.quickbooks_transactions import CreditMemoAdd, CreditMemoMod, QuickBooksCreditMemo
from qbwc.qbxml.formats import AMOUNT, DATE, GUID, IDENTIFIER, PRICE, QUANTITY, text
from qbwc.qbxml.nodes import Aggregate, Leaf, Many, Misfit, One, Reference
from qbwc.qbxml.records import Field, Record, amount, day, number, ref, word
from qbwc.qbxml.records import text as as_it_stands
from qbwc.qbxml.tables.shared import (
    ACCOUNT,
    CLASS,
    CUSTOMER,
    EDIT_SEQUENCE,
    SITE,
    TAX_CODE,
    TAX_ITEM,
    TERMS,
)

# To add


def _line_add(name: str) -> Aggregate[WantedLine]:
    return Aggregate(
        name,
        (
            Reference("ItemRef", lambda line: line.item, None, "item", filled=True),
            # Sent even when empty: without it QuickBooks fills in the item's own description.
            Leaf("Desc", lambda line: line.description, text(DESCRIPTION_LENGTH), "description"),
            Leaf("Quantity", _quantity_of, QUANTITY, "quantity"),
            Leaf("Rate", lambda line: line.rate, PRICE, "unit_price", filled=True),
            Reference("ClassRef", lambda line: line.class_ref, CLASS, "business_unit"),
            Reference(
                "InventorySiteRef",
                lambda line: line.site,
                SITE,
                "inventory_location",
                since=(10, 0),
            ),
            Reference(
                "SalesTaxCodeRef", lambda line: line.tax_code, TAX_CODE, "taxable", filled=True
            ),
        ),
    )


def _quantity_of(line: WantedLine) -> Decimal | None:
    return None if line.is_discount else line.quantity


def _add(name: str) -> Aggregate[WantedInvoice]:
    line = _line_add(f"{name}LineAdd")
    return Aggregate(
        f"{name}Add",
        (
            Reference("CustomerRef", lambda it: it.customer, CUSTOMER, "customer", filled=True),
            Reference("ClassRef", lambda it: it.class_ref, CLASS, "business_unit"),
            Reference("ARAccountRef", lambda it: it.ar_account, ACCOUNT, "ar_account"),
            Leaf("TxnDate", lambda it: it.date, DATE, "date", filled=True),
            Leaf("RefNumber", lambda it: it.number, text(NUMBER_LENGTH), "number", filled=True),
            Reference("TermsRef", lambda it: it.terms, TERMS, "terms"),
            Leaf("DueDate", lambda it: it.due_date, DATE, "due_date"),
            Reference("ItemSalesTaxRef", lambda it: it.tax_item, TAX_ITEM, "tax_zone"),
            Leaf("Memo", lambda it: it.memo, text(MEMO_LENGTH), "memo"),
            # Where it is too new, a lost Add is looked for by number, date and customer alone.
            Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(9, 0), optional=True),
            Many((line,), lambda it: it.lines, lambda _: line, "tasks"),
        ),
    )


# To change


def _item_of(line: LineMod) -> Ref | Unset | None:
    # A line that QuickBooks is to add needs its item; a line it has keeps the one it has.
    return None if line.txn_line_id == NEW_LINE and line.item is UNSET else line.item


def _check_price(line: LineMod) -> None:
    if line.rate is not UNSET and line.amount is not UNSET:
        reason = "must not stand beside Amount, for which QuickBooks would ignore it"
        raise Misfit(reason, name="Rate", label="unit_price")
    if line.quantity is not UNSET and line.rate is UNSET and line.amount is UNSET:
        reason = "needs Rate or Amount beside it, or QuickBooks would derive one from a stale other"
        raise Misfit(reason, name="Quantity", label="quantity")


def _line_mod(name: str) -> Aggregate[LineMod]:
    # None is refused where QuickBooks cannot clear: item, numbers, tax code.
    return Aggregate(
        name,
        (
            Leaf("TxnLineID", lambda line: line.txn_line_id, IDENTIFIER, filled=True),
            Reference("ItemRef", _item_of, None, "item", filled=True),
            Leaf("Desc", lambda line: line.description, text(DESCRIPTION_LENGTH), "description"),
            Leaf("Quantity", lambda line: line.quantity, QUANTITY, "quantity", filled=True),
            Leaf("Rate", lambda line: line.rate, PRICE, "unit_price", filled=True),
            Reference("ClassRef", lambda line: line.class_ref, CLASS, "business_unit", clears=True),
            Leaf("Amount", lambda line: line.amount, AMOUNT, "amount", filled=True),
            Reference(
                "InventorySiteRef",
                lambda line: line.site,
                SITE,
                "inventory_location",
                filled=True,
                since=(10, 0),
            ),
            Reference(
                "SalesTaxCodeRef", lambda line: line.tax_code, TAX_CODE, "taxable", filled=True
            ),
        ),
        check=_check_price,
    )


def _group_mod(name: str) -> Aggregate[LineMod]:
    return Aggregate(
        name, (Leaf("TxnLineID", lambda line: line.txn_line_id, IDENTIFIER, filled=True),)
    )


_BARE_GROUP = LineMod(txn_line_id="", is_group=True)


def _choose(
    line: Aggregate[LineMod], group: Aggregate[LineMod], mod: LineMod
) -> Aggregate[LineMod]:
    if not mod.is_group:
        return line
    if mod != replace(_BARE_GROUP, txn_line_id=mod.txn_line_id, task_id=mod.task_id):
        raise ValueError("is a group, which can be kept or deleted but not changed")
    return group


def _mod(name: str) -> Aggregate[InvoiceMod | CreditMemoMod]:
    line, group = _line_mod(f"{name}LineMod"), _group_mod(f"{name}LineGroupMod")
    # CustomerRef, ARAccountRef and TemplateRef are never named: a sync must not move them.
    return Aggregate(
        f"{name}Mod",
        (
            Leaf("TxnID", lambda mod: mod.txn_id, IDENTIFIER, filled=True),
            Leaf("EditSequence", lambda mod: mod.edit_sequence, text(EDIT_SEQUENCE), filled=True),
            Leaf("TxnDate", lambda mod: mod.date, DATE, "date", filled=True),
            Leaf("RefNumber", lambda mod: mod.number, text(NUMBER_LENGTH), "number", filled=True),
            Reference(
                "ItemSalesTaxRef", lambda mod: mod.tax_item, TAX_ITEM, "tax_zone", clears=True
            ),
            Leaf("Memo", lambda mod: mod.memo, text(MEMO_LENGTH), "memo"),
            # Lines and groups mixed, in QuickBooks' order; one that is left out is deleted.
            Many(
                (line, group),
                lambda mod: mod.lines,
                partial(_choose, line, group),
                "tasks",
                filled=True,
            ),
        ),
    )


INVOICE_ADD_RQ: Final[Aggregate[InvoiceAdd]] = Aggregate(
    "InvoiceAddRq", (One(_add("Invoice"), lambda add: add.wanted),)
)
INVOICE_MOD_RQ: Final[Aggregate[InvoiceMod]] = Aggregate(
    "InvoiceModRq", (One(_mod("Invoice"), lambda mod: mod),)
)
CREDIT_MEMO_ADD_RQ: Final[Aggregate[CreditMemoAdd]] = Aggregate(
    "CreditMemoAddRq", (One(_add("CreditMemo"), lambda add: add.wanted),)
)
CREDIT_MEMO_MOD_RQ: Final[Aggregate[CreditMemoMod]] = Aggregate(
    "CreditMemoModRq", (One(_mod("CreditMemo"), lambda mod: mod),)
)


# As QuickBooks returned them

LINE: Final = Record(
    QuickBooksLine,
    {
        "TxnLineID": Field("txn_line_id", word),
        "ItemRef": Field("item", ref),
        "Desc": Field("description", as_it_stands),
        "Quantity": Field("quantity", number),
        "Rate": Field("rate", number),
        "ClassRef": Field("class_ref", ref),
        "Amount": Field("amount", amount),
        "InventorySiteRef": Field("site", ref),
        "SalesTaxCodeRef": Field("tax_code", ref),
    },
    required=("TxnLineID",),
)

# Its members stay inside: a group is kept or deleted as a whole.
GROUP: Final = Record(
    partial(QuickBooksLine, is_group=True),
    {
        "TxnLineID": Field("txn_line_id", word),
        "ItemGroupRef": Field("item", ref),
        "Desc": Field("description", as_it_stands),
        "Quantity": Field("quantity", number),
        "TotalAmount": Field("amount", amount),
    },
    required=("TxnLineID",),
)

_LINKED: Final = Record(
    QuickBooksLinkedTxn,
    {
        "TxnID": Field("txn_id", word),
        "TxnType": Field("txn_type", word),
        "TxnDate": Field("date", day),
        "RefNumber": Field("number", word),
        "Amount": Field("amount", amount),
    },
    required=("TxnID", "TxnType", "TxnDate", "Amount"),
)

_HEADER: Final[Mapping[str, Field]] = {
    "TxnID": Field("txn_id", word),
    "EditSequence": Field("edit_sequence", word),
    "CustomerRef": Field("customer", ref),
    "ClassRef": Field("class_ref", ref),
    "TxnDate": Field("date", day),
    "RefNumber": Field("number", word),
    "Subtotal": Field("subtotal", amount),
    "ItemSalesTaxRef": Field("tax_item", ref),
    "SalesTaxPercentage": Field("tax_percent", number),
    "SalesTaxTotal": Field("sales_tax", amount),
    "CustomerSalesTaxCodeRef": Field("customer_tax_code", ref),
    "Memo": Field("memo", as_it_stands),
    "ExternalGUID": Field("external_guid", word),
}
_REQUIRED = ("TxnID", "EditSequence", "TxnDate", "CustomerRef")

INVOICE_RET: Final = Record(
    QuickBooksInvoice,
    {
        **_HEADER,
        "ARAccountRef": Field("ar_account", ref),
        "TermsRef": Field("terms", ref),
        "DueDate": Field("due_date", day),
        "AppliedAmount": Field("applied", amount),
        "BalanceRemaining": Field("balance", amount),
        "LinkedTxn": Field("linked", _LINKED.read, repeats=True),
        "InvoiceLineRet": Field("lines", LINE.read, repeats=True),
        "InvoiceLineGroupRet": Field("lines", GROUP.read, repeats=True),
    },
    _REQUIRED,
)

CREDIT_MEMO_RET: Final = Record(
    QuickBooksCreditMemo,
    {
        **_HEADER,
        "TotalAmount": Field("total", amount),
        "CreditRemaining": Field("remaining", amount),
        "CreditMemoLineRet": Field("lines", LINE.read, repeats=True),
        "CreditMemoLineGroupRet": Field("lines", GROUP.read, repeats=True),
    },
    _REQUIRED,
)
