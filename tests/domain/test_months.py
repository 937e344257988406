"""A month's days, its spelling, and when it is over."""

from datetime import UTC, date, datetime

import pytest

from domain.months import Month, MonthPhase, month_of, month_phase, parse_month

NOVEMBER = Month(2026, 11)


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (NOVEMBER, date(2026, 11, 1), date(2026, 11, 30)),
        (Month(2024, 2), date(2024, 2, 1), date(2024, 2, 29)),
        (Month(2025, 2), date(2025, 2, 1), date(2025, 2, 28)),
        (Month(9999, 12), date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_a_month_goes_from_its_first_day_to_its_last(month, first, last):
    assert (month.first_day, month.last_day) == (first, last)
    assert month_of(first) == month_of(last) == month
    assert parse_month(str(month)) == month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-1", "0000-01", "2026-11-01", "2026-11\n", "\u0662\u0660\u0662\u0666-11"]
)  # fmt: skip
def test_anything_else_is_no_month(text):
    assert parse_month(text) is None


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (datetime(2026, 10, 31, 9, 59, tzinfo=UTC), MonthPhase.TO_COME),
        (datetime(2026, 10, 31, 10, 0, tzinfo=UTC), MonthPhase.RUNNING),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), MonthPhase.RUNNING),
        (datetime(2026, 12, 1, 11, 59, tzinfo=UTC), MonthPhase.RUNNING),
        (datetime(2026, 12, 1, 12, 0, tzinfo=UTC), MonthPhase.OVER),
    ],
)
def test_a_month_is_over_when_it_is_over_for_every_office(now, phase):
    """Dates are the office's; when it is the 1st in UTC, it may still be the 30th there."""
    assert month_phase(NOVEMBER, now) is phase
