"""The report of what could not be synced, as pages and as a file."""

from typing import Self
from uuid import UUID

import strawberry

from domain.issue_report import IssueCounts as IssueCountsValue
from domain.issue_report import IssuePlace, place_of
from resolvers.issues import IssueFile, count_open, read_issue_page, write_issue_file
from schema.context import Info
from schema.ids import find_id
from schema.invoices import SyncIssue
from schema.pagination import (
    Page,
    PageInfo,
    bad_cursor,
    bad_input,
    page_size,
    read_cursor,
    write_cursor,
)

#: Rows in one piece of the file; a row has about a kilobyte.
LARGEST_PIECE = 1000


@strawberry.type
class SyncIssueCounts:
    """How much work there is, and how much goes by itself after it.

    One missing customer of three invoices and a payment: 1 root, and 4 documents that go once it is
    solved. The problem of the first invoice is the root; those of the others are 2 `waiting`.
    """

    roots: int = strawberry.field(description="Open problems that somebody has to solve.")
    waiting: int = strawberry.field(
        description="Open problems that wait for a root and go with it, without another call."
    )
    invoices: int = strawberry.field(
        description="Invoices that have one of these problems, a root or one that waits; each once."
    )
    payments: int = strawberry.field(
        description="Payments that wait for one of these problems, or for their invoice, and go by"
        " themselves; `paymentCounts` tells of those that do not."
    )

    @classmethod
    def of(cls, value: IssueCountsValue, payments: int) -> Self:
        """Show the counts."""
        return cls(
            roots=value.roots, waiting=value.waiting, invoices=value.invoices, payments=payments
        )


@strawberry.type
class SyncIssuesCsv:
    """A piece of the report of open problems, as text of a CSV file."""

    text: str = strawberry.field(
        description="RFC 4180, to be stored as UTF-8; the first piece begins with the headings."
        " Put behind one another, the pieces are the file. Cells that a spreadsheet would run as a"
        " formula begin with an apostrophe."
    )
    rows: int = strawberry.field(description="Problems in this piece, the headings not counted.")
    page_info: PageInfo = strawberry.field(
        description="Ask for the next piece with `after: endCursor` while `hasNextPage` is true."
    )

    @classmethod
    def of(cls, value: IssueFile, *, after: str | None) -> Self:
        """Show a piece of the file."""
        return cls(
            text=value.text,
            rows=value.rows,
            page_info=PageInfo(
                has_next_page=value.more,
                has_previous_page=after is not None,
                start_cursor=None if value.first is None else _write_place(value.first),
                end_cursor=None if value.last is None else _write_place(value.last),
            ),
        )


async def issue_page(
    info: Info, *, first: int, after: str | None, roots_only: bool, root_id: str | None
) -> Page[SyncIssue]:
    """Give a page of open problems."""
    found, more = await read_issue_page(
        info.context.caller,
        roots_only=roots_only,
        root_id=None if root_id is None else find_id(root_id, "SyncIssue"),
        after=None if after is None else _read_place(after),
        first=page_size(first),
    )
    return Page[SyncIssue].of(
        found,
        more=more,
        after=after,
        node=SyncIssue.of,
        cursor=lambda issue: _write_place(place_of(issue)),
    )


async def issue_counts(info: Info) -> SyncIssueCounts:
    """Give how many problems are open."""
    return SyncIssueCounts.of(*await count_open(info.context.caller))


async def issue_file(
    info: Info, *, first: int, after: str | None, roots_only: bool
) -> SyncIssuesCsv:
    """Give a piece of the report as CSV; refuse more than it may hold, and a foreign cursor."""
    if not 1 <= first <= LARGEST_PIECE:
        raise bad_input(f"first must be between 1 and {LARGEST_PIECE}.")
    place = None if after is None else _read_place(after)
    piece = await write_issue_file(
        info.context.caller, roots_only=roots_only, after=place, first=first
    )
    return SyncIssuesCsv.of(piece, after=after)


def _write_place(place: IssuePlace) -> str:
    return write_cursor("" if place.root_id is None else str(place.root_id), str(place.issue_id))


def _read_place(cursor: str) -> IssuePlace:
    root, issue = read_cursor(cursor, str, str)
    try:
        return IssuePlace(UUID(root) if root else None, UUID(issue))
    except ValueError:
        raise bad_cursor() from None
