"""Booking answers: each response by its requestID, into job, invoice, link, issue and event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from db.unit_of_work import UnitOfWork
from domain.answering import Decision, Situation, decide_read, decide_write
from domain.answers import judge_hresult, judge_status
from domain.backoff import is_exhausted, retry_delay
from domain.invoice import Invoice
from domain.issues import AnswerClass, Step, StepActor, SyncIssue, Verdict
from domain.outcome import Settled, is_newest, settle
from domain.queue import Exchange, QbxmlRequest, RequestKind
from domain.quickbooks import QuickBooksLink
from domain.sync import JobHappening, JobKind, JobState, SyncJob, advance
from qbwc.message_set import Chance
from qbwc.qbxml.parse import Response

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: After these the job is unsent again, unless a newer version or a bypass has taken its place.
_GOES_BACK = frozenset(
    {JobHappening.COPY_READ, JobHappening.OUTDATED, JobHappening.DELAYED,
     JobHappening.UNPROCESSED, JobHappening.FOUND_MISSING}
)  # fmt: skip
#: An answer belongs to a request by requestID and by its name. Source: qbXML 13.0.
_ANSWERS = {
    RequestKind.INVOICE_ADD: "InvoiceAddRs",
    RequestKind.INVOICE_MOD: "InvoiceModRs",
    RequestKind.INVOICE_QUERY: "InvoiceQueryRs",
}
#: After these QuickBooks may hold something else than the copy we know: it is read before a write.
_UNSETTLES = frozenset(
    {JobHappening.OUTDATED, JobHappening.OVERLAPPING, JobHappening.REFUSED,
     JobHappening.ANSWER_LOST}
)  # fmt: skip
_APPLIED = frozenset({JobHappening.CONFIRMED, JobHappening.FOUND_APPLIED})
_REFUSALS = frozenset({JobHappening.REFUSED, JobHappening.OVERLAPPING})
#: A job that was sent this often without coming to rest needs a person.
_MOST_ATTEMPTS = 25
_NO_PROGRESS = Verdict(
    kind=AnswerClass.PERSON,
    code="NO_PROGRESS",
    reason=f"This invoice was sent {_MOST_ATTEMPTS} times and QuickBooks never came to an end.",
    steps=(Step(StepActor.SUPPORT, "Look at the invoice in QuickBooks, then Re-Sync or Bypass."),),
)


@dataclass(slots=True)
class _Case:
    """A request in flight with its job and invoice, both locked."""

    request: QbxmlRequest
    job: SyncJob
    invoice: Invoice
    link: QuickBooksLink | None


class Books:
    """Books what came back through one connection, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, chance: Chance, connection_id: UUID) -> None:
        self._work = work
        self._chance = chance
        self._connection_id = connection_id
        self._now = chance.now()

    async def book_responses(self, exchange: Exchange, responses: Iterable[Response]) -> None:
        """Book each response of a message set; a request without one has an unknown outcome."""
        answers = {response.request_id: response for response in responses}
        company_file_id = await self._work.connections.company_file_id(self._connection_id)
        for case in await self._open_cases(exchange):
            response = answers.get(str(case.request.id))
            if response is None or response.fault or response.name != _ANSWERS[case.request.kind]:
                await self._lose(case)
            else:
                await self._book(case, response, company_file_id)

    async def book_hresult(self, exchange: Exchange, hresult: str, message: str) -> None:
        """Book that QuickBooks gave no answer but an HRESULT.

        A set that could not be parsed did not run: its requests go again one by one, and one that
        was alone is the culprit. Any other HRESULT leaves the outcome of writes unknown.
        """
        verdict = judge_hresult(hresult, message)
        cases = await self._open_cases(exchange)
        for case in cases:
            if verdict.kind is not AnswerClass.DEFECT or case.job.state is JobState.UNKNOWN:
                await self._lose(case)
            elif len(cases) > 1:
                await self._send_alone(case)
            else:
                refused = Decision(happening=JobHappening.REFUSED, verdict=verdict)
                await self._apply(case, refused)

    async def give_up_owed(self) -> None:
        """Book every owed answer of the connection as lost: it will never come."""
        for exchange in await self._work.exchanges.owed_by(self._connection_id):
            await self._work.exchanges.lost(exchange.id)
            for case in await self._open_cases(exchange):
                await self._lose(case)
            log.warning("message_set.lost", message_set_id=exchange.message_set_id)

    async def _open_cases(self, exchange: Exchange) -> list[_Case]:
        """Lock invoices, then jobs, as everybody does."""
        requests = await self._work.qbxml_requests.sent_in(exchange.id)
        seen = [await self._work.sync_jobs.get(request.job_id) for request in requests]
        ids = {job.invoice_id for job in seen if job is not None}
        invoices = await self._work.invoices.lock_many(ids)
        locked = await self._work.sync_jobs.lock_many(request.job_id for request in requests)
        links = await self._work.links.get_many(ids)
        return [_case(request, locked[request.job_id], invoices, links) for request in requests]

    async def _book(self, case: _Case, response: Response, company_file_id: UUID) -> None:
        verdict = judge_status(response.status_code, response.severity, response.message)
        at = Situation(
            job=case.job,
            request=case.request,
            link=case.link,
            company_file_id=company_file_id,
            now=self._now,
        )
        if case.request.kind.is_write:
            copy = response.invoices[0] if response.invoices else None
            decision = decide_write(at, verdict, copy)
        else:
            decision = decide_read(at, verdict, response.invoices)
        await self._apply(case, decision)

    async def _lose(self, case: _Case) -> None:
        """A lost read is asked again; a lost write is asked after."""
        if case.job.state is JobState.UNKNOWN:
            happening = JobHappening.DELAYED
        elif case.request.kind.is_write:
            happening = JobHappening.ANSWER_LOST
        else:
            happening = JobHappening.UNPROCESSED
        await self._apply(case, Decision(happening=happening))

    async def _send_alone(self, case: _Case) -> None:
        """It did not run: the same request goes into a set of its own, if it is still wanted."""
        follow_up, _ = await self._work.sync_jobs.lock_active(case.invoice.id)
        if follow_up is not None or not is_newest(case.invoice, case.job):
            await self._apply(case, Decision(happening=JobHappening.UNPROCESSED))
            return
        await self._work.qbxml_requests.return_alone([case.request.id])
        job = advance(case.job, JobHappening.UNPROCESSED, self._now)
        job = advance(job, JobHappening.PLANNED, self._now)
        await self._work.sync_jobs.save(advance(job, JobHappening.RENDERED, self._now))

    async def _apply(self, case: _Case, decision: Decision) -> None:
        """Store what was decided; the request's answer is no longer owed."""
        await self._work.qbxml_requests.mark_answered([case.request.id])
        if case.job.state is JobState.UNKNOWN and decision.happening is JobHappening.DELAYED:
            job = advance(case.job, decision.happening, self._now)
            later = self._now + retry_delay(job.attempts)
            await self._work.sync_jobs.save(replace(job, next_attempt_at=later))
            return
        decision = self._limit(case, decision)
        if decision.link is not None:
            await self._keep_copy(case, decision.link, decision.happening)
        if decision.happening in _UNSETTLES:
            await self._work.links.mark_stale(case.invoice.id)
        if decision.happening in _GOES_BACK:
            await self._go_back(case, decision.happening)
        else:
            await self._finish(case, decision)

    def _limit(self, case: _Case, decision: Decision) -> Decision:
        """Passing troubles that do not pass become a person's."""
        if decision.happening not in _GOES_BACK:
            return decision
        is_delayed = decision.happening is JobHappening.DELAYED
        since = case.job.delayed_since
        if is_delayed and since is not None and is_exhausted(since, self._now, case.job.attempts):
            return replace(decision, happening=JobHappening.REFUSED)
        if case.job.attempts < _MOST_ATTEMPTS:
            return decision
        verdict = decision.verdict if is_delayed else _no_progress(decision.verdict)
        return replace(decision, happening=JobHappening.REFUSED, verdict=verdict)

    async def _keep_copy(self, case: _Case, link: QuickBooksLink, happening: JobHappening) -> None:
        verified = self._now if happening in _APPLIED else None
        await self._work.links.save(case.invoice.id, replace(link, verified_at=verified))
        if link.copy.applied is not None:  # QuickBooks shows it as zero or negative
            case.invoice = replace(case.invoice, applied=abs(link.copy.applied))

    async def _go_back(self, case: _Case, happening: JobHappening) -> None:
        """The job is unsent again; whatever was saved meanwhile takes its place."""
        settled = self._settle(case, happening)
        job = settled.job
        if happening is JobHappening.DELAYED:
            since = case.job.delayed_since or self._now
            later = self._now + retry_delay(job.attempts)
            job = replace(job, next_attempt_at=later, delayed_since=since)
        follow_up, _ = await self._work.sync_jobs.lock_active(case.invoice.id)
        if follow_up is not None:
            await self._yield_to(follow_up, job)
            return
        if not is_newest(case.invoice, case.job):
            await self._work.sync_jobs.save(advance(job, JobHappening.WITHDRAWN, self._now))
            return
        await self._work.store(replace(settled, job=job))
        if happening is not JobHappening.DELAYED:
            self._work.wake_planner(job.id)

    async def _yield_to(self, follow_up: SyncJob, job: SyncJob) -> None:
        await self._work.sync_jobs.save(advance(job, JobHappening.OVERTAKEN, self._now))
        newer = replace(follow_up, must_read=follow_up.must_read or job.must_read)
        await self._work.sync_jobs.save(newer)
        self._work.wake_planner(follow_up.id)

    async def _finish(self, case: _Case, decision: Decision) -> None:
        """The job has come to rest, or waits to be asked after."""
        told = decision.happening in _APPLIED or (
            decision.happening in _REFUSALS and is_newest(case.invoice, case.job)
        )
        issue = self._issue(case, decision.verdict, decision) if decision.verdict and told else None
        if issue is not None:
            await self._work.sync_issues.add(issue)
        settled = self._settle(case, decision.happening, issue)
        await self._work.store(settled)
        if settled.job.kind is JobKind.EXPORT and decision.happening in _APPLIED:
            await self._work.batches.finish(_one(settled.invoice.batch_id))
        if decision.happening is JobHappening.ANSWER_LOST:
            self._work.wake_planner(case.job.id)
        follow_up, _ = await self._work.sync_jobs.lock_active(case.invoice.id)
        if follow_up is not None:
            self._work.wake_planner(follow_up.id)
        log.info("sync_job.settled", job_id=str(case.job.id), happening=decision.happening)

    def _settle(
        self, case: _Case, happening: JobHappening, issue: SyncIssue | None = None
    ) -> Settled:
        return settle(
            case.invoice,
            case.job,
            happening,
            now=self._now,
            event_id=self._chance.new_id(),
            issue_id=None if issue is None else issue.id,
        )

    def _issue(self, case: _Case, verdict: Verdict, decision: Decision) -> SyncIssue:
        return SyncIssue(
            id=self._chance.new_id(),
            invoice_id=case.invoice.id,
            job_id=case.job.id,
            code=verdict.code,
            reason=verdict.reason,
            steps=verdict.steps,
            quickbooks_code=verdict.quickbooks_code,
            quickbooks_message=verdict.quickbooks_message,
            conflicts=decision.conflicts,
            opened_at=self._now,
        )


def _case(
    request: QbxmlRequest,
    job: SyncJob,
    invoices: Mapping[UUID, Invoice],
    links: Mapping[UUID, QuickBooksLink],
) -> _Case:
    return _Case(request, job, invoices[job.invoice_id], links.get(job.invoice_id))


def _no_progress(said: Verdict | None) -> Verdict:
    """Keep QuickBooks' last words beside our own."""
    if said is None:
        return _NO_PROGRESS
    return replace(
        _NO_PROGRESS,
        quickbooks_code=said.quickbooks_code,
        quickbooks_message=said.quickbooks_message,
    )


def _one(key: UUID | None) -> tuple[UUID, ...]:
    return () if key is None else (key,)
