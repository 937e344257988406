"""Export batches."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, and_, exists, func, insert, select, update

from db.rows import BatchRow, InvoiceRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, mine, one_of
from domain.batches import BatchTotals
from domain.errors import NotFound
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import Batch, BatchStatus

_THIS = BatchRow.id == given("batch_id", Uuid)
_BATCH = select(BatchRow.id, BatchRow.number, BatchRow.name, BatchRow.status)
_IS_EXPORTED = InvoiceRow.export_status == ExportStatus.EXPORTED
_IS_BYPASSED = and_(_IS_EXPORTED, InvoiceRow.export_origin == ExportOrigin.BYPASSED)

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
_LOCK = Statement(_BATCH.where(mine(BatchRow), _THIS).with_for_update(key_share=True))
_SAVE_STATUS = Statement(
    update(BatchRow).where(mine(BatchRow), _THIS).values(status=given("new_status", Text))
)
#: The ids of a batch's invoices, a page of them in the order they were made.
_INVOICE_IDS = Statement(
    select(InvoiceRow.id)
    .where(
        mine(InvoiceRow),
        InvoiceRow.batch_id == given("batch_id", Uuid),
        InvoiceRow.id > given("after_id", Uuid),
    )
    .order_by(InvoiceRow.id)
    .limit(given("at_most", BigInteger))
)
_TOTALS = Statement(
    select(
        InvoiceRow.batch_id,
        func.count().label("invoices"),
        func.count().filter(~_IS_EXPORTED).label("unexported"),
        func.count().filter(_IS_BYPASSED).label("bypassed"),
        func.sum(InvoiceRow.subtotal + InvoiceRow.sales_tax).label("total"),
    )
    .where(mine(InvoiceRow), among(InvoiceRow.batch_id, "batch_ids"))
    .group_by(InvoiceRow.batch_id)
)
_FIRST = UUID(int=0)
_MOST = 10_000


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

    async def lock(self, batch_id: UUID) -> Batch:
        """Give the batch and keep others from changing it until the commit; or raise NotFound.

        Whoever locks invoices too locks them first.
        """
        row = await self._first(_LOCK, batch_id=batch_id)
        if row is None:
            raise NotFound("There is no such batch.", where=("batch_id",))
        return _batch(row)

    async def save(self, batch: Batch) -> None:
        """Store what the batch has come to."""
        await self._run(_SAVE_STATUS, batch_id=batch.id, new_status=batch.status)

    async def finish(self, batch_ids: Iterable[UUID]) -> None:
        """Mark those of the batches EXPORTED whose every invoice is exported."""
        await self._run(_FINISH, batch_ids=list(batch_ids))

    async def page(
        self, *, statuses: Collection[BatchStatus], before: int | None, limit: int
    ) -> list[Batch]:
        """Give batches with a number below that, the newest first; no status asks for all."""
        query = _page(frozenset(statuses), follows=before is not None)
        behind = {} if before is None else {"before": before}
        return [_batch(row) for row in await self._run(query, at_most=limit, **behind)]

    async def invoice_ids(
        self, batch_id: UUID, *, after: UUID | None = None, limit: int = _MOST
    ) -> list[UUID]:
        """Give the ids of the batch's invoices in the order they were made."""
        rows = await self._run(
            _INVOICE_IDS, batch_id=batch_id, after_id=after or _FIRST, at_most=limit
        )
        return [row["id"] for row in rows]

    async def totals(self, batch_ids: Iterable[UUID]) -> dict[UUID, BatchTotals]:
        """Give what the invoices of these batches come to; an empty batch is left out."""
        rows = await self._run(_TOTALS, batch_ids=list(batch_ids))
        return {
            row["batch_id"]: BatchTotals(
                invoices=row["invoices"],
                unexported=row["unexported"],
                exported=row["invoices"] - row["unexported"] - row["bypassed"],
                bypassed=row["bypassed"],
                total=row["total"],
            )
            for row in rows
        }


@lru_cache(maxsize=64)
def _page(statuses: frozenset[BatchStatus], *, follows: bool) -> Statement:
    query = _BATCH.where(mine(BatchRow))
    if statuses:
        query = query.where(one_of(BatchRow.status, statuses))
    if follows:
        query = query.where(BatchRow.number < given("before", BigInteger))
    return Statement(query.order_by(BatchRow.number.desc()).limit(given("at_most", BigInteger)))


def _batch(row: Record) -> Batch:
    return Batch(row["id"], row["number"], row["name"], BatchStatus(row["status"]))
