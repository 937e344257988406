"""What could not be synced: the report, its counts, and the report as a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from domain.culprits import entry_behind
from domain.issue_report import Affected, IssueCounts, IssuePlace, ReportLine, place_of, render_csv
from domain.issues import SyncIssue
from domain.sync import SyncJob
from resolvers.context import RequestContext

#: An issue shows so many of those that wait for it; the others are on pages of their own.
MOST_DEPENDENTS = 100


@dataclass(frozen=True, slots=True)
class IssueFile:
    """A piece of the report as CSV; `last` is where it ended."""

    text: str
    rows: int
    first: IssuePlace | None
    last: IssuePlace | None
    more: bool


async def read_issues(context: RequestContext, issue_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
    """Give issues by id, resolved ones too."""
    async with context.open_work() as work:
        return await work.sync_issues.get_many(issue_ids)


async def read_dependents(
    context: RequestContext, root_ids: Iterable[UUID]
) -> dict[UUID, list[SyncIssue]]:
    """Give the open issues that wait for each of these, MOST_DEPENDENTS of each at most."""
    async with context.open_work() as work:
        return await work.sync_issues.open_dependents(root_ids, at_most=MOST_DEPENDENTS)


async def count_dependents(context: RequestContext, root_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Give how many open issues wait for each of these."""
    async with context.open_work() as work:
        return await work.sync_issues.count_dependents(root_ids)


async def read_jobs(context: RequestContext, job_ids: Iterable[UUID]) -> dict[UUID, SyncJob]:
    """Give jobs by id."""
    async with context.open_work() as work:
        return await work.sync_jobs.get_many(job_ids)


async def read_culprits(context: RequestContext, issue_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Give for these issues our list entry that QuickBooks lacks, where exactly one is known."""
    async with context.open_work() as work:
        issues = await work.sync_issues.get_many(issue_ids)
        invoices = await work.invoices.get_many({issue.invoice_id for issue in issues.values()})
        references = await work.lists.references_of(list(invoices.values()))
    found = {
        issue.id: entry_behind(issue.object, references[issue.invoice_id])
        for issue in issues.values()
        if issue.object is not None
    }
    return {issue_id: entry for issue_id, entry in found.items() if entry is not None}


async def count_open(context: RequestContext) -> tuple[IssueCounts, int]:
    """Give how many problems are open, and how many payments wait for one."""
    async with context.open_work() as work:
        waiting, _ = await work.payments.count_troubled()
        return await work.sync_issues.count_open(), waiting


async def count_affected(
    context: RequestContext, issue_ids: Iterable[UUID]
) -> dict[UUID, Affected]:
    """Give how many invoices and payments each of these open issues concerns."""
    async with context.open_work() as work:
        return await work.sync_issues.count_affected(issue_ids)


async def read_issue_page(
    context: RequestContext,
    *,
    roots_only: bool,
    root_id: UUID | None,
    after: IssuePlace | None,
    first: int,
) -> tuple[list[SyncIssue], bool]:
    """Give up to `first` open issues behind `after`, and whether more follow.

    Roots come first, oldest first, then those that wait, root by root; with `root_id` those alone
    that wait for it.
    """
    async with context.open_work() as work:
        if root_id is None:
            found = await work.sync_issues.page(roots_only=roots_only, after=after, limit=first + 1)
        else:
            found = await work.sync_issues.page_of_root(root_id, after=after, limit=first + 1)
    return found[:first], len(found) > first


async def write_issue_file(
    context: RequestContext, *, roots_only: bool, after: IssuePlace | None, first: int
) -> IssueFile:
    """Give a piece of the report as CSV; only the first piece has the line of headings."""
    async with context.open_work() as work:
        found = await work.sync_issues.page(roots_only=roots_only, after=after, limit=first + 1)
        issues = found[:first]
        roots = await work.sync_issues.get_many({i.root_id for i in issues if i.root_id})
        briefs = await work.invoice_briefs.get_many(
            {issue.invoice_id for issue in (*issues, *roots.values())}
        )
    lines = [
        ReportLine(
            issue,
            briefs[issue.invoice_id],
            briefs[roots[issue.root_id].invoice_id] if issue.root_id else None,
        )
        for issue in issues
    ]
    return IssueFile(
        text=render_csv(lines, with_header=after is None),
        rows=len(issues),
        first=place_of(issues[0]) if issues else None,
        last=place_of(issues[-1]) if issues else None,
        more=len(found) > first,
    )
