"""ReceivePaymentQuery, and a payment as a ReceivePaymentRet. Source: qbXML 13.0."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.answers import Answer, not_found
from simulator.company_file import CompanyFile
from simulator.data_ext import add_fields
from simulator.figures import ZERO, amount_text
from simulator.invoices import Invoice
from simulator.paging import Query
from simulator.payments import Payment
from simulator.txn_filters import check_supported, passes
from simulator.writing import put, put_all, put_moment, put_ref

_YES: Final = "true"


def query_payments(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the payments asked for: 500 when an id is unknown, 1 when a filter finds nothing."""
    check_supported(request)
    known = company.payments
    lines = request.findtext("IncludeLineItems") == _YES

    def ret(payment: Payment) -> etree._Element:
        found = payment_ret(company, payment, lines=lines)
        add_fields(company, found, request)
        return found

    wanted = [child.text or "" for child in request.iterchildren("TxnID")]
    if wanted:
        rets = tuple(ret(known[txn_id]) for txn_id in wanted if txn_id in known)
        unknown = [txn_id for txn_id in wanted if txn_id not in known]
        return not_found(unknown[0], rets) if unknown else Answer(rets)
    found = [txn_id for txn_id, payment in known.items() if passes(request, payment)]
    return Query(company, request, known, ret).answer(found)


def payment_ret(company: CompanyFile, payment: Payment, *, lines: bool = True) -> etree._Element:
    """Return the ReceivePaymentRet; what it is applied to stands in it when asked for."""
    ret = etree.Element("ReceivePaymentRet")
    put(ret, "TxnID", payment.txn_id)
    put_moment(ret, "TimeCreated", payment.created)
    put_moment(ret, "TimeModified", payment.modified)
    put(ret, "EditSequence", payment.edit_sequence)
    put(ret, "TxnNumber", str(payment.txn_number))
    for name in ("CustomerRef", "ARAccountRef"):
        put_ref(ret, name, payment.refs.get(name))
    put_all(ret, payment.values, "TxnDate", "RefNumber")
    put(ret, "TotalAmount", amount_text(payment.total))
    put_ref(ret, "PaymentMethodRef", payment.refs.get("PaymentMethodRef"))
    put_all(ret, payment.values, "Memo")
    put_ref(ret, "DepositToAccountRef", payment.refs.get("DepositToAccountRef"))
    applied = list(_applied(company, payment))
    used = sum((amount for _, amount in applied), ZERO)
    put(ret, "UnusedPayment", amount_text(payment.total - used))
    put(ret, "UnusedCredits", amount_text(ZERO))
    put_all(ret, payment.values, "ExternalGUID")
    for invoice, amount in applied if lines else ():
        _put_applied(ret, invoice, amount)
    return ret


def _applied(company: CompanyFile, payment: Payment) -> Iterator[tuple[Invoice, Decimal]]:
    for txn_id in payment.applied_to:
        invoice = company.invoices.get(txn_id)
        for part in invoice.payments if invoice is not None else ():
            if invoice is not None and part.txn_id == payment.txn_id:
                yield invoice, part.amount


def _put_applied(ret: etree._Element, invoice: Invoice, amount: Decimal) -> None:
    applied = etree.SubElement(ret, "AppliedToTxnRet")
    put(applied, "TxnID", invoice.txn_id)
    put(applied, "TxnType", "Invoice")
    put(applied, "TxnDate", invoice.txn_date.isoformat())
    if invoice.ref_number:
        put(applied, "RefNumber", invoice.ref_number)
    put(applied, "BalanceRemaining", amount_text(invoice.balance_remaining))
    put(applied, "Amount", amount_text(amount))
