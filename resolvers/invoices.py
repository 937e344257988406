"""New invoices: created here, or brought in from an older system."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.edits import NewTask, check_details, check_texts, check_total, place_tasks
from domain.errors import NotFound
from domain.invoice import Content, ExportOrigin, ExportStatus, Invoice
from domain.lists import ServiceLocation
from domain.sync_status import SyncStatus
from domain.wanted import References
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import check_references
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


def _one(key: UUID | None) -> tuple[UUID, ...]:
    return () if key is None else (key,)
