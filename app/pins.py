"""PINs, which people choose: argon2, in a thread of its own and a few at a time."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Each takes tens of megabytes and a tenth of a second of a processor.
_AT_ONCE = 2


class Argon2Pins:
    """Fits `resolvers.context.Pins`. Verifying takes as long for a wrong PIN as for a right one."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, pin: str) -> str:
        """Give what is stored instead of the PIN: parameters, salt and hash in one text."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, pin)

    async def verify(self, pin: str, pin_hash: str) -> bool:
        """Tell whether the hash was made of this PIN."""
        async with self._turns:
            return await asyncio.to_thread(self._verify, pin, pin_hash)

    def _verify(self, pin: str, pin_hash: str) -> bool:
        try:
            return self._hasher.verify(pin_hash, pin)
        except (VerificationError, InvalidHashError):
            return False


PINS: Final = Argon2Pins()
