"""Invoices: creating them, reading them, reading what hangs on many of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.comparison import Comparison, compare
from domain.draft import Draft
from domain.edits import NewTask, check_details, check_texts, check_total, place_tasks
from domain.eligibility import Eligibility, judge_eligibility
from domain.errors import NotFound
from domain.guard_facts import GuardFacts
from domain.guarding import guard_save
from domain.guards import Guard
from domain.invoice import Content, ExportOrigin, ExportStatus, Invoice, Task
from domain.issues import SyncIssue
from domain.lists import ServiceLocation
from domain.quickbooks import QuickBooksLink
from domain.revision import FieldChange, Revision, compare_contents
from domain.search import InvoiceFilter, InvoiceSort, PageKey
from domain.sync import SyncJob
from domain.sync_status import SyncStatus
from domain.totals import Totals
from domain.wanted import References, missing_names, not_sent, wanted_invoice
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import check_references, gather_circumstances, guard_facts
from resolvers.idempotency import claim_key, keep_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """The wish to create an invoice; it is exported by a call of its own."""

    number: str
    date: date
    customer_id: UUID
    tax_zone_id: UUID | None = None
    business_unit_id: UUID | None = None
    technician_id: UUID | None = None
    service_location_id: UUID | None = None
    summary: str | None = None
    is_application_for_payment: bool = False
    #: It was exported before Instep kept it, so it counts as exported and is locked.
    is_imported: bool = False
    tasks: tuple[NewTask, ...]
    idempotency_key: str


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


async def create_invoice(context: RequestContext, wish: NewInvoice) -> Invoice:
    """Store a new invoice that QuickBooks does not know yet, or one that was imported.

    Raises Forbidden, NotFound for an unknown list entry, InvalidValue for a value that QuickBooks
    could not hold.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    if wish.is_imported:  # like a bypass: it will count as exported, and nothing is sent
        context.principal.require(Permission.BYPASS_BATCH_EXPORT)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "createInvoice", wish.idempotency_key, wish)
        if earlier is not None:
            return await work.invoices.lock(UUID(earlier["invoice_id"]))
        content = new_content(context, wish)
        references = await work.lists.references_of_new(
            content, customer_id=wish.customer_id, business_unit_id=wish.business_unit_id
        )
        if references is None:
            raise NotFound("There is no such customer.", where=("customer_id",))
        check_references(content, references)
        _check_header(wish, references, await work.lists.technicians(_one(wish.technician_id)))
        _check_location(wish, await work.lists.service_locations(_one(wish.service_location_id)))
        invoice = new_invoice(context, wish, content, references)
        check_total(invoice.totals)
        await work.invoices.add(invoice)
        subject = Subject(SubjectKind.INVOICE, invoice.id)
        told = {"number": content.number, "total": str(invoice.totals.total)}
        made = AuditAction.INVOICE_IMPORTED if wish.is_imported else AuditAction.INVOICE_CREATED
        note(context, work, made, subject, changes_between({}, told))
        answer = {"invoice_id": str(invoice.id)}
        await keep_answer(work, "createInvoice", wish.idempotency_key, answer)
        return invoice


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
) -> tuple[list[Invoice], bool]:
    """Give up to `first` invoices behind `after`, and whether more follow."""
    async with context.open_work() as work:
        found = await work.invoices.page(wanted=wanted, sort=sort, after=after, limit=first + 1)
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
        views = {}
        for invoice in edited:
            content = drafts[invoice.id].content
            found = await guard_facts(
                work, invoice, facts[invoice.id], content, references[invoice.id]
            )
            views[invoice.id] = _view(invoice, drafts[invoice.id], found)
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


def new_content(context: RequestContext, wish: NewInvoice) -> Content:
    """Give what the wish asks for, its tasks with fresh ids; raise InvalidValue where it is bad."""
    tasks = place_tasks((), wish.tasks, context.new_id, ("tasks",))
    content = Content(
        number=wish.number,
        date=wish.date,
        tax_zone_id=wish.tax_zone_id,
        summary=wish.summary,
        tasks=tasks,
    )
    check_details(content, where=())
    check_texts(wish.number, wish.summary, wish.tasks)
    return content


def _check_header(
    wish: NewInvoice, references: References, technicians: Mapping[UUID, object]
) -> None:
    if wish.business_unit_id is not None and wish.business_unit_id not in references.business_units:
        raise NotFound("There is no such business unit.", where=("business_unit_id",))
    if wish.technician_id is not None and wish.technician_id not in technicians:
        raise NotFound("There is no such technician.", where=("technician_id",))


def _check_location(wish: NewInvoice, known: Mapping[UUID, ServiceLocation]) -> None:
    """A service location belongs to one customer, and so does an invoice."""
    key = wish.service_location_id
    if key is not None and (key not in known or known[key].customer_id != wish.customer_id):
        raise NotFound("The customer has no such service location.", where=("service_location_id",))


def new_invoice(
    context: RequestContext, wish: NewInvoice, content: Content, references: References
) -> Invoice:
    """Give the invoice with this content, unknown to QuickBooks as far as we know."""
    now = context.now()
    return Invoice(
        id=context.new_id(),
        version=1,
        content=content,
        customer_id=wish.customer_id,
        business_unit_id=wish.business_unit_id,
        technician_id=wish.technician_id,
        service_location_id=wish.service_location_id,
        batch_id=None,
        adjustment_to_id=None,
        is_application_for_payment=wish.is_application_for_payment,
        export_status=ExportStatus.EXPORTED if wish.is_imported else ExportStatus.PENDING,
        export_origin=ExportOrigin.IMPORTED if wish.is_imported else None,
        sync_status=SyncStatus.NOT_APPLICABLE,
        totals=references.totals(content.tasks, content.tax_zone_id),
        created_at=now,
        updated_at=now,
    )


def _view(invoice: Invoice, draft: Draft, facts: GuardFacts) -> DraftView:
    content = draft.content
    return DraftView(
        draft,
        compare_contents(invoice.content, content, facts.references.name_of),
        facts.references.totals(content.tasks, content.tax_zone_id),
        guard_save(invoice, content, facts),
    )


def _one(key: UUID | None) -> tuple[UUID, ...]:
    return () if key is None else (key,)
