"""Open problems and what became of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql

from db.documents import CONFLICTS, STEPS
from db.scoped import Scoped
from db.wire_rows import SyncIssueRow
from domain.issues import SyncIssue


class SyncIssues(Scoped):
    async def add(self, issue: SyncIssue) -> None:
        """Open an issue."""
        await self._session.execute(
            insert(SyncIssueRow).values(
                account_id=self._account_id,
                id=issue.id,
                invoice_id=issue.invoice_id,
                job_id=issue.job_id,
                root_id=issue.root_id,
                code=issue.code,
                reason=issue.reason,
                steps=STEPS.dump(issue.steps),
                quickbooks_code=issue.quickbooks_code,
                quickbooks_message=issue.quickbooks_message,
                conflicts=CONFLICTS.dump(issue.conflicts),
                opened_at=issue.opened_at,
            )
        )

    async def resolve(self, invoice_id: UUID, now: datetime) -> None:
        """Close every open issue of the invoice: it goes again, or was let go."""
        await self._session.execute(
            update(SyncIssueRow)
            .where(
                self._mine(SyncIssueRow),
                SyncIssueRow.invoice_id == invoice_id,
                SyncIssueRow.resolved_at.is_(None),
            )
            .values(resolved_at=now)
        )

    async def get_many(self, issue_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give issues by id, resolved ones too."""
        query = select(SyncIssueRow).where(
            self._mine(SyncIssueRow), SyncIssueRow.id.in_(list(issue_ids))
        )
        return {row.id: _issue(row) for row in await self._session.scalars(query)}

    async def open_of(self, invoice_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give the newest open issue of each invoice that has one."""
        query = (
            select(SyncIssueRow)
            .ext(postgresql.distinct_on(SyncIssueRow.invoice_id))
            .where(
                self._mine(SyncIssueRow),
                SyncIssueRow.invoice_id.in_(list(invoice_ids)),
                SyncIssueRow.resolved_at.is_(None),
            )
            .order_by(SyncIssueRow.invoice_id, SyncIssueRow.id.desc())
        )
        return {row.invoice_id: _issue(row) for row in await self._session.scalars(query)}


def _issue(row: SyncIssueRow) -> SyncIssue:
    return SyncIssue(
        id=row.id,
        invoice_id=row.invoice_id,
        job_id=row.job_id,
        root_id=row.root_id,
        code=row.code,
        reason=row.reason,
        steps=STEPS.load(row.steps),
        quickbooks_code=row.quickbooks_code,
        quickbooks_message=row.quickbooks_message,
        conflicts=CONFLICTS.load(row.conflicts),
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
    )
