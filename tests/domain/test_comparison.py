"""Ours against QuickBooks' copy."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.comparison import (
    Comparison,
    are_equal,
    compare,
    differences,
    foreign_lines,
)
from domain.quickbooks import Ref
from tests.builders import (
    TASK_1,
    TASK_2,
    TASK_3,
    a_copy,
    a_foreign_line,
    a_group_line,
    a_line,
    a_wanted,
    a_wanted_line,
    fixture_link,
    fixture_wanted,
)

OURS = {"1A2B-3": TASK_1}
LINE = ("tasks", str(TASK_1))


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ("", None, True),
        (None, "", True),
        (None, None, True),
        ("it\u2019s", "it's ", True),
        ("a", "A", False),
        ("a", None, False),
        (Decimal("1.00"), Decimal(1), True),
        (Decimal(1), Decimal(2), False),
        (Decimal(1), None, False),
        (Ref("HVAC"), Ref("hvac", "80-1"), True),
        (Ref("HVAC"), None, False),
        (None, Ref("HVAC"), False),
        (date(2026, 11, 18), date(2026, 11, 18), True),
        (date(2026, 11, 18), date(2026, 11, 19), False),
    ],
)
def test_values_are_compared_as_quickbooks_holds_them(ours, theirs, equal):
    assert are_equal(ours, theirs) is equal


def test_the_sample_invoice_agrees_with_its_copy():
    """The bookkeeper's text between our lines takes no part."""
    link = fixture_link()

    compared = compare(fixture_wanted(), link.copy, link.tasks_by_line)

    assert all(c.equal for c in compared)
    assert {c.path[1] for c in compared if c.path[0] == "tasks"} == {str(TASK_1), str(TASK_2)}
    assert differences(fixture_wanted(), link.copy, link.tasks_by_line) == ()


@pytest.mark.parametrize(
    ("ours", "path", "text", "theirs"),
    [
        ({"number": "21260"}, "number", "21260", "21259"),
        ({"date": date(2026, 11, 19)}, "date", "2026-11-19", "2026-11-18"),
        ({"tax_item": Ref("FLAT")}, "tax_zone", "FLAT", "FW"),
        ({"memo": ""}, "memo", "", "1042 2026-11-20 HVAC - Fall tune-up"),
    ],
)
def test_a_header_field_that_differs_is_told_with_both_values(ours, path, text, theirs):
    found = differences(a_wanted(**ours), a_copy(), OURS)

    assert found == (Comparison((path,), text, theirs, equal=False),)


@pytest.mark.parametrize(
    ("ours", "field", "text", "theirs"),
    [
        ({"description": "Big"}, "description", "Big", "Fall tune-up"),
        ({"class_ref": Ref("Plumbing")}, "business_unit", "Plumbing", "HVAC"),
        ({"class_ref": None}, "business_unit", None, "HVAC"),
        ({"site": Ref("Truck 7")}, "inventory_location", "Truck 7", None),
        ({"tax_code": Ref("Non")}, "taxable", "Non", "Tax"),
    ],
)
def test_a_field_of_a_line_that_differs_is_told_with_both_values(ours, field, text, theirs):
    found = differences(a_wanted(lines=(a_wanted_line(**ours),)), a_copy(), OURS)

    assert found == (Comparison((*LINE, field), text, theirs, equal=False),)


def test_another_price_differs_in_the_amount_too():
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))

    found = differences(wanted, a_copy(), OURS)

    assert found == (
        Comparison((*LINE, "unit_price"), "42", "35.5", equal=False),
        Comparison((*LINE, "amount"), "42", "35.5", equal=False),
    )


def test_a_site_that_we_do_not_name_is_quickbooks_to_choose():
    held = a_copy(lines=(a_line(site=Ref("Main")),))

    assert differences(a_wanted(), held, OURS) == ()


def test_a_line_without_an_amount_is_worth_nothing():
    free = a_wanted(lines=(a_wanted_line(rate=Decimal(0)),))
    held = a_copy(lines=(a_line(rate=Decimal(0), amount=None),))

    assert differences(free, held, OURS) == ()


def test_a_task_without_a_line_is_one_difference():
    found = differences(a_wanted(), a_copy(lines=()), OURS)

    assert found == (Comparison(LINE, "SVC-TUNE: 1 x 35.5", None, equal=False),)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (a_line(), "SVC-TUNE, Fall tune-up, 35.5"),
        (a_line(item=None, description=None), "35.5"),
    ],
)
def test_a_line_whose_task_is_gone_is_one_difference(line, text):
    found = differences(a_wanted(lines=()), a_copy(lines=(line,)), OURS)

    assert found == (Comparison(LINE, None, text, equal=False),)


def test_the_order_of_lines_is_no_difference():
    link = fixture_link()
    turned = replace(link.copy, lines=tuple(reversed(link.copy.lines)))

    assert differences(fixture_wanted(), turned, link.tasks_by_line) == ()


def test_lines_that_are_not_ours_are_found():
    text, group = a_foreign_line(), a_group_line()
    held = a_copy(lines=(text, a_line(), group))

    assert foreign_lines(held, OURS) == (text, group)
    assert foreign_lines(held, {**OURS, text.txn_line_id: TASK_2, "1A2B-G": TASK_3}) == ()


def test_a_task_that_quickbooks_does_not_hold_is_shown_with_its_site():
    wanted = a_wanted(lines=(a_wanted_line(site=Ref("Truck 7")),))

    (found,) = differences(wanted, a_copy(lines=()), {})

    assert (found.ours, found.quickbooks) == ("SVC-TUNE: 1 x 35.5, Truck 7", None)
