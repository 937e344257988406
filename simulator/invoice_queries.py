"""InvoiceQuery and CreditMemoQuery by id, by number, or by filters. Source: qbXML 13.0."""

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from simulator.answers import Answer, not_found
from simulator.company_file import CompanyFile
from simulator.data_ext import add_fields
from simulator.invoice_ret import credit_memo_ret, invoice_ret
from simulator.invoices import Invoice
from simulator.paging import Query
from simulator.txn_filters import check_supported, passes

_YES: Final = "true"


def query_invoices(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the invoices asked for: 500 when an id is unknown, 1 when a filter finds nothing."""
    shown = {
        "lines": request.findtext("IncludeLineItems") == _YES,
        "linked": request.findtext("IncludeLinkedTxns") == _YES,
    }

    def ret(invoice: Invoice) -> etree._Element:
        found = invoice_ret(invoice, offset=company.utc_offset, **shown)
        add_fields(company, found, request)
        return found

    return _query(company, request, company.invoices, ret)


def query_credit_memos(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the credit memos asked for, like invoices."""
    lines = request.findtext("IncludeLineItems") == _YES

    def ret(memo: Invoice) -> etree._Element:
        found = credit_memo_ret(memo, offset=company.utc_offset, lines=lines)
        add_fields(company, found, request)
        return found

    return _query(company, request, company.credit_memos, ret)


def _query(
    company: CompanyFile,
    request: etree._Element,
    known: Mapping[str, Invoice],
    ret: Callable[[Invoice], etree._Element],
) -> Answer:
    check_supported(request)
    wanted = [child.text or "" for child in request.iterchildren("TxnID")]
    if wanted:
        rets = tuple(ret(known[txn_id]) for txn_id in wanted if txn_id in known)
        missing = [txn_id for txn_id in wanted if txn_id not in known]
        return not_found(missing[0], rets) if missing else Answer(rets)
    found = [
        txn_id
        for txn_id, invoice in known.items()
        if passes(request, invoice) and _is_paid_as_asked(request, invoice)
    ]
    return Query(company, request, known, ret).answer(found)


def _is_paid_as_asked(request: etree._Element, invoice: Invoice) -> bool:
    asked = request.findtext("PaidStatus", "All")
    return asked == "All" or (asked == "PaidOnly") == (not invoice.balance_remaining)
