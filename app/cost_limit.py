"""A bucket of points for each credential, in Redis: all processes take from the same one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.redis_absence import RedisAbsence
from domain.access import Principal
from resolvers.budget import Balance

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: The part of a bucket that a process takes ahead, so that few operations wait for Redis.
_AHEAD = 0.01
_MOST_PURSES = 10_000

#: Fills the bucket up to now; takes the points and some ahead, or the points alone, or none.
#: Points below nothing are given back.
_TAKE = """
local most, per_ms = tonumber(ARGV[1]), tonumber(ARGV[2]) / 1000
local needed, ahead = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or most), tonumber(kept[2] or now)
left = math.min(most, left + math.max(0, now - at) * per_ms)
local given = 0
if needed + ahead <= left then given = needed + ahead elseif needed <= left then given = needed end
left = math.min(most, left - given)
redis.call('HSET', KEYS[1], 'left', string.format('%.3f', left), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((most - left) / per_ms) + 1000)
return {given, string.format('%.3f', left)}
"""


@dataclass(slots=True)
class _Purse:
    """What this process holds of a bucket, and what it knows of the rest."""

    left: float
    at: datetime
    points: int = 0
    #: What is on its way back into the bucket.
    returning: asyncio.Task[None] | None = None


class CostLimit:
    """Fits `resolvers.budget.Budget`. Never raises because of Redis: then it counts by itself."""

    def __init__(
        self, redis: Redis, now: Callable[[], datetime], *, per_minute: int, most: int
    ) -> None:
        """Take a client with a short timeout: operations wait for it."""
        self._ask = redis.register_script(_TAKE)
        self._now = now
        self._per_second = per_minute / 60
        self._most = most
        self._ahead = int(most * _AHEAD)
        self._absence = RedisAbsence(now)
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    @property
    def most(self) -> int:
        """How many points a full bucket holds."""
        return self._most

    async def take(self, principal: Principal, points: int) -> Balance:
        """Take the points if there are as many; give the balance after that."""
        key = _key(principal)
        purse = self._purse(key)
        held = min(purse.points, points)
        purse.points -= held  # at once: others take while this waits
        drawn = 0
        if held < points:
            if purse.returning is not None:
                await asyncio.wait([purse.returning])
            drawn = await self._draw(key, purse, points - held)
        is_enough = held + drawn >= points
        purse.points += held + drawn - (points if is_enough else 0)
        return Balance(
            remaining=min(self._filled(purse) + purse.points, self._most),
            most=self._most,
            per_second=self._per_second,
            at=self._now(),
            was_enough=is_enough,
        )

    def give_back(self, principal: Principal, points: int) -> None:
        """Give back what was taken and not needed; little of it stays here for the next."""
        key = _key(principal)
        purse = self._purse(key)
        purse.points += points
        if purse.returning is None and purse.points > 2 * self._ahead:
            purse.returning = asyncio.ensure_future(self._return(key, purse))

    async def _return(self, key: str, purse: _Purse) -> None:
        try:
            while (surplus := purse.points - self._ahead) > self._ahead:
                purse.points -= surplus
                await self._draw(key, purse, -surplus)
        finally:
            purse.returning = None

    async def _draw(self, key: str, purse: _Purse, needed: int) -> int:
        """Give so many points or more out of the bucket, or none."""
        ahead = self._ahead if needed > 0 else 0
        if not self._absence.lasts():
            arguments = (self._most, self._per_second, needed, ahead)
            try:
                given, left = await self._ask(keys=[key], args=arguments)
            except (RedisError, OSError) as trouble:
                if self._absence.begin():
                    log.warning("costs.counted_here", error=type(trouble).__name__)
            else:
                self._absence.end()
                purse.left, purse.at = float(left), self._now()
                return int(given)
        purse.left, purse.at = self._filled(purse), self._now()
        if needed > purse.left:
            return 0
        purse.left = min(purse.left - needed, self._most)
        return needed

    def _purse(self, key: str) -> _Purse:
        purse = self._purses.get(key)
        if purse is None:
            purse = self._purses[key] = _Purse(self._most, self._now())
            if len(self._purses) > _MOST_PURSES:
                self._purses.popitem(last=False)
        else:
            self._purses.move_to_end(key)
        return purse

    def _filled(self, purse: _Purse) -> float:
        passed = max((self._now() - purse.at).total_seconds(), 0)
        return min(purse.left + passed * self._per_second, self._most)


def _key(principal: Principal) -> str:
    """A person's tokens share one bucket; each API key has its own."""
    actor = principal.actor
    return f"instep:cost:{principal.account_id}:{actor.kind}:{actor.id}"
