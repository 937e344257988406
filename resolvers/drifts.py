"""Drift: what QuickBooks' side changed while nothing was to be synced, and a person's way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction
from domain.drift import Drift, DriftKind
from domain.eligibility import require_edit
from domain.errors import InvalidValue, NothingToSync
from domain.invoice import Invoice
from resolvers.conflicts import (
    Resolution,
    check_choices,
    check_no_draft,
    note_choices,
    take_sides,
)
from resolvers.context import RequestContext
from resolvers.editing import Desk, open_desk
from resolvers.idempotency import claim_key, keep_answer
from resolvers.queueing import Saved, answer_of, repeat

_REASON = "Drift resolved: QuickBooks' values taken."


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResolution(Resolution):
    """The wish to end a drift: one choice for each of its fields, of what was shown."""

    #: Of the drift as the person saw it.
    detected_at: datetime


async def resolve_drift(context: RequestContext, wish: DriftResolution) -> Saved:
    """Take each field's value from the side chosen; both sides are compared, then written if ours.

    QuickBooks' values become a revision here. Raises Forbidden, NotFound, VersionConflict,
    BeingEdited, NotEligible, NothingToSync when there is no drift, and InvalidValue for a drift
    that has changed since, a void, a missing or unknown choice, and a value without a place here.
    """
    context.principal.require(Permission.EDIT_EXPORTED_TRANSACTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, "resolveDrift", wish.idempotency_key, wish):
            return await repeat(work, earlier)
        after = await work.sync_events.last_sequence()
        desk = await open_desk(context, work, wish.invoice_id, version=wish.version)
        require_edit(desk.eligibility)
        check_no_draft(desk)
        drift = await _drift_of(work, desk, wish)
        check_choices(drift.fields, wish.choices)
        saved = await take_sides(
            context, work, desk.invoice, drift.held, wish.choices, reason=_REASON
        )
        await work.drifts.remove([saved.id])
        note_choices(context, work, AuditAction.DRIFT_RESOLVED, wish)
        answer = Saved(saved, drift.held.connection_id, after)
        await keep_answer(work, "resolveDrift", wish.idempotency_key, answer_of(answer))
        return answer


async def read_drifts(context: RequestContext, invoice_ids: Iterable[UUID]) -> dict[UUID, Drift]:
    """Give what QuickBooks' side changed of these invoices, by invoice."""
    async with context.open_work() as work:
        return await work.drifts.get_many(invoice_ids)


async def read_drift_page(
    context: RequestContext, *, after: tuple[datetime, UUID] | None, first: int
) -> tuple[list[tuple[Drift, Invoice]], bool]:
    """Give up to `first` drifts behind `after` with their invoices, and whether more follow.

    What is known longest comes first.
    """
    async with context.open_work() as work:
        found = await work.drifts.page(after=after, limit=first + 1)
        invoices = await work.invoices.get_many([drift.invoice_id for drift in found[:first]])
    return [(drift, invoices[drift.invoice_id]) for drift in found[:first]], len(found) > first


async def _drift_of(work: UnitOfWork, desk: Desk, wish: DriftResolution) -> Drift:
    drift = (await work.drifts.get_many([desk.invoice.id])).get(desk.invoice.id)
    if drift is None:
        raise NothingToSync("QuickBooks is not known to have changed this invoice.")
    if drift.detected_at != wish.detected_at:
        raise InvalidValue(
            "QuickBooks' copy has changed again since you looked. Read the differences and choose"
            " anew.",
            where=("detected_at",),
        )
    if drift.kind is DriftKind.VOIDED:
        raise InvalidValue(
            "The invoice was voided in QuickBooks, and a void is never overwritten. If it was a"
            " mistake, undo it in QuickBooks; otherwise bypass its export here.",
            where=("invoice_id",),
        )
    return drift
