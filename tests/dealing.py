"""The order of a run on several workers: what takes long begins first, and not all on one of them.

Each worker is given a row of equal length, and who has nothing left takes from the end of another's.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

TESTS = Path(__file__).parent
#: Where whole services, browsers and servers are started: half of all the time.
LONG = {"api", "app", "clients", "journeys"}


class Placed(Protocol):
    """A test, which stands in a file."""

    @property
    def path(self) -> Path: ...


Test = TypeVar("Test", bound=Placed)


def dealt(tests: Sequence[Test], workers: int) -> list[Test]:
    """Deal the modules of long tests to the workers' rows, and fill these with the others."""
    modules: dict[str, list[Test]] = {}
    for test in tests:
        if (name := _shared(test.path)) is not None:
            modules.setdefault(name, []).append(test)
    hands = list[list[Test]]([[] for _ in range(workers)])
    for n, module in enumerate(sorted(modules.values(), key=len, reverse=True)):
        hands[n % workers] += module
    others = iter([test for test in tests if _shared(test.path) is None])
    rows = []
    for n, hand in enumerate(hands):
        left = len(tests) - len(rows)
        share = left // (workers - n)
        rows += hand + list(islice(others, max(0, share - len(hand))))
    return rows + list(others)


def _shared(path: Path) -> str | None:
    """By what a long test stays with others: its module; of those in a browser there is one."""
    folder, *rest = path.relative_to(TESTS).parts
    if folder not in LONG:
        return None
    name = "/".join((folder, *rest))
    return "browser" if "test_console" in name and folder == "journeys" else name
