"""Payments beside the requests of jobs: handed out, booked by requestID, asked after when lost.

They need no worker and touch no job and no status: what may leave is known when the Web Connector
asks, and is rendered then. Stored before it leaves, like everything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.answers import judge_status
from domain.issues import Step, SyncIssue, Verdict
from domain.paying import PaymentCase, plan_add, question_about
from domain.payment_answers import hear_add, hear_question, lose, note_not_run, refuse
from domain.payment_problems import problem_of
from domain.payment_rows import CORRECT, NAME_IT
from domain.payments import (
    Payment,
    PaymentHappening,
    PaymentProblem,
    PaymentState,
    advance_payment,
)
from domain.quickbooks_transactions import (
    QuickBooksPayment,
    ReceivePaymentAdd,
    TransactionQuery,
)
from qbwc.qbxml.errors import LocalProtocolError, UnsendableValue
from qbwc.qbxml.parse import Response
from qbwc.qbxml.render import render_request
from qbwc.qbxml.version import Version

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_ADDED, _ASKED = "ReceivePaymentAddRs", "ReceivePaymentQueryRs"


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment and its element, ready to leave."""

    payment: Payment
    body: bytes


class Paying:
    """The payments that wait for one connection or are on their way through it."""

    def __init__(self, work: UnitOfWork, channel: Channel, now: datetime) -> None:
        self._work = work
        self._channel = channel
        self._now = now

    async def take(self, version: Version, *, at_most: int) -> list[Paid]:
        """Lock and give the oldest that may leave; one that has to travel alone comes alone.

        What cannot be written as qbXML is refused here, with the reason.
        """
        found = await self._work.payments.take(self._channel.id, self._now, at_most=at_most)
        taken, refused = [], []
        for case in await self._cases(found):
            rendered = self._render(case, version)
            if isinstance(rendered, PaymentProblem):
                refused.append(refuse(case.payment, rendered, self._now))
            else:
                sent = advance_payment(case.payment, PaymentHappening.HANDED_OUT, self._now)
                taken.append(Paid(sent, rendered))
        await self._save(refused)
        return next(([one] for one in taken if one.payment.is_alone), taken)

    async def mark_sent(self, paid: Sequence[Paid], exchange_id: UUID) -> None:
        """Note with which message set the payments leave."""
        sent = [replace(one.payment, exchange_id=exchange_id, problem=None) for one in paid]
        await self._save(sent)

    async def sent_in(self, exchange_id: UUID) -> list[Payment]:
        """Lock and give the payments of a message set whose answers are still owed."""
        return await self._work.payments.sent_in(exchange_id)

    async def book(
        self, payments: Sequence[Payment], answers: Mapping[str | None, Response]
    ) -> None:
        """Book the answers, by requestID and name; one without an answer is asked after."""
        roots: list[SyncIssue] = []
        if payments:
            roots = await self._work.sync_issues.open_roots(self._channel.company_file_id)
        cases = await self._cases(payments)
        booked = [self._booked(case, answers.get(str(case.payment.id)), roots) for case in cases]
        await self._save(booked)
        exported = [one.invoice_id for one in booked if one.state is PaymentState.EXPORTED]
        if exported:  # QuickBooks counts what was paid as a change of the invoice
            await self._work.links.mark_stale(*exported)

    async def lose(self, payments: Sequence[Payment]) -> bool:
        """No answer will come by itself; tell whether one of them was to be added."""
        await self._save([lose(one, self._now) for one in payments])
        return any(one.state is not PaymentState.ASKED for one in payments)

    async def give_up(self, payments: Sequence[Payment]) -> None:
        """QuickBooks cannot tell of the set: each payment is asked after by itself."""
        await self._save([replace(one, exchange_id=None) for one in payments])

    async def note_not_run(self, payments: Sequence[Payment]) -> None:
        """QuickBooks refused the set as a whole: all of it goes again."""
        await self._save([note_not_run(one, self._now) for one in payments])

    async def note_unreadable(self, payments: Sequence[Payment], verdict: Verdict | None) -> None:
        """QuickBooks could not parse the set. With a verdict the one payment was all of it."""
        after = [note_not_run(one, self._now, is_alone=True) for one in payments]
        if verdict is not None:
            problem = problem_of(verdict, self._now)
            after = [
                one if one.state in _AT_REST else refuse(one, problem, self._now) for one in after
            ]
        await self._save(after)

    def _render(self, case: PaymentCase, version: Version) -> bytes | PaymentProblem:
        request = _request(case)
        if request is None:
            return self._problem(
                "NAME_MISSING",
                f"QuickBooks' name of the customer “{case.customer.name}” is not known.",
                NAME_IT,
            )
        try:
            return render_request(request, str(case.payment.id), version=version)
        except LocalProtocolError as refusal:
            log.warning("payment.not_rendered", payment_id=str(case.payment.id))
            return self._problem("NOT_SENDABLE", _why(refusal), CORRECT)

    def _problem(self, code: str, reason: str, steps: tuple[Step, ...]) -> PaymentProblem:
        return PaymentProblem(code=code, reason=reason, steps=steps, opened_at=self._now)

    def _booked(
        self, case: PaymentCase, response: Response | None, roots: Sequence[SyncIssue]
    ) -> Payment:
        is_question = case.payment.state is PaymentState.ASKED
        name = _ASKED if is_question else _ADDED
        if response is None or response.fault or response.name != name:
            return replace(lose(case.payment, self._now), exchange_id=None)
        verdict = judge_status(response.status_code, response.severity, response.message)
        found = [it for it in response.returned if isinstance(it, QuickBooksPayment)]
        if is_question:
            return hear_question(case, verdict, found, self._now)
        told = response.error_recovery
        return hear_add(
            case,
            verdict,
            found[0] if found else None,
            told_txn_id=None if told is None else told.txn_id,
            roots=roots,
            now=self._now,
        )

    async def _cases(self, payments: Sequence[Payment]) -> list[PaymentCase]:
        if not payments:
            return []
        work = self._work
        invoices = await work.invoices.get_many({one.invoice_id for one in payments})
        links = await work.links.get_many(invoices)
        customers = await work.lists.customers({one.customer_id for one in invoices.values()})
        connections = {each.id: each for each in await work.connections.installed()}
        return [
            PaymentCase(
                payment=one,
                invoice=invoices[one.invoice_id],
                customer=customers[invoices[one.invoice_id].customer_id],
                link=links.get(one.invoice_id),
                connection_id=self._channel.id,
                company_file_id=self._channel.company_file_id,
                connections=connections,
            )
            for one in payments
        ]

    async def _save(self, payments: Iterable[Payment]) -> None:
        saved = list(payments)
        await self._work.payments.save_many(saved)
        for payment in saved:
            log.info("payment.settled", payment_id=str(payment.id), state=payment.state)


_AT_REST = frozenset({PaymentState.REFUSED, PaymentState.UNRESOLVED})


def _request(case: PaymentCase) -> ReceivePaymentAdd | TransactionQuery | None:
    customer = case.customer_ref
    if case.payment.state is PaymentState.UNKNOWN:
        return question_about(case.payment, customer)
    return None if customer is None else plan_add(case, customer)


def _why(refusal: LocalProtocolError) -> str:
    if isinstance(refusal, UnsendableValue):
        field = refusal.label.replace("_", " ")
        return f"QuickBooks cannot take the payment's {field}: it {refusal.reason}."
    return str(refusal)
