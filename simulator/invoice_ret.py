"""An invoice as an InvoiceRet element, its children in the order of qbXML 13.0."""

from datetime import timedelta, timezone
from typing import Final

from lxml import etree

from simulator.figures import amount_text, plain_text, price_text
from simulator.invoices import Entry, Invoice, Line, LineGroup
from simulator.writing import put, put_all, put_flag, put_moment, put_ref

_NO: Final = "false"
_BLOCK: Final = tuple(f"Addr{number}" for number in range(1, 6))


def invoice_ret(
    invoice: Invoice, *, offset: timezone = timezone(timedelta()), lines: bool, linked: bool
) -> etree._Element:
    """Return the InvoiceRet. Lines and linked payments stand in it only when asked for."""
    ret = etree.Element("InvoiceRet")
    put(ret, "TxnID", invoice.txn_id)
    put_moment(ret, "TimeCreated", invoice.created.astimezone(offset))
    put_moment(ret, "TimeModified", invoice.modified.astimezone(offset))
    put(ret, "EditSequence", invoice.edit_sequence)
    put(ret, "TxnNumber", str(invoice.txn_number))
    _put_head(ret, invoice)
    _put_amounts(ret, invoice)
    _put_foot(ret, invoice)
    if linked:
        _put_payments(ret, invoice)
    if lines:
        for entry in invoice.lines:
            _put_entry(ret, entry)
    return ret


def _put_head(ret: etree._Element, invoice: Invoice) -> None:
    values, refs = invoice.values, invoice.refs
    for name in ("CustomerRef", "ClassRef", "ARAccountRef", "TemplateRef"):
        put_ref(ret, name, refs.get(name))
    put_all(ret, values, "TxnDate", "RefNumber")
    for name in ("BillAddress", "ShipAddress"):
        _put_address(ret, name, invoice)
    put(ret, "IsPending", values.get("IsPending", _NO))
    put(ret, "IsFinanceCharge", values.get("IsFinanceCharge", _NO))
    put_all(ret, values, "PONumber")
    put_ref(ret, "TermsRef", refs.get("TermsRef"))
    put_all(ret, values, "DueDate")
    put_ref(ret, "SalesRepRef", refs.get("SalesRepRef"))
    put_all(ret, values, "FOB", "ShipDate")
    put_ref(ret, "ShipMethodRef", refs.get("ShipMethodRef"))


def _put_amounts(ret: etree._Element, invoice: Invoice) -> None:
    subtotal, tax = invoice.subtotal, invoice.sales_tax_total
    applied = invoice.applied_amount
    put(ret, "Subtotal", amount_text(subtotal))
    if "ItemSalesTaxRef" in invoice.refs:
        put_ref(ret, "ItemSalesTaxRef", invoice.refs["ItemSalesTaxRef"])
        put(ret, "SalesTaxPercentage", price_text(invoice.sales_tax_percentage))
    put(ret, "SalesTaxTotal", amount_text(tax))
    put(ret, "AppliedAmount", amount_text(applied))
    put(ret, "BalanceRemaining", amount_text(subtotal + tax + applied))


def _put_foot(ret: etree._Element, invoice: Invoice) -> None:
    values, refs = invoice.values, invoice.refs
    put_all(ret, values, "Memo")
    put_flag(ret, "IsPaid", value=not invoice.balance_remaining)
    put_ref(ret, "CustomerMsgRef", refs.get("CustomerMsgRef"))
    put(ret, "IsToBePrinted", values.get("IsToBePrinted", _NO))
    put(ret, "IsToBeEmailed", values.get("IsToBeEmailed", _NO))
    put_ref(ret, "CustomerSalesTaxCodeRef", refs.get("CustomerSalesTaxCodeRef"))
    put_all(ret, values, "Other", "ExternalGUID")


def _put_address(ret: etree._Element, name: str, invoice: Invoice) -> None:
    address = invoice.addresses.get(name)
    if not address:
        return
    element = etree.SubElement(ret, name)
    put_all(element, address, *_BLOCK, "City", "State", "PostalCode", "Country", "Note")
    block = etree.SubElement(ret, f"{name}Block")
    town = " ".join(address[key] for key in ("City", "State", "PostalCode") if key in address)
    printed = [address[key] for key in _BLOCK if key in address] + ([town] if town else [])
    for key, line in zip(_BLOCK, printed, strict=False):
        put(block, key, line)


def _put_payments(ret: etree._Element, invoice: Invoice) -> None:
    for payment in invoice.payments:
        linked = etree.SubElement(ret, "LinkedTxn")
        put(linked, "TxnID", payment.txn_id)
        put(linked, "TxnType", "ReceivePayment")
        put(linked, "TxnDate", payment.txn_date.isoformat())
        if payment.ref_number:
            put(linked, "RefNumber", payment.ref_number)
        put(linked, "LinkType", "AMTTYPE")
        put(linked, "Amount", amount_text(-payment.amount))


def _put_entry(ret: etree._Element, entry: Entry) -> None:
    if isinstance(entry, Line):
        _put_line(ret, entry)
    else:
        _put_group(ret, entry)


def _put_group(ret: etree._Element, group: LineGroup) -> None:
    element = etree.SubElement(ret, "InvoiceLineGroupRet")
    put(element, "TxnLineID", group.txn_line_id)
    put_ref(element, "ItemGroupRef", group.item_group)
    if group.item_group.description:
        put(element, "Desc", group.item_group.description)
    if group.quantity is not None:
        put(element, "Quantity", plain_text(group.quantity))
    put(element, "IsPrintItemsInGroup", _NO)
    put(element, "TotalAmount", amount_text(group.total_amount))
    for line in group.lines:
        _put_line(element, line)


def _put_line(parent: etree._Element, line: Line) -> None:
    element = etree.SubElement(parent, "InvoiceLineRet")
    refs, values = line.refs, line.values
    put(element, "TxnLineID", line.txn_line_id)
    put_ref(element, "ItemRef", refs.get("ItemRef"))
    put_all(element, values, "Desc")
    if line.quantity is not None:
        put(element, "Quantity", plain_text(line.quantity))
    put_all(element, values, "UnitOfMeasure")
    if line.rate_percent is not None:
        put(element, "RatePercent", plain_text(line.rate_percent))
    elif line.rate is not None:
        put(element, "Rate", price_text(line.rate))
    put_ref(element, "ClassRef", refs.get("ClassRef"))
    if line.amount is not None:
        put(element, "Amount", amount_text(line.amount))
    put_ref(element, "InventorySiteRef", refs.get("InventorySiteRef"))
    put_all(element, values, "SerialNumber", "LotNumber", "ServiceDate")
    put_ref(element, "SalesTaxCodeRef", refs.get("SalesTaxCodeRef"))
    put_all(element, values, "Other1", "Other2")
