"""Accounting periods."""

from datetime import date

import pytest

from tests.builders import a_period


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),
        (date(2026, 11, 30), True),
        (date(2026, 12, 1), False),
    ],
)
def test_both_ends_belong_to_a_period(day, held):
    assert a_period().holds(day) is held
