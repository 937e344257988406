"""What a person is told of a payment that cannot go, or came out otherwise, and what to do.

The steps are those of the catalogue (`payment_rows`), the sentences have the names and amounts.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.invoice import Invoice
from domain.issues import Step, Verdict
from domain.paying import PaymentCase
from domain.payment_rows import (
    COMPARE,
    CUSTOMER_UNKNOWN,
    DELETED,
    ENTRY_NOT_FOUND,
    INVOICE_NOT_FOUND,
    LOOK,
    MAY_EXIST,
    PAYMENT_DELETED,
    PAYMENT_MAY_EXIST,
    steps_of_payment,
)
from domain.payments import Payment, PaymentProblem
from domain.quickbooks_transactions import QuickBooksPayment

#: A payment that was sent this often without coming to rest needs a person.
MOST_ATTEMPTS = 25


def problem_of(
    verdict: Verdict, now: datetime, *, more_steps: tuple[Step, ...] = ()
) -> PaymentProblem:
    """Give what a person is told of an answer."""
    return PaymentProblem(
        code=verdict.code,
        reason=verdict.reason,
        steps=(*steps_of_payment(verdict.steps), *more_steps),
        quickbooks_code=verdict.quickbooks_code,
        quickbooks_message=verdict.quickbooks_message,
        opened_at=now,
    )


def not_found(case: PaymentCase, verdict: Verdict) -> Verdict:
    """Say what QuickBooks does not find: the invoice, or something else that the payment names."""
    if names(verdict, txn_id_of(case)):
        reason = (
            f"QuickBooks does not find invoice {case.invoice.content.number}, which this payment is"
            f" applied to, among those of {case.customer.name}: it was deleted, entered anew or"
            " given to another customer there. The payment is not in QuickBooks."
        )
        return replace(verdict, reason=reason, steps=INVOICE_NOT_FOUND)
    name = "" if verdict.object is None or not verdict.object.name else f" “{verdict.object.name}”"
    reason = (
        f"QuickBooks does not find something that this payment names{name}, such as its customer:"
        " it was deleted, merged or entered anew there. The payment is not in QuickBooks."
    )
    return replace(verdict, reason=reason, steps=ENTRY_NOT_FOUND)


def customer_unknown(case: PaymentCase, verdict: Verdict) -> Verdict:
    """Say that the question for a lost payment found no customer."""
    return replace(
        verdict,
        code="CUSTOMER_MISSING",
        reason=(
            "The answer to this payment was lost, and QuickBooks, asked what the customer paid,"
            f" does not know {case.customer.name}. Nothing was sent again."
        ),
        steps=CUSTOMER_UNKNOWN,
    )


def unsynced(invoice: Invoice) -> str:
    """Give what a payment waits for that its invoice holds up."""
    return (
        f"Invoice {invoice.content.number} has changes that QuickBooks does not hold yet; the"
        " payment goes by itself as soon as they are synced."
    )


def totals_that_differ(case: PaymentCase) -> str:
    """Give both totals where they differ: a cent of sales tax is enough."""
    copy = None if case.link is None else case.link.copy
    if copy is None or copy.subtotal is None or copy.sales_tax is None:
        return ""
    ours, theirs = case.invoice.totals, copy.subtotal + copy.sales_tax
    if ours.total == theirs:
        return ""
    tax = (
        f" The likely cause is the sales tax: {copy.sales_tax} there, {ours.sales_tax} here."
        if ours.sales_tax != copy.sales_tax
        else ""
    )
    return f"The invoice comes to {theirs} in QuickBooks and to {ours.total} here.{tax}"


def lookalike(found: QuickBooksPayment, now: datetime) -> PaymentProblem:
    """QuickBooks shows one that may be the payment."""
    number = f" {found.number}" if found.number else ""
    return PaymentProblem(
        code=PAYMENT_MAY_EXIST,
        reason=(
            "The answer to this payment was lost, and QuickBooks shows one that may be it:"
            f" payment{number} of {found.total}, {found.date}. Nothing was sent again."
        ),
        steps=MAY_EXIST,
        opened_at=now,
    )


def deleted(verdict: Verdict, now: datetime) -> PaymentProblem:
    """It had been stored, and somebody has deleted it since."""
    return PaymentProblem(
        code=PAYMENT_DELETED,
        reason=(
            "QuickBooks had stored this payment and does not show it any more: somebody deleted it"
            " there. Nothing was sent again."
        ),
        steps=DELETED,
        quickbooks_code=verdict.quickbooks_code,
        quickbooks_message=verdict.quickbooks_message,
        opened_at=now,
    )


def other_total(total: Decimal, payment: Payment, now: datetime) -> PaymentProblem:
    """It was exported with another amount."""
    return PaymentProblem(
        code="READ_BACK_DIFFERS",
        reason=f"QuickBooks shows {total} for this payment, here it is {payment.amount}.",
        steps=(COMPARE,),
        opened_at=now,
    )


def no_progress(verdict: Verdict | None, now: datetime) -> PaymentProblem:
    """It went round in circles."""
    return PaymentProblem(
        code="NO_PROGRESS",
        reason=f"This payment was sent {MOST_ATTEMPTS} times and QuickBooks never came to an end.",
        steps=(LOOK,),
        quickbooks_code=None if verdict is None else verdict.quickbooks_code,
        quickbooks_message=None if verdict is None else verdict.quickbooks_message,
        opened_at=now,
    )


def names(verdict: Verdict, txn_id: str | None) -> bool:
    """Tell whether this is what QuickBooks does not find."""
    thing = verdict.object
    return txn_id is not None and thing is not None and thing.name == txn_id


def txn_id_of(case: PaymentCase) -> str | None:
    """Give QuickBooks' id of the invoice that it pays; None where we know of none."""
    return None if case.link is None else case.link.copy.txn_id
