"""Idempotency keys: ten equal calls, one effect, ten equal answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from db.rows import IdempotencyKeyRow
from db.scoped import Scoped
from domain.errors import IdempotencyKeyReused


class IdempotencyKeys(Scoped):
    """Claim first, answer last, in one transaction: a roll-back frees the key."""

    async def claim(
        self, mutation: str, key: str, request_hash: bytes, now: datetime
    ) -> dict[str, Any] | None:
        """Give None when the work is the caller's to do, else the answer that was given before.

        Waits for a concurrent holder of the key. Raises IdempotencyKeyReused when the key came with
        another request.
        """
        claimed = await self._session.execute(
            postgresql.insert(IdempotencyKeyRow)
            .values(
                account_id=self._account_id,
                mutation=mutation,
                key=key,
                request_hash=request_hash,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKeyRow.key)
        )
        if claimed.first() is not None:
            return None
        query = select(IdempotencyKeyRow).where(
            self._mine(IdempotencyKeyRow),
            IdempotencyKeyRow.mutation == mutation,
            IdempotencyKeyRow.key == key,
        )
        row = (await self._session.scalars(query)).one()
        if row.request_hash != request_hash:
            raise IdempotencyKeyReused(key)
        return row.answer

    async def answer(self, mutation: str, key: str, answer: dict[str, Any]) -> None:
        """Keep what the caller is told, for the next call with this key."""
        await self._session.execute(
            update(IdempotencyKeyRow)
            .where(
                self._mine(IdempotencyKeyRow),
                IdempotencyKeyRow.mutation == mutation,
                IdempotencyKeyRow.key == key,
            )
            .values(answer=answer)
        )
