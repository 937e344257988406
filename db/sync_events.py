"""The event log: appended under the account's counter row, read behind a number."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, func, insert, select, update

from db.actors import actor_columns, read_actor
from db.scoped import Scoped
from db.statements import Record, Statement, by_column, given, mine, names_of, unnested
from db.webhook_rows import WebhookRow
from db.wire_rows import EventCounterRow, SyncEventRow
from domain.events import EventNumbers, NumberedEvent, SyncStatusChanged
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus

_EVENT = SyncEventRow.__table__.columns
_NAMES = [name for name in names_of(SyncEventRow) if name != "sequence"]
_MINE = select(*_EVENT).where(mine(SyncEventRow))
_BEHIND = (
    _MINE.where(SyncEventRow.sequence > given("sequence", BigInteger))
    .order_by(SyncEventRow.sequence)
    .limit(given("at_most", BigInteger))
)
_OF_INVOICE = SyncEventRow.invoice_id == given("invoice_id", Uuid)

#: The number of the newest event, and the highest that was pruned.
_NUMBERS = Statement(
    select(EventCounterRow.last, EventCounterRow.pruned).where(mine(EventCounterRow))
)
#: Events behind a number, oldest first.
_AFTER = Statement(_BEHIND)
#: The same of one invoice.
_AFTER_OF_INVOICE = Statement(_BEHIND.where(_OF_INVOICE))
#: The newest event of an invoice.
_LATEST = Statement(_MINE.where(_OF_INVOICE).order_by(SyncEventRow.sequence.desc()).limit(1))
#: One event.
_GET = Statement(_MINE.where(SyncEventRow.id == given("event_id", Uuid)))


def _append() -> Statement:
    """Count on, store the events under the numbers in between, give the last of them.

    And, in the same breath, the webhooks to tell: who is tried again later is left to the sweeper.
    """
    events = unnested(SyncEventRow, _NAMES, numbered=True)
    count = given("count", BigInteger)
    counted = (
        update(EventCounterRow)
        .where(mine(EventCounterRow))
        .values(last=EventCounterRow.last + count)
        .returning(EventCounterRow.account_id, EventCounterRow.last)
        .cte("counted")
    )
    number = counted.c.last - count + events.c.place
    numbered = select(counted.c.account_id, number, *(events.c[name] for name in _NAMES))
    stored = insert(SyncEventRow).from_select(["account_id", "sequence", *_NAMES], numbered)
    told = (
        select(WebhookRow.id)
        .where(mine(WebhookRow), ~WebhookRow.is_disabled, WebhookRow.next_attempt_at.is_(None))
        .scalar_subquery()
    )
    told_ids = func.array(told).label("webhooks")
    return Statement(select(counted.c.last, told_ids).add_cte(stored.cte("stored")))


_APPEND = _append()


class SyncEvents(Scoped):
    #: After `append`: the webhooks that should be told of it once the commit is through.
    webhooks_to_tell: Sequence[UUID] = ()

    async def append(self, events: Sequence[SyncStatusChanged]) -> list[NumberedEvent]:
        """Number and store the events, as the last thing a transaction does.

        The counter row stays locked until the commit, so numbers have no gaps and appear in the
        order of the commits (a bigserial cursor was measured to lose events).
        """
        if not events:
            return []
        values = by_column(_NAMES, [_columns(event) for event in events])
        (row,) = await self._run(_APPEND, count=len(events), **values)
        self.webhooks_to_tell = row["webhooks"]
        first = row["last"] - len(events) + 1
        return [NumberedEvent(first + n, event) for n, event in enumerate(events)]

    async def last_sequence(self) -> int:
        """Give the number of the newest event; 0 when there is none."""
        return (await self.numbers()).last

    async def numbers(self) -> EventNumbers:
        """Give how far the log goes, and from where on it is whole."""
        (row,) = await self._run(_NUMBERS)
        return EventNumbers(row["last"], row["pruned"])

    async def after(
        self, sequence: int, *, limit: int, invoice_id: UUID | None = None
    ) -> list[NumberedEvent]:
        """Give up to `limit` events behind the number, oldest first; of one invoice if named."""
        if invoice_id is None:
            return _events(await self._run(_AFTER, sequence=sequence, at_most=limit))
        return _events(
            await self._run(
                _AFTER_OF_INVOICE, sequence=sequence, at_most=limit, invoice_id=invoice_id
            )
        )

    async def latest(self, invoice_id: UUID) -> NumberedEvent | None:
        """Give the newest event of an invoice."""
        row = await self._first(_LATEST, invoice_id=invoice_id)
        return None if row is None else _event(row)

    async def get(self, event_id: UUID) -> NumberedEvent | None:
        """Give one event by its id."""
        row = await self._first(_GET, event_id=event_id)
        return None if row is None else _event(row)


def _events(rows: Iterable[Record]) -> list[NumberedEvent]:
    return [_event(row) for row in rows]


def _event(row: Record) -> NumberedEvent:
    previous, phase = row["previous_status"], row["phase"]
    return NumberedEvent(
        row["sequence"],
        SyncStatusChanged(
            id=row["id"],
            occurred_at=row["occurred_at"],
            invoice_id=row["invoice_id"],
            status=SyncStatus(row["status"]),
            previous_status=None if previous is None else SyncStatus(previous),
            phase=None if phase is None else SyncPhase(phase),
            invoice_version=row["invoice_version"],
            actor=read_actor(row),
            issue_id=row["issue_id"],
        ),
    )


def _columns(event: SyncStatusChanged) -> dict[str, Any]:
    return {
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
