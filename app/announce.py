"""After a commit: ring the doorbell, hand jobs to the workers; the sweeper finds what fails."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog
from redis.exceptions import RedisError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Ring = Callable[[UUID], Awaitable[None]]
EnqueuePlan = Callable[[UUID, UUID], Awaitable[None]]
EnqueueWebhook = Callable[[UUID, UUID], Awaitable[None]]


class Announcer:
    def __init__(
        self, ring: Ring, enqueue_plan: EnqueuePlan, enqueue_webhook: EnqueueWebhook
    ) -> None:
        self._ring = ring
        self._enqueue_plan = enqueue_plan
        self._enqueue_webhook = enqueue_webhook

    async def announce(
        self,
        account_id: UUID,
        *,
        has_events: bool,
        jobs: Sequence[UUID],
        webhooks: Sequence[UUID] = (),
    ) -> None:
        """Tell what was committed; it is committed, so trouble with Redis is only logged."""
        try:
            for job_id in jobs:
                await self._enqueue_plan(account_id, job_id)
            if has_events:
                await self._ring(account_id)
            for webhook_id in webhooks:
                await self._enqueue_webhook(account_id, webhook_id)
        except (RedisError, OSError) as trouble:
            log.warning(
                "announcement.lost",
                account_id=str(account_id),
                jobs=len(jobs),
                error=type(trouble).__name__,
            )
