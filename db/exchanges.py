"""Every message set as the very bytes that left, and every answer as it came."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from db.scoped import Scoped
from db.wire_rows import ExchangeRow
from domain.queue import Exchange, ExchangeState


class Exchanges(Scoped):
    async def owe(self, exchange: Exchange) -> None:
        """Store a message set before it leaves; from now on its answer is owed."""
        await self._session.execute(
            insert(ExchangeRow).values(
                account_id=self._account_id,
                id=exchange.id,
                connection_id=exchange.connection_id,
                session_id=exchange.session_id,
                message_set_id=exchange.message_set_id,
                body=exchange.body,
                sent_at=exchange.sent_at,
                state=exchange.state,
            )
        )

    async def owed_by(self, connection_id: UUID) -> list[Exchange]:
        """Give the message sets of the connection whose answers never came, oldest first."""
        query = (
            select(ExchangeRow)
            .where(
                self._mine(ExchangeRow),
                ExchangeRow.connection_id == connection_id,
                ExchangeRow.state == ExchangeState.OWED,
            )
            .order_by(ExchangeRow.id)
        )
        return [_exchange(row) for row in await self._session.scalars(query)]

    async def answered(
        self, exchange_id: UUID, *, answer: str, hresult: str, message: str, now: datetime
    ) -> None:
        """Store the answer as it came; NUL, which PostgreSQL cannot hold, becomes U+FFFD."""
        await self._session.execute(
            update(ExchangeRow)
            .where(self._mine(ExchangeRow), ExchangeRow.id == exchange_id)
            .values(
                state=ExchangeState.ANSWERED,
                answer=_storable(answer),
                hresult=_storable(hresult) or None,
                message=_storable(message) or None,
                answered_at=now,
            )
        )

    async def lost(self, exchange_id: UUID) -> None:
        """Note that the answer will not come."""
        await self._session.execute(
            update(ExchangeRow)
            .where(self._mine(ExchangeRow), ExchangeRow.id == exchange_id)
            .values(state=ExchangeState.LOST)
        )


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _exchange(row: ExchangeRow) -> Exchange:
    return Exchange(
        id=row.id,
        connection_id=row.connection_id,
        session_id=row.session_id,
        message_set_id=row.message_set_id,
        body=row.body,
        sent_at=row.sent_at,
        state=ExchangeState(row.state),
    )
