"""A stream over HTTP: results as they come, until they end, the client goes or may no longer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from resolvers.outages import is_outage
from schema.floor import Floor, Live
from schema.framings import Framing
from schema.refusals import Refused
from schema.results import Result, Results
from schema.sign_in import SignIn

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: A client that reads nothing must not hold up the end of its stream.
_FAREWELL_SECONDS = 2
_CANCEL_AGAIN_SECONDS = 0.1
_WITHDRAWN = Refused(401, "The credential of this stream no longer holds: sign in again.")


class _BrokenOff(Exception):
    """The stream ends without its end, so that the client takes it up again behind its cursor."""


class Stream:
    """One answer in parts. Nothing waits in it: a slow client is served from the log later."""

    def __init__(
        self, results: Results, framing: Framing, sign_in: SignIn, floor: Floor, *, lives_on: bool
    ) -> None:
        """`lives_on` tells a subscription, which has no end of its own to wait for."""
        self._lives_on = lives_on
        self._results = results
        self._framing = framing
        self._sign_in = sign_in
        self._floor = floor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; whatever ends it, all it held is given back before this returns."""
        try:
            async with aclosing(self._results):
                principal = self._sign_in.caller.principal
                with self._floor.seat(Live.STREAM), self._floor.seat_of(principal):
                    await self._run(receive, send)
        except Refused as refusal:
            await refusal.response(scope, receive, send)
        except (_BrokenOff, TimeoutError) as reason:
            # the server closes a connection whose answer has no end
            log.info("stream.broken_off", reason=str(reason))
        except Exception as fault:  # the outermost frame of this door
            if is_outage(fault):
                log.info("stream.broken_off", reason=type(fault).__name__)
            else:
                log.exception("stream.failed")

    async def _run(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        withdrawn = asyncio.create_task(self._until_withdrawn())
        closing = asyncio.create_task(self._floor.closing.wait())
        gone = asyncio.create_task(_until_gone(receive))
        tasks: list[asyncio.Task[Any]] = [sending, gone, withdrawn, closing]
        ends = tasks if self._lives_on else [sending, gone]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            first = next(task for task in ends if task.done())
        finally:
            await _end(*tasks)
        first.result()
        if first is closing:
            raise _BrokenOff("The service restarts.")
        if first is withdrawn:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await _pass(send, self._framing.failure(orjson.dumps(_WITHDRAWN.answer)))
                await _pass(send, self._framing.end(), more=False)

    async def _until_withdrawn(self) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_end(fault: Exception | None) -> None:
            if ended.done():
                return
            if fault is None:
                ended.set_result(None)
            else:
                ended.set_exception(fault)

        unwatch = self._sign_in.watch(self._floor.terms.check_seconds, on_end)
        try:
            await ended
        finally:
            unwatch()

    async def _send(self, send: Send) -> None:
        headers = [(k.lower().encode(), v.encode()) for k, v in self._framing.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _pass(send, self._framing.begin())
        pauses = _with_pauses(self._results, self._floor.terms.heartbeat_seconds)
        async with aclosing(pauses) as results:
            async for result in results:
                if result is None:
                    await _pass(send, self._framing.heartbeat())
                elif self._lives_on and result.is_unavailable:
                    raise _BrokenOff("The database is away.")
                else:
                    await _pass(send, self._framing.result(result.encoded))
                del result  # it would be kept until the next one comes
        await _pass(send, self._framing.end(), more=False)


async def _pass(send: Send, body: bytes, *, more: bool = True) -> None:
    """Wait until the client takes it: a blocked stream blocks who makes the results."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _with_pauses(results: Results, seconds: float) -> AsyncGenerator[Result | None, None]:
    """Give each result, and None whenever none has come for so long."""
    while True:
        upcoming = asyncio.ensure_future(anext(results, None))
        try:
            while not (await asyncio.wait([upcoming], timeout=seconds))[0]:
                yield None
        finally:
            await _end(upcoming)
        if (result := upcoming.result()) is None:
            return
        del upcoming
        yield result
        del result


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel until all have ended: a cancellation that meets a ring of the bell can get lost."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at: else asyncio would log it by itself
