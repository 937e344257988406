"""Adjustment invoices: what corrects an exported invoice and leaves it as it is."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.edits import NewTask, check_total
from domain.errors import InvalidValue, NotFound, TextTooLong, ValueRequired
from domain.guards import Guard, GuardCode, GuardRefused, GuardSeverity
from domain.invoice import ExportStatus, Invoice
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import check_references
from resolvers.idempotency import claim_key, keep_answer
from resolvers.invoices import NewInvoice, new_content, new_invoice

_MUTATION = "createAdjustmentInvoice"
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """The wish to correct an exported invoice by one of its own."""

    invoice_id: UUID
    number: str
    date: date
    tasks: tuple[NewTask, ...]
    summary: str | None = None
    reason: str | None = None
    idempotency_key: str


async def create_adjustment_invoice(context: RequestContext, wish: Adjustment) -> Invoice:
    """Store an adjustment, pending; customer, unit, technician and tax zone are the adjusted one's.

    Raises Forbidden, NotFound for an unknown invoice or list entry, InvalidValue for an invoice
    that was never exported or a value that QuickBooks could not hold, and GuardRefused for a date
    in a closed accounting period, from which it could not be exported.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    if wish.reason is not None and len(wish.reason) > _LONGEST_REASON:
        longest, actual = _LONGEST_REASON, len(wish.reason)
        raise TextTooLong("The reason", longest=longest, actual=actual, where=("reason",))
    if not wish.tasks:
        raise ValueRequired("An adjustment needs at least one task.", where=("tasks",))
    async with context.open_work() as work:
        earlier = await claim_key(context, work, _MUTATION, wish.idempotency_key, wish)
        if earlier is not None:
            return await work.invoices.lock(UUID(earlier["invoice_id"]))
        adjusted = await work.invoices.lock(wish.invoice_id)
        _check_exported(adjusted)
        await _check_period(work, wish.date)
        adjustment = await _adjustment(context, work, wish, adjusted)
        await work.invoices.add(adjustment)
        _note(context, work, adjusted, adjustment)
        await keep_answer(work, _MUTATION, wish.idempotency_key, {"invoice_id": str(adjustment.id)})
        return adjustment


def _check_exported(adjusted: Invoice) -> None:
    """What never left can be exported as it ought to be."""
    if adjusted.export_status is not ExportStatus.EXPORTED:
        raise InvalidValue(
            f"Invoice {adjusted.content.number} has not been exported, so there is nothing to"
            " adjust in QuickBooks yet.",
            where=("invoice_id",),
        )


async def _check_period(work: UnitOfWork, day: date) -> None:
    account = await work.accounts.get()
    periods = await work.accounts.periods() if account.accounting_periods_enabled else ()
    if any(period.is_closed and period.holds(day) for period in periods):
        guard = Guard(
            GuardCode.PERIOD_CLOSED,
            GuardSeverity.ERROR,
            f"The accounting period of {day} is closed; nothing can be exported with that date.",
            ("Date the adjustment in an open period.", "Re-open the accounting period."),
            ("details", "date"),
        )
        raise GuardRefused([guard])


async def _adjustment(
    context: RequestContext, work: UnitOfWork, wish: Adjustment, adjusted: Invoice
) -> Invoice:
    new = NewInvoice(
        number=wish.number,
        date=wish.date,
        customer_id=adjusted.customer_id,
        tax_zone_id=adjusted.content.tax_zone_id,
        business_unit_id=adjusted.business_unit_id,
        technician_id=adjusted.technician_id,
        service_location_id=adjusted.service_location_id,
        summary=wish.summary,
        tasks=wish.tasks,
        idempotency_key=wish.idempotency_key,
    )
    content = new_content(context, new)
    references = await work.lists.references_of_new(
        content, customer_id=new.customer_id, business_unit_id=new.business_unit_id
    )
    if references is None:
        raise NotFound("The customer of that invoice is gone.", where=("invoice_id",))
    check_references(content, references)
    invoice = new_invoice(context, new, content, references)
    check_total(invoice.totals)
    return replace(
        invoice,
        adjustment_to_id=adjusted.id,
        adjusted_number=adjusted.content.number,
        adjustment_reason=wish.reason,
    )


def _note(
    context: RequestContext, work: UnitOfWork, adjusted: Invoice, adjustment: Invoice
) -> None:
    """Both invoices tell of it."""
    number, total = adjustment.content.number, str(adjustment.totals.total)
    reason = adjustment.adjustment_reason
    told = changes_between({}, {"adjustment": number, "adjustment_total": total})
    subject = Subject(SubjectKind.INVOICE, adjusted.id)
    note(context, work, AuditAction.INVOICE_ADJUSTED, subject, told, reason)
    made = {"number": number, "total": total, "adjustment_to": adjusted.content.number}
    subject = Subject(SubjectKind.INVOICE, adjustment.id)
    note(context, work, AuditAction.INVOICE_CREATED, subject, changes_between({}, made), reason)
