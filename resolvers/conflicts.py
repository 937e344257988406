"""Ours or QuickBooks', field by field: a person's way out of an edit conflict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.adoption import adopt, named_in
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.edits import check_total
from domain.eligibility import require_edit
from domain.errors import InvalidValue, NothingToSync
from domain.invoice import Content, Invoice
from domain.issues import SyncIssue
from domain.merge import FieldConflict
from domain.quickbooks import QuickBooksLink
from domain.revision import Path, Revision, compare_contents, first_content
from domain.sync_status import StatusHappening, SyncStatus, advance_status
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import Desk, open_desk
from resolvers.idempotency import claim_key, keep_answer
from resolvers.queueing import Saved, answer_of, repeat, want_sync

_REASON = "Conflict resolved: QuickBooks' values taken."


class ConflictSide(StrEnum):
    OURS = "OURS"
    QUICKBOOKS = "QUICKBOOKS"


@dataclass(frozen=True, slots=True)
class ConflictChoice:
    """The path of a field in conflict, and whose value it shall have."""

    path: Path
    take: ConflictSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The wish to end a conflict: one choice for each of its fields."""

    invoice_id: UUID
    version: int
    choices: tuple[ConflictChoice, ...]
    idempotency_key: str


async def resolve_conflict(context: RequestContext, wish: Resolution) -> Saved:
    """Take each field's value from the side chosen, and sync the invoice.

    QuickBooks' values become a revision here. What somebody changes in QuickBooks after the
    conflict was shown is compared again before anything is written. Raises Forbidden, NotFound,
    VersionConflict, BeingEdited, NotEligible, NothingToSync when there is no conflict, and
    InvalidValue for a missing or unknown choice, and for a value that has no place here.
    """
    context.principal.require(Permission.EDIT_EXPORTED_TRANSACTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "resolveConflict", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(context, work, wish.invoice_id, version=wish.version)
        require_edit(desk.eligibility)
        issue, held = await _conflict_of(work, desk)
        check_choices(issue.conflicts, wish.choices)
        saved = await take_sides(context, work, desk.invoice, held, wish.choices, reason=_REASON)
        note_choices(context, work, AuditAction.CONFLICT_RESOLVED, wish)
        answer = Saved(saved, held.connection_id, after)
        await keep_answer(work, "resolveConflict", wish.idempotency_key, answer_of(answer))
        return answer


def note_choices(
    context: RequestContext, work: UnitOfWork, action: AuditAction, wish: Resolution
) -> None:
    """Put into the audit trail whose value was taken of each field."""
    taken: dict[str, str | None] = {".".join(c.path): c.take for c in wish.choices}
    subject = Subject(SubjectKind.INVOICE, wish.invoice_id)
    note(context, work, action, subject, changes_between({}, taken))


def check_no_draft(desk: Desk) -> None:
    """Raise InvalidValue while the caller has staged edits of the invoice."""
    if desk.draft is not None:
        raise InvalidValue(
            "You have a draft of this invoice open. Save or discard it first.",
            where=("invoice_id",),
        )


async def _conflict_of(work: UnitOfWork, desk: Desk) -> tuple[SyncIssue, QuickBooksLink]:
    invoice = desk.invoice
    check_no_draft(desk)
    issue = (await work.sync_issues.open_of([invoice.id])).get(invoice.id)
    is_open = invoice.sync_status is SyncStatus.ACTION_REQUIRED
    if issue is None or not issue.conflicts or not is_open:
        raise NothingToSync("This invoice has no conflict to resolve.")
    if issue.held is None:  # what was read back is no rival's
        raise NothingToSync(
            "QuickBooks itself stored other values than it was sent; nobody chose them there. Press"
            " Re-Sync to write ours again, or Bypass."
        )
    return issue, issue.held


def check_choices(fields: Sequence[FieldConflict], choices: Sequence[ConflictChoice]) -> None:
    """Raise InvalidValue unless each of the fields is chosen once, and nothing else."""
    asked = [field.path for field in fields]
    for n, choice in enumerate(choices):
        if choice.path not in asked:
            raise InvalidValue(
                "Both sides agree on this field, or it was chosen before.",
                where=("choices", str(n), "path"),
            )
        asked.remove(choice.path)
    if asked:
        raise InvalidValue(
            f"Choose for {len(asked)} more of the fields that differ: each needs one choice.",
            where=("choices",),
        )


async def take_sides(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    held: QuickBooksLink,
    choices: Sequence[ConflictChoice],
    *,
    reason: str,
) -> Invoice:
    """Save what was chosen and ask for its sync; give the invoice on its way.

    QuickBooks' side as the person saw it is what both sides agree on from now on. It is read again
    before anything is written, and nothing is written when both sides turn out to be equal.
    """
    saved = await _revise(context, work, invoice, held, choices, reason)
    await work.links.save(saved.id, replace(held, is_stale=True))
    await want_sync(context, work, saved, held.connection_id, previous=invoice.sync_status)
    return saved


async def _revise(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    held: QuickBooksLink,
    choices: Sequence[ConflictChoice],
    reason: str,
) -> Invoice:
    """Give the invoice as its next version if QuickBooks' values changed it."""
    content = await _content(work, invoice, held, choices)
    syncing = advance_status(invoice.sync_status, StatusHappening.SYNC_WANTED)
    if content == invoice.content:
        saved = replace(invoice, sync_status=syncing, updated_at=context.now())
        await work.invoices.save_status(saved)
        return saved
    changed = replace(invoice, content=content)
    references = (await work.lists.references_of([changed]))[invoice.id]
    totals = references.totals(content.tasks, content.tax_zone_id)
    check_total(totals)
    saved = replace(invoice.revised(content, totals, context.now()), sync_status=syncing)
    await work.invoices.save(saved)
    revision = Revision(
        id=context.new_id(),
        invoice_id=saved.id,
        version=saved.version,
        actor=context.principal.actor,
        reason=reason,
        made_at=saved.updated_at,
        changes=compare_contents(invoice.content, content, references.name_of),
        disposition=saved.sync_status,
        content=content,
        began_from=first_content(invoice),
    )
    await work.revisions.add(revision)
    return saved


async def _content(
    work: UnitOfWork,
    invoice: Invoice,
    held: QuickBooksLink,
    choices: Sequence[ConflictChoice],
) -> Content:
    taken = [choice.path for choice in choices if choice.take is ConflictSide.QUICKBOOKS]
    references = (await work.lists.references_of([invoice]))[invoice.id]
    adopted = adopt(
        invoice,
        taken,
        held.copy,
        held.tasks_by_line,
        names=await work.quickbooks_names.find(named_in(held.copy)),
        batch=references.batch,
    )
    if adopted.refused:
        position = [choice.path for choice in choices].index(adopted.refused[0])
        raise InvalidValue(
            "QuickBooks' value has no place in Instep (a name that no list entry here has, or a"
            " memo without the batch's name). Take ours, or correct it in QuickBooks and Re-Sync.",
            where=("choices", str(position), "take"),
        )
    return adopted.content
