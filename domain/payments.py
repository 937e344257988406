"""The life of a payment and of its export, as a table.

A payment belongs to one invoice and goes to QuickBooks at most once. It is no sync job: it never
changes the invoice's sync status, and what becomes of it is told by itself. Two rules: every change
of its state happens in `advance_payment`, and a payment whose answer was lost leaves UNKNOWN only
through what QuickBooks itself says.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.backoff import Trouble
from domain.invoice import ExportOrigin, ExportStatus
from domain.issues import Step
from domain.money import ZERO
from domain.transitions import IllegalTransition

#: qbXML 13.0, ReceivePayment: RefNumber, and the name of a payment method.
PAYMENT_NUMBER_LENGTH, PAYMENT_METHOD_LENGTH = 20, 31


class PaymentState(StrEnum):
    #: Received here; nobody has asked for its export.
    RECORDED = "RECORDED"
    #: To be exported: it leaves as soon as its invoice is in QuickBooks and at rest.
    WAITING = "WAITING"
    #: It left for QuickBooks; its answer is owed.
    SENT = "SENT"
    #: The answer was lost: QuickBooks may or may not have it, and is asked before anything else.
    UNKNOWN = "UNKNOWN"
    #: QuickBooks is being asked whether it has it.
    ASKED = "ASKED"
    #: QuickBooks refused it for what its invoice or customer lacks; it goes by itself after that.
    HELD = "HELD"
    #: QuickBooks refused it, or it cannot be sent; it is certainly not there. A person decides.
    REFUSED = "REFUSED"
    #: QuickBooks may have it, and did not tell. A person looks, or has it asked again.
    UNRESOLVED = "UNRESOLVED"
    #: QuickBooks holds it.
    EXPORTED = "EXPORTED"
    #: It counts as exported, and nothing was sent, or nothing of it counts any more.
    BYPASSED = "BYPASSED"


class PaymentHappening(StrEnum):
    #: Somebody asks for its export.
    WANTED = "WANTED"
    HANDED_OUT = "HANDED_OUT"
    #: Status 0, and QuickBooks returned the payment.
    CONFIRMED = "CONFIRMED"
    REFUSED = "REFUSED"
    #: QuickBooks refused it for what its invoice or customer lacks.
    HELD_BACK = "HELD_BACK"
    #: A lock or another passing trouble.
    DELAYED = "DELAYED"
    #: It certainly did not run.
    NOT_RUN = "NOT_RUN"
    ANSWER_LOST = "ANSWER_LOST"
    #: QuickBooks had stored its answer; it is booked as if it had just come.
    ANSWER_FOUND = "ANSWER_FOUND"
    #: Asked for it, QuickBooks shows it.
    FOUND = "FOUND"
    #: Asked for it, QuickBooks has nothing like it.
    FOUND_MISSING = "FOUND_MISSING"
    #: QuickBooks shows something like it, or cannot be asked.
    NOT_TOLD = "NOT_TOLD"
    BYPASSED = "BYPASSED"


_S, _H = PaymentState, PaymentHappening

TRANSITIONS: Mapping[tuple[PaymentState, PaymentHappening], PaymentState] = {
    (_S.RECORDED, _H.WANTED): _S.WAITING,
    (_S.WAITING, _H.WANTED): _S.WAITING,  # through another connection
    (_S.HELD, _H.WANTED): _S.WAITING,
    (_S.REFUSED, _H.WANTED): _S.WAITING,
    (_S.UNRESOLVED, _H.WANTED): _S.UNKNOWN,  # asked again, never sent blindly
    (_S.WAITING, _H.HANDED_OUT): _S.SENT,
    (_S.HELD, _H.HANDED_OUT): _S.SENT,
    (_S.UNKNOWN, _H.HANDED_OUT): _S.ASKED,
    (_S.WAITING, _H.REFUSED): _S.REFUSED,
    (_S.HELD, _H.REFUSED): _S.REFUSED,
    (_S.UNKNOWN, _H.NOT_TOLD): _S.UNRESOLVED,
    (_S.SENT, _H.CONFIRMED): _S.EXPORTED,
    (_S.SENT, _H.REFUSED): _S.REFUSED,
    (_S.SENT, _H.HELD_BACK): _S.HELD,
    (_S.SENT, _H.DELAYED): _S.WAITING,
    (_S.SENT, _H.NOT_RUN): _S.WAITING,
    (_S.SENT, _H.ANSWER_LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _H.ANSWER_FOUND): _S.SENT,
    (_S.UNKNOWN, _H.NOT_RUN): _S.WAITING,
    (_S.ASKED, _H.FOUND): _S.EXPORTED,
    (_S.ASKED, _H.FOUND_MISSING): _S.WAITING,
    (_S.ASKED, _H.NOT_TOLD): _S.UNRESOLVED,
    (_S.ASKED, _H.DELAYED): _S.UNKNOWN,
    (_S.ASKED, _H.NOT_RUN): _S.UNKNOWN,
    (_S.ASKED, _H.ANSWER_LOST): _S.UNKNOWN,
    **{
        (state, _H.BYPASSED): _S.BYPASSED
        for state in (
            _S.RECORDED, _S.WAITING, _S.HELD, _S.REFUSED, _S.UNRESOLVED, _S.EXPORTED
        )
    },
}  # fmt: skip

#: On its way, or lost on it: it can neither be bypassed nor sent elsewhere.
ON_ITS_WAY = frozenset({PaymentState.SENT, PaymentState.UNKNOWN, PaymentState.ASKED})
#: QuickBooks does not show it, as far as we know: it still counts against the invoice's balance.
NOT_THERE = frozenset(PaymentState) - {PaymentState.EXPORTED, PaymentState.BYPASSED}

EXPORT_STATUSES: Mapping[PaymentState, ExportStatus] = {
    PaymentState.RECORDED: ExportStatus.PENDING,
    PaymentState.EXPORTED: ExportStatus.EXPORTED,
    PaymentState.BYPASSED: ExportStatus.EXPORTED,
    **dict.fromkeys(
        NOT_THERE - {PaymentState.RECORDED},
        ExportStatus.POSTED,
    ),
}
_ORIGINS = {
    PaymentState.EXPORTED: ExportOrigin.EXPORTED,
    PaymentState.BYPASSED: ExportOrigin.BYPASSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentProblem:
    """Why a payment cannot go, or what a person should know of an exported one."""

    code: str
    reason: str
    steps: tuple[Step, ...] = ()
    quickbooks_code: int | None = None
    quickbooks_message: str | None = None
    opened_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money received for one invoice. Its id is the requestID on the wire, and its ExternalGUID."""

    id: UUID
    invoice_id: UUID
    amount: Decimal
    received_on: dt.date
    #: QuickBooks' name of the payment method; None: QuickBooks is told none.
    method: str | None
    #: The number of the cheque, or another reference.
    number: str | None
    #: Somebody knows that it is more than the invoice leaves to be paid.
    is_overpayment: bool = False
    state: PaymentState = PaymentState.RECORDED
    #: How it goes or went to QuickBooks.
    connection_id: UUID | None = None
    #: With which message set it left, while its answer is owed.
    exchange_id: UUID | None = None
    #: How often it, or a question about it, was sent since its export was asked for.
    attempts: int = 0
    next_attempt_at: dt.datetime | None = None
    trouble: Trouble | None = None
    #: A set with it could not be parsed: it travels by itself.
    is_alone: bool = False
    #: The issue of an invoice that has to be cleared before a HELD one goes; None: the invoice's
    #: own sync.
    root_id: UUID | None = None
    problem: PaymentProblem | None = None
    #: QuickBooks' TxnID of it.
    txn_id: str | None = None
    #: What of it QuickBooks told to be applied to the invoice.
    applied: Decimal = ZERO
    exported_at: dt.datetime | None = None
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def external_guid(self) -> str:
        """What QuickBooks keeps of us with it."""
        return f"{{{self.id}}}"

    @property
    def export_status(self) -> ExportStatus:
        """How far its export is."""
        return EXPORT_STATUSES[self.state]

    @property
    def export_origin(self) -> ExportOrigin | None:
        """Why it counts as exported."""
        return _ORIGINS.get(self.state)

    @property
    def name(self) -> str:
        """How a sentence names it."""
        told = f"payment {self.number} of" if self.number else "payment of"
        return f"{told} {self.amount}"


def advance_payment(payment: Payment, happening: PaymentHappening, now: dt.datetime) -> Payment:
    """Give the payment after the happening; raise IllegalTransition for a pair the table lacks."""
    try:
        state = TRANSITIONS[payment.state, happening]
    except KeyError:
        raise IllegalTransition(payment.state, happening) from None
    return replace(
        payment,
        state=state,
        updated_at=now,
        attempts=payment.attempts + (happening is PaymentHappening.HANDED_OUT),
        next_attempt_at=None,
    )
