"""The public keys of whoever signs people's tokens, read over HTTP and kept for a while.

Garbage tokens do not make us hammer the provider: it is asked at most once in `pause_seconds`,
however many tokens name a key that nobody knows. While it is away its last keys hold on.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
import orjson
import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: How a provider may sign; no other way is ever accepted, and never a secret for a public key.
ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
_LARGEST_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class KeyTerms:
    """For how long keys hold, and how patiently their provider is asked."""

    #: Then they are asked for again before one is used: a withdrawn key ends by then.
    fresh_seconds: float = 600
    #: While the provider is away they hold this long.
    held_seconds: float = 3600
    #: Two tries have at least this between them.
    pause_seconds: float = 30
    #: A provider that has not answered by then is away.
    timeout_seconds: float = 3


class ProviderKeys:
    """The keys of one provider; shared by all requests of a process."""

    def __init__(
        self,
        url: str,
        *,
        terms: KeyTerms | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._terms = terms or KeyTerms()
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        #: When the keys were read, and when they were last asked for.
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> PyJWK | None:
        """Give the key of this id; None when the provider has none or cannot be asked."""
        if key_id not in self._held(self._terms.fresh_seconds):
            await self._ask()
        return self._held(self._terms.held_seconds).get(key_id)

    def _held(self, seconds: float) -> Mapping[str, PyJWK]:
        return self._keys if _within(self._read_at, self._clock(), seconds) else {}

    async def _ask(self) -> None:
        """Read the keys unless that was tried a moment ago; whoever comes meanwhile waits too."""
        if self._asking is None:
            if _within(self._tried_at, self._clock(), self._terms.pause_seconds):
                return
            self._tried_at = self._clock()
            self._asking = asyncio.create_task(self._read())
        # shielded: one caller who gives up must not take the answer from the others
        await asyncio.shield(self._asking)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._terms.timeout_seconds):
                keys = _usable(await self._fetch())
        except (httpx.HTTPError, TimeoutError, ValueError, PyJWTError) as trouble:
            held = bool(self._held(self._terms.held_seconds))
            log.warning("jwks.unavailable", error=type(trouble).__name__, last_keys_hold=held)
        else:
            self._keys, self._read_at = keys, self._clock()
            log.info("jwks.read", keys=len(keys))
        finally:
            self._asking = None

    async def _fetch(self) -> bytes:
        # in a thread: it reads the certificates of authorities; redirects are not followed
        client = await asyncio.to_thread(httpx.AsyncClient, timeout=self._terms.timeout_seconds)
        async with client, client.stream("GET", self._url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"The provider answered {answer.status_code}.")
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST_BYTES:
                    raise ValueError("The provider's answer is too large.")
        return bytes(body)


def _usable(body: bytes) -> Mapping[str, PyJWK]:
    """Give the keys by id; those without an id, for encryption or of other kinds are left out."""
    document = orjson.loads(body)
    if not isinstance(document, dict):
        raise ValueError("The provider's answer is no key set.")  # noqa: TRY004 - it came from outside
    return {
        key.key_id: key
        for key in PyJWKSet.from_dict(document)
        if isinstance(key.key_id, str)
        and key.algorithm_name in ALGORITHMS
        and key.public_key_use in (None, "sig")
    }


def _within(moment: float | None, now: float, seconds: float) -> bool:
    return moment is not None and now - moment < seconds
