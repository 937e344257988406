"""An invoice as an InvoiceRet, a credit memo as a CreditMemoRet, in the order of qbXML 13.0."""

from datetime import timedelta, timezone
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.figures import amount_text, plain_text, price_text
from simulator.headers import printed
from simulator.invoices import Entry, Invoice, Line, LineGroup
from simulator.writing import put, put_all, put_flag, put_moment, put_ref

_NO: Final = "false"
_BLOCK: Final = tuple(f"Addr{number}" for number in range(1, 6))
_UTC: Final = timezone(timedelta())


def invoice_ret(
    invoice: Invoice, *, offset: timezone = _UTC, lines: bool, linked: bool
) -> etree._Element:
    """Return the InvoiceRet. Lines and linked payments stand in it only when asked for."""
    ret = etree.Element("InvoiceRet")
    put_identity(ret, invoice, offset)
    _put_head(ret, invoice)
    subtotal, tax, applied = _put_tax(ret, invoice)
    balance = subtotal + tax + applied
    put(ret, "AppliedAmount", amount_text(applied))
    put(ret, "BalanceRemaining", amount_text(balance))
    put_all(ret, invoice.values, "Memo")
    put_flag(ret, "IsPaid", value=not balance)
    _put_foot(ret, invoice)
    if linked:
        _put_payments(ret, invoice)
    if lines:
        put_lines(ret, invoice, "Invoice")
    return ret


def credit_memo_ret(memo: Invoice, *, offset: timezone = _UTC, lines: bool) -> etree._Element:
    """Return the CreditMemoRet; lines stand in it only when asked for."""
    ret = etree.Element("CreditMemoRet")
    put_identity(ret, memo, offset)
    _put_head(ret, memo)
    subtotal, tax, applied = _put_tax(ret, memo)
    put(ret, "TotalAmount", amount_text(subtotal + tax))
    put(ret, "CreditRemaining", amount_text(subtotal + tax + applied))
    put_all(ret, memo.values, "Memo")
    _put_foot(ret, memo)
    if lines:
        put_lines(ret, memo, "CreditMemo")
    return ret


def put_identity(ret: etree._Element, invoice: Invoice, offset: timezone) -> None:
    """Add what every transaction begins with."""
    put(ret, "TxnID", invoice.txn_id)
    put_moment(ret, "TimeCreated", invoice.created.astimezone(offset))
    put_moment(ret, "TimeModified", invoice.modified.astimezone(offset))
    put(ret, "EditSequence", invoice.edit_sequence)
    put(ret, "TxnNumber", str(invoice.txn_number))


def put_address(ret: etree._Element, name: str, invoice: Invoice) -> None:
    """Add an address and the lines in which it is printed; nothing where there is none."""
    address = invoice.addresses.get(name)
    if not address:
        return
    element = etree.SubElement(ret, name)
    put_all(element, address, *_BLOCK, "City", "State", "PostalCode", "Country", "Note")
    block = etree.SubElement(ret, f"{name}Block")
    for key, line in zip(_BLOCK, printed(address), strict=False):
        put(block, key, line)


def put_lines(ret: etree._Element, invoice: Invoice, kind: str) -> None:
    """Add lines and groups under the names of that kind of transaction, in display order."""
    for entry in invoice.lines:
        _put_entry(ret, entry, kind)


def _put_head(ret: etree._Element, invoice: Invoice) -> None:
    values, refs = invoice.values, invoice.refs
    for name in ("CustomerRef", "ClassRef", "ARAccountRef", "TemplateRef"):
        put_ref(ret, name, refs.get(name))
    put_all(ret, values, "TxnDate", "RefNumber")
    for name in ("BillAddress", "ShipAddress"):
        put_address(ret, name, invoice)
    put(ret, "IsPending", values.get("IsPending", _NO))
    if ret.tag == "InvoiceRet":
        put(ret, "IsFinanceCharge", values.get("IsFinanceCharge", _NO))
    put_all(ret, values, "PONumber")
    put_ref(ret, "TermsRef", refs.get("TermsRef"))
    put_all(ret, values, "DueDate")
    put_ref(ret, "SalesRepRef", refs.get("SalesRepRef"))
    put_all(ret, values, "FOB", "ShipDate")
    put_ref(ret, "ShipMethodRef", refs.get("ShipMethodRef"))


def _put_tax(ret: etree._Element, invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    """Add subtotal and tax; give subtotal, tax and what was applied."""
    subtotal, tax = invoice.subtotal, invoice.sales_tax_total
    put(ret, "Subtotal", amount_text(subtotal))
    if "ItemSalesTaxRef" in invoice.refs:
        put_ref(ret, "ItemSalesTaxRef", invoice.refs["ItemSalesTaxRef"])
        put(ret, "SalesTaxPercentage", price_text(invoice.sales_tax_percentage))
    put(ret, "SalesTaxTotal", amount_text(tax))
    return subtotal, tax, invoice.applied_amount


def _put_foot(ret: etree._Element, invoice: Invoice) -> None:
    values, refs = invoice.values, invoice.refs
    put_ref(ret, "CustomerMsgRef", refs.get("CustomerMsgRef"))
    put(ret, "IsToBePrinted", values.get("IsToBePrinted", _NO))
    put(ret, "IsToBeEmailed", values.get("IsToBeEmailed", _NO))
    put_ref(ret, "CustomerSalesTaxCodeRef", refs.get("CustomerSalesTaxCodeRef"))
    put_all(ret, values, "Other", "ExternalGUID")


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


def _put_entry(ret: etree._Element, entry: Entry, kind: str) -> None:
    if isinstance(entry, Line):
        _put_line(ret, entry, kind)
    else:
        _put_group(ret, entry, kind)


def _put_group(ret: etree._Element, group: LineGroup, kind: str) -> None:
    element = etree.SubElement(ret, f"{kind}LineGroupRet")
    put(element, "TxnLineID", group.txn_line_id)
    put_ref(element, "ItemGroupRef", group.item_group)
    if group.item_group.description:
        put(element, "Desc", group.item_group.description)
    if group.quantity is not None:
        put(element, "Quantity", plain_text(group.quantity))
    put(element, "IsPrintItemsInGroup", _NO)
    put(element, "TotalAmount", amount_text(group.total_amount))
    for line in group.lines:
        _put_line(element, line, kind)


def _put_line(parent: etree._Element, line: Line, kind: str) -> None:
    element = etree.SubElement(parent, f"{kind}LineRet")
    refs, values = line.refs, line.values
    put(element, "TxnLineID", line.txn_line_id)
    put_ref(element, "ItemRef", refs.get("ItemRef"))
    put_all(element, values, "ManufacturerPartNumber", "Desc")
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
    put_ref(element, "CustomerRef", refs.get("CustomerRef"))
    put_all(element, values, "SerialNumber", "LotNumber", "ServiceDate")
    put_ref(element, "SalesTaxCodeRef", refs.get("SalesTaxCodeRef"))
    put_all(element, values, "Other1", "Other2")
