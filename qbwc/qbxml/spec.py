"""The requests we make, as tables in the SDK's order of elements. A new field is one line.

One element out of order, and QuickBooks refuses the whole message set (0x80040400): nothing but
these tables decides the order. Source: qbXML 13.0, the messages and aggregates they are named for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from domain.edits import UNSET, Unset
from domain.limits import DESCRIPTION_LENGTH, MEMO_LENGTH, NUMBER_LENGTH
from domain.quickbooks import (
    NEW_LINE,
    InvoiceAdd,
    InvoiceMod,
    InvoiceQuery,
    LineMod,
    Ref,
    Request,
    WantedInvoice,
    WantedLine,
)
from qbwc.qbxml.formats import BOOLEAN, DATE, GUID, IDENTIFIER, MOMENT, PRICE, QUANTITY, text
from qbwc.qbxml.nodes import Aggregate, Leaf, Many, One, Reference

_CUSTOMER, _CLASS, _SITE, _TAX_ITEM, _TAX_CODE = 209, 159, 31, 31, 3
_EDIT_SEQUENCE = 16


def _item_of(line: LineMod) -> Ref | Unset | None:
    # A line that QuickBooks is to add needs its item; a line it has keeps the one it has.
    return None if line.txn_line_id == NEW_LINE and line.item is UNSET else line.item


def _kind_of(line: LineMod) -> Aggregate[LineMod]:
    if not line.is_group:
        return INVOICE_LINE_MOD
    if line != replace(_BARE_GROUP, txn_line_id=line.txn_line_id, task_id=line.task_id):
        raise ValueError("is a group, which can be kept or deleted but not changed")
    return INVOICE_LINE_GROUP_MOD


_BARE_GROUP = LineMod(txn_line_id="", is_group=True)

INVOICE_LINE_ADD: Final[Aggregate[WantedLine]] = Aggregate(
    "InvoiceLineAdd",
    (
        Reference("ItemRef", lambda line: line.item, None, "item", filled=True),
        # Sent even when empty: without it QuickBooks fills in the item's own description.
        Leaf("Desc", lambda line: line.description, text(DESCRIPTION_LENGTH), "description"),
        Leaf("Quantity", lambda line: line.quantity, QUANTITY, "quantity"),
        Leaf("Rate", lambda line: line.rate, PRICE, "unit_price"),
        Reference("ClassRef", lambda line: line.class_ref, _CLASS, "business_unit"),
        Reference(
            "InventorySiteRef", lambda line: line.site, _SITE, "inventory_location", since=(10, 0)
        ),
        Reference("SalesTaxCodeRef", lambda line: line.tax_code, _TAX_CODE, "taxable", filled=True),
    ),
)

INVOICE_ADD: Final[Aggregate[WantedInvoice]] = Aggregate(
    "InvoiceAdd",
    (
        Reference("CustomerRef", lambda it: it.customer, _CUSTOMER, "customer", filled=True),
        Reference("ClassRef", lambda it: it.class_ref, _CLASS, "business_unit"),
        Leaf("TxnDate", lambda it: it.date, DATE, "date"),
        Leaf("RefNumber", lambda it: it.number, text(NUMBER_LENGTH), "number", filled=True),
        Reference("ItemSalesTaxRef", lambda it: it.tax_item, _TAX_ITEM, "tax_zone"),
        Leaf("Memo", lambda it: it.memo, text(MEMO_LENGTH), "memo"),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(9, 0)),
        Many((INVOICE_LINE_ADD,), lambda it: it.lines, lambda _: INVOICE_LINE_ADD),
    ),
)

INVOICE_LINE_MOD: Final[Aggregate[LineMod]] = Aggregate(
    "InvoiceLineMod",
    (
        Leaf("TxnLineID", lambda line: line.txn_line_id, IDENTIFIER),
        Reference("ItemRef", _item_of, None, "item", filled=True),
        Leaf("Desc", lambda line: line.description, text(DESCRIPTION_LENGTH), "description"),
        Leaf("Quantity", lambda line: line.quantity, QUANTITY, "quantity"),
        Leaf("Rate", lambda line: line.rate, PRICE, "unit_price"),
        Reference("ClassRef", lambda line: line.class_ref, _CLASS, "business_unit", clears=True),
        Reference(
            "InventorySiteRef", lambda line: line.site, _SITE, "inventory_location", since=(10, 0)
        ),
        Reference("SalesTaxCodeRef", lambda line: line.tax_code, _TAX_CODE, "taxable", filled=True),
    ),
)

INVOICE_LINE_GROUP_MOD: Final[Aggregate[LineMod]] = Aggregate(
    "InvoiceLineGroupMod",
    (Leaf("TxnLineID", lambda line: line.txn_line_id, IDENTIFIER),),
)

INVOICE_MOD: Final[Aggregate[InvoiceMod]] = Aggregate(
    "InvoiceMod",
    (
        Leaf("TxnID", lambda mod: mod.txn_id, IDENTIFIER),
        Leaf("EditSequence", lambda mod: mod.edit_sequence, text(_EDIT_SEQUENCE), filled=True),
        Leaf("TxnDate", lambda mod: mod.date, DATE, "date"),
        Leaf("RefNumber", lambda mod: mod.number, text(NUMBER_LENGTH), "number", filled=True),
        Reference("ItemSalesTaxRef", lambda mod: mod.tax_item, _TAX_ITEM, "tax_zone", clears=True),
        Leaf("Memo", lambda mod: mod.memo, text(MEMO_LENGTH), "memo"),
        # Lines and groups mixed, in QuickBooks' order; one that is left out is deleted.
        Many(
            (INVOICE_LINE_MOD, INVOICE_LINE_GROUP_MOD),
            lambda mod: mod.lines,
            _kind_of,
            filled=True,
        ),
    ),
)

INVOICE_ADD_RQ: Final[Aggregate[InvoiceAdd]] = Aggregate(
    "InvoiceAddRq", (One(INVOICE_ADD, lambda add: add.wanted),)
)

INVOICE_MOD_RQ: Final[Aggregate[InvoiceMod]] = Aggregate(
    "InvoiceModRq", (One(INVOICE_MOD, lambda mod: mod),)
)

_MODIFIED: Final[Aggregate[InvoiceQuery]] = Aggregate(
    "ModifiedDateRangeFilter",
    (Leaf("FromModifiedDate", lambda query: query.modified_since, MOMENT, filled=True),),
)

INVOICE_QUERY: Final[Aggregate[InvoiceQuery]] = Aggregate(
    "InvoiceQueryRq",
    (
        Leaf("TxnID", lambda query: query.txn_id, IDENTIFIER),
        # Without a TxnID both filters are needed, or it would ask for every invoice there is.
        One(_MODIFIED, lambda query: query if query.txn_id is None else None),
        Reference(
            "EntityFilter",
            lambda query: query.customer if query.txn_id is None else UNSET,
            label="customer",
            filled=True,
        ),
        Leaf("IncludeLineItems", lambda _: True, BOOLEAN),
        Leaf("IncludeLinkedTxns", lambda _: True, BOOLEAN),
    ),
)

HOST_QUERY: Final[Aggregate[None]] = Aggregate("HostQueryRq")

REQUESTS: Final[Mapping[type[Request], Aggregate[Any]]] = {
    InvoiceAdd: INVOICE_ADD_RQ,
    InvoiceMod: INVOICE_MOD_RQ,
    InvoiceQuery: INVOICE_QUERY,
}
