"""Questions of callers to QuickBooks: handed out beside the requests of jobs, booked by requestID.

They change nothing but their own rows, those of the drift watch aside (see `watching`). A message
set that holds nothing else is never asked after: whatever becomes of it, its questions are simply
asked again.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from db.unit_of_work import UnitOfWork
from domain.answers import judge_status
from domain.inquiry import (
    MOST_IN_A_SET,
    SETTLED,
    Findings,
    Inquiry,
    Reply,
    ask_again,
    hand_out,
    hear,
    next_question,
    refuse,
)
from domain.issues import Verdict
from domain.quickbooks_transactions import (
    QuickBooksCreditMemo,
    QuickBooksOrder,
    QuickBooksPayment,
)
from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qbxml.parse import Response
from qbwc.qbxml.render import render_request
from qbwc.qbxml.version import Version

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LOST = "The answer was lost on its way."
_NOT_RUN = "QuickBooks refused the message set as a whole."
_UNREADABLE = "QuickBooks could not read the message set that the question was in."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its element, ready to leave."""

    inquiry: Inquiry
    body: bytes


class Questions:
    """The questions that wait for one connection or are on their way through it."""

    def __init__(self, work: UnitOfWork, now: datetime) -> None:
        self._work = work
        self._now = now

    async def take(
        self, connection_id: UUID, session_id: UUID, version: Version, *, at_most: int
    ) -> list[Asked]:
        """Lock and give the oldest; one that has to travel alone comes alone.

        What cannot be written as qbXML fails here, with the reason.
        """
        at_most = min(at_most, MOST_IN_A_SET)
        asked, failed = [], []
        for waiting in await self._work.inquiries.take(connection_id, self._now, at_most=at_most):
            inquiry = hand_out(waiting, session_id)
            try:
                body = render_request(next_question(inquiry), str(inquiry.id), version=version)
            except LocalProtocolError as refusal:
                failed.append(refuse(waiting, str(refusal)))
            else:
                asked.append(Asked(inquiry, body))
        await self._save(failed)
        return next(([one] for one in asked if one.inquiry.is_alone), asked)

    async def mark_sent(self, asked: Sequence[Asked], exchange_id: UUID) -> None:
        """Note with which message set the questions leave."""
        await self._save([replace(one.inquiry, exchange_id=exchange_id) for one in asked])

    async def sent_in(self, exchange_id: UUID) -> list[Inquiry]:
        """Lock and give the questions of a message set whose answers have not come."""
        return await self._work.inquiries.sent_in(exchange_id)

    async def book(
        self,
        inquiries: Iterable[Inquiry],
        answers: Mapping[str | None, Response],
        go_through: Callable[[Inquiry], Awaitable[Inquiry]],
    ) -> None:
        """Book the answers, by requestID and name; a question without one is asked again.

        `go_through` gives each question as it is to be stored.
        """
        booked = [self._booked(one, answers.get(str(one.id))) for one in inquiries]
        await self._save([await go_through(one) for one in booked])

    async def lose(self, inquiries: Iterable[Inquiry]) -> None:
        """No answer will come: ask again."""
        await self._save([ask_again(one, _LOST, self._now) for one in inquiries])

    async def note_not_run(self, inquiries: Iterable[Inquiry]) -> None:
        """QuickBooks refused the set as a whole: ask again."""
        await self._save([ask_again(one, _NOT_RUN, self._now) for one in inquiries])

    async def note_unreadable(self, inquiries: Sequence[Inquiry], verdict: Verdict | None) -> None:
        """QuickBooks could not parse the set. With a verdict the one question was all of it."""
        if verdict is not None:
            await self._save([refuse(one, verdict.reason) for one in inquiries])
            return
        again = [ask_again(one, _UNREADABLE, self._now, is_alone=True) for one in inquiries]
        await self._save(again)

    def _booked(self, inquiry: Inquiry, response: Response | None) -> Inquiry:
        name = f"{inquiry.question.kind.value}QueryRs"
        if response is None or response.name != name:
            return ask_again(inquiry, _LOST, self._now)
        if response.fault:
            return refuse(inquiry, f"QuickBooks' answer could not be read: {response.fault}")
        verdict = judge_status(response.status_code, response.severity, response.message)
        reply = Reply(
            verdict=verdict,
            findings=_findings(response),
            iterator_id=response.iterator_id,
            remaining=response.remaining,
        )
        return hear(inquiry, reply, self._now)

    async def _save(self, inquiries: Sequence[Inquiry]) -> None:
        """Store them, and wake who waits for one that came to its end."""
        await self._work.inquiries.save(inquiries)
        for inquiry in inquiries:
            if inquiry.state in SETTLED:
                log.info("inquiry.settled", inquiry_id=str(inquiry.id), state=inquiry.state)
                self._work.ring()


def _findings(response: Response) -> Findings:
    found = response.returned
    return Findings(
        invoices=response.invoices,
        credit_memos=tuple(it for it in found if isinstance(it, QuickBooksCreditMemo)),
        payments=tuple(it for it in found if isinstance(it, QuickBooksPayment)),
        orders=tuple(it for it in found if isinstance(it, QuickBooksOrder)),
    )
