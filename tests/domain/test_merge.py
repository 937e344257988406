"""Whose work would our write undo?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.merge import FieldConflict, Reconciled, reconcile
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


def paths(changes):
    return [change.path for change in changes]


def conflicts(wanted, held, base=None):
    """The conflicts of a case in which nothing is left to take over."""
    found = reconcile(wanted, base or a_copy(), held, OURS)
    assert not found.adoptions
    return found.conflicts


def adoptions(wanted, held, base=None):
    """What is taken over in a case without conflicts."""
    found = reconcile(wanted, base or a_copy(), held, OURS)
    assert not found.conflicts
    return found.adoptions


NOTHING = Reconciled()


def test_an_untouched_copy_never_conflicts():
    wanted = a_wanted(memo="new", lines=(a_wanted_line(rate=Decimal("42.00")),))

    assert reconcile(wanted, a_copy(), a_copy(edit_sequence="101"), OURS) == NOTHING


def test_two_prices_for_one_task_conflict():
    """The office wants 42.00 where it was 35.50, and the bookkeeper has written 40.00."""
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_held(rate=Decimal("40.00"), amount=Decimal("40.00"))

    assert paths(conflicts(wanted, held)) == [(*LINE, "unit_price")]


def test_a_conflict_shows_its_three_values_written_alike():
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_held(rate=Decimal("40.00000"), amount=Decimal("40.00"))

    assert conflicts(wanted, held) == (FieldConflict((*LINE, "unit_price"), "35.5", "42", "40"),)


HEADER = [
    ({"number": "1"}, {"number": "2"}, "number"),
    ({"date": date(2026, 1, 1)}, {"date": date(2026, 2, 2)}, "date"),
    ({"tax_item": Ref("FLAT")}, {"tax_item": Ref("Out of State")}, "tax_zone"),
    ({"tax_item": Ref("FLAT")}, {"tax_item": None}, "tax_zone"),
    ({"memo": "ours"}, {"memo": "theirs"}, "memo"),
    ({"memo": "ours"}, {"memo": None}, "memo"),
]
FIELDS = [
    ({"description": "ours"}, {"description": "theirs"}, "description"),
    ({"quantity": Decimal(2)}, {"quantity": Decimal(3)}, "quantity"),
    ({"rate": Decimal(2)}, {"rate": Decimal(3)}, "unit_price"),
    ({"class_ref": Ref("Plumbing")}, {"class_ref": Ref("Other")}, "business_unit"),
    ({"class_ref": Ref("Plumbing")}, {"class_ref": None}, "business_unit"),
    ({"site": Ref("Truck 7")}, {"site": Ref("Main")}, "inventory_location"),
    ({"tax_code": Ref("Exempt")}, {"tax_code": Ref("Non")}, "taxable"),
]


def typed_in(changes):
    """QuickBooks computes the amount of a line whose quantity or rate was changed."""
    line = a_line(**changes)
    return a_copy(edit_sequence="101", lines=(replace(line, amount=line.quantity * line.rate),))


@pytest.mark.parametrize(("ours", "theirs", "path"), HEADER)
def test_a_detail_changed_on_both_sides_conflicts(ours, theirs, path):
    assert paths(conflicts(a_wanted(**ours), a_copy(**theirs))) == [(path,)]


@pytest.mark.parametrize(("ours", "theirs", "field"), FIELDS)
def test_a_field_of_a_line_changed_on_both_sides_conflicts(ours, theirs, field):
    wanted = a_wanted(lines=(a_wanted_line(**ours),))

    assert paths(conflicts(wanted, typed_in(theirs))) == [(*LINE, field)]


@pytest.mark.parametrize(("_", "theirs", "path"), HEADER)
def test_a_detail_that_only_quickbooks_side_changed_is_taken_over(_, theirs, path):
    """The office never touched it, but a write would not leave the bookkeeper's value there."""
    assert paths(adoptions(a_wanted(), a_copy(**theirs))) == [(path,)]


@pytest.mark.parametrize(("_", "theirs", "field"), [row for row in FIELDS if "site" not in row[0]])
def test_a_field_of_a_line_that_only_quickbooks_side_changed_is_taken_over(_, theirs, field):
    assert paths(adoptions(a_wanted(), typed_in(theirs))) == [(*LINE, field)]


def test_what_is_taken_over_shows_its_values():
    (memo,) = adoptions(a_wanted(), a_copy(memo="by the bookkeeper"))

    assert memo.quickbooks == "by the bookkeeper"
    assert memo.base == memo.ours == "1042 2026-11-20 HVAC - Fall tune-up"


def test_an_edit_beside_the_bookkeeper_s_merges():
    wanted = a_wanted(number="21260", lines=(a_wanted_line(description="ours"),))

    found = adoptions(wanted, replace(typed_in({"rate": Decimal(40)}), memo="theirs"))

    assert paths(found) == [("memo",), (*LINE, "unit_price")]


def test_an_amount_that_the_bookkeeper_typed_is_a_change_of_its_own():
    held = a_held(amount=Decimal("30.00"))

    assert paths(adoptions(a_wanted(), held)) == [(*LINE, "amount")]


def test_an_amount_typed_beside_another_rate_is_a_change_too():
    """30000 x 0.00333 is 99.90: writing quantity and rate would undo the bookkeeper's 100.00."""
    held = a_held(quantity=Decimal(30000), rate=Decimal("0.00333"), amount=Decimal("100.00"))

    found = adoptions(a_wanted(), held)

    assert {path[-1] for path in paths(found)} == {"quantity", "unit_price", "amount"}


@pytest.mark.parametrize("missing", ["quantity", "rate"])
def test_an_amount_without_quantity_or_rate_is_a_person_s_own(missing):
    held = a_held(**{missing: None}, amount=Decimal("20.00"))

    assert (*LINE, "amount") in paths(adoptions(a_wanted(), held))


def test_an_amount_against_a_new_price_of_ours_conflicts():
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal("42.00")),))

    assert paths(conflicts(wanted, a_held(amount=Decimal("30.00")))) == [(*LINE, "amount")]


def test_the_same_new_value_on_both_sides_never_conflicts():
    wanted = a_wanted(memo="same", lines=(a_wanted_line(rate=Decimal("42.00")),))
    held = a_copy(memo="same", lines=(a_line(rate=Decimal(42), amount=Decimal("42.00")),))

    assert reconcile(wanted, a_copy(), held, OURS) == NOTHING


def test_fields_that_are_never_synced_may_change_freely():
    held = a_copy(customer=Ref("Miller, Anna M."), class_ref=Ref("Other"), applied=Decimal("10.00"))

    assert reconcile(a_wanted(memo="ours"), a_copy(), held, OURS) == NOTHING


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (a_wanted(), a_held(site=Ref("Main"))),
        (a_wanted(lines=(a_wanted_line(description=None),)), a_held(description="theirs")),
        (a_wanted(tax_item=None), a_copy(tax_item=Ref("Out of State"))),
    ],
    ids=["site", "description", "tax item"],
)
def test_what_we_leave_to_quickbooks_never_conflicts(wanted, held):
    assert reconcile(wanted, a_copy(), held, OURS) == NOTHING


DELETED = [
    (a_line(), "Fall tune-up"),
    (a_line(description=None), "SVC-TUNE"),
    (a_line(description=None, item=None), None),
]


@pytest.mark.parametrize(("line", "told"), DELETED)
def test_a_line_deleted_in_quickbooks_that_we_changed_conflicts(line, told):
    wanted = a_wanted(lines=(a_wanted_line(rate=Decimal(99)),))

    (conflict,) = conflicts(wanted, a_copy(lines=()), a_copy(lines=(line,)))

    assert conflict == FieldConflict(LINE, told, "SVC-TUNE: 1 x 99", None)


def test_a_line_deleted_in_quickbooks_that_we_left_alone_is_removed_here():
    assert paths(adoptions(a_wanted(), a_copy(lines=()))) == [LINE]


def test_a_line_deleted_on_both_sides_never_conflicts():
    wanted = a_wanted(lines=())

    assert reconcile(wanted, a_copy(), a_copy(lines=()), OURS) == NOTHING


def test_a_line_changed_in_quickbooks_whose_task_was_removed_here_conflicts():
    """Our write would delete what the bookkeeper has just worked on."""
    wanted = a_wanted(lines=())

    (conflict,) = conflicts(wanted, a_held(description="kept for a reason"))

    assert conflict.path == (*LINE, "description")
    assert conflict.ours is None


def test_a_lost_new_line_that_somebody_changed_since_conflicts():
    """The base does not show it: it came with a write whose answer was lost."""
    found = reconcile(a_wanted(), a_copy(lines=()), a_held(description="theirs"), OURS)

    assert found == Reconciled(
        conflicts=(FieldConflict((*LINE, "description"), None, "Fall tune-up", "theirs"),)
    )


def test_a_lost_new_line_that_nobody_changed_is_no_conflict():
    wanted = a_wanted(memo="ours")

    assert reconcile(wanted, a_copy(lines=()), a_held(), OURS) == NOTHING


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

    assert reconcile(wanted, base, held, OURS) == NOTHING
