"""Scalars take exact strings only and print one form only."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from graphql import GraphQLError

from domain.money import plain
from schema.scalars import (
    parse_date,
    parse_date_time,
    parse_decimal,
    parse_money,
    print_date_time,
    print_money,
)

NOT_NUMBERS = [
    1, 1.5, True, None, "", " 1", "1 ", "+1", ".5", "1.", "1e3", "1_000", "1,5", "NaN", "Infinity",
    "-Infinity", "\u0661", "\uff11", "0x10", "--1", "1\n",
]  # fmt: skip


@pytest.mark.parametrize("text", ["0", "-1", "1539.00", "0.5", "9999999999999.99"])
def test_money_is_read_exactly(text):
    assert parse_money(text) == Decimal(text)


@pytest.mark.parametrize("value", [*NOT_NUMBERS, "1.234", "12345678901234"])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(GraphQLError, match="Money must be a string"):
        parse_money(value)


@pytest.mark.parametrize("text", ["1", "-0.00001", "9999999999.99999"])
def test_decimals_are_read_exactly(text):
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize("value", [*NOT_NUMBERS, "1.234567", "12345678901"])
def test_what_is_no_decimal_is_refused(value):
    with pytest.raises(GraphQLError, match="Decimal must be a string"):
        parse_decimal(value)


@pytest.mark.parametrize("text", ["2026-01-31", "2024-02-29", "0001-01-01"])
def test_dates_are_full_dates(text):
    assert parse_date(text) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "value",
    ["2026", "2026-W01-1", "20260131", "2026-1-31", "2026-02-30", "2026-01-31T00:00:00Z",
     "\uff12026-01-31", 20260131, None],
)  # fmt: skip
def test_what_is_no_date_is_refused(value):
    with pytest.raises(GraphQLError, match="Date must be a calendar date"):
        parse_date(value)


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T09:30:00Z", "2026-01-31t09:30:00z", "2026-01-31T10:30:00+01:00",
     "2026-01-31 04:30:00.000-05:00"],
)  # fmt: skip
def test_instants_are_read_into_utc(text):
    read = parse_date_time(text)

    assert (read, read.tzinfo) == (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "value",
    ["2026", "2026-01-31", "2026-01-31T09:30:00", "2026-01-31T09:30Z", "2026-01-31T25:00:00Z",
     "2026-01-31T09:30:00+01", "0001-01-01T00:00:00+14:00", 1769851800, None],
)  # fmt: skip
def test_what_is_no_instant_is_refused(value):
    """Without an offset it would be a guess."""
    with pytest.raises(GraphQLError, match="DateTime must be an instant"):
        parse_date_time(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0.00"), ("35.50000", "35.50"), ("-2", "-2.00"), ("1E+4", "10000.00")],
)
def test_money_is_printed_with_two_places(value, text):
    assert print_money(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [("2.00000", "2"), ("35.50000", "35.5"), ("1E+2", "100")]
)
def test_decimals_are_printed_without_exponent_and_needless_zeros(value, text):
    assert plain(Decimal(value)) == text


def test_instants_are_printed_in_utc():
    east = datetime(2026, 1, 31, 10, 30, tzinfo=timezone(timedelta(hours=1)))

    assert print_date_time(east) == "2026-01-31T09:30:00Z"


def test_a_refusal_does_not_repeat_the_value():
    """It may be personal, and errors are logged by callers."""
    with pytest.raises(GraphQLError) as refused:
        parse_money("4111-1111")

    assert "4111" not in refused.value.message
    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}
