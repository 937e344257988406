"""When garbage is collected in a web process: often what is new, seldom what has come to rest.

A full collection looks at every object. Thousands of subscribers are millions of them, and nobody
is answered meanwhile: 1.7 s were measured with 8,000. What has survived a collection is therefore
left out of the next ones. Most of it goes by itself when its connection ends; what does not is
found once in a while, by a full collection.
"""

import gc
import time
from collections.abc import Callable

EVERY_SECONDS = 5
_FULL_EVERY_SECONDS = 3600
#: Objects made and not freed before Python looks at the young ones, and so on: a page of invoices
#: makes thousands, none of which only the collector finds. Measured: a sixth of a page's time.
#: The last generation, which is everything, is left to `Collector`.
_THRESHOLDS = (20_000, 20, 1_000_000)


class Collector:
    """Called every few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_full = clock()

    def begin(self) -> None:
        """Take over from Python's own schedule; what is there now stays for good."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)

    async def __call__(self) -> None:
        """Collect what is garbage among the new objects, and let the others rest."""
        now = self._clock()
        if now - self._last_full >= _FULL_EVERY_SECONDS:
            self._last_full = now
            gc.unfreeze()
        gc.collect()
        gc.freeze()
