"""QuickBooks' own tax on the lines it holds, against ours: told before a save, never in its way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.guard_facts import GuardFacts
from domain.guarding import guard_save
from domain.guards import GuardCode, GuardSeverity, enforce
from domain.quickbooks import Ref
from tests.builders import (
    FLAT,
    FW,
    a_foreign_line,
    an_account,
    fixture_content,
    fixture_copy,
    fixture_invoice,
    fixture_link,
    references,
)


def zones(*keys):
    """The lists with the tax zones alone that the invoice names, as they are read."""
    return references(tax_zones={key: references().tax_zones[key] for key in keys})


def found(copy=None, *, lists=None, is_sent=True, after=None):
    facts = GuardFacts(
        account=an_account(),
        periods=(),
        references=zones(FW) if lists is None else lists,
        is_number_in_use=False,
        is_sent=is_sent,
        link=fixture_link(copy=copy or fixture_copy()),
    )
    guards = guard_save(fixture_invoice(), after or fixture_content(summary="New"), facts)
    assert {guard.code for guard in guards} <= {GuardCode.TAX_PARITY}
    return [guard.message for guard in guards]


def taxed(amount, **changes):
    return fixture_copy(sales_tax=Decimal(amount), **changes)


def test_equal_tax_is_no_word_worth():
    assert found() == []


def test_a_single_item_in_quickbooks_rounds_once():
    """35.50 at 8.25 %: 2.93 as one item, 2.94 as the group of four: requirements (a3) 2."""
    (message,) = found(taxed("2.93"))

    assert message.startswith(
        "On the lines that QuickBooks holds: QuickBooks computed 2.93 sales tax where Instep"
        " computed 2.94."
    )
    assert "here it is a group of 4, in QuickBooks probably one item" in message


def test_a_group_in_quickbooks_rounds_each_component():
    flat = fixture_content(tax_zone_id=FLAT)

    (message,) = found(taxed("2.94", tax_item=Ref("FLAT")), lists=zones(FLAT), after=flat)

    assert "2.94" in message
    assert "2.93" in message
    assert "in QuickBooks probably a group" in message


def test_a_rate_that_differs_is_told_with_both_rates():
    (message,) = found(taxed("3.02"))

    assert "35.50 at 8.507 %" in message
    assert "8.25 %" in message


def test_a_line_that_only_quickbooks_taxes_is_named():
    surcharge = a_foreign_line(
        item=Ref("TRIP"), description="Fuel", amount=Decimal("10.00"), tax_code=Ref("Tax")
    )
    copy = taxed("3.76")

    (message,) = found(replace(copy, lines=(*copy.lines, surcharge)))

    assert "“Fuel” (10.00)" in message


def test_an_invoice_without_tax_zone_that_quickbooks_taxes_is_told():
    (message,) = found(lists=zones(), after=fixture_content(tax_zone_id=None))

    assert "“FW”" in message


@pytest.mark.parametrize(
    "copy",
    [
        fixture_copy(sales_tax=None),
        taxed("9.99", tax_item=Ref("County")),
        replace(
            taxed("9.99"),
            lines=tuple(replace(line, tax_code=Ref("LBR")) for line in fixture_copy().lines),
        ),
    ],
    ids=["no tax told", "taxed by an item of no zone here", "a tax code that nobody knows here"],
)
def test_where_nothing_can_be_compared_nothing_is_said(copy):
    assert found(copy) == []


def test_the_planned_change_is_no_difference():
    """It is told of the lines that QuickBooks holds, not of those that it is to get."""
    service, filters = fixture_content().tasks
    dearer = replace(
        fixture_content(), tasks=(replace(service, unit_price=Decimal("42.00")), filters)
    )

    assert found(after=dearer) == []


def test_what_stays_here_is_not_compared():
    assert found(taxed("2.93"), is_sent=False) == []


def test_it_informs_and_never_stands_in_the_way():
    facts = GuardFacts(
        account=an_account(),
        periods=(),
        references=zones(FW),
        is_number_in_use=False,
        is_sent=True,
        link=fixture_link(copy=taxed("2.93")),
    )

    (guard,) = guard_save(fixture_invoice(), fixture_content(summary="New"), facts)

    assert guard.severity is GuardSeverity.INFO
    assert guard.steps
    assert enforce([guard], ()) == ()
