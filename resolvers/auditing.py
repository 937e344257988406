"""The audit trail: noted in the transaction of the act itself, and read by who may."""

from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import EVERYTHING, AuditAction, AuditEntry, Subject, TrailFilter
from domain.revision import FieldChange
from resolvers.context import RequestContext


def note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    subject: Subject,
    changes: tuple[FieldChange, ...] = (),
    reason: str | None = None,
) -> None:
    """Put the caller's act into the audit trail: it is stored with this very commit, or not at all.

    `changes` come from `domain.audit.changes_between`. Never pass a password, PIN or key.
    """
    work.note(
        AuditEntry(
            id=context.new_id(),
            occurred_at=context.now(),
            actor=context.principal.actor,
            credential=context.principal.credential,
            request_id=context.request_id,
            action=action,
            subject=subject,
            changes=changes,
            reason=reason,
        )
    )


async def read_trail(
    context: RequestContext,
    *,
    wanted: TrailFilter = EVERYTHING,
    before: UUID | None,
    first: int,
) -> tuple[list[AuditEntry], bool]:
    """Give `first` entries of the account that fit, newest first, and whether more follow.

    Raises Forbidden without the permission to manage employees: it tells what everybody did.
    """
    context.principal.require(Permission.MANAGE_EMPLOYEES)
    return await _page(context, wanted, before, first)


async def read_invoice_trail(
    context: RequestContext, invoice_id: UUID, *, before: UUID | None, first: int
) -> tuple[list[AuditEntry], bool]:
    """Give what was done to one invoice, newest first, and whether more follows."""
    return await _page(context, TrailFilter(subject_id=invoice_id), before, first)


async def read_entry(context: RequestContext, entry_id: UUID) -> AuditEntry | None:
    """Give one entry to whoever may read the whole trail; None to others."""
    if not context.principal.may(Permission.MANAGE_EMPLOYEES):
        return None
    async with context.open_work() as work:
        return await work.audit.get(entry_id)


async def _page(
    context: RequestContext, wanted: TrailFilter, before: UUID | None, first: int
) -> tuple[list[AuditEntry], bool]:
    async with context.open_work() as work:
        found = await work.audit.page(wanted=wanted, behind=before, limit=first + 1)
    return found[:first], len(found) > first
