"""Totals as QuickBooks computes them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lists import TaxRate
from domain.totals import Totals, compute_sales_tax, compute_totals
from tests.builders import FLAT_RATES, FORT_WORTH_RATES, a_task, fixture_content


@pytest.mark.parametrize(
    ("rates", "tax"),
    [
        pytest.param(FORT_WORTH_RATES, "2.94", id="group: each component is rounded"),
        pytest.param(FLAT_RATES, "2.93", id="one item: rounded once"),
        pytest.param((), "0.00", id="no tax zone"),
    ],
)
def test_a_tax_group_rounds_each_component(rates, tax):
    """35.50 at 8.25 % is a cent more as Fort Worth's group than as one item."""
    assert str(compute_sales_tax(Decimal("35.50"), rates)) == tax


def test_the_sample_invoice_comes_to_62_44():
    totals = compute_totals(fixture_content().tasks, FORT_WORTH_RATES)

    assert totals == Totals(Decimal("59.50"), Decimal("2.94"))
    assert totals.total == Decimal("62.44")


def test_the_sample_invoice_comes_to_69_47_after_the_new_price():
    first, second = fixture_content().tasks

    totals = compute_totals((a_task(id=first.id, unit_price=Decimal("42.00")), second),
                            FORT_WORTH_RATES)  # fmt: skip

    assert totals.sales_tax == Decimal("3.47")
    assert totals.total == Decimal("69.47")


def test_lines_are_rounded_before_they_are_taxed():
    """Three lines of half a cent are three cents, and it is those that are taxed."""
    line = a_task(quantity=Decimal("0.5"), unit_price=Decimal("0.01"))

    totals = compute_totals([line] * 3, (TaxRate("All", Decimal(100)),))

    assert totals == Totals(Decimal("0.03"), Decimal("0.03"))


def test_only_taxable_lines_are_taxed():
    lines = [a_task(taxable=False), a_task(taxable=True, unit_price=Decimal("10.00"))]

    totals = compute_totals(lines, (TaxRate("Ten", Decimal(10)),))

    assert totals == Totals(Decimal("45.50"), Decimal("1.00"))


def test_a_discount_lowers_the_taxable_sum():
    lines = [a_task(unit_price=Decimal("100.00")), a_task(unit_price=Decimal("-40.00"))]

    totals = compute_totals(lines, (TaxRate("Ten", Decimal(10)),))

    assert totals.total == Decimal("66.00")


def test_an_invoice_without_lines_comes_to_nothing():
    assert compute_totals([], FLAT_RATES).total == Decimal("0.00")


@given(
    st.decimals(min_value=-(10**8), max_value=10**8, places=2),
    st.lists(st.decimals(min_value=0, max_value=20, places=3), max_size=5),
)
def test_the_tax_of_a_group_is_the_sum_of_its_rounded_components(taxable, percents):
    tax = compute_sales_tax(taxable, [TaxRate("part", percent) for percent in percents])

    parts = [abs(Fraction(taxable)) * Fraction(percent) for percent in percents]  # cents
    rounded = sum(int(part + Fraction(1, 2)) for part in parts)
    assert Fraction(tax) * 100 == (rounded if taxable >= 0 else -rounded)
