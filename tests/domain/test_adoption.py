"""QuickBooks' values taken over into an invoice, where they have a place."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.adoption import Names, adopt, named_in
from domain.comparison import compare
from domain.limits import MEMO_LENGTH
from domain.quickbooks import Ref, SaleKind
from domain.wanted import wanted_invoice
from tests.builders import (
    FLAT,
    HVAC,
    PLUMBING,
    TASK_1,
    TASK_2,
    TASK_3,
    WAREHOUSE,
    a_batch,
    a_copy,
    a_foreign_line,
    a_group_line,
    a_task,
    fixture_content,
    fixture_copy,
    fixture_invoice,
    fixture_link,
    known_names,
    references,
)

LINE = ("tasks", str(TASK_1))
FILTERS = ("tasks", str(TASK_2))
PREFIX = "1042 2026-11-20 HVAC"


def take(*paths, held=None, invoice=None, names=None, batch=None):
    """QuickBooks' values of these paths, taken over into the sample invoice."""
    return adopt(
        invoice or fixture_invoice(),
        paths,
        held or fixture_copy(),
        fixture_link().tasks_by_line,
        names=names or known_names(),
        batch=batch,
    )


def held_with(**changes):
    """QuickBooks' copy with another first line."""
    first, *others = fixture_copy().lines
    return fixture_copy(lines=(replace(first, **changes), *others))


def batched(**changes):
    return {"batch": a_batch(), **changes}


def task_with(content, task_id):
    return {task.id: task for task in content.tasks}[task_id]


@pytest.mark.parametrize(
    ("path", "held", "changes"),
    [
        ("number", {"number": "777"}, {"number": "777"}),
        ("date", {"date": date(2026, 12, 24)}, {"date": date(2026, 12, 24)}),
        ("tax_zone", {"tax_item": Ref("flat", "80000099-1")}, {"tax_zone_id": FLAT}),
        ("memo", {"memo": "theirs"}, {"summary": "theirs"}),
        ("memo", {"memo": None}, {"summary": None}),
        ("memo", {"memo": ""}, {"summary": None}),
    ],
)
def test_a_detail_is_taken_over(path, held, changes):
    adopted = take((path,), held=fixture_copy(**held))

    assert adopted.content == replace(fixture_content(), **changes)
    assert adopted.refused == ()


@pytest.mark.parametrize(
    ("field", "held", "changes"),
    [
        ("description", {"description": "theirs"}, {"description": "theirs"}),
        ("description", {"description": None}, {"description": None}),
        ("quantity", {"quantity": Decimal(3)}, {"quantity": Decimal(3)}),
        ("unit_price", {"rate": Decimal(40)}, {"unit_price": Decimal(40)}),
        ("business_unit", {"class_ref": Ref("PLUMBING")}, {"business_unit_id": PLUMBING}),
        ("inventory_location", {"site": Ref("Main")}, {"inventory_location_id": WAREHOUSE}),
        ("inventory_location", {"site": None}, {"inventory_location_id": None}),
        ("taxable", {"tax_code": Ref("non")}, {"taxable": False}),
        ("taxable", {"tax_code": Ref("TAX")}, {"taxable": True}),
    ],
)
def test_a_field_of_a_task_is_taken_over_and_nothing_else(field, held, changes):
    adopted = take((*LINE, field), held=held_with(**held))

    untouched = task_with(fixture_content(), TASK_2)
    assert adopted.content.tasks == (replace(a_task(), **changes), untouched)
    assert adopted.refused == ()


@pytest.mark.parametrize(
    ("path", "held"),
    [
        (("number",), fixture_copy(number=None)),
        (("tax_zone",), fixture_copy(tax_item=Ref("Out of State"))),
        (("tax_zone",), fixture_copy(tax_item=None)),
        (("tax_zone",), fixture_copy(tax_item=Ref(None, "80000041-1"))),
        ((*LINE, "quantity"), held_with(quantity=None)),
        ((*LINE, "unit_price"), held_with(rate=None)),
        ((*LINE, "amount"), held_with(amount=Decimal("30.00"))),
        ((*LINE, "business_unit"), held_with(class_ref=Ref("Other"))),
        ((*LINE, "business_unit"), held_with(class_ref=None)),
        ((*LINE, "inventory_location"), held_with(site=Ref("Elsewhere"))),
        ((*LINE, "taxable"), held_with(tax_code=Ref("Exempt"))),
        ((*LINE, "taxable"), held_with(tax_code=None)),
        (("lines", "1A2B-9"), fixture_copy()),
    ],
)
def test_what_has_no_place_here_is_refused_and_leaves_its_field(path, held):
    adopted = take(path, held=held)

    assert adopted.refused == (path,)
    assert adopted.content == fixture_content()


def test_a_refused_value_stops_no_other():
    held = replace(held_with(rate=Decimal(40), tax_code=Ref("Exempt")), number="777")

    adopted = take((*LINE, "taxable"), (*LINE, "unit_price"), ("number",), held=held)

    assert adopted.refused == ((*LINE, "taxable"),)
    assert adopted.content.number == "777"
    assert task_with(adopted.content, TASK_1) == replace(a_task(), unit_price=Decimal(40))


def test_a_task_without_a_class_is_of_no_unit_where_the_invoice_has_none():
    """With one, a task without a unit would have the invoice's in QuickBooks."""
    invoice = replace(fixture_invoice(), business_unit_id=None)

    adopted = take((*LINE, "business_unit"), held=held_with(class_ref=None), invoice=invoice)

    assert task_with(adopted.content, TASK_1).business_unit_id is None


@pytest.mark.parametrize(
    ("memo", "summary"),
    [(f"{PREFIX} - theirs", "theirs"), (PREFIX, None), (f"{PREFIX} - a - b", "a - b")],
)
def test_the_batch_s_name_is_no_part_of_the_summary(memo, summary):
    adopted = take(("memo",), held=fixture_copy(memo=memo), **batched())

    assert adopted.content.summary == summary
    assert adopted.refused == ()


@pytest.mark.parametrize(
    "memo",
    ["theirs", None, "", f"{PREFIX}theirs", f"{PREFIX} -  two blanks", f"{PREFIX} -", "1043 - x"],
)
def test_a_memo_that_we_would_not_write_alike_is_refused(memo):
    """Taken over, it would be written over by the next sync."""
    adopted = take(("memo",), held=fixture_copy(memo=memo), **batched())

    assert adopted.refused == (("memo",),)
    assert adopted.content == fixture_content()


def test_a_memo_may_begin_with_a_hyphen_where_there_is_no_batch():
    assert take(("memo",), held=fixture_copy(memo="- x")).content.summary == "- x"


def test_the_end_of_a_summary_that_quickbooks_has_no_room_for_is_not_lost():
    """It stands here alone: the memo there holds only the beginning."""
    invoice = fixture_invoice()
    invoice = replace(invoice, content=replace(invoice.content, summary="x" * MEMO_LENGTH))

    adopted = take(
        ("memo",), held=fixture_copy(memo=f"{PREFIX} - theirs"), **batched(invoice=invoice)
    )

    assert adopted.refused == (("memo",),)
    assert adopted.content.summary == "x" * MEMO_LENGTH


def test_a_task_whose_line_is_gone_is_removed():
    tune_up, text, _ = fixture_copy().lines

    adopted = take(FILTERS, held=fixture_copy(lines=(tune_up, text)))

    assert [task.id for task in adopted.content.tasks] == [TASK_1]


def test_the_last_task_is_never_removed():
    adopted = take(LINE, FILTERS, held=fixture_copy(lines=()))

    assert [task.id for task in adopted.content.tasks] == [TASK_2]
    assert adopted.refused == (FILTERS,)


def without_filters():
    invoice = fixture_invoice()
    return replace(invoice, content=replace(invoice.content, tasks=(a_task(),)))


@pytest.mark.parametrize("path", [FILTERS, (*FILTERS, "description")])
def test_a_task_removed_here_and_changed_there_comes_back_as_it_is_there(path):
    adopted = take(path, (*FILTERS, "quantity"), invoice=without_filters())

    assert adopted.content == fixture_content()
    assert adopted.refused == ()


@pytest.mark.parametrize(
    "changes",
    [{"item": Ref("OTHER")}, {"item": None}, {"quantity": None}, {"class_ref": Ref("Other")}],
)
def test_a_task_that_has_no_place_here_does_not_come_back(changes):
    *others, filters = fixture_copy().lines
    held = fixture_copy(lines=(*others, replace(filters, **changes)))

    adopted = take(FILTERS, held=held, invoice=without_filters())

    assert adopted.refused == (FILTERS,)
    assert [task.id for task in adopted.content.tasks] == [TASK_1]


def test_a_whole_line_is_taken_over_field_by_field():
    held = held_with(description="theirs", rate=Decimal(40))

    assert take(LINE).content == fixture_content()
    assert task_with(take(LINE, held=held).content, TASK_1) == replace(
        a_task(), description="theirs", unit_price=Decimal(40)
    )


def test_what_stays_here_alone_stays():
    """A cost has no place in QuickBooks."""
    content = fixture_content()
    costly = replace(content, tasks=(replace(a_task(), cost=Decimal(9)), content.tasks[1]))
    invoice = replace(fixture_invoice(), content=costly)

    adopted = take((*LINE, "unit_price"), held=held_with(rate=Decimal(40)), invoice=invoice)

    assert task_with(adopted.content, TASK_1).cost == Decimal(9)


def test_the_names_in_a_copy_are_told_by_list():
    held = fixture_copy()
    held = replace(held, lines=(*held.lines, a_group_line()))

    assert named_in(held) == {
        "items": {"svc-tune", "filter"},
        "business_units": {"hvac"},
        "inventory_locations": {"truck 7"},
        "tax_zones": {"fw"},
    }


def test_a_copy_may_name_nothing():
    held = a_copy(tax_item=None, lines=(a_foreign_line(),))

    assert set(map(frozenset, named_in(held).values())) == {frozenset()}


def test_without_names_nothing_is_found():
    adopted = take(("tax_zone",), names=Names())

    assert adopted.refused == (("tax_zone",),)


refs = st.sampled_from(["HVAC", "plumbing", "Other", "Truck 7", "MAIN", "FW", "FLAT", "Tax", "NON"])
texts = st.none() | st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=8
) | st.sampled_from([PREFIX, f"{PREFIX} - theirs", f"{PREFIX} - ", " - "])  # fmt: skip
numbers = st.none() | st.decimals(min_value=-99, max_value=99, places=2)


@st.composite
def copies(draw):
    """QuickBooks' copy with anything in its fields, and any of its lines gone."""

    def ref():
        return draw(st.none() | st.builds(Ref, refs))

    lines = []
    for line in fixture_copy().lines:
        quantity, rate = draw(numbers), draw(numbers)
        changed = replace(
            line,
            description=draw(texts),
            quantity=quantity,
            rate=rate,
            amount=draw(numbers),
            class_ref=ref(),
            site=ref(),
            tax_code=ref(),
        )
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from([line, changed])))
    return fixture_copy(
        kind=draw(st.sampled_from(SaleKind)),
        number=draw(st.sampled_from([None, "777"])),
        date=draw(st.dates()),
        tax_item=ref(),
        memo=draw(texts),
        lines=tuple(lines),
    )


@st.composite
def invoices(draw):
    """The sample invoice, perhaps without one of its tasks, perhaps without a unit or a summary."""
    invoice = fixture_invoice()
    kept = draw(st.sampled_from([(0, 1), (0,), (1,)]))
    new = replace(a_task(), id=TASK_3)
    tasks = (*(invoice.content.tasks[n] for n in kept), *draw(st.sampled_from([(), (new,)])))
    tasks = tuple(
        replace(
            task,
            quantity=task.quantity * draw(st.sampled_from([1, -1])),
            unit_price=task.unit_price * draw(st.sampled_from([1, -1])),
        )
        for task in tasks
    )
    summary = draw(st.sampled_from([None, "Fall tune-up"]))
    unit = draw(st.sampled_from([None, HVAC]))
    content = replace(invoice.content, tasks=tasks, summary=summary)
    return replace(invoice, content=content, business_unit_id=unit)


@given(invoices(), copies(), st.sampled_from([None, a_batch()]))
def test_what_was_taken_over_is_the_same_on_both_sides(invoice, held, batch):
    lists = references(batch=batch)
    lines = fixture_link().tasks_by_line
    before = compare(wanted_invoice(invoice, lists, held.kind), held, lines)
    # a task of which QuickBooks never had a line is nothing that QuickBooks changed
    paths = [c.path for c in before if not c.equal and c.path != ("tasks", str(TASK_3))]

    adopted = take(*paths, held=held, invoice=invoice, batch=batch)

    assert set(adopted.refused) <= set(paths)
    wanted = wanted_invoice(replace(invoice, content=adopted.content), lists, held.kind)
    after = {c.path: c for c in compare(wanted, held, lines)}
    for path in set(paths) - set(adopted.refused):
        concerned = [c for at, c in after.items() if path in (at, at[:2])]
        assert all(c.equal for c in concerned if c.path[2:] != ("amount",))


@given(invoices(), copies())
def test_what_was_not_asked_for_stays(invoice, held):
    assert take(held=held, invoice=invoice).content == invoice.content
