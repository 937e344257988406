"""Finds what a crash between a commit and its message left behind, and what is due again."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from db.directory import Entry

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: A message that is merely on its way is not sent twice.
_QUIET = timedelta(seconds=2)
_MOST = 500


class DueJobs(Protocol):
    """Finds jobs of every account; see `db.directory.Directory.due_jobs`."""

    async def __call__(
        self, now: datetime, *, quiet_since: datetime, at_most: int
    ) -> list[Entry]: ...


async def sweep(
    due_jobs: DueJobs, enqueue_plan: Callable[[UUID, UUID], Awaitable[None]], *, now: datetime
) -> int:
    """Enqueue every job that waits for a worker, and give how many there were."""
    found = await due_jobs(now, quiet_since=now - _QUIET, at_most=_MOST)
    for entry in found:
        await enqueue_plan(entry.account_id, entry.id)
    if found:
        log.info("due_jobs.enqueued", jobs=len(found))
    return len(found)
