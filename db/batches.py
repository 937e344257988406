"""Export batches."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select, update

from db.rows import BatchRow, InvoiceRow
from db.scoped import Scoped
from domain.invoice import ExportStatus
from domain.lists import Batch, BatchStatus


class Batches(Scoped):
    async def add(self, batch: Batch, now: datetime) -> None:
        """Store a new batch."""
        await self._session.execute(
            insert(BatchRow).values(
                account_id=self._account_id,
                id=batch.id,
                number=batch.number,
                name=batch.name,
                status=batch.status,
                created_at=now,
            )
        )

    async def finish(self, batch_ids: Iterable[UUID]) -> None:
        """Mark those of the batches EXPORTED whose every invoice is exported."""
        still_open = select(InvoiceRow.id).where(
            InvoiceRow.account_id == BatchRow.account_id,
            InvoiceRow.batch_id == BatchRow.id,
            InvoiceRow.export_status != ExportStatus.EXPORTED,
        )
        await self._session.execute(
            update(BatchRow)
            .where(
                self._mine(BatchRow),
                BatchRow.id.in_(list(batch_ids)),
                BatchRow.status == BatchStatus.POSTED,
                ~exists(still_open),
            )
            .values(status=BatchStatus.EXPORTED)
        )
