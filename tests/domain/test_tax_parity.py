"""QuickBooks' sales tax against ours, and what is likely to make the difference."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.quickbooks import Ref
from domain.tax_parity import TaxCause, tax_difference
from tests.builders import (
    TASK_1,
    a_copy,
    a_foreign_line,
    a_group_line,
    a_line,
    a_wanted,
    a_wanted_line,
)

OURS = {"1A2B-3": TASK_1}
GROUP = tuple(Decimal(percent) for percent in ("1.00", "0.50", "0.50", "6.25"))
FLAT = (Decimal("8.25"),)
NON = Ref("Non", "80000032-1")


def found(*, wanted=None, **held):
    wanted = {"tax_rates": GROUP} | (wanted or {})
    return tax_difference(a_wanted(**wanted), a_copy(**held), OURS)


def test_equal_tax_is_no_difference():
    assert found() is None


def test_a_tax_that_quickbooks_did_not_tell_is_no_difference():
    assert found(sales_tax=None) is None


@pytest.mark.parametrize("percent", [None, Decimal("8.25")])
def test_a_group_rounds_each_component_one_item_the_whole(percent):
    """35.50 at 8.25 % is 2.94 as a group of four and 2.93 as one item: requirements (a3) 2."""
    difference = found(sales_tax=Decimal("2.93"), tax_percent=percent)

    assert (difference.ours, difference.quickbooks) == (Decimal("2.94"), Decimal("2.93"))
    assert difference.cause is TaxCause.ROUNDING
    assert difference.reason == (
        "QuickBooks computed 2.93 sales tax where Instep computed 2.94. Both tax 35.50 at 8.25 %,"
        " but round differently: here it is a group of 4, in QuickBooks probably one item; a group"
        " rounds each of its components."
    )
    assert "“FW”" in difference.step.text


def test_the_other_way_round_the_group_is_quickbooks_():
    flat = {"sales_tax": Decimal("2.93"), "tax_rates": FLAT}

    difference = found(wanted=flat, sales_tax=Decimal("2.94"), tax_percent=Decimal("8.25"))

    assert difference.cause is TaxCause.ROUNDING
    assert "here it is one item, in QuickBooks probably a group" in difference.explanation


def test_two_groups_of_other_components_round_differently_too():
    difference = found(sales_tax=Decimal("2.95"), tax_percent=Decimal("8.25"))

    assert difference.cause is TaxCause.ROUNDING
    assert "a group of 4, in QuickBooks probably another" in difference.explanation


@pytest.mark.parametrize("told", [Decimal("7.5"), None])
def test_another_rate_is_told_with_both_rates(told):
    """Without its percentage QuickBooks' rate is what its tax makes of the taxable amount."""
    difference = found(sales_tax=Decimal("2.66"), tax_percent=told)

    assert difference.cause is TaxCause.RATE
    shown = "7.5" if told else "7.493"
    assert difference.explanation == (
        f"QuickBooks taxes 35.50 at {shown} %, the tax zone here at 8.25 %."
    )


def test_a_customer_who_is_not_taxable_pays_no_tax():
    difference = found(sales_tax=Decimal("0.00"), customer_tax_code=NON)

    assert difference.cause is TaxCause.CUSTOMER_NOT_TAXABLE
    assert "“Miller, Anna” is not taxable" in difference.explanation


def test_no_tax_of_a_taxable_customer_is_another_rate():
    taxable = Ref("Tax", "80000031-1")

    difference = found(sales_tax=Decimal("0.00"), tax_percent=Decimal(0), customer_tax_code=taxable)

    assert difference.cause is TaxCause.RATE


def test_a_line_that_is_taxable_on_one_side_is_named():
    difference = found(sales_tax=Decimal("0.00"), lines=(a_line(tax_code=NON),))

    assert difference.cause is TaxCause.TAXABLE_LINE
    assert "“Fall tune-up”" in difference.explanation


def test_a_bookkeeper_s_line_that_is_taxed_is_named_with_its_amount():
    warranty = a_foreign_line(
        description="Warranty", amount=Decimal("10.00"), tax_code=Ref("Tax", "80000031-1")
    )

    # 45.50 by the group: 0.46 + 0.23 + 0.23 + 2.84
    difference = found(sales_tax=Decimal("3.76"), lines=(a_line(), warranty))

    assert difference.cause is TaxCause.FOREIGN_LINE
    assert "“Warranty” (10.00)" in difference.explanation


def test_a_bookkeeper_s_line_that_is_not_taxed_is_not_blamed():
    lines = (a_line(), a_foreign_line(amount=Decimal("10.00"), tax_code=NON))

    assert found(sales_tax=Decimal("2.93"), lines=lines).cause is TaxCause.ROUNDING


def test_a_taxed_line_that_does_not_make_the_difference_is_not_blamed():
    taxed = a_foreign_line(amount=Decimal("10.00"), tax_code=Ref("Tax"))

    difference = found(
        sales_tax=Decimal("3.41"), tax_percent=Decimal("7.5"), lines=(a_line(), taxed)
    )

    assert difference.cause is TaxCause.RATE


def test_of_a_group_of_lines_the_taxed_part_is_not_told():
    lines = (a_line(), a_group_line(amount=Decimal("50.00")))

    difference = found(sales_tax=Decimal("5.00"), lines=lines)

    assert difference.cause is TaxCause.FOREIGN_LINE
    assert "“Kit” (50.00)" in difference.explanation


def test_without_a_tax_zone_quickbooks_takes_an_item_of_its_own():
    untaxed = {"tax_item": None, "sales_tax": Decimal("0.00"), "tax_rates": ()}

    difference = found(wanted=untaxed, sales_tax=Decimal("2.94"))

    assert difference.cause is TaxCause.NO_TAX_ZONE
    assert "QuickBooks taxes it by “FW”" in difference.explanation


def test_what_cannot_be_explained_says_so():
    free = replace(a_wanted_line(), rate=Decimal(0))
    lines = (a_line(amount=Decimal("0.00")),)

    difference = found(
        wanted={"lines": (free,), "sales_tax": Decimal("0.00")},
        sales_tax=Decimal("9.99"),
        tax_percent=Decimal("8.25"),
        lines=lines,
    )

    assert difference.cause is TaxCause.UNKNOWN
    assert difference.reason.startswith(
        "QuickBooks computed 9.99 sales tax where Instep computed 0"
    )
