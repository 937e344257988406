"""A credential that must go on holding for as long as its socket or stream lives."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from resolvers.context import RequestContext
from resolvers.outages import is_outage

#: While the database is away nothing is streamed; whether the credential holds is asked later.
_ASK_AGAIN_SECONDS = 5


class Authenticate(Protocol):
    """Tells who sent a credential, "Bearer ..." as it came; None for a missing or bad one."""

    async def __call__(self, authorization: str | None) -> RequestContext | None: ...


@dataclass
class SignIn:
    """Who signed in; permissions change and tokens end while a connection lives."""

    caller: RequestContext
    #: Asks again who the caller is.
    ask: Callable[[], Awaitable[RequestContext | None]]

    async def renew(self) -> RequestContext | None:
        """Give the caller as of now; None when the credential no longer holds."""
        found = await self.ask()
        self.caller = found or self.caller
        return found

    async def ended(self, every_seconds: float) -> None:
        """Return when the credential no longer holds; asks so often, and when it is to end."""
        pause = every_seconds
        while True:
            left = self._seconds_left()
            if left is not None and left <= 0:
                return
            if left is not None and left <= pause:
                await asyncio.sleep(left)
                continue
            await asyncio.sleep(pause)
            try:
                if await self.renew() is None:
                    return
            except Exception as trouble:
                if not is_outage(trouble):
                    raise
                pause = min(every_seconds, _ASK_AGAIN_SECONDS)
            else:
                pause = every_seconds

    def _seconds_left(self) -> float | None:
        until = self.caller.principal.valid_until
        return None if until is None else (until - self.caller.now()).total_seconds()
