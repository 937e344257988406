"""Finds events whose wake-up was lost: one question every two seconds, for all accounts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from db.engine import DATABASE_TROUBLE

_EVERY_SECONDS = 2.0
#: So long after the last answer whoever follows looks by himself again.
_TRUSTED_SECONDS = 5.0


class Heartbeat:
    """Wakes whoever listens to an account whose newest event is another than at the last look."""

    def __init__(
        self,
        numbers_of: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, int]]],
        followed: Callable[[], Sequence[UUID]],
        wake: Callable[[UUID], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._numbers_of = numbers_of
        self._followed = followed
        self._wake = wake
        self._clock = clock
        self._known: Mapping[UUID, int] = {}
        self._beaten_at = clock() - _TRUSTED_SECONDS

    def is_beating(self) -> bool:
        """Tell whether events that nobody rang for are found here: nobody else need look."""
        return self._clock() - self._beaten_at < _TRUSTED_SECONDS

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.beat()

    async def beat(self) -> None:
        """Look once; while the database is away nothing is known, and everybody looks himself."""
        accounts = self._followed()
        try:
            numbers = await self._numbers_of(accounts) if accounts else {}
        except DATABASE_TROUBLE:
            return
        for account_id, number in numbers.items():
            if self._known.get(account_id) != number:
                self._wake(account_id)
        self._known = numbers
        self._beaten_at = self._clock()
