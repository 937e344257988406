"""Once per key: the same call again gets the same answer and has no second effect."""

import hashlib
from typing import Any

from db.unit_of_work import UnitOfWork
from domain.errors import InvalidValue
from resolvers.context import RequestContext

_LONGEST = 255


async def claim_key(
    context: RequestContext, work: UnitOfWork, mutation: str, key: str | None, wish: object
) -> dict[str, Any] | None:
    """Give the earlier answer to this key; None when the work is to be done now.

    `wish` is a frozen dataclass: its repr names every value, so equal wishes have equal hashes.
    Raises IdempotencyKeyReused for the same key with another wish.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST:
        raise InvalidValue(
            f"An idempotencyKey has 1 to {_LONGEST} characters.", where=("idempotency_key",)
        )
    request_hash = hashlib.sha256(repr(wish).encode()).digest()
    return await work.idempotency_keys.claim(mutation, key, request_hash, context.now())


async def keep_answer(
    work: UnitOfWork, mutation: str, key: str | None, answer: dict[str, Any]
) -> None:
    """Keep the answer for the next call with this key; nothing to do without a key."""
    if key is not None:
        await work.idempotency_keys.answer(mutation, key, answer)
