"""Bypassing an export: what was not sent counts as exported, and nothing is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.batches import BatchHappening, advance_batch, bypassed, check_bypass
from domain.errors import ExportOnItsWay, InvalidValue, TextTooLong, ValueRequired
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.lists import Batch, BatchStatus
from domain.sync import JobHappening, advance
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.exporting import check_nobody_edits
from resolvers.idempotency import claim_key, keep_answer
from resolvers.telling import tell

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassBatch:
    """The wish that the batch counts as exported without being sent."""

    batch_id: UUID
    reason: str | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassInvoice:
    """The same wish for one invoice."""

    invoice_id: UUID
    reason: str | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class BypassedBatch:
    """`after` is an event number: what became of the invoices is told behind it."""

    batch: Batch
    invoices: tuple[Invoice, ...]
    after: int


async def bypass_batch(context: RequestContext, wish: BypassBatch) -> BypassedBatch:
    """Count every invoice of the batch that was not exported as exported; nothing is sent.

    Exports that wait are withdrawn. Raises Forbidden, NotFound, InvalidValue for a batch that was
    exported or bypassed before, and ExportOnItsWay while QuickBooks' answer to one is owed.
    """
    context.principal.require(Permission.BYPASS_BATCH_EXPORT)
    _check_reason(wish.reason)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "bypassBatch", wish.idempotency_key, wish):
            return await _again(work, wish.batch_id, earlier["after"])
        after = await work.sync_events.last_sequence()
        locked = await work.invoices.lock_many(await work.batches.invoice_ids(wish.batch_id))
        batch = await work.batches.lock(wish.batch_id)
        check_bypass(batch)
        left = [
            invoice
            for invoice in locked.values()
            if invoice.batch_id == batch.id and invoice.export_status is not ExportStatus.EXPORTED
        ]
        await check_nobody_edits(context, work, left)
        changed = [await _bypass(context, work, invoice, wish.reason) for invoice in left]
        advanced = advance_batch(batch, BatchHappening.BYPASSED)
        await work.batches.save(advanced)
        _note_batch(context, work, batch, changed, wish.reason)
        await keep_answer(work, "bypassBatch", wish.idempotency_key, {"after": after})
        return BypassedBatch(advanced, tuple(changed), after)


async def bypass_invoice(context: RequestContext, wish: BypassInvoice) -> Invoice:
    """Count one invoice as exported without sending it, or no longer as exported by us.

    The latter is the way out of an exported batch: with it the invoice can be unlocked once
    QuickBooks has told that it does not hold it. It needs a reason. Raises as `bypass_batch`.
    """
    context.principal.require(Permission.BYPASS_BATCH_EXPORT)
    _check_reason(wish.reason)
    async with context.open_work() as work:
        if await claim_key(context, work, "bypassInvoiceExport", wish.idempotency_key, wish):
            return await work.invoices.lock(wish.invoice_id)
        invoice = await work.invoices.lock(wish.invoice_id)
        _check_invoice(invoice, wish)
        await check_nobody_edits(context, work, [invoice])
        changed = await _bypass(context, work, invoice, wish.reason)
        if invoice.batch_id is not None:
            await _settle_batch(work, invoice.batch_id)
        await keep_answer(work, "bypassInvoiceExport", wish.idempotency_key, {"done": True})
        return changed


async def withdraw_bypass(context: RequestContext, wish: BypassInvoice) -> Invoice:
    """Take the bypass of an invoice back that we had exported: QuickBooks holds it after all.

    Raises Forbidden, NotFound, and InvalidValue for an invoice that QuickBooks never had from us.
    """
    context.principal.require(Permission.UNLOCK_BATCH)
    _check_reason(wish.reason)
    async with context.open_work() as work:
        if await claim_key(context, work, "withdrawInvoiceBypass", wish.idempotency_key, wish):
            return await work.invoices.lock(wish.invoice_id)
        invoice = await work.invoices.lock(wish.invoice_id)
        link = await work.links.get(invoice.id)
        if link is None or invoice.export_origin is not ExportOrigin.BYPASSED:
            raise InvalidValue(
                "Only the bypass of an invoice that was exported before can be withdrawn; any other"
                " is unlocked.",
                where=("invoice_id",),
            )
        changed = replace(invoice, export_origin=ExportOrigin.EXPORTED, updated_at=context.now())
        await _save(context, work, invoice, changed)
        _note(context, work, AuditAction.BYPASS_WITHDRAWN, invoice, changed, wish.reason)
        await keep_answer(work, "withdrawInvoiceBypass", wish.idempotency_key, {"done": True})
        return changed


def _check_reason(reason: str | None) -> None:
    if reason is not None and len(reason) > _LONGEST_REASON:
        raise TextTooLong(
            "The reason", longest=_LONGEST_REASON, actual=len(reason), where=("reason",)
        )


def _check_invoice(invoice: Invoice, wish: BypassInvoice) -> None:
    if invoice.export_status is not ExportStatus.EXPORTED:
        return
    if invoice.export_origin is not ExportOrigin.EXPORTED:
        raise InvalidValue(
            f"Invoice {invoice.content.number} was not exported by us; it can be unlocked.",
            where=("invoice_id",),
        )
    if not (wish.reason or "").strip():
        raise ValueRequired(
            f"Invoice {invoice.content.number} was exported. Say why its export shall count as"
            " bypassed.",
            where=("reason",),
        )


async def _bypass(
    context: RequestContext, work: UnitOfWork, invoice: Invoice, reason: str | None
) -> Invoice:
    unsent, in_flight = await work.sync_jobs.lock_active(invoice.id)
    if in_flight is not None:
        raise ExportOnItsWay(invoice.content.number)
    if unsent is not None:
        await work.qbxml_requests.cancel_ready(unsent.id)
        await work.sync_jobs.save(advance(unsent, JobHappening.WITHDRAWN, context.now()))
    changed = replace(bypassed(invoice), updated_at=context.now())
    await work.clear_issues(invoice.id, context.now())
    await _save(context, work, invoice, changed)
    _note(context, work, AuditAction.EXPORT_BYPASSED, invoice, changed, reason)
    return changed


async def _save(context: RequestContext, work: UnitOfWork, before: Invoice, after: Invoice) -> None:
    await work.invoices.save_status(after)
    tell(context, work, after, previous=before.sync_status)


async def _settle_batch(work: UnitOfWork, batch_id: UUID) -> None:
    """With nothing left to export a batch is exported, or bypassed when nothing of it was."""
    totals = (await work.batches.totals([batch_id]))[batch_id]
    batch = await work.batches.lock(batch_id)
    if batch.status is BatchStatus.POSTED and totals.bypassed == totals.invoices:
        await work.batches.save(advance_batch(batch, BatchHappening.BYPASSED))
    await work.batches.finish([batch_id])


async def _again(work: UnitOfWork, batch_id: UUID, after: int) -> BypassedBatch:
    found = await work.invoices.get_many(await work.batches.invoice_ids(batch_id))
    changed = [one for one in found.values() if one.export_origin is ExportOrigin.BYPASSED]
    return BypassedBatch(await work.batches.lock(batch_id), tuple(changed), after)


def _note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    before: Invoice,
    after: Invoice,
    reason: str | None,
) -> None:
    old, new = (
        {"export_status": one.export_status, "export_origin": one.export_origin}
        for one in (before, after)
    )
    subject = Subject(SubjectKind.INVOICE, after.id)
    note(context, work, action, subject, changes_between(old, new), reason)


def _note_batch(
    context: RequestContext,
    work: UnitOfWork,
    batch: Batch,
    invoices: Sequence[Invoice],
    reason: str | None,
) -> None:
    numbers = ", ".join(sorted(invoice.content.number for invoice in invoices))
    changes = changes_between(
        {"status": batch.status}, {"status": BatchStatus.BYPASSED, "invoices": numbers or None}
    )
    subject = Subject(SubjectKind.BATCH, batch.id)
    note(context, work, AuditAction.EXPORT_BYPASSED, subject, changes, reason)
