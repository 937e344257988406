"""The one request that leads from what QuickBooks holds to what it shall hold."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.edits import UNSET, Edits, TaskEdit, TaskPatch, apply_edits
from domain.planning import match_lines, plan_request, sent_lines
from domain.quickbooks import InvoiceAdd, InvoiceQuery, LineMod, Ref
from tests.builders import (
    PLUMBING,
    TASK_1,
    TASK_2,
    TASK_3,
    TRUCK_7,
    a_copy,
    a_foreign_line,
    a_group_line,
    a_line,
    a_link,
    a_new_task,
    a_wanted,
    a_wanted_line,
    fixture_content,
    fixture_copy,
    fixture_link,
    fixture_wanted,
)


def plan(wanted, link):
    return plan_request(wanted, link, must_read=False)


def plan_edits(**edits):
    """Plan the sample invoice after these edits; a new task is TASK_3."""
    after = apply_edits(fixture_content(), Edits(**edits), lambda: TASK_3)
    return plan(fixture_wanted(after), fixture_link())


def set_fields(mod):
    """What a header or line names beside its identity."""
    silent = {"txn_id", "edit_sequence", "wanted", "lines", "txn_line_id", "is_group", "task_id"}
    named = {f.name: getattr(mod, f.name) for f in fields(mod) if f.name not in silent}
    return {name: value for name, value in named.items() if value is not UNSET}


def test_an_invoice_that_quickbooks_does_not_know_is_added():
    wanted = fixture_wanted()

    assert plan(wanted, None) == InvoiceAdd(wanted=wanted)


def test_an_add_whose_outcome_is_unknown_is_looked_for_among_the_customers_invoices():
    """A bookkeeper may have corrected its number or date meanwhile."""
    wanted = fixture_wanted()

    request = plan_request(wanted, None, must_read=True)

    assert request == InvoiceQuery(
        customer=wanted.customer, modified_since=wanted.made_at - timedelta(days=2)
    )


def test_a_copy_that_is_out_of_date_is_read_first():
    request = plan_request(fixture_wanted(), fixture_link(), must_read=True)

    assert request == InvoiceQuery(txn_id="1A2B-1")


def test_nothing_is_sent_when_quickbooks_holds_it_already():
    assert plan(fixture_wanted(), fixture_link()) is None


def test_a_change_of_cost_alone_sends_nothing():
    assert plan_edits(edit_tasks=(TaskEdit(TASK_1, TaskPatch(cost=Decimal(20))),)) is None


@pytest.mark.parametrize(
    ("ours", "named"),
    [
        ({"memo": "new"}, {"memo": "new"}),
        ({"memo": ""}, {"memo": ""}),
        ({"number": "21260"}, {"number": "21260"}),
        ({"date": date(2026, 11, 19)}, {"date": date(2026, 11, 19)}),
        ({"tax_item": Ref("FLAT")}, {"tax_item": Ref("FLAT")}),
    ],
)
def test_a_change_of_details_alone_names_no_lines(ours, named):
    """So every line stays, whoever wrote it."""
    request = plan(replace(fixture_wanted(), **ours), fixture_link())

    assert (request.txn_id, request.edit_sequence) == ("1A2B-1", "100")
    assert set_fields(request) == named
    assert request.lines is None
    assert sent_lines(request) is None


def test_a_change_of_details_names_no_lines_when_a_free_line_has_no_amount():
    """QuickBooks may leave the amount of a free line out; that is no change of the line."""
    free = a_wanted_line(rate=Decimal(0))
    held = a_copy(lines=(a_line(rate=Decimal(0), amount=None),))

    request = plan(a_wanted(memo="new", lines=(free,)), a_link(copy=held))

    assert request.lines is None


def test_a_new_price_names_every_line_in_quickbooks_order():
    """The bookkeeper's text and the untouched task are named bare, so that they stay."""
    request = plan_edits(
        edit_tasks=(
            TaskEdit(TASK_1, TaskPatch(unit_price=Decimal("42.00"), business_unit_id=PLUMBING)),
        )
    )

    assert set_fields(request) == {}
    first, *others = request.lines
    assert (first.txn_line_id, first.task_id) == ("1A2B-3", TASK_1)
    assert set_fields(first) == {"quantity": 1, "rate": 42, "class_ref": Ref("Plumbing")}
    assert others == [
        LineMod(txn_line_id="1A2B-9"),
        LineMod(txn_line_id="1A2B-4", task_id=TASK_2),
    ]


@pytest.mark.parametrize(
    ("patch", "named"),
    [
        ({"description": "Big"}, {"description": "Big"}),
        ({"taxable": False}, {"tax_code": Ref("Non")}),
        ({"business_unit_id": PLUMBING}, {"class_ref": Ref("Plumbing")}),
        ({"inventory_location_id": TRUCK_7}, {"site": Ref("Truck 7")}),
        ({"quantity": Decimal(2)}, {"quantity": 2, "rate": Decimal("35.50")}),
        ({"unit_price": Decimal(42)}, {"quantity": 1, "rate": 42}),
    ],
)
def test_a_changed_line_names_what_changed_and_never_a_stale_quantity_or_rate(patch, named):
    request = plan_edits(edit_tasks=(TaskEdit(TASK_1, TaskPatch(**patch)),))

    assert set_fields(request.lines[0]) == named


def test_an_amount_overwritten_in_quickbooks_is_computed_anew():
    held = a_copy(lines=(a_line(amount=Decimal("30.00")),))

    request = plan(a_wanted(), a_link(copy=held))

    assert set_fields(request.lines[0]) == {"quantity": 1, "rate": Decimal("35.50")}


def test_a_class_is_cleared_when_the_task_has_none():
    wanted = a_wanted(lines=(a_wanted_line(class_ref=None),))

    request = plan(wanted, a_link())

    assert set_fields(request.lines[0]) == {"class_ref": None}


def test_a_group_is_named_bare_as_a_group():
    held = a_copy(lines=(a_group_line(), a_line()))

    request = plan(a_wanted(lines=(a_wanted_line(description="Big"),)), a_link(copy=held))

    assert request.lines[0] == LineMod(txn_line_id="1A2B-G", is_group=True)


def test_a_removed_task_is_left_out_and_so_deleted():
    request = plan_edits(remove_task_ids=(TASK_1,))

    assert request.lines == (
        LineMod(txn_line_id="1A2B-9"),
        LineMod(txn_line_id="1A2B-4", task_id=TASK_2),
    )


def test_a_new_task_is_a_new_line_with_all_its_fields():
    request = plan_edits(add_tasks=(a_new_task(inventory_location_id=TRUCK_7),))

    assert request.lines[:-1] == (
        LineMod(txn_line_id="1A2B-3", task_id=TASK_1),
        LineMod(txn_line_id="1A2B-9"),
        LineMod(txn_line_id="1A2B-4", task_id=TASK_2),
    )
    assert request.lines[-1] == LineMod(
        txn_line_id="-1",
        task_id=TASK_3,
        item=Ref("FILTER"),
        description="Filter",
        quantity=Decimal(1),
        rate=Decimal("12.00"),
        class_ref=Ref("HVAC"),
        site=Ref("Truck 7"),
        tax_code=Ref("Non"),
    )


def test_a_new_task_without_a_location_leaves_the_site_to_quickbooks():
    request = plan_edits(add_tasks=(a_new_task(),))

    assert request.lines[-1].site is UNSET


def test_a_line_exchanged_for_a_new_one_is_a_change_of_lines():
    request = plan_edits(remove_task_ids=(TASK_2,), add_tasks=(a_new_task(),))

    assert [line.txn_line_id for line in request.lines] == ["1A2B-3", "1A2B-9", "-1"]


def test_details_and_lines_travel_in_one_request():
    after = apply_edits(
        fixture_content(summary="Other"), Edits(remove_task_ids=(TASK_2,)), lambda: TASK_3
    )

    request = plan(fixture_wanted(after), fixture_link())

    assert set_fields(request) == {"memo": "1042 2026-11-20 HVAC - Other"}
    assert len(request.lines) == 2


def test_sent_lines_tell_whose_line_each_was():
    added = InvoiceAdd(wanted=fixture_wanted())
    changed = plan_edits(remove_task_ids=(TASK_1,), add_tasks=(a_new_task(),))

    assert sent_lines(added) == (("-1", TASK_1), ("-1", TASK_2))
    assert sent_lines(changed) == (("1A2B-9", None), ("1A2B-4", TASK_2), ("-1", TASK_3))


def test_after_an_add_each_task_finds_its_line():
    wanted = fixture_wanted()
    tune_up, _, filters = fixture_copy().lines

    matched = match_lines(sent_lines(InvoiceAdd(wanted=wanted)), wanted, (tune_up, filters))

    assert matched == {"1A2B-3": TASK_1, "1A2B-4": TASK_2}


def test_known_lines_stay_with_their_tasks_whatever_they_hold_now():
    sent = (("1A2B-3", TASK_1), ("1A2B-9", None))
    returned = (a_line(description="changed by QuickBooks"), a_foreign_line())

    assert match_lines(sent, a_wanted(), returned) == {"1A2B-3": TASK_1}


def test_a_known_line_that_did_not_come_back_belongs_to_nobody():
    assert match_lines((("1A2B-3", TASK_1),), a_wanted(), ()) == {}


@pytest.mark.parametrize(
    "slipped_in",
    [
        a_line(txn_line_id="N-1", item=Ref("OTHER")),
        a_line(txn_line_id="N-1", item=None),
        a_line(txn_line_id="N-1", is_group=True),
    ],
)
def test_a_line_that_somebody_slipped_in_is_never_taken_for_ours(slipped_in):
    ours = a_line(txn_line_id="N-2")

    matched = match_lines((("-1", TASK_1),), a_wanted(), (slipped_in, ours))

    assert matched == {"N-2": TASK_1}
    assert match_lines((("-1", TASK_1),), a_wanted(), (slipped_in,)) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"rate": Decimal("35.49")},
        {"quantity": None},
        {"description": "filled in by QuickBooks"},
        {"class_ref": None},
        {"tax_code": Ref("Non")},
    ],
)
def test_a_new_line_that_came_back_different_is_ours_all_the_same(changes):
    """As a foreign line it would stay for ever, and its task would be added once more."""
    returned = a_line(txn_line_id="N-1", **changes)
    exact = a_line(txn_line_id="N-2")

    alone = match_lines((("-1", TASK_1),), a_wanted(), (returned,))
    beside = match_lines((("-1", TASK_1),), a_wanted(), (returned, exact))

    assert alone == {"N-1": TASK_1}
    assert beside == {"N-2": TASK_1}


def test_equal_new_tasks_take_their_lines_in_the_order_they_were_sent():
    wanted = a_wanted(lines=(a_wanted_line(), a_wanted_line(task_id=TASK_2)))
    returned = (a_line(txn_line_id="N-1"), a_line(txn_line_id="N-2"))

    matched = match_lines((("-1", TASK_1), ("-1", TASK_2)), wanted, returned)

    assert matched == {"N-1": TASK_1, "N-2": TASK_2}
