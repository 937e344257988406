"""What a save changed, in words that last."""

from datetime import date
from decimal import Decimal

import pytest

from domain.revision import FieldChange, compare_contents
from tests.builders import (
    FLAT,
    PLUMBING,
    TASK_1,
    TASK_2,
    TASK_3,
    WAREHOUSE,
    a_content,
    a_task,
    an_id,
    fixture_content,
    references,
)


def changes(before, after):
    return compare_contents(before, after, references().name_of)


def test_equal_contents_differ_in_nothing():
    assert changes(fixture_content(), fixture_content()) == ()


@pytest.mark.parametrize(
    ("changed", "before", "after"),
    [
        ({"number": "21260"}, "21259", "21260"),
        ({"date": date(2026, 11, 19)}, "2026-11-18", "2026-11-19"),
        ({"summary": None}, "Fall tune-up", None),
    ],
)
def test_a_changed_detail_is_told_with_both_values(changed, before, after):
    (name,) = changed

    assert changes(a_content(), a_content(**changed)) == (FieldChange((name,), before, after),)


@pytest.mark.parametrize(
    ("zone", "after"), [(FLAT, "Flat"), (None, None), (an_id(0xF9), str(an_id(0xF9)))]
)
def test_a_tax_zone_is_told_by_name_and_by_id_when_it_has_none(zone, after):
    told = changes(a_content(), a_content(tax_zone_id=zone))

    assert told == (FieldChange(("tax_zone",), "Fort Worth", after),)


@pytest.mark.parametrize(
    ("changed", "name", "before", "after"),
    [
        ({"description": "Big"}, "description", "Fall tune-up", "Big"),
        ({"quantity": Decimal("2.50")}, "quantity", "1", "2.5"),
        ({"unit_price": Decimal("42.00")}, "unit_price", "35.5", "42"),
        ({"cost": Decimal("20.00")}, "cost", None, "20"),
        ({"taxable": False}, "taxable", "true", "false"),
        ({"business_unit_id": PLUMBING}, "business_unit", "HVAC", "Plumbing"),
        ({"inventory_location_id": WAREHOUSE}, "inventory_location", None, "Main"),
    ],
)
def test_a_changed_field_of_a_task_is_told_with_both_values(changed, name, before, after):
    told = changes(a_content(), a_content(tasks=(a_task(**changed),)))

    assert told == (FieldChange(("tasks", str(TASK_1), name), before, after),)


def test_a_number_written_with_other_zeros_is_no_change():
    same = a_task(quantity=Decimal("1.000"), unit_price=Decimal("35.5"))

    assert changes(a_content(), a_content(tasks=(same,))) == ()


def test_an_added_and_a_removed_task_are_one_change_each():
    before = a_content(tasks=(a_task(),))
    after = a_content(tasks=(a_task(id=TASK_3, description=None, quantity=Decimal(2)),))

    assert changes(before, after) == (
        FieldChange(("tasks", str(TASK_1)), "Tune-up: 1 x 35.5, Fall tune-up", None),
        FieldChange(("tasks", str(TASK_3)), None, "Tune-up: 2 x 35.5"),
    )


def test_another_order_of_the_same_tasks_is_told():
    content = fixture_content()
    turned = fixture_content_in_order(content, TASK_2, TASK_1)

    assert changes(content, turned) == (
        FieldChange(("task_order",), f"{TASK_1} {TASK_2}", f"{TASK_2} {TASK_1}"),
    )


def test_adding_a_task_in_front_is_no_new_order():
    content = fixture_content()
    after = a_content(tasks=(a_task(id=TASK_3), *content.tasks))

    assert [change.path for change in changes(content, after)] == [("tasks", str(TASK_3))]


def fixture_content_in_order(content, *task_ids):
    return a_content(tasks=tuple(content.task(task_id) for task_id in task_ids))
