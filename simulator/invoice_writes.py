"""InvoiceAdd and InvoiceMod. Source: qbXML 13.0 InvoiceAdd, InvoiceMod."""

from dataclasses import replace
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, not_simulated
from simulator.invoice_ret import invoice_ret
from simulator.invoices import Invoice
from simulator.line_writes import LineWriter, cannot_clear, read_ref, set_or_clear
from simulator.lists import REFERENCES, ListEntry, ListKind

_UNCLEARABLE: Final = frozenset({"CustomerRef", "ARAccountRef", "TemplateRef", "TxnDate"})
_LINES: Final = frozenset(
    {"InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineMod", "InvoiceLineGroupMod"}
)
_ADDRESSES: Final = frozenset({"BillAddress", "ShipAddress"})
_IDENTITY: Final = frozenset({"TxnID", "EditSequence"})
_NOT_SIMULATED: Final = frozenset({"SetCredit", "LinkToTxnID", "ExchangeRate"})

#: Our word for it: QuickBooks' own status and text for an ignored rate are not published.
_IGNORED_FIELD: Final = 530


def add_invoice(company: CompanyFile, request: etree._Element) -> Answer:
    """Make the invoice and return it with its lines. Raises Refusal."""
    wish = _body(request, "InvoiceAdd")
    moment = company.moment()
    blank = Invoice("", company.next_number(), moment, moment, "")
    invoice = _with_defaults(company, _with_header(company, blank, wish))
    writer = LineWriter(company, invoice.refs.get("ClassRef"))
    lines = writer.added(child for child in wish if child.tag in _LINES)
    invoice = replace(invoice, txn_id=company.next_id(), lines=lines)
    return _answer(company, company.save(invoice), writer)


def modify_invoice(company: CompanyFile, request: etree._Element) -> Answer:
    """Change the invoice and return it with its lines. Raises Refusal, 3200 when it is stale."""
    wish = _body(request, "InvoiceMod")
    invoice = company.invoice(wish.findtext("TxnID", ""))
    edit_sequence = wish.findtext("EditSequence", "")
    if edit_sequence != invoice.edit_sequence:
        message = f'The provided edit sequence "{edit_sequence}" is out-of-date. '
        raise Refusal(3200, message)
    changed = _with_header(company, invoice, wish)
    writer = LineWriter(company)
    wishes = [child for child in wish if child.tag in _LINES]
    if wishes:
        changed = replace(changed, lines=tuple(writer.modified(invoice.lines, wishes)))
    return _answer(company, company.save(changed), writer)


def _body(request: etree._Element, name: str) -> etree._Element:
    body = request.find(name)
    if body is None:
        raise Refusal(3150, f"There is a missing element: {name}")
    return body


def _answer(company: CompanyFile, invoice: Invoice, writer: LineWriter) -> Answer:
    ret = invoice_ret(invoice, offset=company.utc_offset, lines=True, linked=False)
    if writer.warnings:
        return Answer((ret,), _IGNORED_FIELD, "  ".join(writer.warnings))
    return Answer((ret,))


def _with_header(company: CompanyFile, invoice: Invoice, wish: etree._Element) -> Invoice:
    refs, values = dict(invoice.refs), dict(invoice.values)
    addresses = dict(invoice.addresses)
    for child in wish.iterchildren(etree.Element):
        name = child.tag
        if name in _NOT_SIMULATED:
            raise not_simulated(f"{name} in an invoice")
        if name in REFERENCES:
            _set_reference(company, refs, child)
        elif name in _ADDRESSES:
            addresses[name] = {str(part.tag): part.text for part in child if part.text}
        elif name not in _LINES and name not in _IDENTITY:
            _set_value(values, child)
    return replace(invoice, refs=refs, values=values, addresses=addresses)


def _set_reference(company: CompanyFile, refs: dict[str, ListEntry], child: etree._Element) -> None:
    entry = read_ref(company, child)
    if entry is not None:
        refs[child.tag] = entry
    elif child.tag in _UNCLEARABLE:
        raise cannot_clear(child.tag)
    else:
        refs.pop(child.tag, None)


def _set_value(values: dict[str, str], child: etree._Element) -> None:
    if not child.text and child.tag in _UNCLEARABLE:
        raise cannot_clear(child.tag)
    set_or_clear(values, child.tag, child.text)


def _with_defaults(company: CompanyFile, invoice: Invoice) -> Invoice:
    """Return what QuickBooks fills in on a new invoice."""
    refs, values = dict(invoice.refs), dict(invoice.values)
    customer = refs["CustomerRef"]
    values.setdefault("TxnDate", company.moment().date().isoformat())
    values.setdefault("DueDate", values["TxnDate"])
    values.setdefault("RefNumber", str(invoice.txn_number))
    lists, preferences = company.lists, company.preferences
    defaults = {
        "ARAccountRef": lists.by_name(ListKind.ACCOUNT, "Accounts Receivable"),
        "TemplateRef": next(lists.of(ListKind.TEMPLATE), None),
        "ItemSalesTaxRef": customer.item_sales_tax
        or lists.by_name(ListKind.ITEM_SALES_TAX, preferences.default_sales_tax_item),
        "CustomerSalesTaxCodeRef": customer.sales_tax_code,
    }
    for name, entry in defaults.items():
        if entry is not None:
            refs.setdefault(name, entry)
    return replace(invoice, refs=refs, values=values)
