"""While Redis is away its callers go on without it, and are not held up by it again and again."""

from collections.abc import Callable
from datetime import datetime, timedelta

#: After a failure Redis is left alone for so long: one that hangs must not slow each caller down.
_AWAY_FOR = timedelta(seconds=5)


class RedisAbsence:
    """Remembers that Redis failed; an outage is news once, however long it lasts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._until: datetime | None = None
        self._is_told = False

    def lasts(self) -> bool:
        """Tell whether Redis is better not asked yet."""
        return self._until is not None and self._now() < self._until

    def begin(self) -> bool:
        """Leave Redis alone for a while; tell whether that is news."""
        is_news, self._is_told = not self._is_told, True
        self._until = self._now() + _AWAY_FOR
        return is_news

    def end(self) -> None:
        """Note that Redis answered."""
        self._until = None
        self._is_told = False
