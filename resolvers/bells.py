"""How whoever waits for news of an account is woken."""

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
