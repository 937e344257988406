"""Message sets as they left, and the answers as they came."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid, insert, select, update

from db.scoped import Scoped
from db.statements import Record, Statement, given, mine, one_of
from db.wire_rows import ExchangeRow
from domain.exchange import OPEN, Exchange, ExchangeKind, ExchangeState, RawAnswer

_READ = (
    ExchangeRow.id,
    ExchangeRow.connection_id,
    ExchangeRow.session_id,
    ExchangeRow.kind,
    ExchangeRow.state,
    ExchangeRow.message_set_id,
    ExchangeRow.clears_id,
    ExchangeRow.checks_id,
    ExchangeRow.size,
    ExchangeRow.sent_at,
    ExchangeRow.answered_at,
    ExchangeRow.checks,
    ExchangeRow.bookings,
    ExchangeRow.booking_at,
)
_OF_CONNECTION = ExchangeRow.connection_id == given("connection_id", Uuid)
_THIS = ExchangeRow.id == given("id", Uuid)

#: A new set, with the very bytes that leave.
_ADD = Statement(
    insert(ExchangeRow).values(
        {name: given(name, ExchangeRow.__table__.c[name].type) for name in (
            "account_id", "id", "connection_id", "session_id", "kind", "state", "message_set_id",
            "clears_id", "checks_id", "size", "body", "sent_at", "checks", "bookings",
            "booking_at", "is_cleared",
        )}
    )
)  # fmt: skip
_GET = Statement(select(*_READ).where(mine(ExchangeRow), _THIS))
#: What has to be done before the connection is at rest, oldest first.
_OPEN = Statement(
    select(*_READ)
    .where(mine(ExchangeRow), _OF_CONNECTION, one_of(ExchangeRow.state, OPEN))
    .order_by(ExchangeRow.id)
)
#: The newest set whose answer QuickBooks still keeps although we have booked it.
_KEPT = Statement(
    select(*_READ)
    .where(
        mine(ExchangeRow),
        _OF_CONNECTION,
        one_of(ExchangeRow.state, [ExchangeState.BOOKED]),
        one_of(ExchangeRow.kind, [ExchangeKind.REQUESTS]),
        ~ExchangeRow.is_cleared,
    )
    .order_by(ExchangeRow.id.desc())
    .limit(1)
)
_SAVE = Statement(
    update(ExchangeRow)
    .where(mine(ExchangeRow), _THIS)
    .values(
        state=given("state", Text),
        checks=given("checks", BigInteger),
        bookings=given("bookings", BigInteger),
        booking_at=given("booking_at", DateTime(timezone=True)),
    )
)
_KEEP_ANSWER = Statement(
    update(ExchangeRow)
    .where(mine(ExchangeRow), _THIS)
    .values(
        state=given("state", Text),
        answer=given("answer", Text),
        hresult=given("hresult", Text),
        message=given("message", Text),
        bookings=given("bookings", BigInteger),
        booking_at=given("booking_at", DateTime(timezone=True)),
        answered_at=given("answered_at", DateTime(timezone=True)),
    )
)
_ANSWER = Statement(
    select(ExchangeRow.answer, ExchangeRow.hresult, ExchangeRow.message).where(
        mine(ExchangeRow), _THIS
    )
)
_CLEARED = Statement(update(ExchangeRow).where(mine(ExchangeRow), _THIS).values(is_cleared=True))


class Exchanges(Scoped):
    async def owe(self, exchange: Exchange, body: bytes) -> None:
        """Store a message set before it leaves; from now on its answer is owed."""
        await self._run(
            _ADD,
            id=exchange.id,
            connection_id=exchange.connection_id,
            session_id=exchange.session_id,
            kind=exchange.kind,
            state=exchange.state,
            message_set_id=exchange.message_set_id,
            clears_id=exchange.clears_id,
            checks_id=exchange.checks_id,
            size=exchange.size,
            body=body,
            sent_at=exchange.sent_at,
            checks=exchange.checks,
            bookings=exchange.bookings,
            booking_at=exchange.booking_at,
            is_cleared=False,
        )

    async def get(self, exchange_id: UUID) -> Exchange | None:
        """Give a message set."""
        found = await self._first(_GET, id=exchange_id)
        return None if found is None else _exchange(found)

    async def open_of(self, connection_id: UUID) -> list[Exchange]:
        """Give the sets whose answers are owed, not booked yet, or lost, oldest first."""
        return [_exchange(row) for row in await self._run(_OPEN, connection_id=connection_id)]

    async def kept_by_quickbooks(self, connection_id: UUID) -> Exchange | None:
        """Give the newest booked set whose answer QuickBooks was not told to forget."""
        found = await self._first(_KEPT, connection_id=connection_id)
        return None if found is None else _exchange(found)

    async def save(self, exchange: Exchange) -> None:
        """Store how far the set has come."""
        await self._run(
            _SAVE,
            id=exchange.id,
            state=exchange.state,
            checks=exchange.checks,
            bookings=exchange.bookings,
            booking_at=exchange.booking_at,
        )

    async def keep_answer(self, exchange: Exchange, raw: RawAnswer) -> None:
        """Store the answer as it came; NUL, which PostgreSQL cannot hold, becomes U+FFFD."""
        await self._run(
            _KEEP_ANSWER,
            id=exchange.id,
            state=exchange.state,
            answer=_storable(raw.answer),
            hresult=_storable(raw.hresult) or None,
            message=_storable(raw.message) or None,
            bookings=exchange.bookings,
            booking_at=exchange.booking_at,
            answered_at=exchange.answered_at,
        )

    async def answer_of(self, exchange_id: UUID) -> RawAnswer:
        """Give the answer as it was stored."""
        found = await self._first(_ANSWER, id=exchange_id)
        stored = {} if found is None else dict(found)
        return RawAnswer(**{name: text or "" for name, text in stored.items()})

    async def mark_cleared(self, exchange_id: UUID) -> None:
        """Note that QuickBooks was told to forget its stored answer."""
        await self._run(_CLEARED, id=exchange_id)


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _exchange(row: Record) -> Exchange:
    values: dict[str, Any] = dict(row)
    values["kind"] = ExchangeKind(values["kind"])
    values["state"] = ExchangeState(values["state"])
    return Exchange(**values)
