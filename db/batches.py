"""Export batches."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select, update

from db.rows import BatchRow, InvoiceRow
from db.scoped import Scoped
from db.statements import Statement, among, mine
from domain.invoice import ExportStatus
from domain.lists import Batch, BatchStatus

_ADD = Statement(insert(BatchRow))
#: Batches of which no invoice is still to be exported have been exported.
_FINISH = Statement(
    update(BatchRow)
    .where(
        mine(BatchRow),
        among(BatchRow.id, "batch_ids"),
        BatchRow.status == BatchStatus.POSTED,
        ~exists(
            select(InvoiceRow.id).where(
                InvoiceRow.account_id == BatchRow.account_id,
                InvoiceRow.batch_id == BatchRow.id,
                InvoiceRow.export_status != ExportStatus.EXPORTED,
            )
        ),
    )
    .values(status=BatchStatus.EXPORTED)
)


class Batches(Scoped):
    async def add(self, batch: Batch, now: datetime) -> None:
        """Store a new batch."""
        await self._run(
            _ADD,
            id=batch.id,
            number=batch.number,
            name=batch.name,
            status=batch.status,
            created_at=now,
        )

    async def finish(self, batch_ids: Iterable[UUID]) -> None:
        """Mark those of the batches EXPORTED whose every invoice is exported."""
        await self._run(_FINISH, batch_ids=list(batch_ids))
