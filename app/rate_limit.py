"""Failed sign-ins of Web Connectors: slowed down, and never at the cost of one that is well.

A connector's password has 160 random bits, so nobody guesses it; what the limit saves is work, and
it makes an attack visible in the log. So it must not become a weapon itself:

- Only failures count, for a minute at a time, and what is turned away meanwhile does not count.
  Whoever mistyped the password and corrects it waits a minute at most.
- A user name counts per address: guessing from elsewhere locks nobody out.
- An address counts as a whole, against guessing at many user names. Offices share addresses, so
  whoever signed in rightly from an address within a week is let through to the comparison of the
  password regardless. That also keeps a connector with an outdated password from locking out its
  neighbour.

The counters lie in Redis, for all processes together. While it is away each process counts for
itself.
"""

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.redis_absence import RedisAbsence

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_WINDOW_SECONDS = 60
_TRUSTED_FOR = timedelta(days=7)
#: A success is written down again, for other processes, no more often than this.
_TRUST_NOTED_EVERY = timedelta(hours=1)
#: One subscriber of IPv6 holds so many addresses that only their common part tells who it is.
_IPV6_NETWORK_BITS = 64
_MOST_LOCAL_COUNTERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Failures within a minute after which sign-ins are turned away for the rest of it."""

    per_user_name: int = 10
    per_address: int = 60


class _Keys(NamedTuple):
    """Where a sign-in is counted; names and addresses come from outside, so they are hashed."""

    pair: str
    address: str
    trusted: str


class SignInLimit:
    """Tells whether a sign-in is looked at; its callers tell it how that ended.

    Every method works without Redis, and none raises because of it.
    """

    def __init__(
        self, redis: Redis, now: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        """Take a client with a short timeout: sign-ins wait for it."""
        self._redis = redis
        self._now = now
        self._limits = limits or Limits()
        self._local = _LocalCounters()
        self._trusted: dict[str, datetime] = {}
        self._absence = RedisAbsence(now)

    async def is_blocked(self, user_name: str, peer: str) -> bool:
        """Tell whether to answer `nvu` without looking; costs nothing for who was just let in."""
        keys = self._keys(user_name, peer)
        if self._is_trusted_here(keys):
            return False
        of_pair, of_address, is_trusted = await self._counts(keys)
        return not is_trusted and (
            of_pair >= self._limits.per_user_name or of_address >= self._limits.per_address
        )

    async def failed(self, user_name: str, peer: str) -> None:
        """Count a wrong user name or password; reaching a limit is logged once a minute."""
        keys = self._keys(user_name, peer)
        of_pair, of_address = await self._count(keys)
        if of_pair == self._limits.per_user_name:
            log.warning("sign_ins.limited", address=peer, limit="user name")
        if of_address == self._limits.per_address:
            log.warning("sign_ins.limited", address=peer, limit="address")

    async def succeeded(self, user_name: str, peer: str) -> None:
        """Forget the failures of this user name here, and let it through from now on."""
        keys = self._keys(user_name, peer)
        if self._is_trusted_here(keys):
            return
        self._trust_here(keys)
        self._local.forget(keys.pair)
        if self._absence.lasts():
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(keys.trusted, 1, ex=_TRUSTED_FOR)
                pipe.delete(keys.pair)
                await pipe.execute()
        except (RedisError, OSError) as trouble:
            self._lose_redis(trouble)
        else:
            self._absence.end()

    async def _counts(self, keys: _Keys) -> tuple[int, int, bool]:
        """Give the failures of the pair and of the address, and whether the pair is trusted."""
        if not self._absence.lasts():
            try:
                pair, address, trusted = await self._redis.mget(keys)
            except (RedisError, OSError) as trouble:
                self._lose_redis(trouble)
            else:
                self._absence.end()
                return int(pair or 0), int(address or 0), trusted is not None
        return self._local.count(keys.pair), self._local.count(keys.address), False

    async def _count(self, keys: _Keys) -> tuple[int, int]:
        """Count a failure; give how many there are now, of the pair and of the address."""
        if not self._absence.lasts():
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for key in (keys.pair, keys.address):
                        pipe.incr(key)
                        pipe.expire(key, 2 * _WINDOW_SECONDS)
                    of_pair, _, of_address, _ = await pipe.execute()
            except (RedisError, OSError) as trouble:
                self._lose_redis(trouble)
            else:
                self._absence.end()
                return int(of_pair), int(of_address)
        return self._local.add(keys.pair), self._local.add(keys.address)

    def _keys(self, user_name: str, peer: str) -> _Keys:
        """The minute is part of a counter's name: all processes begin anew together."""
        minute = int(self._now().timestamp()) // _WINDOW_SECONDS
        self._local.begin(minute)
        address = _network(peer)
        pair = _fingerprint(user_name, address)
        return _Keys(
            pair=f"instep:sign-in:{minute}:{pair}",
            address=f"instep:sign-in:{minute}:{_fingerprint(address)}",
            trusted=f"instep:sign-in:trusted:{pair}",
        )

    def _is_trusted_here(self, keys: _Keys) -> bool:
        until = self._trusted.get(keys.trusted)
        return until is not None and self._now() < until

    def _trust_here(self, keys: _Keys) -> None:
        now = self._now()
        if len(self._trusted) >= _MOST_LOCAL_COUNTERS:
            self._trusted = {key: until for key, until in self._trusted.items() if now < until}
        self._trusted[keys.trusted] = now + _TRUST_NOTED_EVERY

    def _lose_redis(self, trouble: Exception) -> None:
        if self._absence.begin():
            log.warning("sign_ins.counted_here", error=type(trouble).__name__)


class _LocalCounters:
    """One process's own counters of the current minute; bounded, whatever names are made up."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}

    def begin(self, minute: int) -> None:
        """Drop the counters of an earlier minute."""
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()

    def count(self, key: str) -> int:
        """Give how often the key was counted."""
        return self._counts.get(key, 0)

    def add(self, key: str) -> int:
        """Count, and give how often by now; the oldest counter makes room for a new one."""
        if key not in self._counts and len(self._counts) >= _MOST_LOCAL_COUNTERS:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = self.count(key) + 1
        return self._counts[key]

    def forget(self, key: str) -> None:
        """Begin this counter anew."""
        self._counts.pop(key, None)


def _network(peer: str) -> str:
    """Give what counts as one address; a peer without one is counted by its name."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _IPV6_NETWORK_BITS), strict=False))


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode(errors="replace")).hexdigest()[:32]
