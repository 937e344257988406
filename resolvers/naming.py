"""An administrator tells what list entries are called in QuickBooks, and sees what is missing."""

from dataclasses import dataclass
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.errors import NotFound
from domain.guards import GuardCode, enforce
from domain.naming import (
    Finding,
    NamedList,
    checked_account_name,
    checked_quickbooks_name,
    exported_affected,
    word_for,
)
from resolvers.auditing import note
from resolvers.context import RequestContext

#: More findings than anybody reads; the rest shows when these are mended.
MOST_FINDINGS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWish:
    """The wish that an entry has this name in QuickBooks."""

    named: NamedList
    entry_id: UUID
    quickbooks_name: str
    acknowledge: tuple[GuardCode, ...] = ()


@dataclass(frozen=True, slots=True)
class CogsWish:
    """The wish that an item has this account of its cost of goods sold."""

    item_id: UUID
    account: str


@dataclass(frozen=True, slots=True)
class Named:
    """What came of it: invoices in QuickBooks that name the entry, and jobs that go again."""

    affected: int
    released: int


async def set_quickbooks_name(context: RequestContext, wish: NameWish) -> Named:
    """Set the name, and let go what waited for it; the same name again only does the latter.

    What lies rendered in the queue leaves under the name it was rendered with. Raises Forbidden,
    NotFound, InvalidValue, and AcknowledgementNeeded when QuickBooks holds invoices under another.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    name = checked_quickbooks_name(wish.named, wish.quickbooks_name)
    async with context.open_work() as work:
        entry = await work.naming.lock(wish.named, wish.entry_id)
        if entry is None:
            raise NotFound(f"There is no such {word_for(wish.named)}.", where=("id",))
        affected = await work.naming.count_held(wish.named, wish.entry_id)
        old = entry.quickbooks_name
        if old and old != name and affected:
            label = f"{word_for(wish.named)} “{entry.name}”, now “{old}” in QuickBooks"
            enforce([exported_affected(label, affected)], wish.acknowledge)
        if old != name:
            await work.naming.save(wish.named, wish.entry_id, name)
            subject = Subject(SubjectKind(wish.named.value), wish.entry_id)
            changes = changes_between({"quickbooks_name": old}, {"quickbooks_name": name})
            note(context, work, AuditAction.QUICKBOOKS_NAME_CHANGED, subject, changes)
        return Named(affected, await _release(context, work, wish, old))


async def set_cogs_account(context: RequestContext, wish: CogsWish) -> UUID:
    """Set the item's account, give its id. Raises Forbidden, NotFound, InvalidValue."""
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    account = checked_account_name(wish.account)
    async with context.open_work() as work:
        found = await work.naming.lock_item(wish.item_id)
        if found is None:
            raise NotFound("There is no such item.", where=("id",))
        if found[1] != account:
            await work.naming.save_cogs_account(wish.item_id, account)
            subject = Subject(SubjectKind.ITEM, wish.item_id)
            changes = changes_between({"cogs_account": found[1]}, {"cogs_account": account})
            note(context, work, AuditAction.COGS_ACCOUNT_CHANGED, subject, changes)
        return wish.item_id


async def read_findings(context: RequestContext) -> list[Finding]:
    """Give what is not set up yet and would hold back an export."""
    async with context.open_work() as work:
        return await work.naming.findings(at_most=MOST_FINDINGS)


async def _release(
    context: RequestContext, work: UnitOfWork, wish: NameWish, old: str | None
) -> int:
    """Jobs that failed for want of the name, or for the old one, are planned anew."""
    waiting = await work.naming.waiting_for(wish.named, wish.entry_id, old)
    jobs = await work.sync_issues.clear(waiting, context.now())
    for job_id in jobs:
        work.wake_planner(job_id)
    return len(jobs)
