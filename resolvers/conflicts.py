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
        _check_choices(issue, wish.choices)
        saved = await _take(context, work, desk.invoice, held, wish.choices)
        await work.links.save(saved.id, replace(held, is_stale=True))
        connection_id = held.connection_id
        await want_sync(context, work, saved, connection_id, previous=desk.invoice.sync_status)
        _note(context, work, wish)
        answer = Saved(saved, connection_id, after)
        await keep_answer(work, "resolveConflict", wish.idempotency_key, answer_of(answer))
        return answer


def _note(context: RequestContext, work: UnitOfWork, wish: Resolution) -> None:
    taken: dict[str, str | None] = {".".join(c.path): c.take for c in wish.choices}
    subject = Subject(SubjectKind.INVOICE, wish.invoice_id)
    note(context, work, AuditAction.CONFLICT_RESOLVED, subject, changes_between({}, taken))


async def _conflict_of(work: UnitOfWork, desk: Desk) -> tuple[SyncIssue, QuickBooksLink]:
    invoice = desk.invoice
    if desk.draft is not None:
        raise InvalidValue(
            "You have a draft of this invoice open. Save or discard it first.",
            where=("invoice_id",),
        )
    issue = (await work.sync_issues.open_of([invoice.id])).get(invoice.id)
    is_open = invoice.sync_status is SyncStatus.ACTION_REQUIRED
    if issue is None or issue.held is None or not is_open:
        raise NothingToSync("This invoice has no conflict to resolve.")
    return issue, issue.held


def _check_choices(issue: SyncIssue, choices: Sequence[ConflictChoice]) -> None:
    """Each field of the conflict is chosen once, and nothing else."""
    asked = [conflict.path for conflict in issue.conflicts]
    for n, choice in enumerate(choices):
        if choice.path not in asked:
            raise InvalidValue("This field is in no conflict.", where=("choices", str(n), "path"))
        asked.remove(choice.path)
    if asked:
        raise InvalidValue(
            f"Choose for {len(asked)} more of the fields in conflict: each needs one choice.",
            where=("choices",),
        )


async def _take(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    held: QuickBooksLink,
    choices: Sequence[ConflictChoice],
) -> Invoice:
    """Give the invoice on its way, as its next version if QuickBooks' values changed it."""
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
        reason=_REASON,
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
