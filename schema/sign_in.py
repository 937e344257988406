"""A credential that must go on holding for as long as its socket or stream lives."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

from resolvers.context import RequestContext
from resolvers.outages import is_outage

#: While the database is away nothing is streamed; whether the credential holds is asked later.
_ASK_AGAIN_SECONDS = 5


class Authenticate(Protocol):
    """Tells who sent a credential, "Bearer ..." as it came; None for a missing or bad one."""

    async def __call__(self, authorization: str | None) -> RequestContext | None: ...


#: Told that a credential no longer holds, or why that cannot be said.
OnEnd = Callable[[Exception | None], None]


class SignIn:
    """Who signed in; permissions change and tokens end while a connection lives."""

    def __init__(
        self, caller: RequestContext, ask: Callable[[], Awaitable[RequestContext | None]]
    ) -> None:
        """Take who it is, and how to ask for it again."""
        self.caller = caller
        self.ask = ask
        self._watchers: list[OnEnd] = []
        self._watching: asyncio.Task[None] | None = None

    def watch(self, every_seconds: float, on_end: OnEnd) -> Callable[[], None]:
        """Have it asked for again, once for everybody who watches; give what ends the watch."""
        self._watchers.append(on_end)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(every_seconds))
        return partial(self._unwatch, on_end)

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

    async def _watch(self, every_seconds: float) -> None:
        fault: Exception | None = None
        try:
            await self.ended(every_seconds)
        except Exception as trouble:  # noqa: BLE001 - each of them tells it in its own way
            fault = trouble
        for on_end in tuple(self._watchers):
            on_end(fault)

    def _unwatch(self, on_end: OnEnd) -> None:
        self._watchers.remove(on_end)
        if not self._watchers and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _seconds_left(self) -> float | None:
        until = self.caller.principal.valid_until
        return None if until is None else (until - self.caller.now()).total_seconds()


class SignIns:
    """The credentials with which connections are open; who shares one shares its watch."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._held: WeakValueDictionary[str, SignIn] = WeakValueDictionary()

    async def __call__(self, authorization: str | None) -> RequestContext | None:
        """Tell who sends a credential."""
        return await self._authenticate(authorization)

    def of(self, authorization: str | None, caller: RequestContext) -> SignIn:
        """Give the sign-in of a credential that was just found to be this caller's."""
        key = authorization or ""
        found = self._held.get(key)
        if found is None:
            found = SignIn(caller, partial(self._authenticate, authorization))
            self._held[key] = found
        found.caller = caller
        return found
