"""On several workers no test is lost or run twice, and none of them ends with the long ones."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dealing import TESTS, dealt


@dataclass(frozen=True)
class Placed:
    path: Path
    number: int = 0


SHORT = [Placed(TESTS / "domain" / "test_money.py", n) for n in range(60)]
JOURNEYS = [Placed(TESTS / "journeys" / f"test_{n}.py", k) for n in range(6) for k in range(3)]
BROWSER = [Placed(TESTS / "journeys" / f"test_console_{n}.py") for n in range(4)]


@pytest.mark.parametrize("workers", range(1, 7))
@pytest.mark.parametrize("tests", [SHORT + JOURNEYS + BROWSER, SHORT, JOURNEYS, BROWSER[:1], []])
def test_each_test_is_dealt_once(tests, workers):
    given = dealt(tests, workers)

    assert len(given) == len(tests)
    assert set(given) == set(tests)


def test_each_worker_begins_with_long_ones_and_ends_with_short_ones():
    given = dealt([*SHORT, *JOURNEYS, *BROWSER], 2)
    rows = given[: len(given) // 2], given[len(given) // 2 :]

    for row in rows:
        is_long = [test not in SHORT for test in row]
        assert is_long == sorted(is_long, reverse=True)
        assert 9 <= sum(is_long) <= 13


def test_what_shares_a_browser_or_servers_stays_together():
    given = dealt([*BROWSER, *SHORT, *JOURNEYS], 3)

    first = given.index(BROWSER[0])
    assert given[first : first + 4] == BROWSER
    for n in range(6):
        place = given.index(Placed(TESTS / "journeys" / f"test_{n}.py"))
        assert {test.path.name for test in given[place : place + 3]} == {f"test_{n}.py"}
