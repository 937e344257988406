"""The event log: appended under the account's counter row, read behind a number."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from db.actors import actor_columns, read_actor
from db.scoped import Scoped
from db.wire_rows import EventCounterRow, SyncEventRow
from domain.events import NumberedEvent, SyncStatusChanged
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus


class SyncEvents(Scoped):
    async def append(self, events: Sequence[SyncStatusChanged]) -> list[NumberedEvent]:
        """Number and store the events, as the last thing a transaction does.

        The counter row stays locked until the commit, so numbers have no gaps and appear in the
        order of the commits (a bigserial cursor was measured to lose events).
        """
        if not events:
            return []
        count = update(EventCounterRow).where(self._mine(EventCounterRow))
        counted = await self._session.execute(
            count.values(last=EventCounterRow.last + len(events)).returning(EventCounterRow.last)
        )
        first = counted.scalar_one() - len(events) + 1
        numbered = [NumberedEvent(first + n, event) for n, event in enumerate(events)]
        await self._session.execute(insert(SyncEventRow), [self._values(e) for e in numbered])
        return numbered

    async def last_sequence(self) -> int:
        """Give the number of the newest event; 0 when there is none."""
        query = select(EventCounterRow.last).where(self._mine(EventCounterRow))
        return (await self._session.execute(query)).scalar_one()

    async def after(
        self, sequence: int, *, limit: int, invoice_id: UUID | None = None
    ) -> list[NumberedEvent]:
        """Give up to `limit` events behind the number, oldest first; of one invoice if named."""
        query = select(SyncEventRow).where(
            self._mine(SyncEventRow), SyncEventRow.sequence > sequence
        )
        if invoice_id is not None:
            query = query.where(SyncEventRow.invoice_id == invoice_id)
        return await self._read(query.order_by(SyncEventRow.sequence).limit(limit))

    async def latest(self, invoice_id: UUID) -> NumberedEvent | None:
        """Give the newest event of an invoice."""
        query = select(SyncEventRow).where(
            self._mine(SyncEventRow), SyncEventRow.invoice_id == invoice_id
        )
        found = await self._read(query.order_by(SyncEventRow.sequence.desc()).limit(1))
        return found[0] if found else None

    async def get(self, event_id: UUID) -> NumberedEvent | None:
        """Give one event by its id."""
        query = select(SyncEventRow).where(self._mine(SyncEventRow), SyncEventRow.id == event_id)
        found = await self._read(query)
        return found[0] if found else None

    async def _read(self, query: Any) -> list[NumberedEvent]:
        rows: Iterable[SyncEventRow] = await self._session.scalars(query)
        return [_event(row) for row in rows]

    def _values(self, numbered: NumberedEvent) -> dict[str, Any]:
        event = numbered.event
        return {
            "account_id": self._account_id,
            "sequence": numbered.sequence,
            "id": event.id,
            "occurred_at": event.occurred_at,
            "invoice_id": event.invoice_id,
            "status": event.status,
            "previous_status": event.previous_status,
            "phase": event.phase,
            "invoice_version": event.invoice_version,
            "issue_id": event.issue_id,
            **actor_columns(event.actor),
        }


def _event(row: SyncEventRow) -> NumberedEvent:
    return NumberedEvent(
        row.sequence,
        SyncStatusChanged(
            id=row.id,
            occurred_at=row.occurred_at,
            invoice_id=row.invoice_id,
            status=SyncStatus(row.status),
            previous_status=None
            if row.previous_status is None
            else SyncStatus(row.previous_status),
            phase=None if row.phase is None else SyncPhase(row.phase),
            invoice_version=row.invoice_version,
            actor=read_actor(row),
            issue_id=row.issue_id,
        ),
    )
