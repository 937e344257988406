"""InvoiceAdd and InvoiceMod. Source: qbXML 13.0 InvoiceAdd, InvoiceMod."""

from dataclasses import replace
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, outdated
from simulator.headers import body_of, lines_of, with_header
from simulator.invoice_ret import invoice_ret
from simulator.invoices import Invoice, settle
from simulator.line_writes import LineWriter
from simulator.lists import ListKind

#: Our word for it: QuickBooks' own status and text for an ignored rate are not published.
_IGNORED_FIELD: Final = 530


def add_invoice(company: CompanyFile, request: etree._Element) -> Answer:
    """Make the invoice and return it with its lines. Raises Refusal."""
    body = body_of(request)
    invoice = with_sales_defaults(company, with_header(company, blank(company), body))
    writer = LineWriter(company, invoice.refs.get("ClassRef"))
    invoice = replace(invoice, txn_id=company.next_id(), lines=writer.added(lines_of(body)))
    return _saved(company, invoice, writer)


def modify_invoice(company: CompanyFile, request: etree._Element) -> Answer:
    """Change the invoice and return it with its lines. Raises Refusal, 3200 when it is stale."""
    body = body_of(request)
    invoice = company.invoice(body.findtext("TxnID", ""))
    company.locks.check_record("Invoice", invoice.txn_id)
    edit_sequence = body.findtext("EditSequence", "")
    if edit_sequence != invoice.edit_sequence:
        shown = company.habits.stale_answer_shows_invoice
        raise outdated(edit_sequence, (_ret(company, invoice),) if shown else ())
    changed = with_header(company, invoice, body)
    writer = LineWriter(company)
    wishes = lines_of(body)
    if wishes:
        changed = replace(changed, lines=tuple(writer.modified(invoice.lines, wishes)))
    return _saved(company, changed, writer)


def blank(company: CompanyFile) -> Invoice:
    """Return a transaction with nothing in it but its number."""
    moment = company.moment()
    return Invoice("", company.next_number(), moment, moment, "")


def with_sales_defaults(company: CompanyFile, invoice: Invoice) -> Invoice:
    """Return what QuickBooks fills in on a new invoice or credit memo."""
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


def check_sign(invoice: Invoice, what: str) -> None:
    """Pass if the total is not below zero. Raises Refusal with status 3180.

    Source: the message as integrators publish it; no invoice and no credit memo may be negative.
    """
    if invoice.total < 0:
        raise Refusal(
            3180,
            f"There was an error when saving a {what}.  QuickBooks error message: Transaction"
            " amount must be positive.",
        )


def _saved(company: CompanyFile, invoice: Invoice, writer: LineWriter) -> Answer:
    check_sign(replace(invoice, lines=settle(invoice.lines)), "Invoice")
    payments = (payment.txn_id for payment in invoice.payments)
    company.locks.check_related(invoice.entries(), payments)
    ret = _ret(company, company.save(invoice))
    if writer.warnings:
        return Answer((ret,), _IGNORED_FIELD, "  ".join(writer.warnings))
    return Answer((ret,))


def _ret(company: CompanyFile, invoice: Invoice) -> etree._Element:
    return invoice_ret(invoice, offset=company.utc_offset, lines=True, linked=False)
