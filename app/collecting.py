"""When garbage is collected in a web process: often what is new, seldom what has come to rest.

A full collection looks at every object. Thousands of subscribers are millions of them, and nobody
is answered meanwhile: 1.7 s were measured with 8,000. What has survived a collection is therefore
left out of the next ones. Most of it goes by itself when its connection ends; what does not is
found once in a while, by a full collection. What a busy process was doing at a collection is left
out too, and some of it is garbage a moment later: tens of kilobytes of each page of invoices. So
there is a full collection also when what rests has grown much.
"""

import gc
import time
from collections.abc import Callable

EVERY_SECONDS = 5
_FULL_EVERY_SECONDS = 3600
#: To count what rests takes an eighth of a full collection.
_COUNTED_EVERY_SECONDS = 60
#: So many more objects than after the last full collection, and twice as many: about 85 MB.
_GROWN_MUCH = 1_000_000
#: Objects made and not freed before Python looks at the young ones, and so on: a page of invoices
#: makes thousands, none of which only the collector finds. Measured: a sixth of a page's time.
#: The last generation, which is everything, is left to `Collector`.
_THRESHOLDS = (20_000, 20, 1_000_000)


class Collector:
    """Called every few seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, grown_much: int = _GROWN_MUCH
    ) -> None:
        self._clock = clock
        self._grown_much = grown_much
        self._last_full = self._last_count = clock()
        self._resting = 0

    def begin(self) -> None:
        """Take over from Python's own schedule; what is there now stays for good."""
        self._collect_all()
        gc.set_threshold(*_THRESHOLDS)

    async def __call__(self) -> None:
        """Collect what is garbage among the new objects, and let the others rest."""
        if self._is_full_due():
            self._collect_all()
        else:
            gc.collect()
            gc.freeze()

    def _is_full_due(self) -> bool:
        now = self._clock()
        if now - self._last_full >= _FULL_EVERY_SECONDS:
            return True
        if now - self._last_count < _COUNTED_EVERY_SECONDS:
            return False
        self._last_count = now
        return gc.get_freeze_count() - self._resting > max(self._grown_much, self._resting)

    def _collect_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._resting = gc.get_freeze_count()
        self._last_full = self._last_count = self._clock()
