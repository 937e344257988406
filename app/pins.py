"""PINs, which people choose: argon2, in threads of their own and a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

V = TypeVar("V")

#: Each takes tens of megabytes and a tenth of a second of a processor.
_AT_ONCE = 2


class Argon2Pins:
    """Fits `resolvers.context.Pins`. Verifying takes as long for a wrong PIN as for a right one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pins")

    async def hash(self, pin: str) -> str:
        """Give what is stored instead of the PIN: parameters, salt and hash in one text."""
        return await self._aside(lambda: self._hasher.hash(pin))

    async def verify(self, pin: str, pin_hash: str) -> bool:
        """Tell whether the hash was made of this PIN."""
        return await self._aside(lambda: self._verify(pin, pin_hash))

    async def _aside(self, work: Callable[[], V]) -> V:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _verify(self, pin: str, pin_hash: str) -> bool:
        try:
            return self._hasher.verify(pin_hash, pin)
        except (VerificationError, InvalidHashError):
            return False


PINS: Final = Argon2Pins()
