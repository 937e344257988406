"""Idempotency keys: ten equal calls, one effect, ten equal answers."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Text, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from db.rows import IdempotencyKeyRow
from db.scoped import Scoped
from db.statements import Statement, given, mine
from domain.errors import IdempotencyKeyReused

_THIS_KEY = (
    mine(IdempotencyKeyRow),
    IdempotencyKeyRow.mutation == given("of_mutation", Text),
    IdempotencyKeyRow.key == given("this_key", Text),
)

#: Take the key unless it is taken; wait for whoever is taking it.
_CLAIM = Statement(
    postgresql.insert(IdempotencyKeyRow).on_conflict_do_nothing().returning(IdempotencyKeyRow.key)
)
#: What the key was taken for, and what was answered.
_GET = Statement(select(IdempotencyKeyRow.request_hash, IdempotencyKeyRow.answer).where(*_THIS_KEY))
_ANSWER = Statement(
    update(IdempotencyKeyRow).where(*_THIS_KEY).values(answer=given("the_answer", JSONB))
)


class IdempotencyKeys(Scoped):
    """Claim first, answer last, in one transaction: a roll-back frees the key."""

    async def claim(
        self, mutation: str, key: str, request_hash: bytes, now: datetime
    ) -> dict[str, Any] | None:
        """Give None when the work is the caller's to do, else the answer that was given before.

        Waits for a concurrent holder of the key. Raises IdempotencyKeyReused when the key came with
        another request.
        """
        claimed = await self._run(
            _CLAIM,
            mutation=mutation,
            key=key,
            request_hash=request_hash,
            answer=None,
            created_at=now,
        )
        if claimed:
            return None
        (row,) = await self._run(_GET, of_mutation=mutation, this_key=key)
        if row["request_hash"] != request_hash:
            raise IdempotencyKeyReused(key)
        answer: dict[str, Any] | None = row["answer"]
        return answer

    async def answer(self, mutation: str, key: str, answer: dict[str, Any]) -> None:
        """Keep what the caller is told, for the next call with this key."""
        told = orjson.dumps(answer).decode()
        await self._run(_ANSWER, of_mutation=mutation, this_key=key, the_answer=told)
