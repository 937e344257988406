"""The results of an operation, and of subscriptions that ask alike: made once, for all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError
from strawberry.http import process_result
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from domain.events import NumberedEvent
from resolvers.context import RequestContext
from resolvers.outages import is_outage
from schema.alike import Alike, alike
from schema.build import schema
from schema.context import GraphQLContext, Handover
from schema.execution import has_ended, is_unavailable, show_error

#: An event shows the invoice as it is when it is told: who asks later than this has it read anew.
_FRESH_SECONDS = 1.0
_MOST_KEPT = 64

Results = AsyncGenerator["Result", None]


class Result:
    """One result, encoded once however many are sent it."""

    def __init__(self, execution: object) -> None:
        if not isinstance(execution, ExecutionResult):
            raise TypeError("Results in parts of their own (@defer, @stream) are not sent.")
        self.execution = execution

    @cached_property
    def is_unavailable(self) -> bool:
        """Tell whether the database was away while it was made."""
        return is_unavailable(self.execution)

    @cached_property
    def has_ended(self) -> bool:
        """Tell whether it is the reason why there are no more results."""
        return has_ended(self.execution)

    @cached_property
    def encoded(self) -> bytes:
        """The result as JSON."""
        answer = process_result(self.execution)
        if self.has_ended:
            del answer["data"]
        return orjson.dumps(answer)


Making = Coroutine[Any, Any, Result]
#: Whose topic, and which.
Key = tuple[UUID, Alike]


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as it was asked for."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None = None

    @property
    def alike(self) -> Alike | None:
        """What it has in common with others; None: it is told to each caller for himself."""
        return alike(self.query, self.operation_name, self.variables)


class Topics:
    """What is told alike in this process, by account."""

    def __init__(self, fresh_seconds: float = _FRESH_SECONDS) -> None:
        self._fresh_seconds = fresh_seconds
        self._topics: dict[Key, Topic] = {}
        #: They end by themselves, whoever leaves: to cut one off costs a connection.
        self._making: set[asyncio.Task[Result]] = set()

    def join(self, account_id: UUID, asked: Asked) -> "Topic":
        """Give what the subscribers of an account who ask alike share. Each of them leaves it."""
        same = asked.alike
        if same is None:
            raise ValueError("This is told to each caller for himself.")
        key = account_id, same
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = Topic(key, asked, self._start, self._fresh_seconds)
        topic.subscribers += 1
        return topic

    def leave(self, topic: "Topic") -> None:
        """Leave the topic; it ends with the last of its subscribers."""
        topic.subscribers -= 1
        if not topic.subscribers:
            del self._topics[topic.key]

    def _start(self, making: Making) -> asyncio.Task[Result]:
        task = asyncio.create_task(making)
        self._making.add(task)
        task.add_done_callback(self._making.discard)
        return task


class Telling:
    """A result in the making, for any number of those who wait for it."""

    def __init__(self, making: asyncio.Task[Result]) -> None:
        self._making = making
        self._waiting: list[asyncio.Future[None]] = []
        making.add_done_callback(self._wake)

    async def result(self) -> Result:
        """Give the result; who waits may leave without disturbing the others."""
        if not self._making.done():  # asyncio.shield does the same for three times the price
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self._making.result()

    def _wake(self, _: asyncio.Task[Result]) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()


class Topic:
    """The newest results of one subscription, whoever asked for it."""

    def __init__(
        self,
        key: Key,
        asked: Asked,
        start: Callable[[Making], asyncio.Task[Result]],
        fresh_seconds: float,
    ) -> None:
        self.key = key
        self.subscribers = 0
        self._asked = asked
        self._start = start
        self._fresh_seconds = fresh_seconds
        #: By the event's number; none was made before that of a lower number.
        self._told: dict[int, Telling] = {}

    async def tell(self, numbered: NumberedEvent, caller: RequestContext) -> Result:
        """Give the result that tells of the event, made on behalf of a caller of the account."""
        telling = self._told.get(numbered.sequence) or self._begin(numbered, caller)
        return await telling.result()

    def _begin(self, numbered: NumberedEvent, caller: RequestContext) -> Telling:
        """Make it now: who sees it must not be shown what is older with the events behind it."""
        number = numbered.sequence
        for later in [told for told in self._told if told > number]:
            del self._told[later]
        telling = self._told[number] = Telling(self._start(self._make(numbered, caller)))
        if len(self._told) > _MOST_KEPT:
            del self._told[next(iter(self._told))]
        loop = asyncio.get_running_loop()
        loop.call_later(self._fresh_seconds, self._forget, number, telling)
        return telling

    def _forget(self, number: int, telling: Telling) -> None:
        if self._told.get(number) is telling:
            del self._told[number]

    async def _make(self, numbered: NumberedEvent, caller: RequestContext) -> Result:
        asked = self._asked
        results = await schema().stream(
            asked.query,
            variable_values=dict(asked.variables),
            context_value=GraphQLContext(caller, told=numbered),
            operation_name=asked.operation_name,
        )
        async with aclosing(results):
            async for execution in results:
                return Result(execution)
        raise RuntimeError("An operation gave no result at all.")


async def results_of(
    asked: Asked,
    context: GraphQLContext,
    topics: Topics,
    *,
    allowed: frozenset[OperationType] | None = None,
) -> Results:
    """Give the results of an operation; those of subscriptions that ask alike are made once.

    A subscription runs as an operation of its own until it has caught up.
    """
    handover = Handover(lambda: asked.alike is not None)
    results = await schema().stream(
        asked.query,
        variable_values=dict(asked.variables),
        context_value=replace(context, handover=handover),
        operation_name=asked.operation_name,
        allowed_operation_types=allowed,
    )
    try:
        async with aclosing(results):
            async for execution in results:
                yield Result(execution)
                del execution  # it would be kept until the next one comes
        del results
        async with aclosing(_told(asked, context, topics, handover)) as told:
            async for result in told:
                yield result
    finally:
        await handover.aclose()


async def _told(
    asked: Asked, context: GraphQLContext, topics: Topics, handover: Handover
) -> Results:
    """Go on with a subscription that was handed over."""
    follower, sign_in = handover.follower, context.sign_in
    if follower is None or sign_in is None:
        return
    topic = topics.join(sign_in.caller.principal.account_id, asked)
    try:
        async with aclosing(follower.live()) as events:
            async for numbered in events:
                yield await topic.tell(numbered, sign_in.caller)
    except Exception as fault:  # told to the caller, as the library tells faults of a field
        if is_outage(fault):
            raise
        error = GraphQLError(str(fault), original_error=fault)
        shown = show_error(error, context.request_id, set())
        yield Result(ExecutionResult(data=None, errors=[shown]))
    finally:
        topics.leave(topic)
