"""What every field is given: the caller, and loaders that live for one operation."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property

import strawberry

from domain.events import NumberedEvent
from resolvers.context import RequestContext
from resolvers.live import Follower
from schema.cost import Quote
from schema.loaders import Loaders
from schema.sign_in import SignIn


@dataclass(slots=True)
class Tally:
    """How many objects an operation has returned so far."""

    objects: int = 0


class Handover:
    """Where a subscription leaves its follower once it has caught up, if it is told like others."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        #: Asked when the document was found valid.
        self.is_wanted = is_wanted
        self.follower: Follower | None = None
        self._held: AsyncExitStack | None = None

    def leave(self, follower: Follower, held: AsyncExitStack) -> None:
        """Leave the follower, and what it holds until `aclose`."""
        self.follower, self._held = follower, held

    async def aclose(self) -> None:
        """Give back what was left."""
        if self._held is not None:
            await self._held.aclose()


@dataclass
class GraphQLContext:
    """`request` is None only on a socket that has not signed in yet; it runs no operation."""

    request: RequestContext | None
    #: Set on what outlives one answer: a socket, or a stream over HTTP.
    sign_in: SignIn | None = None
    #: The credential no longer holds.
    is_expired: bool = False
    #: The Authorization header that a socket's handshake came with.
    handshake_authorization: str | None = None
    #: The payload of `connection_init`; on a socket only.
    connection_params: dict[str, object] | None = None
    #: Set on a subscription that may go on outside of its operation.
    handover: Handover | None = None
    #: The one event that this operation tells of, on behalf of a subscription handed over.
    told: NumberedEvent | None = None
    #: The number of the newest event, read before any other field of the query.
    last_sequence: asyncio.Future[int] | None = field(default=None, init=False)
    #: Of the operation, once its document was found valid.
    quote: Quote | None = field(default=None, init=False)
    tally: Tally = field(default_factory=Tally, init=False)

    @property
    def caller(self) -> RequestContext:
        """The signed-in caller."""
        if self.request is None:
            raise RuntimeError("An operation ran before its caller signed in.")
        return self.request

    @cached_property
    def loaders(self) -> Loaders:
        """Loaders of this operation."""
        return Loaders(self.caller)

    @cached_property
    def request_id(self) -> str:
        """What a caller may quote when something failed; the logs and the audit trail name it."""
        return self.caller.request_id or str(self.caller.new_id())

    def forget(self) -> None:
        """Drop what was loaded: it is about to change, or has changed."""
        vars(self).pop("loaders", None)

    def begin_event(self) -> None:
        """Show the next event of a stream as things stand then, and to whom."""
        self.forget()
        if self.sign_in is not None:
            self.request = self.sign_in.caller

    async def fork(self) -> "GraphQLContext":
        """Give a context for one operation; a socket has one for all, and its caller is renewed."""
        caller = self.request if self.sign_in is None else await self.sign_in.renew()
        return GraphQLContext(
            caller or self.request,
            sign_in=self.sign_in,
            is_expired=caller is None,
            handover=self.handover,
            told=self.told,
        )


Info = strawberry.Info[GraphQLContext, None]
