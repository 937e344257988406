"""How many connections stay open, for how long, and when all of them end."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from domain.access import Principal
from schema.refusals import Refused


class Live(StrEnum):
    #: A WebSocket, which carries operations of all kinds.
    SOCKET = "socket"
    #: A subscription over HTTP.
    STREAM = "stream"


@dataclass(frozen=True, kw_only=True)
class LiveTerms:
    """What holds for each socket, and for each stream over HTTP."""

    #: So often a silent stream says that it lives.
    heartbeat_seconds: float = 15
    #: So often at least a credential is asked for again.
    check_seconds: float = 60
    #: How many may be open: in the process, and with one credential.
    most: int = 10_000
    most_each: int = 100


class Floor:
    """The open sockets and streams of one process."""

    def __init__(
        self, terms: LiveTerms | None = None, closing: asyncio.Event | None = None
    ) -> None:
        self.terms = terms or LiveTerms()
        #: Set when the process is about to end: clients shall come again, maybe to another one.
        self.closing = closing or asyncio.Event()
        #: How many are open now, of each kind.
        self.open: Counter[Live] = Counter()
        self._taken: Counter[Hashable] = Counter()

    @contextmanager
    def seat(self, kind: Live) -> Iterator[None]:
        """Hold one of the process's seats. Raises Refused (503)."""
        if self.closing.is_set():
            raise Refused(503, "The service restarts. Try again in a few seconds.")
        if self.open.total() >= self.terms.most:
            raise Refused(503, "This process serves as many live connections as it can.")
        self.open[kind] += 1
        try:
            yield
        finally:
            self.open[kind] -= 1

    @contextmanager
    def seat_of(self, principal: Principal) -> Iterator[None]:
        """Hold one of the caller's seats. Raises Refused (429)."""
        most, whose = self.terms.most_each, (principal.account_id, principal.actor)
        if self._taken[whose] >= most:
            raise Refused(429, f"You hold {most} live connections, which is all there may be.")
        self._taken[whose] += 1
        try:
            yield
        finally:
            self._taken[whose] -= 1
            if not self._taken[whose]:
                del self._taken[whose]
