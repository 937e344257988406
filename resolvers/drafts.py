"""Staging edits: nothing of the invoice changes until they are saved."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.actor import ActorKind
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.draft import Draft, check_editor
from domain.edits import Edits
from domain.eligibility import NEEDED_BEFORE_EXPORT, needed_permission, require_edit
from domain.errors import AnotherInvoiceOpen
from domain.invoice import Content, Invoice
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import Desk, edit_content, open_desk
from resolvers.idempotency import claim_key, keep_answer

#: Which of them it takes is told by the invoice.
_MAY_STAGE = (Permission.EDIT_EXPORTED_TRANSACTIONS, NEEDED_BEFORE_EXPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The wish to stage edits on the version the caller has seen."""

    invoice_id: UUID
    version: int
    edits: Edits
    idempotency_key: str | None = None


class Staging(Protocol):
    """What every wish to stage something tells."""

    @property
    def invoice_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def idempotency_key(self) -> str | None: ...


#: Gives what the draft is to hold, or raises a refusal.
Compose = Callable[[UnitOfWork, Desk], Awaitable[Content]]


@dataclass(frozen=True, slots=True)
class Staged:
    invoice: Invoice
    draft: Draft | None


async def stage(context: RequestContext, mutation: str, wish: Stage) -> Staged:
    """Add the edits to the caller's draft of the invoice, opening one if there is none.

    Raises Forbidden, NotFound, BeingEdited, VersionConflict, NotEligible, AnotherInvoiceOpen, and
    InvalidValue where an edit does not fit.
    """

    async def compose(work: UnitOfWork, desk: Desk) -> Content:
        content, _ = await edit_content(context, work, desk, wish.edits)
        return content

    return await stage_content(context, mutation, wish, compose)


async def stage_content(
    context: RequestContext, mutation: str, wish: Staging, compose: Compose
) -> Staged:
    """Make what `compose` gives the content of the caller's draft, opening one if there is none.

    Raises Forbidden, NotFound, BeingEdited, VersionConflict, NotEligible, AnotherInvoiceOpen.
    """
    context.principal.require_one_of(*_MAY_STAGE)
    async with context.open_work() as work:
        if await claim_key(context, work, mutation, wish.idempotency_key, wish) is not None:
            return await _repeat(context, work, wish.invoice_id)
        desk = await open_desk(context, work, wish.invoice_id, version=wish.version)
        context.principal.require(needed_permission(desk.invoice))
        require_edit(desk.eligibility)
        await _check_no_other_draft(context, work, desk)
        content = await compose(work, desk)
        draft = desk.draft or _new_draft(context, desk.invoice)
        draft = replace(draft, content=content, touched_at=context.now())
        await work.drafts.save(draft)
        answer = {"invoice_id": str(desk.invoice.id), "version": desk.invoice.version}
        await keep_answer(work, mutation, wish.idempotency_key, answer)
        return Staged(desk.invoice, draft)


async def discard_draft(context: RequestContext, invoice_id: UUID) -> Invoice:
    """Drop the caller's draft; doing it again is no error.

    Raises BeingEdited for another's, unless the caller manages employees: people leave, and their
    drafts must not hold an invoice for ever.
    """
    context.principal.require_one_of(*_MAY_STAGE)
    async with context.open_work() as work:
        invoice = await work.invoices.lock(invoice_id)
        context.principal.require(needed_permission(invoice))
        draft = await work.drafts.get(invoice_id)
        if not context.principal.may(Permission.MANAGE_EMPLOYEES):
            check_editor(draft, context.principal.actor, context.now())
        if draft is not None:
            await work.drafts.remove(invoice_id)
            _note_discard(context, work, draft)
        return invoice


def _note_discard(context: RequestContext, work: UnitOfWork, draft: Draft) -> None:
    subject = Subject(SubjectKind.INVOICE, draft.invoice_id)
    before = {"editor": draft.editor.name, "started_at": draft.started_at.isoformat()}
    note(context, work, AuditAction.DRAFT_DISCARDED, subject, changes_between(before, {}))


async def _repeat(context: RequestContext, work: UnitOfWork, invoice_id: UUID) -> Staged:
    """A key is the account's: who holds the draft by now is asked again."""
    invoice = await work.invoices.lock(invoice_id)
    draft = await work.drafts.get(invoice_id)
    check_editor(draft, context.principal.actor, context.now())
    return Staged(invoice, draft)


async def _check_no_other_draft(context: RequestContext, work: UnitOfWork, desk: Desk) -> None:
    """One exported invoice at a time per person; an API key stands for many people."""
    actor = context.principal.actor
    if actor.kind is not ActorKind.EMPLOYEE or actor.id is None or desk.invoice.is_before_export:
        return
    await work.people.lock(actor.id)  # two first edits at once: one of them is told
    other = await work.drafts.of_employee(actor.id)
    if other is not None and other.invoice_id != desk.invoice.id:
        held = await work.invoices.get(other.invoice_id)
        number = held.content.number if held else str(other.invoice_id)
        raise AnotherInvoiceOpen(invoice_number=number)


def _new_draft(context: RequestContext, invoice: Invoice) -> Draft:
    return Draft(
        invoice_id=invoice.id,
        base_version=invoice.version,
        editor=context.principal.actor,
        started_at=context.now(),
        touched_at=context.now(),
        is_of_exported=not invoice.is_before_export,
        content=invoice.content,
    )
