"""Save & Sync, Save & Bypass, Re-Sync: a draft becomes a revision, sent to QuickBooks or not."""

from dataclasses import dataclass, replace
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.connections import Connection
from domain.edits import Edits
from domain.eligibility import check_named_connection, choose_connection, require_exported
from domain.errors import NothingToSave, NothingToSync, TextTooLong
from domain.guarding import guard_resync, guard_save
from domain.guards import Guard, GuardCode, enforce
from domain.invoice import Invoice
from domain.revision import Revision, compare_contents, first_content
from domain.sync import JobHappening, advance
from domain.sync_status import StatusHappening, SyncStatus, advance_status
from domain.wanted import References
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.editing import Desk, edit_content, guard_facts, open_desk
from resolvers.idempotency import claim_key, keep_answer
from resolvers.queueing import Saved, answer_of, repeat, want_sync
from resolvers.telling import tell

_LONGEST_REASON = 1000
_ACTS = {
    SyncStatus.NOT_APPLICABLE: AuditAction.INVOICE_SAVED,
    SyncStatus.SYNCING: AuditAction.SAVED_AND_SYNCED,
    SyncStatus.BYPASSED: AuditAction.SAVED_AND_BYPASSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """The wish to save the caller's draft, these edits, or both together."""

    invoice_id: UUID
    version: int
    connection_id: UUID | None = None
    edits: Edits | None = None
    acknowledge: tuple[GuardCode, ...] = ()
    reason: str | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """The wish to send the invoice as it is."""

    invoice_id: UUID
    version: int
    connection_id: UUID | None = None
    acknowledge: tuple[GuardCode, ...] = ()
    idempotency_key: str


async def save_and_sync(context: RequestContext, wish: Save) -> Saved:
    """Make the draft and the edits a revision and ask for its sync, all in one transaction.

    Raises Forbidden, NotFound, VersionConflict, BeingEdited, NotEligible, ConnectionNeeded,
    GuardRefused, AcknowledgementNeeded, NothingToSave and InvalidValue. An offline connection is no
    reason to refuse.
    """
    context.principal.require(Permission.EDIT_EXPORTED_TRANSACTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "saveAndSync", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(context, work, wish.invoice_id, version=wish.version)
        connection = await _choose(work, desk, wish.connection_id)
        saved = await revise(context, work, desk, wish, StatusHappening.SYNC_WANTED)
        await want_sync(context, work, saved, connection.id, previous=desk.invoice.sync_status)
        answer = Saved(saved, connection.id, after)
        await keep_answer(work, "saveAndSync", wish.idempotency_key, answer_of(answer))
        return answer


async def save_and_bypass(context: RequestContext, wish: Save) -> Saved:
    """Make the draft and the edits a revision that stays here; nothing is sent to QuickBooks.

    Without edits it bypasses what waits or failed (requirement 74). A job that has not left is
    withdrawn; one that has left still books QuickBooks' answer. Raises as `save_and_sync`.
    """
    context.principal.require(Permission.EDIT_EXPORTED_TRANSACTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "saveAndBypass", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(
            context,
            work,
            wish.invoice_id,
            version=wish.version,
            beside_drafts=wish.edits is None,
        )
        require_exported(desk.eligibility)
        check_named_connection(desk.facts, wish.connection_id)
        if wish.edits is None and desk.draft is None:
            saved = await _bypass_as_it_is(context, work, desk, wish.reason)
        else:
            saved = await revise(context, work, desk, wish, StatusHappening.BYPASS_WANTED)
        await _withdraw(context, work, saved, previous=desk.invoice.sync_status)
        answer = Saved(saved, wish.connection_id, after)
        await keep_answer(work, "saveAndBypass", wish.idempotency_key, answer_of(answer))
        return answer


async def resync(context: RequestContext, wish: Resync) -> Saved:
    """Ask for a sync of the invoice as it is; while one is under way this joins it.

    Raises NothingToSync when QuickBooks has confirmed this very version or never saw an edit, else
    as `save_and_sync`.
    """
    context.principal.require(Permission.EDIT_EXPORTED_TRANSACTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "resync", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(
            context, work, wish.invoice_id, version=wish.version, beside_drafts=True
        )
        connection_id = (await _choose(work, desk, wish.connection_id)).id
        saved = desk.invoice
        if saved.sync_status in (SyncStatus.SYNCED, SyncStatus.NOT_APPLICABLE):
            raise NothingToSync("QuickBooks already holds this version; there is nothing to sync.")
        if saved.sync_status is not SyncStatus.SYNCING:
            await _guard_resync(context, work, desk, wish)
            saved = _with_status(saved, StatusHappening.SYNC_WANTED, context)
            await work.invoices.save_status(saved)
            _note_status(context, work, AuditAction.RESYNCED, desk.invoice, saved)
            await want_sync(context, work, saved, connection_id, previous=desk.invoice.sync_status)
        else:  # joined: the running job keeps the connection it has
            job = (await work.sync_jobs.latest([saved.id])).get(saved.id)
            connection_id = connection_id if job is None else job.connection_id
        answer = Saved(saved, connection_id, after)
        await keep_answer(work, "resync", wish.idempotency_key, answer_of(answer))
        return answer


async def _choose(work: UnitOfWork, desk: Desk, asked: UUID | None) -> Connection:
    """The running job's connection is the usual one, else the one that exported the invoice."""
    latest = (await work.sync_jobs.latest([desk.invoice.id])).get(desk.invoice.id)
    return choose_connection(
        desk.eligibility, asked, usual=None if latest is None else latest.connection_id
    )


async def revise(
    context: RequestContext,
    work: UnitOfWork,
    desk: Desk,
    wish: Save,
    happening: StatusHappening | None,
) -> Invoice:
    """Guard, then turn draft and edits into the next version, its revision and its status.

    Without a happening the status stays as it is. Raises NothingToSave, GuardRefused,
    AcknowledgementNeeded and what `edit_content` raises.
    """
    _check_reason(wish.reason)
    content, references = await edit_content(context, work, desk, wish.edits)
    if content == desk.invoice.content:
        raise NothingToSave("Nothing was changed, so there is nothing to save.")
    is_sent = happening is StatusHappening.SYNC_WANTED
    facts = await guard_facts(work, desk.invoice, desk.facts, content, references, is_sent=is_sent)
    acknowledged = enforce(guard_save(desk.invoice, content, facts), wish.acknowledge)
    totals = references.totals(content.tasks, content.tax_zone_id)
    saved = desk.invoice.revised(content, totals, context.now())
    if happening is not None:
        saved = _with_status(saved, happening, context)
    await work.invoices.save(saved)
    if desk.draft is not None:
        await work.drafts.remove(saved.id)
    revision = replace(
        _revision(context, desk.invoice, saved, references, wish.reason),
        acknowledged=tuple(dict.fromkeys(guard.code for guard in acknowledged)),
    )
    await work.revisions.add(revision)
    _note_save(context, work, revision)
    return saved


def _check_reason(reason: str | None) -> None:
    if reason is not None and len(reason) > _LONGEST_REASON:
        longest, actual = _LONGEST_REASON, len(reason)
        raise TextTooLong("The reason", longest=longest, actual=actual, where=("reason",))


def _note_save(context: RequestContext, work: UnitOfWork, revision: Revision) -> None:
    note(
        context,
        work,
        _ACTS[revision.disposition],
        Subject(SubjectKind.INVOICE, revision.invoice_id),
        (
            *revision.changes,
            *changes_between({}, {"acknowledged": ", ".join(revision.acknowledged) or None}),
        ),
        reason=revision.reason,
    )


async def _bypass_as_it_is(
    context: RequestContext, work: UnitOfWork, desk: Desk, reason: str | None
) -> Invoice:
    _check_reason(reason)
    if desk.invoice.sync_status not in (SyncStatus.SYNCING, SyncStatus.ACTION_REQUIRED):
        raise NothingToSave("Nothing was changed and nothing waits for QuickBooks.")
    saved = _with_status(desk.invoice, StatusHappening.BYPASS_WANTED, context)
    await work.invoices.save_status(saved)
    _note_status(context, work, AuditAction.SAVED_AND_BYPASSED, desk.invoice, saved, reason)
    return saved


async def _withdraw(
    context: RequestContext, work: UnitOfWork, invoice: Invoice, *, previous: SyncStatus
) -> None:
    now = context.now()
    unsent, _ = await work.sync_jobs.lock_active(invoice.id)
    if unsent is not None:
        await work.qbxml_requests.cancel_ready(unsent.id)
        await work.sync_jobs.save(advance(unsent, JobHappening.WITHDRAWN, now))
    await work.clear_issues(invoice.id, now)
    tell(context, work, invoice, previous=previous)


async def _guard_resync(
    context: RequestContext, work: UnitOfWork, desk: Desk, wish: Resync
) -> tuple[Guard, ...]:
    references = (await work.lists.references_of([desk.invoice]))[desk.invoice.id]
    facts = await guard_facts(work, desk.invoice, desk.facts, desk.invoice.content, references)
    return enforce(guard_resync(desk.invoice, facts), wish.acknowledge)


def _note_status(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    before: Invoice,
    after: Invoice,
    reason: str | None = None,
) -> None:
    subject = Subject(SubjectKind.INVOICE, after.id)
    old, new = ({"sync_status": invoice.sync_status} for invoice in (before, after))
    note(context, work, action, subject, changes_between(old, new), reason)


def _with_status(invoice: Invoice, happening: StatusHappening, context: RequestContext) -> Invoice:
    status = advance_status(invoice.sync_status, happening)
    return replace(invoice, sync_status=status, updated_at=context.now())


def _revision(
    context: RequestContext,
    before: Invoice,
    saved: Invoice,
    references: References,
    reason: str | None,
) -> Revision:
    return Revision(
        id=context.new_id(),
        invoice_id=saved.id,
        version=saved.version,
        actor=context.principal.actor,
        reason=reason,
        made_at=saved.updated_at,
        changes=compare_contents(before.content, saved.content, references.name_of),
        disposition=saved.sync_status,
        content=saved.content,
        began_from=first_content(before),
    )
