"""Booking answers: each response by its requestID, all of a message set in a few statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.answer_rows import BOOKS_CLOSED
from domain.answering import Decision, Situation, decide_read, decide_write
from domain.answers import judge_status
from domain.booking import Booked, Case, Moment, book, send_again
from domain.closed_books import with_closing_date
from domain.credit_memos import as_copy
from domain.exchange import Exchange
from domain.issues import SyncIssue, Verdict
from domain.queue import QbxmlRequest, RequestKind
from domain.quickbooks import QuickBooksInvoice, QuickBooksLink
from domain.quickbooks_transactions import QuickBooksCreditMemo
from domain.standing import Standing
from domain.sync import JobHappening, JobState, SyncJob, advance
from qbwc.asking import Questions
from qbwc.held_back import Roots
from qbwc.learning import Lessons
from qbwc.merging import take_over
from qbwc.message_set import Chance
from qbwc.paying import Paying
from qbwc.qbxml.parse import Response
from qbwc.watching import Watch

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: An answer belongs to a request by requestID and by its name. Source: qbXML 13.0.
_ANSWERS = {
    RequestKind.INVOICE_ADD: "InvoiceAddRs",
    RequestKind.INVOICE_MOD: "InvoiceModRs",
    RequestKind.INVOICE_QUERY: "InvoiceQueryRs",
    RequestKind.SITE_QUERY: "InventorySiteQueryRs",
    RequestKind.SITE_ADD: "InventorySiteAddRs",
    RequestKind.CREDIT_MEMO_ADD: "CreditMemoAddRs",
    RequestKind.CREDIT_MEMO_MOD: "CreditMemoModRs",
    RequestKind.CREDIT_MEMO_QUERY: "CreditMemoQueryRs",
}


@dataclass(slots=True)
class _ToStore:
    """What the cases of one message set change; written at once when all are booked."""

    jobs: dict[UUID, SyncJob] = field(default_factory=dict)
    standings: dict[UUID, Standing] = field(default_factory=dict)
    links: dict[UUID, QuickBooksLink] = field(default_factory=dict)
    stale: set[UUID] = field(default_factory=set)
    issues: list[SyncIssue] = field(default_factory=list)
    answered: list[UUID] = field(default_factory=list)
    finished_batches: set[UUID] = field(default_factory=set)

    def add(self, invoice_id: UUID, booked: Booked) -> None:
        """Take what one case changes; no invoice has two cases in a message set."""
        self.jobs |= {job.id: job for job in booked.jobs}
        if booked.standing is not None:
            self.standings[invoice_id] = booked.standing
        if booked.link is not None:
            self.links[invoice_id] = booked.link
        elif booked.is_stale:
            self.stale.add(invoice_id)
        if booked.issue is not None:
            self.issues.append(booked.issue)
        if booked.finished_batch_id is not None:
            self.finished_batches.add(booked.finished_batch_id)


class Books:
    """Books what came back through one connection, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, chance: Chance, channel: Channel) -> None:
        self._work = work
        self._chance = chance
        self._channel = channel
        self._now = chance.now()
        self._roots = Roots(work, channel)
        self._lessons = Lessons(work, channel.company_file_id)
        self._questions = Questions(work, self._now)
        self._watch = Watch(work, chance, channel)
        self._payments = Paying(work, channel, self._now)

    async def book_responses(self, exchange: Exchange, responses: Iterable[Response]) -> None:
        """Book each response of a message set; a request without one has an unknown outcome."""
        answers = {response.request_id: response for response in responses}
        store = _ToStore()
        for case in await self._open_cases(exchange):
            response = answers.get(str(case.request.id))
            if response is None or response.fault or response.name != _ANSWERS[case.request.kind]:
                self._keep(store, case, self._booked(case, _lost(case)))
            else:
                await self._book(store, case, response)
        await self._store(store)
        await self._questions.book(
            await self._questions.sent_in(exchange.id),
            answers,
            lambda inquiry: self._watch.go_through(inquiry, exchange.sent_at),
        )
        await self._payments.book(await self._payments.sent_in(exchange.id), answers)

    async def book_as_not_run(self, exchange: Exchange) -> None:
        """Book that QuickBooks refused the set as a whole: all of it goes again."""
        store = _ToStore()
        for case in await self._open_cases(exchange):
            self._keep(store, case, self._booked(case, _not_run(case)))
        await self._store(store)
        await self._questions.note_not_run(await self._questions.sent_in(exchange.id))
        await self._payments.note_not_run(await self._payments.sent_in(exchange.id))

    async def book_unreadable(self, exchange: Exchange, verdict: Verdict) -> None:
        """Book that QuickBooks could not parse the set: nothing of it ran.

        Its requests go again in sets of half the size, until the culprit is alone; that one is
        refused, and the others go on.
        """
        store = _ToStore()
        cases = await self._open_cases(exchange)
        asked = await self._questions.sent_in(exchange.id)
        paid = await self._payments.sent_in(exchange.id)
        count = len(cases) + len(asked) + len(paid)
        again = [case for case in cases if case.job.state is JobState.SENT and case.is_wanted]
        if count == 1:
            again = []
        for case in cases:
            if case in again:
                self._keep(store, case, send_again(case, self._moment()), is_answered=False)
            elif count > 1 or not case.is_wanted or case.job.state is not JobState.SENT:
                self._keep(store, case, self._booked(case, _not_run(case)))
            else:
                refused = Decision(happening=JobHappening.REFUSED, verdict=verdict)
                self._keep(store, case, self._booked(case, refused))
        await self._work.qbxml_requests.return_to_queue(
            [case.request.id for case in again], largest_set=max(1, count // 2)
        )
        await self._store(store)
        await self._questions.note_unreadable(asked, verdict if count == 1 else None)
        await self._payments.note_unreadable(paid, verdict if count == 1 else None)

    async def lose(self, exchange: Exchange) -> bool:
        """Book that no answer will come; tell whether a write was among the requests.

        A lost read is asked again. A lost write is UNKNOWN, and its request stays owed until
        QuickBooks has told what it stored of the set.
        """
        store = _ToStore()
        cases = await self._open_cases(exchange)
        writes = [case for case in cases if case.request.kind.is_write]
        for case in cases:
            is_write = case.request.kind.is_write
            self._keep(store, case, self._booked(case, _lost(case)), is_answered=not is_write)
        await self._store(store)
        await self._questions.lose(await self._questions.sent_in(exchange.id))
        was_paid = await self._payments.lose(await self._payments.sent_in(exchange.id))
        return bool(writes) or was_paid

    async def give_up(self, exchange: Exchange) -> None:
        """QuickBooks cannot tell what became of the set: each write is asked after by itself."""
        requests = await self._work.qbxml_requests.sent_in(exchange.id)
        await self._work.qbxml_requests.mark_answered([request.id for request in requests])
        for request in requests:
            self._work.wake_planner(request.job_id)
        await self._payments.give_up(await self._payments.sent_in(exchange.id))

    async def _open_cases(self, exchange: Exchange) -> list[Case]:
        """Lock invoices, then jobs, as everybody does."""
        work = self._work
        requests = await work.qbxml_requests.sent_in(exchange.id)
        if not requests:
            return []
        invoice_ids = {request.invoice_id for request in requests}
        standings = await work.invoices.lock_standings(invoice_ids)
        jobs = await work.sync_jobs.lock_many(request.job_id for request in requests)
        active = await work.sync_jobs.lock_active_many(invoice_ids)
        links = await work.links.get_many(invoice_ids)
        return [
            _case(request, jobs[request.job_id], standings, links, active) for request in requests
        ]

    async def _book(self, store: _ToStore, case: Case, response: Response) -> None:
        if case.job.state is JobState.UNKNOWN and case.request.kind.is_write:
            case = _found_again(case, self._now)
        case, decision = await self._decide(case, response)
        booked = self._booked(case, decision)
        self._roots.note(case, booked)
        self._lessons.learn(case, decision)
        self._keep(store, case, booked)

    async def _decide(self, case: Case, response: Response) -> tuple[Case, Decision]:
        verdict = judge_status(response.status_code, response.severity, response.message)
        if case.request.kind.is_prerequisite:
            decision = self._lessons.hear(case.request, verdict, response)
            return case, await self._roots.place(case, decision)
        at = Situation(
            job=case.job,
            request=case.request,
            link=case.link,
            company_file_id=self._channel.company_file_id,
            now=self._now,
        )
        copies = _copies(response)
        if case.request.kind.is_write:
            copy = copies[0] if copies else None
            verdict = await self._with_closing_date(verdict, case)
            told = response.error_recovery
            decision = decide_write(
                at, verdict, copy, told_txn_id=None if told is None else told.txn_id
            )
        else:
            decision = decide_read(at, verdict, copies)
        decision = await self._lessons.unlearn(case, decision)
        case, decision = await take_over(self._work, self._chance, case, decision)
        return case, await self._roots.place(case, decision)

    async def _with_closing_date(self, verdict: Verdict, case: Case) -> Verdict:
        if verdict.code != BOOKS_CLOSED.code:
            return verdict
        company_file = await self._work.company_files.get(self._channel.company_file_id)
        day = None if company_file is None else company_file.preferences.closing_date
        held = None if case.link is None else case.link.copy.date
        return with_closing_date(verdict, day, wanted=case.request.wanted.date, held=held)

    def _booked(self, case: Case, decision: Decision) -> Booked:
        return book(case, decision, self._moment())

    def _moment(self) -> Moment:
        new_id = self._chance.new_id
        return Moment(now=self._now, event_id=new_id(), issue_id=new_id())

    def _keep(
        self, store: _ToStore, case: Case, booked: Booked, *, is_answered: bool = True
    ) -> None:
        store.add(case.standing.id, booked)
        if is_answered:
            store.answered.append(case.request.id)
        if booked.event is not None:
            self._work.record(booked.event)
        for job_id in booked.to_plan:
            self._work.wake_planner(job_id)
        for job in booked.jobs:
            if job.state is JobState.APPLIED:  # of those tells their message set
                self._work.applied_after.append(self._now - job.created_at)
            else:
                log.info("sync_job.settled", job_id=str(job.id), state=job.state)

    async def _store(self, store: _ToStore) -> None:
        work = self._work
        await work.qbxml_requests.mark_answered(store.answered)
        await work.links.save_many(store.links)
        await work.links.mark_stale(*store.stale)
        await work.sync_issues.add_many(store.issues)
        await self._roots.clear(self._now)  # one of these may be cleared by a later response
        await work.invoices.save_standings(store.standings.values())
        await work.sync_jobs.save_many(store.jobs.values())
        await work.batches.finish(store.finished_batches)
        await self._lessons.store(self._now)


def _copies(response: Response) -> tuple[QuickBooksInvoice, ...]:
    """Give the invoices of an answer, or its credit memos: its name says which it may hold."""
    memos = (it for it in response.returned if isinstance(it, QuickBooksCreditMemo))
    return (*response.invoices, *(as_copy(memo) for memo in memos))


def _case(
    request: QbxmlRequest,
    job: SyncJob,
    standings: Mapping[UUID, Standing],
    links: Mapping[UUID, QuickBooksLink],
    active: Mapping[UUID, tuple[SyncJob | None, SyncJob | None]],
) -> Case:
    return Case(
        request=request,
        job=job,
        standing=standings[job.invoice_id],
        link=links.get(job.invoice_id),
        follow_up=active[job.invoice_id][0],
    )


def _found_again(case: Case, now: datetime) -> Case:
    """QuickBooks had stored its answer: it counts as if it had just come."""
    return replace(case, job=advance(case.job, JobHappening.ANSWER_FOUND, now))


def _lost(case: Case) -> Decision:
    if case.job.state is JobState.UNKNOWN:
        return Decision(happening=JobHappening.DELAYED)
    if case.request.kind.is_write:
        return Decision(happening=JobHappening.ANSWER_LOST)
    return Decision(happening=JobHappening.UNPROCESSED)


def _not_run(case: Case) -> Decision:
    """Of a write that became UNKNOWN it is known now; a question is asked again later."""
    if case.job.state is not JobState.UNKNOWN:
        return Decision(happening=JobHappening.UNPROCESSED)
    is_write = case.request.kind.is_write
    return Decision(happening=JobHappening.FOUND_MISSING if is_write else JobHappening.DELAYED)
