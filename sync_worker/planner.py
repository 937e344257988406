"""From a queued job to a rendered request in the queue; it may run twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from db.unit_of_work import UnitOfWork
from domain.company_file import CompanyFile
from domain.invoice import Invoice
from domain.issues import ObjectKind, Step, StepActor, SyncIssue
from domain.known_entries import EntryKey, Prerequisite, named_in, prerequisite, sites_of
from domain.outcome import settle
from domain.planning import (
    SaleRequest,
    is_copy_doubtful,
    plan_request,
    question,
    request_kind,
    sent_lines,
)
from domain.queue import QbxmlRequest, RequestKind
from domain.quickbooks import QuickBooksLink, SaleKind, WantedInvoice
from domain.quickbooks_lists import InventorySiteAdd
from domain.quickbooks_transactions import ListQuery
from domain.roots import dependent_of, root_behind
from domain.standing import standing_of
from domain.sync import JobHappening, JobKind, JobState, SyncJob, advance
from domain.sync_status import StatusHappening, SyncStatus, advance_status
from domain.wanted import missing_names, wanted_invoice
from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qbxml.host_facts import rendering_version
from qbwc.qbxml.refusals import explain
from qbwc.qbxml.render import render_request
from qbwc.qbxml.version import Version

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def plan(
    work: UnitOfWork, job_id: UUID, *, now: datetime, new_id: Callable[[], UUID]
) -> None:
    """Plan one job and put its request into the queue; a job that has moved on is left alone."""
    seen = await work.sync_jobs.get(job_id)
    if seen is None:
        return
    invoice = await work.invoices.lock(seen.invoice_id)
    job = await work.sync_jobs.lock(job_id)
    if job is None or not await _is_due(work, job, now):
        return
    planner = _Planner(work, invoice, now, new_id)
    match job.state:
        case JobState.UNKNOWN:
            await planner.ask_after(job)
        case JobState.RETRY_WAIT:
            await planner.plan(advance(job, JobHappening.DUE, now))
        case JobState.BLOCKED | JobState.FAILED:
            await planner.plan(await planner.release(job))
        case _:
            await planner.plan(job)


async def _is_due(work: UnitOfWork, job: SyncJob, now: datetime) -> bool:
    """Leave a job alone while an older one of its invoice, or its own request, is on its way."""
    if not _is_time(job, now):
        return False
    if job.state is JobState.UNKNOWN:
        return not await work.qbxml_requests.has_open(job.id)
    if job.state is JobState.FAILED:
        return await _may_go_again(work, job)
    if job.state is JobState.BLOCKED and await work.sync_issues.is_held_back(job.id):
        return False
    if job.state not in (JobState.QUEUED, JobState.RETRY_WAIT, JobState.BLOCKED):
        return False
    _, in_flight = await work.sync_jobs.lock_active(job.invoice_id)
    return in_flight is None


async def _may_go_again(work: UnitOfWork, job: SyncJob) -> bool:
    """What the job failed for is there again, and nothing newer has taken its place."""
    issue = (await work.sync_issues.open_of([job.invoice_id])).get(job.invoice_id)
    latest = (await work.sync_jobs.latest([job.invoice_id])).get(job.invoice_id)
    is_last = latest is not None and latest.id == job.id
    return is_last and issue is not None and issue.cleared_at is not None


def _is_time(job: SyncJob, now: datetime) -> bool:
    if job.state is JobState.RETRY_WAIT and job.next_attempt_at is None:
        return False  # with the next session
    return job.next_attempt_at is None or job.next_attempt_at <= now


class _Planner:
    """One job's planning inside one transaction, its invoice and itself locked."""

    def __init__(
        self, work: UnitOfWork, invoice: Invoice, now: datetime, new_id: Callable[[], UUID]
    ) -> None:
        self._work = work
        self._invoice = invoice
        self._now = now
        self._new_id = new_id
        self._stored = standing_of(invoice)
        self._reached: CompanyFile | None = None

    async def plan(self, job: SyncJob) -> None:
        link = await self._work.links.get(self._invoice.id)
        added = await self._doubtful_add(job, link)
        wanted = await self._wanted(job, added if link is None else link.copy.kind)
        if wanted is None:
            return
        if link is None and job.attempts == 0:  # a bookkeeper may have entered it meanwhile
            was_unlocked = await self._work.unlocks.was_unlocked(self._invoice.id)
            job = replace(job, must_read=job.must_read or was_unlocked)
        is_doubtful = added is not None if link is None else is_copy_doubtful(link, self._now)
        must_read = job.must_read or is_doubtful
        request = plan_request(wanted, link, must_read=must_read, txn_id=job.txn_id)
        if request is None:
            await self._settle(job, JobHappening.ALREADY_HELD)
            if job.kind is JobKind.EXPORT and self._invoice.batch_id is not None:
                await self._work.batches.finish([self._invoice.batch_id])
            log.info("sync_job.already_held", job_id=str(job.id))
            return
        first: Prerequisite | None = None
        if request_kind(request).is_write:
            if await self._is_held_back(job, wanted):
                return
            first = await self._prerequisite(job, request)
        planned = advance(job, JobHappening.PLANNED, self._now)
        await self._enqueue(planned, first or request, wanted)

    async def release(self, job: SyncJob) -> SyncJob:
        """What the job waited for is there: it goes on, and its own issue is closed."""
        await self._work.clear_issues(job.invoice_id, self._now)
        if self._invoice.sync_status is SyncStatus.ACTION_REQUIRED:
            status = advance_status(self._invoice.sync_status, StatusHappening.SYNC_WANTED)
            self._invoice = replace(self._invoice, sync_status=status, updated_at=self._now)
        log.info("sync_job.released", job_id=str(job.id))
        return advance(job, JobHappening.RELEASED, self._now)

    async def _is_held_back(self, job: SyncJob, wanted: WantedInvoice) -> bool:
        """Something it needs is known to be missing: it waits for that instead of failing too."""
        company_file = await self._company_file(job)
        roots = await self._work.sync_issues.open_roots(company_file.id)
        root = root_behind(wanted, roots)
        if root is None:
            return False
        issue = dependent_of(root, job, issue_id=self._new_id(), now=self._now)
        await self._work.sync_issues.add(issue)
        await self._settle(job, JobHappening.HELD_BACK, issue.id)
        log.info("sync_job.held_back", job_id=str(job.id), root_id=str(root.id))
        return True

    async def _prerequisite(self, job: SyncJob, request: SaleRequest) -> Prerequisite | None:
        """Sites that QuickBooks does not have are created before the invoice that names them."""
        sites = sites_of(request)
        company_file = await self._company_file(job) if sites else None
        if company_file is None or not company_file.keeps_sites:
            return None
        entries, file_id = self._work.known_entries, company_file.id
        keys = [EntryKey.of(ObjectKind.INVENTORY_SITE, name) for name in sites]
        first = prerequisite(sites, await entries.find(file_id, keys))
        if isinstance(first, InventorySiteAdd):  # without an answer it is asked for by name again
            await entries.forget(file_id, [EntryKey.of(ObjectKind.INVENTORY_SITE, first.name)])
        return first

    async def ask_after(self, job: SyncJob) -> None:
        """Read QuickBooks' copy, because the answer to a write was lost; nothing is sent again."""
        lost = await self._work.qbxml_requests.last_write(job.id)
        if lost is None:
            return
        link = await self._work.links.get(self._invoice.id)
        await self._add(job, question(lost.wanted, link, txn_id=job.txn_id), lost.wanted)
        await self._work.sync_jobs.save(replace(job, updated_at=self._now))
        log.info("sync_job.asked_after", job_id=str(job.id))

    async def _doubtful_add(self, job: SyncJob, link: QuickBooksLink | None) -> SaleKind | None:
        """Ask first where QuickBooks may hold what an earlier job has added; give as what."""
        if link is not None or job.attempts > 0:
            return None
        return await self._work.qbxml_requests.last_add(job.invoice_id)

    async def _wanted(self, job: SyncJob, kind: SaleKind | None) -> WantedInvoice | None:
        named = await self._work.lists.references_of([self._invoice])
        references = named[self._invoice.id]
        missing = missing_names(self._invoice, references)
        if not missing:
            return wanted_invoice(self._invoice, references, kind)
        names = "; ".join(f"{m.kind.replace('_', ' ')} “{m.name}”" for m in missing)
        reason = f"QuickBooks' names are missing for: {names}."
        step = Step(
            StepActor.ADMINISTRATOR, "Give each its QuickBooks name; the sync then goes by itself."
        )
        await self._refuse(job, JobHappening.REFUSED, "NAME_MISSING", reason, step)
        return None

    async def _enqueue(
        self, job: SyncJob, request: SaleRequest | Prerequisite, wanted: WantedInvoice
    ) -> None:
        try:
            await self._add(job, request, wanted)
        except LocalProtocolError as refusal:
            reason, step = explain(refusal)
            await self._refuse(job, JobHappening.UNRENDERABLE, "NOT_SENDABLE", reason, step)
            log.warning("sync_job.not_rendered", job_id=str(job.id), error=type(refusal).__name__)
            return
        await self._settle(job, JobHappening.RENDERED)
        log.info("sync_job.rendered", job_id=str(job.id), kind=_kind_of(request))

    async def _add(
        self, job: SyncJob, request: SaleRequest | Prerequisite, wanted: WantedInvoice
    ) -> None:
        request_id = self._new_id()
        await self._work.qbxml_requests.add(
            QbxmlRequest(
                id=request_id,
                job_id=job.id,
                invoice_id=job.invoice_id,
                connection_id=job.connection_id,
                kind=_kind_of(request),
                wanted=wanted,
                sent_lines=_lines_of(request),
                entry_names=_names_of(request),
                created_at=self._now,
            ),
            render_request(request, str(request_id), version=await self._version(job)),
        )

    async def _version(self, job: SyncJob) -> Version:
        """The newest qbXML that both we and the QuickBooks of this connection speak."""
        return rendering_version((await self._company_file(job)).facts)

    async def _company_file(self, job: SyncJob) -> CompanyFile:
        if self._reached is None:
            self._reached = await self._work.company_files.of_connection(job.connection_id)
        return self._reached

    async def _refuse(
        self, job: SyncJob, happening: JobHappening, code: str, reason: str, step: Step
    ) -> None:
        issue = SyncIssue(
            id=self._new_id(),
            invoice_id=job.invoice_id,
            job_id=job.id,
            code=code,
            reason=reason,
            steps=(step,),
            quickbooks_code=None,
            quickbooks_message=None,
            opened_at=self._now,
        )
        await self._work.sync_issues.add(issue)
        await self._settle(job, happening, issue.id)

    async def _settle(
        self, job: SyncJob, happening: JobHappening, issue_id: UUID | None = None
    ) -> None:
        settled = settle(
            standing_of(self._invoice),
            job,
            happening,
            now=self._now,
            event_id=self._new_id(),
            issue_id=issue_id,
        )
        # A release has moved the status in this same step, and no event has told of that yet.
        event = replace(settled.event, previous_status=self._stored.sync_status)
        settled = replace(settled, event=event)
        if settled.standing == self._stored:
            await self._work.store_job(settled)
        else:
            await self._work.store(settled)


def _kind_of(request: SaleRequest | Prerequisite) -> RequestKind:
    match request:
        case ListQuery():
            return RequestKind.SITE_QUERY
        case InventorySiteAdd():
            return RequestKind.SITE_ADD
        case _:
            return request_kind(request)


def _lines_of(
    request: SaleRequest | Prerequisite,
) -> tuple[tuple[str, UUID | None], ...] | None:
    return None if isinstance(request, ListQuery | InventorySiteAdd) else sent_lines(request)


def _names_of(request: SaleRequest | Prerequisite) -> tuple[str, ...]:
    return named_in(request) if isinstance(request, ListQuery | InventorySiteAdd) else ()
