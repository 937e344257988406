"""The threads between invoices and QuickBooks' TxnIDs."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, cast, delete, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from db.documents import COPY, TASKS_BY_LINE
from db.rows import QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, mine, upsert_rows
from domain.quickbooks import QuickBooksLink

_LINK = QuickBooksLinkRow.__table__.columns
_DOCUMENTS = ("copy", "tasks_by_line")

#: The links of these invoices; their documents as text, which is read several times quicker.
_GET = Statement(
    select(
        *(column for column in _LINK if column.name not in _DOCUMENTS),
        *(cast(_LINK[name], Text).label(name) for name in _DOCUMENTS),
    ).where(mine(QuickBooksLinkRow), among(QuickBooksLinkRow.invoice_id, "invoice_ids"))
)
#: QuickBooks may hold something else than the copies of these invoices.
_MARK_STALE = Statement(
    update(QuickBooksLinkRow)
    .where(mine(QuickBooksLinkRow), among(QuickBooksLinkRow.invoice_id, "invoice_ids"))
    .values(is_stale=True)
)
_REMOVE = Statement(
    delete(QuickBooksLinkRow).where(
        mine(QuickBooksLinkRow), among(QuickBooksLinkRow.invoice_id, "invoice_ids")
    )
)
#: Which of the company file's transactions are invoices of ours.
_FIND = Statement(
    select(QuickBooksLinkRow.invoice_id, QuickBooksLinkRow.txn_id).where(
        mine(QuickBooksLinkRow),
        QuickBooksLinkRow.company_file_id == given("company_file_id", Uuid),
        QuickBooksLinkRow.txn_id == any_(given("txn_ids", ARRAY(Text))),
    )
)
_SAVE = upsert_rows(QuickBooksLinkRow, key="invoice_id")


class QuickBooksLinks(Scoped):
    async def get(self, invoice_id: UUID) -> QuickBooksLink | None:
        """Give what QuickBooks last acknowledged of the invoice."""
        return (await self.get_many([invoice_id])).get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, QuickBooksLink]:
        """Give the links of these invoices, by invoice."""
        rows = await self._run(_GET, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _link(row) for row in rows}

    async def find(self, company_file_id: UUID, txn_ids: Iterable[str]) -> dict[UUID, str]:
        """Give those of the transactions that are invoices of ours: TxnID by invoice."""
        rows = await self._run(_FIND, company_file_id=company_file_id, txn_ids=list(txn_ids))
        return {row["invoice_id"]: row["txn_id"] for row in rows}

    async def mark_stale(self, *invoice_ids: UUID) -> None:
        """Remember that QuickBooks may hold something else than the copy; nothing without one."""
        await self._run(_MARK_STALE, invoice_ids=invoice_ids)

    async def remove_many(self, invoice_ids: Iterable[UUID]) -> None:
        """Forget where QuickBooks held these invoices: it certainly holds them no more."""
        await self._run(_REMOVE, invoice_ids=list(invoice_ids))

    async def save(self, invoice_id: UUID, link: QuickBooksLink) -> None:
        """Store the newest acknowledged copy."""
        await self.save_many({invoice_id: link})

    async def save_many(self, links: Mapping[UUID, QuickBooksLink]) -> None:
        """Store the newest acknowledged copy of each of these invoices, all of them locked."""
        await self._store(_SAVE, [_columns(key, link) for key, link in links.items()])


def _link(row: Record) -> QuickBooksLink:
    return QuickBooksLink(
        company_file_id=row["company_file_id"],
        connection_id=row["connection_id"],
        copy=COPY.decode(row["copy"]),
        tasks_by_line=TASKS_BY_LINE.decode(row["tasks_by_line"]),
        read_at=row["read_at"],
        verified_at=row["verified_at"],
        is_stale=row["is_stale"],
    )


def _columns(invoice_id: UUID, link: QuickBooksLink) -> dict[str, Any]:
    return {
        "invoice_id": invoice_id,
        "company_file_id": link.company_file_id,
        "connection_id": link.connection_id,
        "txn_id": link.copy.txn_id,
        "edit_sequence": link.copy.edit_sequence,
        "copy": COPY.encode(link.copy),
        "tasks_by_line": TASKS_BY_LINE.encode(link.tasks_by_line),
        "total": link.copy.total,
        "read_at": link.read_at,
        "verified_at": link.verified_at,
        "is_stale": link.is_stale,
    }
