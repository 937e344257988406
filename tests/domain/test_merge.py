"""Whose work would our write undo?"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.merge import FieldConflict, find_conflicts
from domain.quickbooks import Ref
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
LINE = ("tasks", str(TASK_1))


def a_held(**line_changes):
    return a_copy(edit_sequence="101", lines=(a_line(**line_changes),))


def paths(conflicts):
    return [conflict.path for conflict in conflicts]


def test_an_untouched_copy_never_conflicts():
    wanted = a_wanted(memo="new", lines=(a_wanted_line(rate=Decimal("42.00")),))

    assert find_conflicts(wanted, a_copy(), a_copy(edit_sequence="101"), OURS) == ()


def test_two_prices_for_one_task_conflict():
    """The office wants 42.00 where it was 35.50, and the bookkeeper has written 40.00."""
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_held(rate=Decimal("40.00"), amount=Decimal("40.00"))

    found = find_conflicts(wanted, a_copy(), held, OURS)

    assert set(paths(found)) == {(*LINE, "unit_price"), (*LINE, "amount")}


def test_a_conflict_shows_its_three_values_written_alike():
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_held(rate=Decimal("40.00000"), amount=Decimal("40.00"))

    found = find_conflicts(wanted, a_copy(), held, OURS)

    assert FieldConflict((*LINE, "unit_price"), "35.5", "42", "40") in found


@pytest.mark.parametrize(
    ("ours", "theirs", "path"),
    [
        ({"number": "1"}, {"number": "2"}, "number"),
        ({"date": date(2026, 1, 1)}, {"date": date(2026, 2, 2)}, "date"),
        ({"tax_item": Ref("FLAT")}, {"tax_item": Ref("Out of State")}, "tax_zone"),
        ({"tax_item": Ref("FLAT")}, {"tax_item": None}, "tax_zone"),
        ({"memo": "ours"}, {"memo": "theirs"}, "memo"),
        ({"memo": "ours"}, {"memo": None}, "memo"),
    ],
)
def test_a_detail_changed_on_both_sides_conflicts(ours, theirs, path):
    found = find_conflicts(a_wanted(**ours), a_copy(), a_copy(**theirs), OURS)

    assert paths(found) == [(path,)]


@pytest.mark.parametrize(
    ("ours", "theirs", "field"),
    [
        ({"description": "ours"}, {"description": "theirs"}, "description"),
        ({"class_ref": Ref("Plumbing")}, {"class_ref": Ref("Other")}, "business_unit"),
        ({"class_ref": Ref("Plumbing")}, {"class_ref": None}, "business_unit"),
        ({"site": Ref("Truck 7")}, {"site": Ref("Main")}, "inventory_location"),
        ({"tax_code": Ref("Tax")}, {"tax_code": Ref("Non")}, "taxable"),
    ],
)
def test_a_field_of_a_line_changed_on_both_sides_conflicts(ours, theirs, field):
    wanted = a_wanted(lines=(a_wanted_line(**ours),))

    found = find_conflicts(wanted, a_copy(), a_held(**theirs), OURS)

    assert paths(found) == [(*LINE, field)]


def test_a_change_in_quickbooks_that_our_write_would_take_back_conflicts():
    """The office never touched the memo, but a write would not leave the bookkeeper's there."""
    held = a_copy(memo="by the bookkeeper")

    (conflict,) = find_conflicts(a_wanted(), a_copy(), held, OURS)

    assert conflict.quickbooks == "by the bookkeeper"
    assert conflict.base == conflict.ours == "1042 2026-11-20 HVAC - Fall tune-up"


def test_the_same_new_value_on_both_sides_never_conflicts():
    wanted = a_wanted(memo="same", lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_copy(memo="same", lines=(a_line(rate=Decimal(42), amount=Decimal("42.00")),))

    assert find_conflicts(wanted, a_copy(), held, OURS) == ()


def test_fields_that_are_never_synced_may_change_freely():
    held = a_copy(customer=Ref("Miller, Anna M."), class_ref=Ref("Other"), applied=Decimal("10.00"))

    assert find_conflicts(a_wanted(memo="ours"), a_copy(), held, OURS) == ()


def test_a_site_chosen_in_quickbooks_for_a_task_without_one_never_conflicts():
    assert find_conflicts(a_wanted(), a_copy(), a_held(site=Ref("Main")), OURS) == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (a_line(), "Fall tune-up"),
        (a_line(description=None), "SVC-TUNE"),
        (a_line(description=None, item=None), None),
    ],
)
def test_a_line_of_ours_deleted_in_quickbooks_conflicts(line, told):
    (conflict,) = find_conflicts(a_wanted(), a_copy(lines=(line,)), a_copy(lines=()), OURS)

    assert conflict == FieldConflict(LINE, told, "SVC-TUNE: 1 x 35.5", None)


def test_a_line_deleted_on_both_sides_never_conflicts():
    wanted = a_wanted(lines=())

    assert find_conflicts(wanted, a_copy(), a_copy(lines=()), OURS) == ()


def test_a_line_changed_in_quickbooks_whose_task_was_removed_here_conflicts():
    """Our write would delete what the bookkeeper has just worked on."""
    wanted = a_wanted(lines=())

    (conflict,) = find_conflicts(wanted, a_copy(), a_held(description="kept for a reason"), OURS)

    assert conflict.path == (*LINE, "description")
    assert conflict.ours is None


foreign = st.lists(
    st.builds(
        a_foreign_line,
        txn_line_id=st.sampled_from(["F-1", "F-2", "F-3"]),
        description=st.text(max_size=5),
        amount=st.none() | st.decimals(min_value=-99, max_value=99, places=2),
    )
    | st.just(a_group_line()),
    unique_by=lambda line: line.txn_line_id,
)


@given(before=foreign, after=foreign)
def test_changes_of_lines_that_are_not_ours_never_conflict(before, after):
    wanted = a_wanted(lines=(a_wanted_line(description="ours"),))
    base, held = a_copy(lines=(*before, a_line())), a_copy(lines=(a_line(), *after))

    assert find_conflicts(wanted, base, held, OURS) == ()
