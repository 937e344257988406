"""When the database is away: callers are asked to come again, and streams wait for it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from db.engine import is_outage
from resolvers.bells import Bell

__all__ = ["is_outage", "once_it_is_back"]

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Found = TypeVar("Found")


async def once_it_is_back(bell: Bell, read: Callable[[], Awaitable[Found]]) -> Found:
    """Give what the read gives; while the database is away, read again at each ring or pause.

    So a stream outlives an outage: its clients would take an end for the end of the events.
    """
    is_told = False
    while True:
        bell.clear()  # before the read: whatever is committed after it rings again
        try:
            return await read()
        except Exception as trouble:
            if not is_outage(trouble):
                raise
            if not is_told:
                log.warning("events.unreadable", error=type(trouble).__name__)
            is_told = True
        await bell.wait()
