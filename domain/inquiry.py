"""A question to QuickBooks outside of any sync job: read only, asked again until it is answered.

It touches no invoice, no job and no status. A lost answer, a session that was cut or an error of
QuickBooks' means that it is asked once more, a few times at most; and a question that nobody could
carry to QuickBooks in time expires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from domain.issues import AnswerClass, Verdict
from domain.quickbooks import QuickBooksInvoice
from domain.quickbooks_transactions import (
    Page,
    QuickBooksCreditMemo,
    QuickBooksOrder,
    QuickBooksPayment,
    TransactionQuery,
)
from domain.transitions import IllegalTransition

T = TypeVar("T")

#: The purpose of questions whose answers are kept as evidence.
UNLOCK: Final = "unlock"
#: An answer by filters comes in parts of so many; of all of them so many are kept.
PAGE_SIZE, MOST_KEPT = 100, 500
#: A question that brought no answer so often is not asked again.
MOST_ATTEMPTS = 5
#: How many travel in one message set: behind them wait the writes of the office.
MOST_IN_A_SET = 10

#: Understood: found, nothing by a filter (1), nothing by TxnID (500). Other warnings are about the
#: question itself and prove nothing.
_UNDERSTOOD: Final = frozenset({0, 1, 500})
_ITERATOR_GONE: Final = 3391
_FINAL_ANSWERS: Final = frozenset({AnswerClass.PERSON, AnswerClass.DEFECT})
_NO_ANSWER: Final = "QuickBooks was asked {count} times and did not answer. {why}"


class InquiryState(StrEnum):
    #: It waits for a Web Connector that fetches it, for the first time or again.
    ASKED = "ASKED"
    #: It is on its way; its answer has not come.
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    #: QuickBooks refuses the question, or did not answer it time and again.
    FAILED = "FAILED"
    #: Nobody carried it to QuickBooks in time: the connection was offline or disabled.
    EXPIRED = "EXPIRED"


class InquiryHappening(StrEnum):
    HANDED_OUT = "HANDED_OUT"
    #: A part of the answer came, and more follows.
    PAGE_CAME = "PAGE_CAME"
    ANSWERED = "ANSWERED"
    #: The answer was lost, or QuickBooks could not answer just now.
    NOT_ANSWERED = "NOT_ANSWERED"
    REFUSED = "REFUSED"
    OUT_OF_TIME = "OUT_OF_TIME"


_S, _H = InquiryState, InquiryHappening

TRANSITIONS: Mapping[tuple[InquiryState, InquiryHappening], InquiryState] = {
    (_S.ASKED, _H.HANDED_OUT): _S.SENT,
    (_S.ASKED, _H.REFUSED): _S.FAILED,  # it cannot be written as qbXML
    (_S.ASKED, _H.OUT_OF_TIME): _S.EXPIRED,
    (_S.SENT, _H.PAGE_CAME): _S.ASKED,
    (_S.SENT, _H.ANSWERED): _S.ANSWERED,
    (_S.SENT, _H.NOT_ANSWERED): _S.ASKED,
    (_S.SENT, _H.REFUSED): _S.FAILED,
    (_S.SENT, _H.OUT_OF_TIME): _S.EXPIRED,
}

#: Nothing more comes of these.
SETTLED = frozenset({InquiryState.ANSWERED, InquiryState.FAILED, InquiryState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What QuickBooks holds of what was asked for."""

    invoices: tuple[QuickBooksInvoice, ...] = ()
    credit_memos: tuple[QuickBooksCreditMemo, ...] = ()
    payments: tuple[QuickBooksPayment, ...] = ()
    orders: tuple[QuickBooksOrder, ...] = ()
    #: There was more than is kept.
    is_cut: bool = False

    @property
    def count(self) -> int:
        """How many transactions these are."""
        return len(self.invoices) + len(self.credit_memos) + len(self.payments) + len(self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question, how far it has come, and its answer. Its id is the requestID on the wire."""

    id: UUID
    connection_id: UUID
    #: Who asks, in a word: "unlock", "preview".
    purpose: str
    question: TransactionQuery
    #: Of what is found, only what has this in its memo is kept; None keeps all.
    memo_part: str | None = None
    state: InquiryState = InquiryState.ASKED
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    #: How often it was asked in vain.
    attempts: int = 0
    #: A set with it could not be parsed: it travels by itself.
    is_alone: bool = False
    #: What came so far; all there is once it is ANSWERED.
    findings: Findings = field(default_factory=Findings)
    #: Why it failed, or why it is asked again.
    trouble: str | None = None
    #: With which message set it left, in which session of the connector, and how the next part of
    #: the answer is asked for there. QuickBooks forgets iterators with its session.
    exchange_id: UUID | None = None
    session_id: UUID | None = None
    iterator_id: str | None = None

    def state_at(self, now: datetime) -> InquiryState:
        """Give how it stands; what nobody carried in time counts as expired at once."""
        is_late = self.state not in SETTLED and now >= self.expires_at
        return InquiryState.EXPIRED if is_late else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """QuickBooks' answer to one question, or a part of it."""

    verdict: Verdict
    findings: Findings
    iterator_id: str | None = None
    remaining: int | None = None


def advance_inquiry(inquiry: Inquiry, happening: InquiryHappening) -> Inquiry:
    """Give the question after the happening; raise IllegalTransition for a pair it lacks."""
    try:
        state = TRANSITIONS[inquiry.state, happening]
    except KeyError:
        raise IllegalTransition(inquiry.state, happening) from None
    return replace(inquiry, state=state)


def goes_by_filter(question: TransactionQuery) -> bool:
    """Tell whether the answer may be long, and comes in parts."""
    return not question.txn_ids and not question.numbers


def hand_out(inquiry: Inquiry, session_id: UUID) -> Inquiry:
    """Give the question on its way; in another session than before it begins anew."""
    sent = advance_inquiry(inquiry, InquiryHappening.HANDED_OUT)
    if inquiry.session_id != session_id:
        sent = _from_the_start(sent)
    return replace(sent, session_id=session_id)


def next_question(inquiry: Inquiry) -> TransactionQuery:
    """Give what to ask now: of a long answer the next part."""
    if not goes_by_filter(inquiry.question):
        return inquiry.question
    page = Page(size=PAGE_SIZE, iterator_id=inquiry.iterator_id)
    return replace(inquiry.question, page=page)


def hear(inquiry: Inquiry, reply: Reply, now: datetime) -> Inquiry:
    """Give the question after an answer of QuickBooks'."""
    verdict = reply.verdict
    if verdict.quickbooks_code in _UNDERSTOOD:
        return _take(inquiry, reply, now)
    if verdict.quickbooks_code != _ITERATOR_GONE and verdict.kind in _FINAL_ANSWERS:
        return refuse(inquiry, verdict.reason)
    return ask_again(inquiry, verdict.reason, now)


def refuse(inquiry: Inquiry, why: str) -> Inquiry:
    """Give the question after QuickBooks refused it for good."""
    return replace(advance_inquiry(inquiry, InquiryHappening.REFUSED), trouble=why)


def ask_again(inquiry: Inquiry, why: str, now: datetime, *, is_alone: bool = False) -> Inquiry:
    """Give the question after it brought no answer: it waits again, fails, or is out of time."""
    attempts = inquiry.attempts + 1
    counted = replace(inquiry, attempts=attempts, is_alone=inquiry.is_alone or is_alone)
    if attempts >= MOST_ATTEMPTS:
        return refuse(counted, _NO_ANSWER.format(count=attempts, why=why))
    if now >= inquiry.expires_at:
        return advance_inquiry(counted, InquiryHappening.OUT_OF_TIME)
    waiting = _from_the_start(advance_inquiry(counted, InquiryHappening.NOT_ANSWERED))
    return replace(waiting, trouble=why)


def _from_the_start(inquiry: Inquiry) -> Inquiry:
    return replace(inquiry, findings=Findings(), iterator_id=None, session_id=None)


def _take(inquiry: Inquiry, reply: Reply, now: datetime) -> Inquiry:
    findings = _together(inquiry.findings, _fitting(reply.findings, inquiry.memo_part))
    after = replace(inquiry, findings=findings)
    more_follows = bool(reply.remaining) and reply.iterator_id is not None
    if more_follows and not findings.is_cut:
        paged = advance_inquiry(after, InquiryHappening.PAGE_CAME)
        return replace(paged, iterator_id=reply.iterator_id)
    answered = advance_inquiry(after, InquiryHappening.ANSWERED)
    return replace(answered, answered_at=now, iterator_id=None, trouble=None)


def _fitting(found: Findings, memo_part: str | None) -> Findings:
    if memo_part is None:
        return found
    part = memo_part.casefold()
    return Findings(
        invoices=tuple(it for it in found.invoices if part in (it.memo or "").casefold()),
        credit_memos=tuple(it for it in found.credit_memos if part in (it.memo or "").casefold()),
        payments=tuple(it for it in found.payments if part in (it.memo or "").casefold()),
        orders=tuple(it for it in found.orders if part in (it.memo or "").casefold()),
    )


def _together(known: Findings, new: Findings) -> Findings:
    room = MOST_KEPT - known.count
    kept = Findings(
        invoices=_joined(known.invoices, new.invoices, room),
        credit_memos=_joined(known.credit_memos, new.credit_memos, room),
        payments=_joined(known.payments, new.payments, room),
        orders=_joined(known.orders, new.orders, room),
    )
    return replace(kept, is_cut=new.count > room)


def _joined(known: Sequence[T], new: Sequence[T], room: int) -> tuple[T, ...]:
    return (*known, *new[:room])
