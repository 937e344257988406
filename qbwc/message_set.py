"""What leaves for QuickBooks: marked and stored first, handed out after the commit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from db.channels import Channel
from db.qbxml_requests import Ready
from db.unit_of_work import UnitOfWork
from domain.exchange import LARGEST_SET, Exchange, ExchangeKind
from domain.outcome import settle
from domain.queue import ConnectorSession
from domain.sync import JobHappening, JobState, SyncJob
from qbwc.asking import Asked, Questions
from qbwc.paying import Paid, Paying
from qbwc.qbxml.render import render_message_set, render_query_host
from qbwc.qbxml.version import OURS, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The clock and what is drawn at random."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    #: At most 23 characters, unique per company file.
    new_message_set_id: Callable[[], str]
    #: At least 128 random bits.
    new_ticket: Callable[[], str]


class Outbox:
    """What one connection is handed, inside the caller's transaction.

    Each method stores the set as owed and gives its bytes. The caller sends them only after the
    commit, so that a crash never leaves QuickBooks with something we know nothing of.
    """

    def __init__(
        self, work: UnitOfWork, chance: Chance, channel: Channel, session: ConnectorSession
    ) -> None:
        self._work = work
        self._chance = chance
        self._channel = channel
        self._session = session
        self._questions = Questions(work, chance.now())
        self._payments = Paying(work, channel, chance.now())

    async def requests(self, version: Version) -> tuple[Exchange, bytes] | None:
        """Give what is ready as one message set, with payments and questions; None: nothing is.

        It also lets QuickBooks forget its stored answer to the set that was booked last.
        """
        ready, asked, paid = await self._take(min(version, OURS))
        if not ready and not asked and not paid:
            return None
        cleared = await self._work.exchanges.kept_by_quickbooks(self._channel.id)
        exchange = self._exchange(
            ExchangeKind.REQUESTS,
            size=len(ready) + len(asked) + len(paid),
            clears_id=None if cleared is None else cleared.id,
        )
        body = render_message_set(
            [*(q.body for q in asked), *(r.body for r in ready), *(p.body for p in paid)],
            version=min(version, OURS),
            message_set_id=exchange.message_set_id,
            old_message_set_id=None if cleared is None else cleared.message_set_id,
        )
        await self._work.exchanges.owe(exchange, body)
        await self._questions.mark_sent(asked, exchange.id)
        await self._payments.mark_sent(paid, exchange.id)
        await self._work.qbxml_requests.mark_sent([request.id for request in ready], exchange.id)
        await self._mark_jobs(ready)
        return exchange, body

    async def _take(self, version: Version) -> tuple[list[Ready], list[Asked], list[Paid]]:
        """Requests of jobs, questions and payments, in one set of the learned size.

        While the culprit of an unreadable set is looked for, the others wait; and one that may be
        the culprit travels alone.
        """
        size = self._channel.set_size
        ready = await self._work.qbxml_requests.take(self._channel.id, at_most=size)
        if any(request.largest_set < LARGEST_SET for request in ready):
            return ready, [], []
        asked = await self._questions.take(
            self._channel.id, self._session.id, version, at_most=max(1, size // 2)
        )
        if any(one.inquiry.is_alone for one in asked):
            return [], asked, []
        paid = await self._payments.take(version, at_most=max(1, size // 2 - len(asked)))
        if any(one.payment.is_alone for one in paid):
            return [], [], paid
        return ready[: max(1, size - len(asked) - len(paid))], asked, paid

    async def status_check(self, lost: Exchange, version: Version) -> bytes:
        """Ask QuickBooks what it stored of a set whose answer was lost; it runs nothing.

        Both ids are the lost set's and the body is empty. Source: qbXML 13.0, error recovery.
        """
        body = render_message_set(
            [],
            version=min(version, OURS),
            message_set_id=lost.message_set_id,
            old_message_set_id=lost.message_set_id,
        )
        exchange = replace(
            self._exchange(ExchangeKind.STATUS_CHECK, checks_id=lost.id),
            message_set_id=lost.message_set_id,
        )
        await self._work.exchanges.save(replace(lost, checks=lost.checks + 1))
        await self._work.exchanges.owe(exchange, body)
        return body

    async def farewell(self, version: Version) -> bytes:
        """Ask what costs nothing, so that the session can end with an answer and 100 percent."""
        exchange = self._exchange(ExchangeKind.FAREWELL)
        body = render_message_set(
            [render_query_host(str(exchange.id))], version=min(version, OURS), message_set_id=None
        )
        await self._work.exchanges.owe(exchange, body)
        return body

    def _exchange(
        self,
        kind: ExchangeKind,
        *,
        size: int = 0,
        clears_id: UUID | None = None,
        checks_id: UUID | None = None,
    ) -> Exchange:
        return Exchange(
            id=self._chance.new_id(),
            connection_id=self._channel.id,
            session_id=self._session.id,
            kind=kind,
            message_set_id=self._chance.new_message_set_id(),
            clears_id=clears_id,
            checks_id=checks_id,
            size=size,
            sent_at=self._chance.now(),
        )

    async def _mark_jobs(self, ready: list[Ready]) -> None:
        """READY jobs become SENT; a question about a lost answer leaves its job UNKNOWN."""
        found = await self._work.sync_jobs.lock_many([request.job_id for request in ready])
        jobs = list(found.values())
        standings = await self._work.invoices.get_standings([job.invoice_id for job in jobs])
        now = self._chance.now()
        saved: list[SyncJob] = []
        for job in jobs:
            if job.state is JobState.UNKNOWN:
                saved.append(replace(job, attempts=job.attempts + 1))
            if job.state is JobState.READY:
                settled = settle(
                    standings[job.invoice_id],
                    job,
                    JobHappening.HANDED_OUT,
                    now=now,
                    event_id=self._chance.new_id(),
                )
                saved.append(settled.job)
                self._work.record(settled.event)
        await self._work.sync_jobs.save_many(saved)
