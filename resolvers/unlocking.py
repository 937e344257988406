"""Unlocking what was bypassed or imported: ask QuickBooks, show what it holds, then confirm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.batches import BatchHappening, advance_batch, is_locked, unlocked
from domain.errors import InvalidValue, NotFound, UnlockRefused
from domain.invoice import Invoice
from domain.lists import Batch, BatchStatus
from domain.people import Employee
from domain.unlocking import (
    CONSENT_TEXT,
    CONSENT_VERSION,
    Consent,
    Evidence,
    UnlockRequest,
    UnlockState,
    judge,
    weigh,
)
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer
from resolvers.inquiries import wait_for
from resolvers.pins import vouch
from resolvers.telling import tell
from resolvers.unlock_questions import ask_quickbooks, plan_unlock

LONGEST_WAIT = timedelta(seconds=20)

_NOT_YET = {
    UnlockState.CHECKING: "QuickBooks has not answered yet. Wait until it has.",
    UnlockState.BLOCKED: (
        "QuickBooks holds something of it, as the evidence shows. Delete it there, or ask again"
        " without those invoices."
    ),
    UnlockState.UNKNOWN: (
        "QuickBooks did not answer every question, so nothing is proven. Ask again when the"
        " connection is well."
    ),
    UnlockState.OUTDATED: (
        "The evidence is older than 15 minutes, or an invoice was changed or sent since, or its"
        " batch unlocked. Ask again."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUnlock:
    """The wish to unlock a batch, or single invoices; exactly one of both."""

    batch_id: UUID | None = None
    invoice_ids: tuple[UUID, ...] = ()
    #: Invoices of the batch that stay bypassed: QuickBooks holds them.
    exclude_invoice_ids: tuple[UUID, ...] = ()
    connection_id: UUID | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmUnlock:
    """The consent; the PIN is the named administrator's, or else the caller's own."""

    request_id: UUID
    consent_version: str
    admin_pin: str = field(repr=False)
    admin_employee_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockView:
    """A request as it stands now; `invoices` by id, those that are to be unlocked."""

    request: UnlockRequest
    state: UnlockState
    evidence: Evidence
    invoices: Mapping[UUID, Invoice]
    batch: Batch | None
    consent: Consent | None


async def request_unlock(context: RequestContext, wish: RequestUnlock) -> UnlockView:
    """Ask QuickBooks for everything that is to be unlocked; nothing changes yet.

    Raises Forbidden, NotFound, UnlockRefused for what is not locked (an exported batch names its
    alternative), ConnectionNeeded and InvalidValue.
    """
    context.principal.require(Permission.UNLOCK_BATCH)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "requestUnlock", wish.idempotency_key, wish)
        if earlier is not None:
            request = await work.unlocks.get(UUID(earlier["request_id"]))
        else:
            plan = await plan_unlock(
                work,
                batch_id=wish.batch_id,
                invoice_ids=wish.invoice_ids,
                excluded_ids=wish.exclude_invoice_ids,
                connection_id=wish.connection_id,
            )
            request = await ask_quickbooks(context, work, plan)
            await work.unlocks.add(request)
            _note(context, work, AuditAction.UNLOCK_REQUESTED, request, {})
            answer = {"request_id": str(request.id)}
            await keep_answer(work, "requestUnlock", wish.idempotency_key, answer)
        return await _view(context, work, _known(request))


async def read_unlock_request(
    context: RequestContext, request_id: UUID, *, wait: timedelta = timedelta(0)
) -> UnlockView | None:
    """Give how a request stands, after waiting for answers that are on their way.

    Raises Forbidden without the permission to unlock: it shows what QuickBooks holds.
    """
    context.principal.require(Permission.UNLOCK_BATCH)
    async with context.open_work() as work:
        request = await work.unlocks.get(request_id)
    if request is None:
        return None
    if wait and request.confirmed_at is None:
        asked = [question.inquiry_id for question in request.questions]
        await wait_for(context, asked, at_most=min(wait, LONGEST_WAIT))
    async with context.open_work() as work:
        return await _view(context, work, _known(await work.unlocks.get(request_id)))


async def confirm_unlock(context: RequestContext, wish: ConfirmUnlock) -> UnlockView:
    """Unlock, with an administrator's PIN and consent, what QuickBooks certainly does not hold.

    Raises Forbidden, NotFound, InvalidValue for another consent text than the present one,
    UnlockRefused unless the evidence is complete, fresh and says absent, PinRefused and PinLocked.
    A request that was confirmed is given as it is.
    """
    context.principal.require(Permission.UNLOCK_BATCH)
    if wish.consent_version != CONSENT_VERSION:
        raise InvalidValue(
            "This is not the present consent text; read it again and consent to that.",
            where=("consent_version",),
        )
    async with context.open_work() as work:  # no try of the PIN is spent on what cannot be
        _check(await _view(context, work, await _lock(work, wish.request_id)))
    approver = await vouch(context, wish.admin_employee_id, wish.admin_pin)
    async with context.open_work() as work:
        seen = _known(await work.unlocks.get(wish.request_id))
        locked = await work.invoices.lock_many([item.invoice_id for item in seen.items])
        if seen.batch_id is not None:  # other invoices of it may be unlocked at this moment
            await work.batches.lock(seen.batch_id)
        view = await _view(context, work, await _lock(work, wish.request_id), locked)
        if view.state is not UnlockState.CONFIRMED:
            _check(view)
            await _unlock(context, work, view, approver)
        return await _view(context, work, _known(await work.unlocks.get(wish.request_id)))


async def _unlock(
    context: RequestContext, work: UnitOfWork, view: UnlockView, approver: Employee
) -> None:
    request, now = view.request, context.now()
    await work.links.remove_many(view.invoices)
    for invoice in view.invoices.values():
        batch_id = None if request.batch_id is None else invoice.batch_id
        await _free(context, work, invoice, batch_id)
    if request.batch_id is not None:
        batch = await work.batches.lock(request.batch_id)
        await work.batches.save(advance_batch(batch, BatchHappening.UNLOCKED))
    await work.unlocks.confirm(
        Consent(
            id=context.new_id(),
            request_id=request.id,
            batch_id=request.batch_id,
            invoice_ids=tuple(view.invoices),
            text=CONSENT_TEXT,
            version=CONSENT_VERSION,
            given_by=context.principal.actor,
            given_at=now,
            approver_id=approver.id,
            approver_name=approver.name,
            evidence=view.evidence,
        )
    )
    told = {"consent": CONSENT_VERSION, "approved_by": approver.name}
    _note(context, work, AuditAction.UNLOCKED, request, told)
    work.ring()


async def _free(
    context: RequestContext, work: UnitOfWork, invoice: Invoice, batch_id: UUID | None
) -> None:
    now = context.now()
    free = replace(unlocked(invoice, batch_id=batch_id), updated_at=now)
    await work.clear_issues(invoice.id, now)
    await work.invoices.save_status(free)
    tell(context, work, free, previous=invoice.sync_status)


async def _lock(work: UnitOfWork, request_id: UUID) -> UnlockRequest:
    request = await work.unlocks.lock(request_id)
    if request is None:
        raise NotFound("There is no such unlock request.", where=("request_id",))
    return request


def _check(view: UnlockView) -> None:
    if view.state in _NOT_YET:
        raise UnlockRefused(_NOT_YET[view.state], where=("request_id",))


async def _view(
    context: RequestContext,
    work: UnitOfWork,
    request: UnlockRequest,
    locked: Mapping[UUID, Invoice] | None = None,
) -> UnlockView:
    """Weigh the answers as they stand; a confirmed request shows what it was confirmed on."""
    ids = [item.invoice_id for item in request.items]
    invoices = await work.invoices.get_many(ids) if locked is None else locked
    consent = None if request.confirmed_at is None else await work.unlocks.consent_of(request.id)
    if consent is None:
        asked = await work.inquiries.get_many(q.inquiry_id for q in request.questions)
        evidence = weigh(request, asked, context.now())
    else:
        evidence = consent.evidence
    batches = await work.lists.batches(() if request.batch_id is None else (request.batch_id,))
    is_other = any(batch.status is not BatchStatus.BYPASSED for batch in batches.values())
    spoiled = is_other or await _is_spoiled(work, request, invoices)
    return UnlockView(
        request=request,
        state=judge(request, evidence, context.now(), is_spoiled=spoiled),
        evidence=evidence,
        invoices={key: invoices[key] for key in ids if key in invoices},
        batch=None if request.batch_id is None else batches.get(request.batch_id),
        consent=consent,
    )


async def _is_spoiled(
    work: UnitOfWork, request: UnlockRequest, invoices: Mapping[UUID, Invoice]
) -> bool:
    """An invoice was changed, unlocked otherwise, or sent to QuickBooks since it was asked for."""
    latest = await work.sync_jobs.latest(invoices)
    for item in request.items:
        invoice, job = invoices.get(item.invoice_id), latest.get(item.invoice_id)
        if invoice is None or not is_locked(invoice) or invoice.version != item.version:
            return True
        if job is not None and job.updated_at > request.requested_at:
            return True
    return False


def _note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    request: UnlockRequest,
    told: Mapping[str, str],
) -> None:
    numbers = ", ".join(item.number for item in request.items)
    changes = changes_between({}, {**told, "invoices": numbers})
    for subject in _subjects(request):
        note(context, work, action, subject, changes)


def _subjects(request: UnlockRequest) -> Iterable[Subject]:
    subjects: Sequence[Subject] = [
        Subject(SubjectKind.INVOICE, item.invoice_id) for item in request.items
    ]
    if request.batch_id is None:
        return subjects
    return [Subject(SubjectKind.BATCH, request.batch_id), *subjects]


def _known(request: UnlockRequest | None) -> UnlockRequest:
    if request is None:
        raise LookupError("An unlock request that was just there is missing.")
    return request
