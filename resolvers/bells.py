"""How whoever waits for news of an account is woken."""

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID


class Bell(Protocol):
    """One listener's bell: it may ring without reason, and a ring may be lost."""

    def clear(self) -> None:
        """Forget earlier rings."""

    async def wait(self) -> bool:
        """Return at the next ring, or after a while without one; tell whether it rang."""


class Doorbell(Protocol):
    """Tells listeners that an account has news."""

    def listen(self, account_id: UUID) -> AbstractContextManager[Bell]:
        """Give a bell that hears of everything committed from now on."""


def leave_if_cancelled() -> None:
    """Raise CancelledError where somebody has swallowed it; asked before a wait without an end.

    `asyncio.wait_for` of Python 3.11, which redis-py sends with, forgets a cancellation that comes
    in the moment it ends. Whoever waited for ever after that was never told again.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
