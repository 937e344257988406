"""ReceivePaymentAdd. Source: qbXML 13.0 ReceivePaymentAdd."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, cannot_be_found, not_simulated
from simulator.figures import ZERO, amount_text
from simulator.headers import body_of
from simulator.invoices import AppliedPayment
from simulator.line_writes import read_ref, set_or_clear
from simulator.lists import REFERENCES, ListEntry, ListKind
from simulator.payment_queries import payment_ret
from simulator.payments import Payment
from simulator.shape import missing

_PLACE: Final = "ReceivePayment"
_TEXTS: Final = frozenset({"TxnDate", "RefNumber", "Memo", "ExternalGUID"})
_DEFAULT_ACCOUNTS: Final = {
    "ARAccountRef": "Accounts Receivable",
    "DepositToAccountRef": "Undeposited Funds",
}
_YES: Final = "true"


def add_payment(company: CompanyFile, request: etree._Element) -> Answer:
    """Make the payment, apply it as asked or by itself, and return it. Raises Refusal."""
    body = body_of(request)
    payment = _read(company, body)
    wishes = body.findall("AppliedToTxnAdd")
    if not wishes and body.find("IsAutoApply") is None:
        raise missing("AppliedToTxnAdd")
    if body.findtext("IsAutoApply") == _YES:
        parts = list(_automatic(company, payment))
    else:
        parts = _asked(company, payment, wishes)
    company.check_closing_date(payment.txn_date, what="a ReceivePayment")
    company.locks.check_related(payment.refs.values(), [txn_id for txn_id, _ in parts])
    return Answer((payment_ret(company, record_payment(company, payment, parts)),))


def record_payment(
    company: CompanyFile, payment: Payment, parts: list[tuple[str, Decimal]]
) -> Payment:
    """Store the payment, applied to these invoices with these amounts, and return it."""
    applied_to = tuple(txn_id for txn_id, _ in parts)
    stored = replace(payment, applied_to=applied_to)
    for txn_id, amount in parts:
        part = AppliedPayment(stored.txn_id, stored.txn_date, amount, stored.ref_number)
        invoice = company.invoice(txn_id)
        # An invoice of a closed period may be paid: the payment's own date was looked at.
        paid = replace(invoice, payments=(*invoice.payments, part))
        company.save(paid, with_password=True)
    company.payments[stored.txn_id] = stored
    return stored


def new_payment(company: CompanyFile, total: Decimal) -> Payment:
    """Return a payment of today that is applied to nothing."""
    moment = company.moment()
    seconds = str(int(moment.timestamp()))
    number = company.next_number()
    values = {"TxnDate": moment.date().isoformat()}
    return Payment(company.next_id(), number, moment, moment, seconds, total, values=values)


def _read(company: CompanyFile, body: etree._Element) -> Payment:
    payment = new_payment(company, Decimal(body.findtext("TotalAmount") or 0))
    refs: dict[str, ListEntry] = {}
    values = dict(payment.values)
    for child in body.iterchildren(etree.Element):
        name = child.tag
        if name == "ExchangeRate":
            raise not_simulated("ExchangeRate in a payment")
        if name in _TEXTS:
            set_or_clear(values, name, child.text)
        elif name in REFERENCES and (entry := read_ref(company, child, _PLACE)) is not None:
            refs[name] = entry
    if "CustomerRef" not in refs:
        raise missing("CustomerRef")
    for name, full_name in _DEFAULT_ACCOUNTS.items():
        account = company.lists.by_name(ListKind.ACCOUNT, full_name)
        if account is not None:
            refs.setdefault(name, account)
    return replace(payment, refs=refs, values={**payment.values, **values})


def _asked(
    company: CompanyFile, payment: Payment, wishes: list[etree._Element]
) -> list[tuple[str, Decimal]]:
    parts: dict[str, Decimal] = {}
    for wish in wishes:
        if wish.find("SetCredit") is not None or wish.findtext("DiscountAmount"):
            raise not_simulated("credits and discounts of a payment")
        txn_id = wish.findtext("TxnID", "")
        if txn_id in parts:
            raise Refusal(3177, f'The transaction "{txn_id}" is named twice.')
        parts[txn_id] = _amount(company, payment, wish, txn_id)
    if sum(parts.values(), ZERO) > payment.total:
        raise invalid_payment(
            payment.total, "You cannot apply more than the amount of the payment."
        )
    return list(parts.items())


def _amount(company: CompanyFile, payment: Payment, wish: etree._Element, txn_id: str) -> Decimal:
    invoice = company.invoices.get(txn_id)
    if invoice is None or invoice.refs["CustomerRef"] is not payment.refs["CustomerRef"]:
        raise cannot_be_found(txn_id)
    amount = Decimal(wish.findtext("PaymentAmount") or 0)
    if amount > invoice.balance_remaining:
        raise invalid_payment(amount, "You cannot pay more than the amount due.")
    return amount


def _automatic(company: CompanyFile, payment: Payment) -> Iterator[tuple[str, Decimal]]:
    """Pay the oldest invoices of the customer first; in which order QuickBooks does is its own."""
    left = payment.total
    customer = payment.refs["CustomerRef"]
    owed = [each for each in company.invoices.values() if each.refs["CustomerRef"] is customer]
    for invoice in sorted(owed, key=lambda each: each.txn_date):
        amount = min(left, invoice.balance_remaining)
        if amount > 0:
            left -= amount
            yield invoice.txn_id, amount


def invalid_payment(value: Decimal, reason: str) -> Refusal:
    """Status 3210 for an amount that cannot be applied, in the words QuickBooks was seen to use."""
    return Refusal(
        3210,
        f'The "AppliedToTxnAdd payment amount" field has an invalid value "{amount_text(value)}".  '
        f"QuickBooks error message: {reason}",
    )
