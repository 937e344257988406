"""What QuickBooks' answers to a payment mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.backoff import Trouble, needs_person, next_try
from domain.invoice import Invoice
from domain.issues import AnswerClass, Reach, Retry, Step, StepActor, SyncIssue, Verdict
from domain.limits import quickbooks_text
from domain.money import add_up
from domain.paying import PaymentCase
from domain.payments import (
    Payment,
    PaymentHappening,
    PaymentProblem,
    PaymentState,
    advance_payment,
)
from domain.quickbooks_transactions import QuickBooksPayment
from domain.sync_status import SyncStatus

_S, _H = PaymentState, PaymentHappening
#: A payment that was sent this often without coming to rest needs a person.
MOST_ATTEMPTS = 25
_NEXT_SESSION = timedelta(minutes=1)
_DONE = frozenset({AnswerClass.APPLIED, AnswerClass.WARNING})
#: Understood: found, or nothing found by a filter (1) or by TxnID (500). A filter that answers 500
#: did not know the customer, and looked nothing up.
_BY_FILTER, _BY_ID = frozenset({0, 1}), frozenset({0, 500})
_FINAL = frozenset({AnswerClass.PERSON, AnswerClass.DEFECT, AnswerClass.NOT_FOUND})
_UNSYNCED = frozenset({SyncStatus.SYNCING, SyncStatus.BYPASSED, SyncStatus.ACTION_REQUIRED})
_RETRY = Step(StepActor.OFFICE, "Then export the payment again (exportPayments).")
_LOOK = Step(
    StepActor.BOOKKEEPER,
    "Look for the payment in QuickBooks (Customers > Receive Payments). If it is there, bypass it"
    " here; if not, export it again: QuickBooks is asked once more first.",
)


def hear_add(
    case: PaymentCase,
    verdict: Verdict,
    found: QuickBooksPayment | None,
    *,
    told_txn_id: str | None,
    roots: Sequence[SyncIssue],
    now: datetime,
) -> Payment:
    """Give the payment after the answer to its Add; an answer that QuickBooks had stored counts."""
    payment = case.payment
    if payment.state is _S.UNKNOWN:
        payment = advance_payment(payment, _H.ANSWER_FOUND, now)
    if verdict.kind in _DONE and found is not None:
        return _exported(case, payment, found, _H.CONFIRMED, now)
    if told_txn_id is not None:
        payment = replace(payment, txn_id=told_txn_id)
    match verdict.kind:
        case AnswerClass.PERSON | AnswerClass.DEFECT | AnswerClass.NOT_FOUND:
            return _refused(case, payment, verdict, roots, now)
        case AnswerClass.UNPROCESSED:
            return _again(payment, _H.NOT_RUN, verdict, now)
        case AnswerClass.TRANSIENT | AnswerClass.CONNECTION | AnswerClass.OUTDATED:
            if verdict.retry is Retry.TWICE:  # it may have taken too long, and been saved
                return _again(payment, _H.ANSWER_LOST, verdict, now)
            return _delayed(payment, verdict, now)
        case _:  # status 0 without the payment proves nothing
            return _again(payment, _H.ANSWER_LOST, verdict, now)


def hear_question(
    case: PaymentCase, verdict: Verdict, found: Sequence[QuickBooksPayment], now: datetime
) -> Payment:
    """Give the payment after QuickBooks told what the customer paid."""
    payment = case.payment
    understood = _BY_FILTER if payment.txn_id is None else _BY_ID
    if verdict.quickbooks_code in understood:
        ours = next((each for each in found if _is_ours(payment, each)), None)
        if ours is not None:
            return _exported(case, payment, ours, _H.FOUND, now)
        alike = next((each for each in found if looks_like(payment, each)), None)
        if alike is not None:
            return with_problem(advance_payment(payment, _H.NOT_TOLD, now), _lookalike(alike, now))
        if payment.txn_id is not None:  # it had been stored, and somebody has deleted it since
            return with_problem(advance_payment(payment, _H.NOT_TOLD, now), _deleted(now))
        return _again(payment, _H.FOUND_MISSING, verdict, now)
    if verdict.kind in _FINAL:
        after = advance_payment(payment, _H.NOT_TOLD, now)
        return with_problem(after, problem_of(verdict, now, more_steps=(_LOOK,)))
    return _delayed(payment, verdict, now)


def lose(payment: Payment, now: datetime) -> Payment:
    """No answer will come by itself. A lost Add stays with its set, which is asked after first."""
    lost = payment if payment.state is _S.UNKNOWN else advance_payment(payment, _H.ANSWER_LOST, now)
    is_add = payment.state is not _S.ASKED
    return replace(lost, exchange_id=payment.exchange_id if is_add else None)


def note_not_run(payment: Payment, now: datetime, *, is_alone: bool = False) -> Payment:
    """QuickBooks refused the set as a whole, or could not read it: nothing of it ran."""
    after = _again(payment, _H.NOT_RUN, None, now)
    return replace(after, is_alone=payment.is_alone or is_alone)


def refuse(payment: Payment, problem: PaymentProblem, now: datetime) -> Payment:
    """It cannot be sent, or QuickBooks cannot be asked for it."""
    is_doubtful = payment.state in (_S.UNKNOWN, _S.ASKED)
    happening = _H.NOT_TOLD if is_doubtful else _H.REFUSED
    return with_problem(
        replace(advance_payment(payment, happening, now), exchange_id=None), problem
    )


def problem_of(
    verdict: Verdict, now: datetime, *, more_steps: tuple[Step, ...] = ()
) -> PaymentProblem:
    """Give what a person is told of an answer."""
    return PaymentProblem(
        code=verdict.code,
        reason=verdict.reason,
        steps=(*verdict.steps, *more_steps),
        quickbooks_code=verdict.quickbooks_code,
        quickbooks_message=verdict.quickbooks_message,
        opened_at=now,
    )


def with_problem(payment: Payment, problem: PaymentProblem | None) -> Payment:
    """Give the payment with what a person is told of it."""
    return replace(payment, problem=problem)


def looks_like(payment: Payment, found: QuickBooksPayment) -> bool:
    """Tell whether this may be the payment, entered by hand or by an old version of QuickBooks.

    It has the amount, and the day or the number; one that we made for another payment is not it.
    """
    if found.external_guid is not None or found.total != payment.amount:
        return False
    number = None if payment.number is None else quickbooks_text(payment.number).casefold()
    return found.date == payment.received_on or (
        number is not None and (found.number or "").casefold() == number
    )


def _is_ours(payment: Payment, found: QuickBooksPayment) -> bool:
    guid = (found.external_guid or "").casefold()
    return guid == payment.external_guid.casefold() or found.txn_id == payment.txn_id


def _exported(
    case: PaymentCase,
    payment: Payment,
    found: QuickBooksPayment,
    happening: PaymentHappening,
    now: datetime,
) -> Payment:
    txn_id = None if case.link is None else case.link.copy.txn_id
    applied = add_up(
        each.amount for each in found.applied if each.txn_id == txn_id and each.amount is not None
    )
    differs = found.total != payment.amount
    return replace(
        advance_payment(payment, happening, now),
        txn_id=found.txn_id,
        applied=applied,
        exchange_id=None,
        trouble=None,
        root_id=None,
        exported_at=now,
        problem=_other_total(found.total, payment, now) if differs else None,
    )


def _refused(
    case: PaymentCase,
    payment: Payment,
    verdict: Verdict,
    roots: Sequence[SyncIssue],
    now: datetime,
) -> Payment:
    """Give the root its due: the missing customer's, or the invoice's; else it is one itself."""
    payment = replace(payment, exchange_id=None, trouble=None, root_id=None)
    thing = verdict.object
    if thing is not None and verdict.reach is Reach.OBJECT:
        root = next((issue for issue in roots if issue.object == thing), None)
        if root is not None:
            held = advance_payment(payment, _H.HELD_BACK, now)
            return replace(held, root_id=root.id, problem=problem_of(verdict, now))
    if _is_about_invoice(case, verdict):
        if case.invoice.sync_status in _UNSYNCED:
            held = advance_payment(payment, _H.HELD_BACK, now)
            problem = problem_of(verdict, now)
            told = f"{problem.reason} {_unsynced(case.invoice)}"
            return replace(held, root_id=None, problem=replace(problem, reason=told))
        verdict = replace(verdict, reason=f"{verdict.reason} {_totals(case)}".strip())
    after = advance_payment(payment, _H.REFUSED, now)
    return with_problem(after, problem_of(verdict, now, more_steps=(_RETRY,)))


def _is_about_invoice(case: PaymentCase, verdict: Verdict) -> bool:
    if verdict.code == "PAYMENT_EXCEEDS_DUE":
        return True
    thing = verdict.object
    return case.link is not None and thing is not None and thing.name == case.link.copy.txn_id


def _unsynced(invoice: Invoice) -> str:
    return (
        f"Invoice {invoice.content.number} has changes that QuickBooks does not hold yet; the"
        " payment goes by itself as soon as they are synced."
    )


def _totals(case: PaymentCase) -> str:
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


def _again(
    payment: Payment, happening: PaymentHappening, verdict: Verdict | None, now: datetime
) -> Payment:
    """It goes, or is asked after, once more; not for ever."""
    after = replace(advance_payment(payment, happening, now), exchange_id=None)
    if payment.attempts < MOST_ATTEMPTS:
        return after
    return refuse(after, _no_progress(verdict, now), now)


def _delayed(payment: Payment, verdict: Verdict, now: datetime) -> Payment:
    known = payment.trouble
    trouble = Trouble.first_met(now) if known is None else known.met_again(now)
    after = replace(
        advance_payment(payment, _H.DELAYED, now),
        exchange_id=None,
        trouble=trouble,
        next_attempt_at=now + (next_try(trouble.tries) or _NEXT_SESSION),
    )
    if needs_person(trouble, verdict.retry):
        return refuse(after, problem_of(verdict, now, more_steps=(_RETRY,)), now)
    if payment.attempts >= MOST_ATTEMPTS:
        return refuse(after, _no_progress(verdict, now), now)
    return after


def _no_progress(verdict: Verdict | None, now: datetime) -> PaymentProblem:
    return PaymentProblem(
        code="NO_PROGRESS",
        reason=f"This payment was sent {MOST_ATTEMPTS} times and QuickBooks never came to an end.",
        steps=(_LOOK,),
        quickbooks_code=None if verdict is None else verdict.quickbooks_code,
        quickbooks_message=None if verdict is None else verdict.quickbooks_message,
        opened_at=now,
    )


def _lookalike(found: QuickBooksPayment, now: datetime) -> PaymentProblem:
    number = f" {found.number}" if found.number else ""
    return PaymentProblem(
        code="PAYMENT_MAY_EXIST",
        reason=(
            "The answer to this payment was lost, and QuickBooks shows one that may be it:"
            f" payment{number} of {found.total}, {found.date}. Nothing was sent again."
        ),
        steps=(_LOOK,),
        opened_at=now,
    )


def _deleted(now: datetime) -> PaymentProblem:
    return PaymentProblem(
        code="PAYMENT_DELETED",
        reason="QuickBooks had stored this payment and does not show it any more.",
        steps=(_LOOK,),
        opened_at=now,
    )


def _other_total(total: Decimal, payment: Payment, now: datetime) -> PaymentProblem:
    return PaymentProblem(
        code="READ_BACK_DIFFERS",
        reason=f"QuickBooks shows {total} for this payment, here it is {payment.amount}.",
        steps=(Step(StepActor.BOOKKEEPER, "Compare the payment in QuickBooks with this one."),),
        opened_at=now,
    )
