"""Books answers that a crash left between being stored and being booked."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from db.directory import Entry
from db.engine import DATABASE_TROUBLE
from db.outages import Outage, explain

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: An answer that was stored just now is being booked by who stored it.
_QUIET = timedelta(seconds=10)
_MOST = 50


class Unbooked(Protocol):
    """Finds stored answers of every account; see `db.directory.Directory.unbooked`."""

    async def __call__(self, *, quiet_since: datetime, at_most: int) -> list[Entry]: ...


#: Books one stored answer: account and message set.
Book = Callable[[UUID, UUID], Awaitable[None]]


async def keep_booking(
    unbooked: Unbooked, book: Book, *, now: Callable[[], datetime], every_seconds: float
) -> None:
    """Look for such answers every few seconds, until cancelled."""
    outage = Outage()
    while True:
        await asyncio.sleep(every_seconds)
        try:
            found = await unbooked(quiet_since=now() - _QUIET, at_most=_MOST)
        except DATABASE_TROUBLE as trouble:  # the database is away: look again later
            if outage.begin():
                log.warning("answers.unsearched", reason=explain(trouble))
            continue
        outage.end()
        await book_all(found, book)


async def book_all(found: list[Entry], book: Book) -> None:
    """Book each of them; one that cannot be booked does not keep the others waiting."""
    for entry in found:
        try:
            await book(entry.account_id, entry.id)
        except Exception:
            # A door's outermost frame: the attempt is counted, and after a few of them the
            # invoices of the message set are looked up one by one.
            log.exception("message_set.not_booked", exchange_id=str(entry.id))
