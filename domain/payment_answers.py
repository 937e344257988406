"""What QuickBooks' answers to a payment mean."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.answer_rows import INVOICE_GONE
from domain.backoff import Trouble, needs_person, next_try
from domain.issues import AnswerClass, Reach, Retry, SyncIssue, Verdict
from domain.limits import quickbooks_text
from domain.money import add_up
from domain.paying import PaymentCase
from domain.payment_problems import (
    MOST_ATTEMPTS,
    customer_unknown,
    deleted,
    lookalike,
    names,
    no_progress,
    not_found,
    other_total,
    problem_of,
    totals_that_differ,
    txn_id_of,
    unsynced,
)
from domain.payment_rows import EXPORT_AGAIN, LOOK
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
_NEXT_SESSION = timedelta(minutes=1)
_DONE = frozenset({AnswerClass.APPLIED, AnswerClass.WARNING})
#: Understood: found, or nothing found by a filter (1) or by TxnID (500). A filter that answers 500
#: did not know the customer, and looked nothing up.
_BY_FILTER, _BY_ID = frozenset({0, 1}), frozenset({0, 500})
_FINAL = frozenset({AnswerClass.PERSON, AnswerClass.DEFECT, AnswerClass.NOT_FOUND})
_UNSYNCED = frozenset({SyncStatus.SYNCING, SyncStatus.BYPASSED, SyncStatus.ACTION_REQUIRED})
#: What an invoice's own sync is about to settle.
_UNDER_WAY = frozenset({SyncStatus.SYNCING, SyncStatus.ACTION_REQUIRED})
_EXCEEDS_DUE = "PAYMENT_EXCEEDS_DUE"


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
    if verdict.quickbooks_code in understood or names(verdict, payment.txn_id):
        ours = next((each for each in found if _is_ours(payment, each)), None)
        if ours is not None:
            return _exported(case, payment, ours, _H.FOUND, now)
        alike = next((each for each in found if looks_like(payment, each)), None)
        if alike is None and payment.txn_id is None:
            return _again(payment, _H.FOUND_MISSING, verdict, now)
        problem = deleted(verdict, now) if alike is None else lookalike(alike, now)
        return _not_told(payment, problem, now)
    if verdict.kind in _FINAL:
        is_unknown = verdict.code == INVOICE_GONE
        verdict = customer_unknown(case, verdict) if is_unknown else verdict
        problem = problem_of(verdict, now, more_steps=() if is_unknown else (LOOK,))
        return _not_told(payment, problem, now)
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


def _not_told(payment: Payment, problem: PaymentProblem, now: datetime) -> Payment:
    """It may be there, and a person looks; no message set is to be asked after for it any more."""
    after = advance_payment(payment, _H.NOT_TOLD, now)
    return with_problem(replace(after, exchange_id=None), problem)


def refuse(payment: Payment, problem: PaymentProblem, now: datetime) -> Payment:
    """It cannot be sent, or QuickBooks cannot be asked for it."""
    is_doubtful = payment.state in (_S.UNKNOWN, _S.ASKED)
    happening = _H.NOT_TOLD if is_doubtful else _H.REFUSED
    return with_problem(
        replace(advance_payment(payment, happening, now), exchange_id=None), problem
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
    txn_id = txn_id_of(case)
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
        problem=other_total(found.total, payment, now) if differs else None,
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
            problem = replace(problem_of(verdict, now), steps=verdict.steps)
            return replace(held, root_id=root.id, problem=problem)
    is_healed_by = _healing(case, verdict)
    verdict = not_found(case, verdict) if verdict.code == INVOICE_GONE else verdict
    if case.invoice.sync_status in is_healed_by:
        held = advance_payment(payment, _H.HELD_BACK, now)
        problem = problem_of(verdict, now)
        told = f"{problem.reason} {unsynced(case.invoice)}"
        return replace(held, root_id=None, problem=replace(problem, reason=told))
    if verdict.code == _EXCEEDS_DUE:
        verdict = replace(verdict, reason=f"{verdict.reason} {totals_that_differ(case)}".strip())
    after = advance_payment(payment, _H.REFUSED, now)
    more_steps = () if verdict.code == INVOICE_GONE else (EXPORT_AGAIN,)
    return with_problem(after, problem_of(verdict, now, more_steps=more_steps))


def _healing(case: PaymentCase, verdict: Verdict) -> frozenset[SyncStatus]:
    """Give with which status of its invoice a refusal is the invoice's, and passes with its sync.

    No sync brings back an invoice that is gone. But one that is under way, or failed, tells what
    became of it.
    """
    if verdict.code == _EXCEEDS_DUE:
        return _UNSYNCED
    return _UNDER_WAY if names(verdict, txn_id_of(case)) else frozenset()


def _again(
    payment: Payment, happening: PaymentHappening, verdict: Verdict | None, now: datetime
) -> Payment:
    """It goes, or is asked after, once more; not for ever."""
    after = replace(advance_payment(payment, happening, now), exchange_id=None)
    if payment.attempts < MOST_ATTEMPTS:
        return after
    return refuse(after, no_progress(verdict, now), now)


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
        return refuse(after, problem_of(verdict, now, more_steps=(EXPORT_AGAIN,)), now)
    if payment.attempts >= MOST_ATTEMPTS:
        return refuse(after, no_progress(verdict, now), now)
    return after
