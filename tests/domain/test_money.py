"""Money is exact, and rounded once, halves away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import ZERO, add_up, line_amount, percent_of, plain, round_amount

numbers = st.decimals(
    min_value=Decimal("-9999999999.99999"),
    max_value=Decimal("9999999999.99999"),
    places=5,
    allow_nan=False,
    allow_infinity=False,
)


def cents(exact):
    """Round a fraction of a dollar to whole cents in integers alone, halves away from zero."""
    scaled = abs(exact) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if exact >= 0 else -whole, 100)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("2.344999", "2.34"),
        ("2.345", "2.35"),
        ("2.355", "2.36"),
        ("-2.345", "-2.35"),
        ("-2.344", "-2.34"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("7", "7.00"),
        ("1E+3", "1000.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, rounded):
    amount = round_amount(Decimal(value))

    assert str(amount) == rounded


@given(numbers, numbers)
def test_a_line_costs_quantity_times_price_rounded_once(quantity, unit_price):
    amount = line_amount(quantity, unit_price)

    assert Fraction(amount) == cents(Fraction(quantity) * Fraction(unit_price))
    assert amount.as_tuple().exponent == -2


def test_the_largest_quantity_times_the_largest_price_loses_no_digit():
    largest = Decimal("9999999999.99999")

    amount = line_amount(largest, largest)

    assert amount == Decimal("99999999999999800000.00")


def test_ten_digits_times_ten_digits_are_exact():
    amount = line_amount(Decimal("1234567890.12345"), Decimal("9876543210.98765"))

    assert amount == Decimal("12193263113702107135.95")


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.decimals(min_value=0, max_value=100, places=5),
)
def test_a_percentage_is_rounded_once(amount, percent):
    share = percent_of(amount, percent)

    assert Fraction(share) == cents(Fraction(amount) * Fraction(percent) / 100)


@given(st.lists(st.decimals(min_value=-(10**12), max_value=10**12, places=2)))
def test_a_sum_is_exact_to_the_cent(amounts):
    total = add_up(amounts)

    assert Fraction(total) == sum((Fraction(amount) for amount in amounts), Fraction())
    assert total.as_tuple().exponent == -2


def test_nothing_adds_up_to_zero():
    assert str(add_up([])) == str(ZERO) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.00000", "2"),
        ("35.50", "35.5"),
        ("0.12345", "0.12345"),
        ("0.00", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("1E-5", "0.00001"),
        ("-12.10", "-12.1"),
    ],
)
def test_numbers_are_written_plainly(value, text):
    assert plain(Decimal(value)) == text


def test_a_zero_has_no_sign():
    """A thousandth of a cent less than nothing is shown as 0, not as -0."""
    assert plain(line_amount(Decimal("-0.001"), Decimal("0.01"))) == "0"


@given(numbers)
def test_a_plainly_written_number_reads_back_as_itself(value):
    assert Decimal(plain(value)) == value
