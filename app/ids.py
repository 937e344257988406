"""The one source of ids: UUIDs of version 7, which sort by the time of their making (RFC 9562)."""

import secrets
import threading
import time
from collections.abc import Callable
from uuid import UUID

_RANDOM_BITS = 74  # what version and variant leave of the 80 bits behind the timestamp
_LOW_BITS = 62
_STEP_BITS = 60  # wide, so that two forks of one process never continue alike
_VERSION = 7 << 76
_VARIANT = 0b10 << 62


class IdSource:
    """Makes ids that grow strictly, in any number of threads, even if the clock is set back."""

    def __init__(
        self,
        nanoseconds: Callable[[], int] = time.time_ns,
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._nanoseconds = nanoseconds
        self._random_bits = random_bits
        self._last = -1
        self._lock = threading.Lock()

    def new_id(self) -> UUID:
        """Give an id greater than every id given before."""
        milliseconds = self._nanoseconds() // 1_000_000
        fresh = milliseconds << _RANDOM_BITS | self._random_bits(_RANDOM_BITS)
        with self._lock:
            if fresh <= self._last:  # the same millisecond, or the clock was set back
                fresh = self._last + 1 + self._random_bits(_STEP_BITS)
            self._last = fresh
        high, low = fresh >> _LOW_BITS, fresh & (1 << _LOW_BITS) - 1
        timestamp, middle = high >> 12, high & 0xFFF
        return UUID(int=timestamp << 80 | _VERSION | middle << 64 | _VARIANT | low)


_source = IdSource()


def new_id() -> UUID:
    """Give a new id, greater than every id this process gave before."""
    return _source.new_id()
