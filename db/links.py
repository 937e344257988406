"""The threads between invoices and QuickBooks' TxnIDs."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from db.documents import COPY
from db.rows import QuickBooksLinkRow
from db.scoped import Scoped
from domain.quickbooks import QuickBooksLink


class QuickBooksLinks(Scoped):
    async def get(self, invoice_id: UUID) -> QuickBooksLink | None:
        """Give what QuickBooks last acknowledged of the invoice."""
        return (await self.get_many([invoice_id])).get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, QuickBooksLink]:
        """Give the links of these invoices, by invoice."""
        query = select(QuickBooksLinkRow).where(
            self._mine(QuickBooksLinkRow), QuickBooksLinkRow.invoice_id.in_(list(invoice_ids))
        )
        return {row.invoice_id: _link(row) for row in await self._session.scalars(query)}

    async def mark_stale(self, invoice_id: UUID) -> None:
        """Remember that QuickBooks may hold something else than the copy; nothing without one."""
        await self._session.execute(
            update(QuickBooksLinkRow)
            .where(self._mine(QuickBooksLinkRow), QuickBooksLinkRow.invoice_id == invoice_id)
            .values(is_stale=True)
        )

    async def save(self, invoice_id: UUID, link: QuickBooksLink) -> None:
        """Store the newest acknowledged copy."""
        values = {
            "company_file_id": link.company_file_id,
            "connection_id": link.connection_id,
            "txn_id": link.copy.txn_id,
            "edit_sequence": link.copy.edit_sequence,
            "copy": COPY.dump(link.copy),
            "tasks_by_line": {line: str(task) for line, task in link.tasks_by_line.items()},
            "read_at": link.read_at,
            "verified_at": link.verified_at,
            "is_stale": link.is_stale,
        }
        query = postgresql.insert(QuickBooksLinkRow).values(
            account_id=self._account_id, invoice_id=invoice_id, **values
        )
        await self._session.execute(
            query.on_conflict_do_update(index_elements=["account_id", "invoice_id"], set_=values)
        )


def _link(row: QuickBooksLinkRow) -> QuickBooksLink:
    return QuickBooksLink(
        company_file_id=row.company_file_id,
        connection_id=row.connection_id,
        copy=COPY.load(row.copy),
        tasks_by_line={line: UUID(task) for line, task in row.tasks_by_line.items()},
        read_at=row.read_at,
        verified_at=row.verified_at,
        is_stale=row.is_stale,
    )
