"""Who has news: rung through Redis after a commit, heard by everybody who waits."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from db.outages import Outage

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_CHANNEL = "instep:news"
#: A ring may be lost; whoever waits looks again after about this long.
_PATIENCE_SECONDS = 2
_RECONNECT_SECONDS = 1
#: A Redis that nothing was heard of for so long is asked whether it is there, and given up when it
#: says nothing for as long again: the line may be dead without a word.
_SILENCE_SECONDS = 10


class WaitingBell:
    """One listener's bell; it fits `resolvers.context.Bell`."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the listener."""
        self._rung.set()

    def clear(self) -> None:
        """Forget earlier rings."""
        self._rung.clear()

    async def wait(self) -> bool:
        """Return at the next ring, or after a while without one; tell whether it rang."""
        spread = 1 + random.random()  # noqa: S311 - spreads the reads of many listeners
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), _PATIENCE_SECONDS * spread)
        return self._rung.is_set()


class RedisDoorbell:
    """One Redis subscription per process, any number of listeners; nothing is queued for one."""

    def __init__(
        self, *, ringing: Redis, hearing: Redis, silence_seconds: float = _SILENCE_SECONDS
    ) -> None:
        """Take one client with a short timeout to ring, and one without, since hearing waits."""
        self._ringing = ringing
        self._hearing = hearing
        self._silence_seconds = silence_seconds
        self._outage = Outage()
        self._bells: dict[UUID | None, set[WaitingBell]] = defaultdict(set)

    @contextmanager
    def listen(self, account_id: UUID) -> Iterator[WaitingBell]:
        """Give a bell that hears of everything committed from now on."""
        bell = WaitingBell()
        self._bells[account_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[account_id].discard(bell)
            if not self._bells[account_id]:
                del self._bells[account_id]

    def followed(self) -> list[UUID]:
        """Give the accounts that somebody listens to."""
        return [account_id for account_id in self._bells if account_id is not None]

    def wake(self, account_id: UUID) -> None:
        """Ring for the listeners of this process."""
        for bell in self._bells.get(account_id, ()):
            bell.ring()

    async def ring(self, account_id: UUID) -> None:
        """Tell every process that the account has news. Raises RedisError."""
        await self._ringing.publish(_CHANNEL, str(account_id))

    async def run(self) -> None:
        """Pass rings on until cancelled; while Redis is away the listeners look by themselves."""
        while True:
            try:
                await self._pass_on()
            except (RedisError, OSError) as trouble:
                if self._outage.begin():
                    log.warning("doorbell.disconnected", error=type(trouble).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _pass_on(self) -> None:
        async with self._hearing.pubsub() as rings:
            await rings.subscribe(_CHANNEL)
            if self._outage.end():
                log.info("doorbell.connected")
            is_asked = False
            while True:
                heard = await rings.get_message(timeout=self._silence_seconds)
                if heard is not None:
                    self._pass(heard)
                elif is_asked:
                    raise TimeoutError
                else:
                    await rings.ping()
                is_asked = heard is None

    def _pass(self, heard: Mapping[str, Any]) -> None:
        if heard["type"] == "message":  # and not what Redis answers
            for bell in self._bells.get(_account_id(heard["data"]), ()):
                bell.ring()


def _account_id(news: bytes) -> UUID | None:
    """Read whose news it is; None for what somebody else put on the channel."""
    try:
        return UUID(news.decode())
    except ValueError:
        return None
