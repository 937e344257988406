"""Exporting: invoices leave for QuickBooks for the first time, as one batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.batches import TRANSITIONS, BatchHappening, advance_batch
from domain.connections import Connection, ConnectionKind
from domain.draft import is_abandoned
from domain.errors import ConnectionNeeded, InvalidValue, NotFound, ValueRequired
from domain.invoice import ExportStatus, Invoice
from domain.limits import MEMO_LENGTH, quickbooks_text, unstorable_characters
from domain.lists import Batch, BatchStatus
from domain.sending_guards import lacks_account
from domain.sync import JobKind
from domain.wanted import missing_names
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import end_abandoned
from resolvers.idempotency import claim_key, keep_answer
from resolvers.queueing import want_sync

MOST_INVOICES = 200
_LONGEST_BATCH_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The wish to send these invoices as one batch."""

    invoice_ids: tuple[UUID, ...]
    batch_name: str
    connection_id: UUID | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportBatch:
    """The wish to send what an unlocked batch holds, under its own number and name."""

    batch_id: UUID
    connection_id: UUID | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Exported:
    batch: Batch
    invoices: tuple[Invoice, ...]
    connection_id: UUID
    after: int


async def export_invoices(context: RequestContext, wish: Export) -> Exported:
    """Put the invoices into a new batch and ask QuickBooks to add each of them.

    One with a negative total becomes a credit memo there, any other an invoice.
    All or none: raises Forbidden, NotFound, ConnectionNeeded, or InvalidValue for an invoice that
    was exported before, is on its way, or names something QuickBooks does not know by name.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    _check(wish)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "exportInvoices", wish.idempotency_key, wish)
        if earlier is not None:
            return await _repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        connection = choose_usable(await work.connections.all(), wish.connection_id)
        invoices = await _lock(work, wish.invoice_ids)
        await check_nobody_edits(context, work, invoices)
        batch = await _new_batch(context, work, wish.batch_name)
        posted = []
        for n, invoice in enumerate(invoices):
            await _check_exportable(work, invoice, connection, ("invoice_ids", str(n)))
            posted.append(await _post(context, work, invoice, batch, connection))
        _note(context, work, posted, batch, connection)
        answer = Exported(batch, tuple(posted), connection.id, after)
        await keep_answer(work, "exportInvoices", wish.idempotency_key, _answer(answer))
        return answer


async def export_batch(context: RequestContext, wish: ExportBatch) -> Exported:
    """Ask QuickBooks to add every invoice of the batch that is still to be exported.

    Of an unlocked invoice QuickBooks is asked first whether it holds one like it. Raises as
    `export_invoices`, and InvalidValue for a batch that is not unlocked.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "exportBatch", wish.idempotency_key, wish)
        if earlier is not None:
            return await _repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        connection = choose_usable(await work.connections.all(), wish.connection_id)
        locked = await work.invoices.lock_many(await work.batches.invoice_ids(wish.batch_id))
        batch = await work.batches.lock(wish.batch_id)
        left = [
            invoice
            for invoice in locked.values()
            if invoice.batch_id == batch.id and invoice.export_status is ExportStatus.PENDING
        ]
        if not left or (batch.status, BatchHappening.POSTED) not in TRANSITIONS:
            raise InvalidValue(
                f"Batch {batch.number} has nothing to export: it is not unlocked, or its invoices"
                " went with another batch.",
                where=("batch_id",),
            )
        await check_nobody_edits(context, work, left)
        batch = advance_batch(batch, BatchHappening.POSTED)
        await work.batches.save(batch)
        posted = []
        for invoice in left:
            await _check_exportable(work, invoice, connection, ("batch_id",))
            posted.append(await _post(context, work, invoice, batch, connection))
        _note(context, work, posted, batch, connection)
        answer = Exported(batch, tuple(posted), connection.id, after)
        await keep_answer(work, "exportBatch", wish.idempotency_key, _answer(answer))
        return answer


def _note(
    context: RequestContext,
    work: UnitOfWork,
    posted: Sequence[Invoice],
    batch: Batch,
    connection: Connection,
) -> None:
    told = {"batch": f"{batch.number} {batch.name}", "connection": connection.name}
    for invoice in posted:
        subject = Subject(SubjectKind.INVOICE, invoice.id)
        note(context, work, AuditAction.EXPORTED, subject, changes_between({}, told))


def _check(wish: Export) -> None:
    count = len(wish.invoice_ids)
    if not 1 <= count <= MOST_INVOICES or len(set(wish.invoice_ids)) != count:
        raise InvalidValue(
            f"Name 1 to {MOST_INVOICES} invoices, each once.", where=("invoice_ids",)
        )
    name = quickbooks_text(wish.batch_name)
    if not name:
        raise ValueRequired("A batch needs a name.", where=("batch_name",))
    if len(name) > min(_LONGEST_BATCH_NAME, MEMO_LENGTH) or unstorable_characters(name):
        raise InvalidValue(
            f"A batch name has at most {_LONGEST_BATCH_NAME} characters, all of them storable in"
            " QuickBooks.",
            where=("batch_name",),
        )


def choose_usable(connections: Sequence[Connection], asked: UUID | None) -> Connection:
    """Give the connection asked for, or the only one there is.

    Raises NotFound for one that is disabled or of the old kind, and ConnectionNeeded.
    """
    usable = {c.id: c for c in connections if c.kind is ConnectionKind.NEW and not c.is_disabled}
    if asked is not None:
        if asked not in usable:
            raise NotFound("There is no such enabled connection.", where=("connection_id",))
        return usable[asked]
    if not usable:
        raise ConnectionNeeded(
            "There is no QuickBooks connection yet: create one first.", where=("connection_id",)
        )
    if len(usable) > 1:
        names = ", ".join(sorted(c.name for c in usable.values()))
        raise ConnectionNeeded(f"Please select a connection: {names}.", where=("connection_id",))
    return next(iter(usable.values()))


async def _lock(work: UnitOfWork, invoice_ids: tuple[UUID, ...]) -> list[Invoice]:
    locked = await work.invoices.lock_many(invoice_ids)
    for n, invoice_id in enumerate(invoice_ids):
        if invoice_id not in locked:
            raise NotFound("There is no such invoice.", where=("invoice_ids", str(n)))
    return [locked[invoice_id] for invoice_id in invoice_ids]


async def check_nobody_edits(
    context: RequestContext, work: UnitOfWork, invoices: Sequence[Invoice]
) -> None:
    """Raise InvalidValue, naming who edits which: what is staged would never be saved.

    Once it is exported, other rules hold for the invoice. A draft that was left alone is ended.
    """
    drafts = await work.drafts.get_many([invoice.id for invoice in invoices])
    for n, invoice in enumerate(invoices):
        draft = drafts.get(invoice.id)
        if draft is None:
            continue
        if not is_abandoned(draft, context.now()):
            raise InvalidValue(
                f"{draft.editor.name} is editing invoice {invoice.content.number};"
                " save or discard that draft first.",
                where=("invoice_ids", str(n)),
            )
        await end_abandoned(context, work, invoice, draft)


async def _new_batch(context: RequestContext, work: UnitOfWork, name: str) -> Batch:
    number = await work.accounts.take_batch_number()
    batch = Batch(context.new_id(), number, quickbooks_text(name), BatchStatus.POSTED)
    await work.batches.add(batch, context.now())
    return batch


async def _check_exportable(
    work: UnitOfWork, invoice: Invoice, connection: Connection, where: tuple[str, ...]
) -> None:
    number = invoice.content.number
    if invoice.export_status is ExportStatus.EXPORTED:
        raise InvalidValue(f"Invoice {number} was exported before.", where=where)
    unsent, in_flight = await work.sync_jobs.lock_active(invoice.id)
    if unsent or in_flight:
        raise InvalidValue(f"Invoice {number} is already on its way to QuickBooks.", where=where)
    link = await work.links.get(invoice.id)
    if link is None and invoice.adjustment_to_id is not None:  # it belongs beside what it adjusts
        link = await work.links.get(invoice.adjustment_to_id)
    if link is not None and link.company_file_id != connection.company_file_id:
        raise InvalidValue(
            f"Invoice {number}, or the one it adjusts, is already in another company file of"
            " QuickBooks; choose a connection that reaches that file.",
            where=where,
        )
    if not invoice.content.tasks:
        raise InvalidValue(
            f"Invoice {number} has no tasks; QuickBooks would not take it.", where=where
        )
    references = (await work.lists.references_of([invoice]))[invoice.id]
    missing = missing_names(invoice, references)
    if missing:
        names = "; ".join(f"{m.kind.replace('_', ' ')} “{m.name}”" for m in missing)
        raise InvalidValue(
            f"Invoice {number} names what has no counterpart in QuickBooks yet: {names}."
            " Give each its QuickBooks name first.",
            where=where,
        )
    items = {references.items[task.item_id] for task in invoice.content.tasks}
    if lacking := sorted(item.name for item in items if lacks_account(item)):
        raise InvalidValue(
            f"Invoice {number} uses material or equipment without a COGS account:"
            f" {', '.join(f'“{name}”' for name in lacking)}. Name the account of each first.",
            where=where,
        )


async def _post(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    batch: Batch,
    connection: Connection,
) -> Invoice:
    posted = replace(
        invoice,
        batch_id=batch.id,
        export_status=ExportStatus.POSTED,
        updated_at=context.now(),
    )
    await work.invoices.save_status(posted)
    if invoice.batch_id is not None:  # it leaves a batch in which its export had failed
        await work.batches.finish([invoice.batch_id])
    await want_sync(
        context,
        work,
        posted,
        connection.id,
        previous=invoice.sync_status,
        kind=JobKind.EXPORT,
    )
    return posted


def _answer(exported: Exported) -> dict[str, Any]:
    return {
        "batch_id": str(exported.batch.id),
        "invoice_ids": [str(invoice.id) for invoice in exported.invoices],
        "connection_id": str(exported.connection_id),
        "after": exported.after,
    }


async def _repeat(work: UnitOfWork, answer: dict[str, Any]) -> Exported:
    ids = [UUID(invoice_id) for invoice_id in answer["invoice_ids"]]
    batch_id = UUID(answer["batch_id"])
    invoices = await work.invoices.get_many(ids)
    return Exported(
        (await work.lists.batches([batch_id]))[batch_id],
        tuple(invoices[invoice_id] for invoice_id in ids),
        UUID(answer["connection_id"]),
        answer["after"],
    )
