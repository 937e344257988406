"""Edits: what is not named stays, null clears where it may, and refusals say where the fault is."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.edits import (
    DetailsPatch,
    Edits,
    TaskEdit,
    TaskPatch,
    apply_edits,
    check_details,
    check_texts,
    check_total,
    place_tasks,
)
from domain.errors import InvalidValue, NotFound, TextTooLong, ValueOutOfRange, ValueRequired
from domain.limits import LARGEST_NUMBER
from domain.totals import Totals
from tests.builders import (
    FLAT,
    PLUMBING,
    TASK_1,
    TASK_2,
    TASK_3,
    TRUCK_7,
    a_content,
    a_new_task,
    a_task,
    an_id,
    fixture_content,
)


def apply(edits, content=None):
    return apply_edits(content or fixture_content(), edits, lambda: TASK_3)


def edit(task_id=TASK_1, **patch):
    return Edits(edit_tasks=(TaskEdit(task_id, TaskPatch(**patch)),))


def details(**patch):
    return Edits(details=DetailsPatch(**patch))


def test_no_edits_change_nothing():
    assert apply(Edits()) == fixture_content()


def test_an_empty_patch_changes_nothing():
    edits = Edits(details=DetailsPatch(), edit_tasks=(TaskEdit(TASK_1, TaskPatch()),))

    assert apply(edits) == fixture_content()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "21260"),
        ("date", date(2026, 11, 19)),
        ("tax_zone_id", FLAT),
        ("summary", "Fall tune-up, filter x2"),
        ("summary", None),
    ],
)
def test_a_detail_is_changed_alone(name, value):
    assert apply(details(**{name: value})) == fixture_content(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("description", "Big tune-up"),
        ("description", ""),
        ("taxable", False),
        ("quantity", Decimal("2.5")),
        ("unit_price", Decimal("-42.00")),
        ("cost", Decimal("20.00")),
        ("cost", None),
        ("business_unit_id", PLUMBING),
        ("business_unit_id", None),
        ("inventory_location_id", TRUCK_7),
        ("inventory_location_id", None),
    ],
)
def test_a_field_of_a_task_is_changed_alone(name, value):
    edited = apply(edit(**{name: value}))

    first, second = fixture_content().tasks
    assert edited.tasks == (a_task(**{name: value}), second)
    assert first.id == TASK_1


def test_a_task_may_have_no_description_of_its_own():
    """As after a bookkeeper emptied it in QuickBooks; other fields are edited all the same."""
    tasks = (a_task(description=None), fixture_content().tasks[1])

    edited = apply(edit(quantity=Decimal(3)), replace(fixture_content(), tasks=tasks))

    assert edited.tasks[0] == a_task(description=None, quantity=Decimal(3))


@pytest.mark.parametrize("name", ["number", "date"])
def test_a_detail_that_must_be_there_cannot_be_cleared(name):
    with pytest.raises(ValueRequired) as refusal:
        apply(details(**{name: None}))

    assert refusal.value.where == ("details", name)


@pytest.mark.parametrize("name", ["taxable", "quantity", "unit_price"])
def test_a_field_that_must_be_there_cannot_be_cleared(name):
    with pytest.raises(ValueRequired, match=name.replace("_", " ")) as refusal:
        apply(edit(**{name: None}))

    assert refusal.value.where == ("edit_tasks", "0", "patch", name)


@pytest.mark.parametrize(
    ("patch", "kind", "field"),
    [
        ({"number": "  "}, ValueRequired, "number"),
        ({"number": "1" * 101}, TextTooLong, "number"),
        ({"summary": "x" * 4096}, TextTooLong, "summary"),
        ({"date": date(1969, 12, 31)}, ValueOutOfRange, "date"),
        ({"date": date(2038, 1, 19)}, ValueOutOfRange, "date"),
    ],
)
def test_a_detail_quickbooks_cannot_hold_is_refused_where_it_stands(patch, kind, field):
    with pytest.raises(kind) as refusal:
        apply(details(**patch))

    assert refusal.value.where == ("details", field)


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2038, 1, 18)])
def test_the_first_and_last_day_of_quickbooks_are_allowed(day):
    assert apply(details(date=day)).date == day


@pytest.mark.parametrize("number", ["12345678901", "123456789012", "No. \U0001f600", "1" * 100])
def test_a_number_may_be_staged_that_no_save_takes(number):
    """A draft holds what is being typed; a guard tells of it, and refuses the save."""
    assert apply(details(number=number)).number == number


@pytest.mark.parametrize("text", ["\u4f60\u597d", "bell \x07"])
def test_a_text_may_be_staged_that_no_save_takes(text):
    assert apply(details(summary=text)).summary == text
    assert apply(edit(description=text)).tasks[0].description == text
    assert apply(Edits(add_tasks=(a_new_task(description=text),))).tasks[2].description == text


@pytest.mark.parametrize("number", [" 21259", "21259 ", "21\n259", "21\t259"])
def test_a_number_is_one_line_without_blanks_around_it(number):
    """QuickBooks would trim it, and two invoices would have one number unseen."""
    with pytest.raises(InvalidValue, match="one line"):
        check_details(a_content(number=number))


@pytest.mark.parametrize(
    ("edits", "where"),
    [
        (Edits(details=DetailsPatch(tax_zone_id=None)), ("details", "tax_zone_id")),
        (
            Edits(edit_tasks=(TaskEdit(TASK_1, TaskPatch(inventory_location_id=None)),)),
            ("edit_tasks", "0", "patch", "inventory_location_id"),
        ),
    ],
)
def test_what_quickbooks_would_choose_by_itself_cannot_be_cleared(edits, where):
    """Otherwise Synced would cover a tax item or site that nobody here chose."""
    first, second = fixture_content().tasks
    content = replace(
        fixture_content(), tasks=(replace(first, inventory_location_id=TRUCK_7), second)
    )

    with pytest.raises(ValueRequired) as refusal:
        apply_edits(content, edits, lambda: TASK_3)

    assert refusal.value.where == where


def test_a_cleared_description_is_empty_and_not_the_items_own():
    cleared = apply(Edits(edit_tasks=(TaskEdit(TASK_1, TaskPatch(description=None)),)))

    assert cleared.tasks[0].description == ""


@pytest.mark.parametrize(
    ("patch", "kind", "field"),
    [
        ({"description": "x" * 4096}, TextTooLong, "description"),
        ({"quantity": Decimal("1.000001")}, ValueOutOfRange, "quantity"),
        ({"quantity": Decimal(10) ** 10}, ValueOutOfRange, "quantity"),
        ({"unit_price": Decimal("-1E+11")}, ValueOutOfRange, "unit_price"),
        ({"unit_price": Decimal("NaN")}, InvalidValue, "unit_price"),
        ({"cost": Decimal("Infinity")}, InvalidValue, "cost"),
        ({"quantity": LARGEST_NUMBER, "unit_price": LARGEST_NUMBER}, ValueOutOfRange, "unit_price"),
    ],
)
def test_a_value_quickbooks_cannot_hold_is_refused_where_it_stands(patch, kind, field):
    with pytest.raises(kind) as refusal:
        apply(edit(**patch))

    assert refusal.value.where == ("edit_tasks", "0", "patch", field)


@pytest.mark.parametrize(
    ("number", "summary", "description", "kind", "where"),
    [
        ("123456789012", None, None, TextTooLong, ("number",)),
        ("No. \U0001f600", None, None, InvalidValue, ("number",)),
        ("1", "bell \x07", None, InvalidValue, ("summary",)),
        ("1", None, "\u4f60\u597d", InvalidValue, ("tasks", "1", "description")),
    ],
)
def test_a_new_invoice_is_told_at_once_what_quickbooks_could_not_hold(
    number, summary, description, kind, where
):
    with pytest.raises(kind) as refusal:
        check_texts(number, summary, (a_new_task(), a_new_task(description=description)))

    assert refusal.value.where == where


def test_the_longest_number_has_eleven_characters():
    check_texts("12345678901", None, ())


def test_the_text_that_quickbooks_will_hold_is_what_counts():
    """An ellipsis becomes three dots, so it counts as three characters."""
    with pytest.raises(TextTooLong, match="at most 11 characters; this has 12") as refusal:
        check_texts("123456789\u2026", None, ())

    assert refusal.value.longest == 11


def test_a_refusal_shows_at_most_five_bad_characters_readably():
    with pytest.raises(InvalidValue) as refusal:
        check_texts("1", "\x01\u4f60\u597d\u5417\u4e16\u754c", ())

    said = str(refusal.value)
    assert "U+0001 at character 1, \u4f60 (U+4F60) at character 2" in said
    assert "\u4e16" in said
    assert "\u754c" not in said


def test_a_task_is_removed():
    assert apply(Edits(remove_task_ids=(TASK_1,))).task(TASK_1) is None


def test_one_call_edits_then_removes_then_adds():
    edits = Edits(
        edit_tasks=(TaskEdit(TASK_2, TaskPatch(quantity=Decimal(3))),),
        remove_task_ids=(TASK_1,),
        add_tasks=(a_new_task(position=1),),
    )

    edited = apply(edits)

    assert [task.id for task in edited.tasks] == [TASK_3, TASK_2]
    assert edited.task(TASK_2).quantity == 3


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (None, [TASK_1, TASK_2, TASK_3]),
        (1, [TASK_3, TASK_1, TASK_2]),
        (2, [TASK_1, TASK_3, TASK_2]),
        (3, [TASK_1, TASK_2, TASK_3]),
    ],
)
def test_a_task_is_added_where_it_is_to_stand(position, order):
    edited = apply(Edits(add_tasks=(a_new_task(position=position),)))

    assert [task.id for task in edited.tasks] == order


@pytest.mark.parametrize("position", [0, -1, 4])
def test_a_position_outside_the_invoice_is_refused(position):
    with pytest.raises(ValueOutOfRange, match="between 1 and 3") as refusal:
        apply(Edits(add_tasks=(a_new_task(position=position),)))

    assert refusal.value.where == ("add_tasks", "0", "position")


def test_an_added_task_is_checked_like_an_edited_one():
    with pytest.raises(ValueOutOfRange) as refusal:
        apply(Edits(add_tasks=(a_new_task(), a_new_task(quantity=Decimal("0.000001")))))

    assert refusal.value.where == ("add_tasks", "1", "quantity")


def test_an_added_task_holds_what_was_asked_for():
    wish = a_new_task(cost=Decimal("7.00"), business_unit_id=PLUMBING)

    (task,) = place_tasks((), [wish], lambda: TASK_3, ())

    assert (task.id, task.item_id, task.cost) == (TASK_3, wish.item_id, Decimal("7.00"))
    assert task.business_unit_id == PLUMBING


@pytest.mark.parametrize(
    ("edits", "where"),
    [
        (edit(TASK_3, quantity=Decimal(1)), ("edit_tasks", "0", "task_id")),
        (Edits(remove_task_ids=(TASK_1, TASK_1)), ("remove_task_ids", "1")),
    ],
)
def test_a_task_the_invoice_does_not_have_is_refused_where_it_stands(edits, where):
    with pytest.raises(NotFound) as refusal:
        apply(edits)

    assert refusal.value.where == where


task_ids = st.integers(1, 6).map(an_id)


@given(
    tasks=st.lists(task_ids, unique=True),
    edited=st.sets(task_ids),
    removed=st.sets(task_ids),
    positions=st.lists(st.just(None) | st.just(1), max_size=3),
)
def test_tasks_that_no_edit_names_keep_their_values_and_their_order(
    tasks, edited, removed, positions
):
    content = a_content(tasks=tuple(a_task(id=task_id) for task_id in tasks))
    patch = TaskPatch(unit_price=Decimal("1.23"))
    edits = Edits(
        edit_tasks=tuple(TaskEdit(t, patch) for t in tasks if t in edited),
        remove_task_ids=tuple(t for t in tasks if t in removed),
        add_tasks=tuple(a_new_task(position=position) for position in positions),
    )
    new_ids = iter(range(100, 200))

    after = apply_edits(content, edits, lambda: an_id(next(new_ids)))

    untouched = [task for task in content.tasks if task.id not in edited | removed]
    assert [task for task in after.tasks if task in untouched] == untouched
    assert len(after.tasks) == len(tasks) - len(removed & set(tasks)) + len(positions)


@pytest.mark.parametrize(
    ("amount", "fits"), [("9999999999999.99", True), ("10000000000000", False)]
)
def test_a_total_is_refused_that_quickbooks_could_not_hold(amount, fits):
    """Each task may fit where their sum does not."""
    totals = Totals(Decimal(amount), Decimal(0))

    with nullcontext() if fits else pytest.raises(ValueOutOfRange):
        check_total(totals)
