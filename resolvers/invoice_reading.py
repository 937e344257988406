"""Reading invoices, and what hangs on many of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.comparison import Comparison, compare
from domain.draft import Draft
from domain.eligibility import Eligibility, judge_eligibility
from domain.guard_facts import GuardFacts
from domain.guarding import guard_save
from domain.guards import Guard
from domain.invoice import Invoice, Task
from domain.issues import SyncIssue
from domain.quickbooks import QuickBooksLink
from domain.revision import FieldChange, Revision, compare_contents
from domain.search import InvoiceFilter, InvoiceSort, PageKey
from domain.sync import SyncJob
from domain.totals import Totals
from domain.wanted import missing_names, not_sent, wanted_invoice
from resolvers.context import RequestContext
from resolvers.editing import gather_circumstances, guard_facts


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with what it would change."""

    draft: Draft
    changes: tuple[FieldChange, ...]
    totals: Totals
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class SyncView:
    """How far an invoice's latest job has come, and what stands against it."""

    job: SyncJob | None
    queue_position: int | None
    issue: SyncIssue | None
    #: Paths and reasons of what is saved here and never sent.
    not_sent: tuple[tuple[str, str], ...]


async def read_invoices(
    context: RequestContext, invoice_ids: Iterable[UUID]
) -> dict[UUID, Invoice]:
    """Give those of the invoices that the caller's account has, by id."""
    async with context.open_work() as work:
        return await work.invoices.get_many(invoice_ids)


async def read_adjustments(
    context: RequestContext, invoice_ids: Iterable[UUID]
) -> dict[UUID, list[Invoice]]:
    """Give the adjustment invoices of each of these, oldest first."""
    async with context.open_work() as work:
        return await work.invoices.adjustments_of(invoice_ids)


async def read_task(context: RequestContext, task_id: UUID) -> tuple[Invoice, Task] | None:
    """Give a task with its invoice."""
    async with context.open_work() as work:
        return await work.invoices.find_task(task_id)


async def read_page(
    context: RequestContext,
    *,
    wanted: InvoiceFilter,
    sort: InvoiceSort,
    after: PageKey | None,
    first: int,
    with_tasks: bool = True,
) -> tuple[list[Invoice], bool]:
    """Give up to `first` invoices behind `after`, and whether more follow.

    Without tasks nothing that needs them can be told of the invoices; see `UnreadTasks`.
    """
    async with context.open_work() as work:
        found = await work.invoices.page(
            wanted=wanted, sort=sort, after=after, limit=first + 1, with_tasks=with_tasks
        )
    return found[:first], len(found) > first


async def read_links(
    context: RequestContext, invoice_ids: Iterable[UUID]
) -> dict[UUID, QuickBooksLink]:
    """Give QuickBooks' side as it was read last, by invoice; with a drift that is what drifted."""
    wanted = list(invoice_ids)
    async with context.open_work() as work:
        return await _as_read_last(work, wanted)


async def read_comparisons(
    context: RequestContext, invoices: Sequence[Invoice]
) -> dict[UUID, tuple[Comparison, ...]]:
    """Give ours against QuickBooks' copy for each invoice that QuickBooks holds."""
    async with context.open_work() as work:
        links = await _as_read_last(work, [invoice.id for invoice in invoices])
        held = [invoice for invoice in invoices if invoice.id in links]
        references = await work.lists.references_of(held)
    compared: dict[UUID, tuple[Comparison, ...]] = {}
    for invoice in held:
        link, named = links[invoice.id], references[invoice.id]
        if not missing_names(invoice, named):
            wanted = wanted_invoice(invoice, named, link.copy.kind)
            compared[invoice.id] = compare(wanted, link.copy, link.tasks_by_line)
    return compared


async def _as_read_last(
    work: UnitOfWork, invoice_ids: Sequence[UUID]
) -> dict[UUID, QuickBooksLink]:
    links = await work.links.get_many(invoice_ids)
    drifts = await work.drifts.get_many(links)
    return links | {key: drift.held for key, drift in drifts.items()}


async def read_eligibility(
    context: RequestContext, invoices: Sequence[Invoice]
) -> dict[UUID, Eligibility]:
    """Give for each invoice whether this caller may edit and sync it."""
    async with context.open_work() as work:
        facts = await gather_circumstances(context, work, invoices)
    return {invoice.id: judge_eligibility(invoice, facts[invoice.id]) for invoice in invoices}


async def read_drafts(
    context: RequestContext, invoices: Sequence[Invoice]
) -> dict[UUID, DraftView]:
    """Give the open draft of each invoice that has one, with changes, totals and guards."""
    async with context.open_work() as work:
        drafts = await work.drafts.get_many([invoice.id for invoice in invoices])
        edited = [invoice for invoice in invoices if invoice.id in drafts]
        contents = (draft.content for draft in drafts.values())
        references = await work.lists.references_of(edited, *contents)
        facts = await gather_circumstances(context, work, edited)
        files = await work.company_files.all() if edited else {}
        views = {}
        for invoice in edited:
            content, link = drafts[invoice.id].content, facts[invoice.id].link
            found = await guard_facts(
                work, invoice, facts[invoice.id], content, references[invoice.id], is_sent=False
            )
            # as if it were sent, with the company file that was read once for all of them
            file = None if link is None else files.get(link.company_file_id)
            views[invoice.id] = _view(
                invoice, drafts[invoice.id], replace(found, is_sent=True, company_file=file)
            )
        return views


async def read_sync(context: RequestContext, invoices: Sequence[Invoice]) -> dict[UUID, SyncView]:
    """Give the progress of each invoice's latest job, and its open issue."""
    ids = [invoice.id for invoice in invoices]
    async with context.open_work() as work:
        jobs = await work.sync_jobs.latest(ids)
        positions = await work.sync_jobs.queue_positions(jobs.values())
        issues = await work.sync_issues.open_of(ids)
        batches = await work.lists.batches({i.batch_id for i in invoices if i.batch_id})
    views = {}
    for invoice in invoices:
        job = jobs.get(invoice.id)
        batch = None if invoice.batch_id is None else batches.get(invoice.batch_id)
        position = None if job is None else positions.get(job.id)
        staying = not_sent(invoice.content, batch, invoice.adjusted_number)
        views[invoice.id] = SyncView(job, position, issues.get(invoice.id), staying)
    return views


async def read_revisions(
    context: RequestContext, invoice_id: UUID, *, before: int | None, first: int
) -> tuple[list[Revision], bool]:
    """Give `first` revisions older than version `before`, newest first, and if more follow."""
    async with context.open_work() as work:
        found = await work.revisions.page(invoice_id, before=before, limit=first + 1)
    return found[:first], len(found) > first


async def read_revision(context: RequestContext, revision_id: UUID) -> Revision | None:
    """Give one revision."""
    async with context.open_work() as work:
        return await work.revisions.get(revision_id)


def _view(invoice: Invoice, draft: Draft, facts: GuardFacts) -> DraftView:
    content = draft.content
    return DraftView(
        draft,
        compare_contents(invoice.content, content, facts.references.name_of),
        facts.references.totals(content.tasks, content.tax_zone_id),
        guard_save(invoice, content, facts),
    )
