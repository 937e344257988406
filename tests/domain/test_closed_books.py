"""What the office is told when QuickBooks' books are closed."""

from datetime import date

import pytest

from domain.answers import judge_status
from domain.closed_books import with_closing_date

CLOSED = "An attempt was made to modify a(n) Invoice with a date on or before the closing date."
OCTOBER, NOVEMBER = date(2026, 10, 20), date(2026, 11, 2)
CLOSING = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("wanted", "held", "words"),
    [
        (OCTOBER, OCTOBER, "closed through 2026-10-31; the invoice is dated 2026-10-20."),
        (OCTOBER, None, "closed through 2026-10-31; the invoice is dated 2026-10-20."),
        (NOVEMBER, OCTOBER, "dated 2026-10-20, and would move to 2026-11-02."),
    ],
)
def test_the_days_are_named(wanted, held, words):
    refused = judge_status(3171, "Error", CLOSED)

    told = with_closing_date(refused, CLOSING, wanted=wanted, held=held)

    assert told.reason.endswith(words)
    assert (told.code, told.steps) == (refused.code, refused.steps)


def test_what_is_not_known_is_not_made_up():
    refused = judge_status(3171, "Error", CLOSED)

    assert with_closing_date(refused, None, wanted=OCTOBER, held=None) == refused


def test_any_other_refusal_stays_as_it_is():
    other = judge_status(3140, "Error", "There is an invalid reference to QuickBooks Customer “X”.")

    assert with_closing_date(other, CLOSING, wanted=OCTOBER, held=None) == other
