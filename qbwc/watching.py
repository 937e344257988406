"""The drift watch: QuickBooks is asked now and then what was changed there behind our backs.

The question goes the way of every other one outside of jobs. It is put when a connector comes and
nothing is due, or when a session ends, so that no poll costs more; and its answer is gone through
part by part, so that it may be as long as it likes. Every answer is asked for from two days before
the last one on: what was passed over, for somebody was at work on it, comes again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.actor import QUICKBOOKS
from domain.drift import (
    LIFETIME,
    PURPOSE,
    Drift,
    Sight,
    applied_in,
    is_known,
    is_watched,
    look_at,
    question_since,
)
from domain.inquiry import Findings, Inquiry, InquiryState
from domain.invoice import Invoice
from domain.outcome import status_event
from domain.quickbooks import QuickBooksInvoice, QuickBooksLink
from domain.standing import standing_of
from domain.sync import ACTIVE
from domain.wanted import missing_names, wanted_invoice
from qbwc.message_set import Chance

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def ask_if_due(
    work: UnitOfWork, chance: Chance, connection_id: UUID, *, every: timedelta
) -> bool:
    """Put the question if the company file was not asked for so long; tell whether it was put.

    Without time between two questions the watch is off.
    """
    if not every:
        return False
    now = chance.now()
    since = await work.drifts.begin_read(connection_id, now, unless_since=now - every)
    if since is None:
        return False
    inquiry = Inquiry(
        id=chance.new_id(),
        connection_id=connection_id,
        purpose=PURPOSE,
        question=question_since(since),
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    await work.inquiries.add([inquiry])
    log.info("drift.asked", connection_id=str(connection_id), inquiry_id=str(inquiry.id))
    return True


class Watch:
    """Goes through the answers, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, chance: Chance, channel: Channel) -> None:
        self._work = work
        self._chance = chance
        self._channel = channel

    async def go_through(self, inquiry: Inquiry, sent_at: datetime) -> Inquiry:
        """Compare what has just come with what we know; give the question without it.

        `sent_at` is when the question left: what was acknowledged since is as new as its answer.
        Questions of others stay as they are.
        """
        if inquiry.purpose != PURPOSE:
            return inquiry
        await self._compare(inquiry.findings.invoices, sent_at)
        if inquiry.state is InquiryState.ANSWERED:
            await self._work.drifts.note_read(self._channel.company_file_id, inquiry.asked_at)
        return replace(inquiry, findings=Findings())

    async def _compare(self, found: Sequence[QuickBooksInvoice], sent_at: datetime) -> None:
        copies = {copy.txn_id: copy for copy in found}
        if not copies:
            return
        work = self._work
        ours = await work.links.find(self._channel.company_file_id, copies)
        free = await work.drifts.lock_free(await self._unlike_known(ours, copies))
        links = await work.links.get_many(free)  # as they are now that nobody else changes them
        invoices = await work.invoices.get_many(free)
        jobs = await work.sync_jobs.latest(free)
        before = await work.drifts.get_many(free)
        read_at = {
            key: max(link.read_at, before[key].held.read_at if key in before else link.read_at)
            for key, link in links.items()
        }
        still = [
            invoice
            for key, invoice in invoices.items()
            if is_watched(invoice)
            and not (key in jobs and jobs[key].state in ACTIVE)
            and read_at[key] < sent_at
        ]
        seen = {invoice.id: copies[ours[invoice.id]] for invoice in still}
        sights = await self._look_at(still, links, seen)
        await self._store(sights, before)
        await self._note_payments(still, seen)

    async def _unlike_known(
        self, ours: Mapping[UUID, str], copies: Mapping[str, QuickBooksInvoice]
    ) -> list[UUID]:
        """Most were changed by ourselves: those are told apart without locking anything."""
        links = await self._work.links.get_many(ours)
        return [key for key, link in links.items() if not is_known(link, copies[ours[key]])]

    async def _look_at(
        self,
        invoices: Sequence[Invoice],
        links: Mapping[UUID, QuickBooksLink],
        copies: Mapping[UUID, QuickBooksInvoice],
    ) -> dict[UUID, tuple[Invoice, Sight]]:
        references = await self._work.lists.references_of(invoices)
        now = self._chance.now()
        sights = {}
        for invoice in invoices:
            named = references[invoice.id]
            if not missing_names(invoice, named):
                wanted = wanted_invoice(invoice, named)
                sight = look_at(invoice, wanted, links[invoice.id], copies[invoice.id], now)
                sights[invoice.id] = invoice, sight
        return sights

    async def _store(
        self, sights: Mapping[UUID, tuple[Invoice, Sight]], before: Mapping[UUID, Drift]
    ) -> None:
        work = self._work
        links = {key: sight.link for key, (_, sight) in sights.items() if sight.link is not None}
        drifts = [_kept(s.drift, before) for _, s in sights.values() if s.drift is not None]
        found = {drift.invoice_id for drift in drifts}
        await work.links.save_many(links)
        await work.links.mark_stale(*found)
        await work.drifts.save(drifts)
        gone = {key for key in before if key in sights and key not in found}
        await work.drifts.remove(gone)
        news = {it.invoice_id for it in drifts if it.detected_at == it.held.read_at} | gone
        self._tell([invoice for key, (invoice, _) in sights.items() if key in news])

    async def _note_payments(
        self, invoices: Sequence[Invoice], copies: Mapping[UUID, QuickBooksInvoice]
    ) -> None:
        paid = [applied_in(copies[invoice.id], invoice) for invoice in invoices]
        changed = [after for after in paid if after not in invoices]
        await self._work.invoices.save_standings([standing_of(it) for it in changed])

    def _tell(self, invoices: Sequence[Invoice]) -> None:
        """The status stays, and whoever looks at the invoice is told that there is news."""
        for invoice in invoices:
            self._work.record(
                status_event(
                    standing_of(invoice),
                    None,
                    previous=invoice.sync_status,
                    actor=QUICKBOOKS,
                    now=self._chance.now(),
                    event_id=self._chance.new_id(),
                )
            )
            log.info("drift.found", invoice_id=str(invoice.id))
        if invoices:
            self._work.ring()


def _kept(drift: Drift, before: Mapping[UUID, Drift]) -> Drift:
    """Whoever finds the same again leaves the moment when it was found first."""
    known = before.get(drift.invoice_id)
    if known is None or not known.is_same_as(drift):
        return drift
    return replace(drift, detected_at=known.detected_at)
