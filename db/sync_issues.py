"""Open problems and what became of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, select, update
from sqlalchemy.dialects import postgresql

from db.documents import CONFLICTS, LINK, STEPS
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine
from db.wire_rows import SyncIssueRow
from domain.issues import SyncIssue

_ISSUE = SyncIssueRow.__table__.columns

#: These issues, open or not.
_GET = Statement(select(*_ISSUE).where(mine(SyncIssueRow), among(SyncIssueRow.id, "issue_ids")))
#: The newest open issue of each of these invoices.
_OPEN_OF = Statement(
    select(*_ISSUE)
    .ext(postgresql.distinct_on(SyncIssueRow.invoice_id))
    .where(
        mine(SyncIssueRow),
        among(SyncIssueRow.invoice_id, "invoice_ids"),
        SyncIssueRow.resolved_at.is_(None),
    )
    .order_by(SyncIssueRow.invoice_id, SyncIssueRow.id.desc())
)
#: Close what is open of an invoice.
_RESOLVE = Statement(
    update(SyncIssueRow)
    .where(
        mine(SyncIssueRow),
        among(SyncIssueRow.invoice_id, "invoice_ids"),
        SyncIssueRow.resolved_at.is_(None),
    )
    .values(resolved_at=given("now", DateTime(timezone=True)))
)
_ADD = insert_rows(SyncIssueRow)


class SyncIssues(Scoped):
    async def add(self, issue: SyncIssue) -> None:
        """Open an issue."""
        await self.add_many([issue])

    async def add_many(self, issues: Iterable[SyncIssue]) -> None:
        """Open these issues; one may be the root of another among them."""
        await self._store(_ADD, [_columns(issue) for issue in issues])

    async def resolve(self, invoice_id: UUID, now: datetime) -> None:
        """Close every open issue of the invoice: it goes again, or was let go."""
        await self._run(_RESOLVE, invoice_ids=[invoice_id], now=now)

    async def get_many(self, issue_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give issues by id, resolved ones too."""
        rows = await self._run(_GET, issue_ids=list(issue_ids))
        return {row["id"]: _issue(row) for row in rows}

    async def open_of(self, invoice_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give the newest open issue of each invoice that has one."""
        rows = await self._run(_OPEN_OF, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _issue(row) for row in rows}


def _issue(row: Record) -> SyncIssue:
    return SyncIssue(
        id=row["id"],
        invoice_id=row["invoice_id"],
        job_id=row["job_id"],
        root_id=row["root_id"],
        code=row["code"],
        reason=row["reason"],
        steps=STEPS.load(row["steps"]),
        quickbooks_code=row["quickbooks_code"],
        quickbooks_message=row["quickbooks_message"],
        conflicts=CONFLICTS.load(row["conflicts"]),
        held=None if row["held"] is None else LINK.load(row["held"]),
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
    )


def _columns(issue: SyncIssue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "invoice_id": issue.invoice_id,
        "job_id": issue.job_id,
        "root_id": issue.root_id,
        "code": issue.code,
        "reason": issue.reason,
        "steps": STEPS.encode(issue.steps),
        "quickbooks_code": issue.quickbooks_code,
        "quickbooks_message": issue.quickbooks_message,
        "conflicts": CONFLICTS.encode(issue.conflicts),
        "held": None if issue.held is None else LINK.encode(issue.held),
        "object_kind": None,
        "object_name": None,
        "company_file_id": None,
        "opened_at": issue.opened_at,
        "resolved_at": issue.resolved_at,
    }
