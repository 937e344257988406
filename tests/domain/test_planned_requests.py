"""What QuickBooks makes of planned requests, for any edit among any lines of others."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.comparison import differences, foreign_lines
from domain.planning import match_lines, plan_request, sent_lines
from domain.quickbooks import InvoiceMod, QuickBooksLine
from tests.builders import (
    PLUMBING,
    TRUCK_7,
    a_content,
    a_copy,
    a_foreign_line,
    a_group_line,
    a_link,
    a_task,
    an_id,
    fixture_wanted,
)
from tests.domain.quickbooks_model import modified, modified_line


def plan(wanted, link):
    return plan_request(wanted, link, must_read=False)


numbers = st.decimals(min_value=-50, max_value=50, places=2)
texts = st.sampled_from([None, "", "Filter", "Big tune-up", "it\u2019s \u00bd"])
tasks = st.builds(
    a_task,
    description=texts,
    quantity=numbers,
    unit_price=numbers,
    taxable=st.booleans(),
    business_unit_id=st.sampled_from([None, PLUMBING]),
    inventory_location_id=st.sampled_from([None, TRUCK_7]),
)
foreign_line = st.builds(a_foreign_line, description=texts, amount=st.none() | numbers)
contents = st.builds(
    a_content,
    number=st.sampled_from(["1", "21259"]),
    tax_zone_id=st.sampled_from([None, a_content().tax_zone_id]),
    summary=texts,
)


@st.composite
def invoices(draw):
    """A content, a later one of it, and QuickBooks' link to the first among foreign lines."""
    kept = [replace(task, id=an_id(n)) for n, task in enumerate(draw(st.lists(tasks, max_size=4)))]
    before = replace(draw(contents), tasks=tuple(kept))
    edited = [replace(draw(tasks | st.just(task)), id=task.id) for task in kept]
    new = [
        replace(task, id=an_id(100 + n)) for n, task in enumerate(draw(st.lists(tasks, max_size=2)))
    ]
    after = replace(draw(contents), tasks=(*(t for t in edited if draw(st.booleans())), *new))
    added = [
        replace(modified_line(QuickBooksLine(txn_line_id=""), new_line), txn_line_id=f"T-{n}")
        for n, new_line in enumerate(plan_as_new(fixture_wanted(before)))
    ]
    ours = {line.txn_line_id: task.id for line, task in zip(added, kept, strict=True)}
    slots = draw(st.lists(foreign_line | st.just(a_group_line()), max_size=3))
    foreign = [replace(line, txn_line_id=f"F-{n}") for n, line in enumerate(slots)]
    lines = draw(st.permutations([*added, *foreign]))
    link = a_link(copy=held_header(before, lines), tasks_by_line=ours)
    return fixture_wanted(after), link


def plan_as_new(wanted):
    """The lines as QuickBooks is asked to add them."""
    bare = a_link(copy=a_copy(lines=()), tasks_by_line={})
    request = plan(replace(wanted, memo="other"), bare)
    return request.lines or ()


def held_header(content, lines):
    wanted = fixture_wanted(content)
    return a_copy(
        number=wanted.number,
        memo=wanted.memo or None,
        tax_item=wanted.tax_item,
        lines=tuple(lines),
    )


@given(invoices())
def test_a_planned_request_leads_to_what_was_wanted_and_keeps_every_foreign_line(invoice):
    wanted, link = invoice
    request = plan(wanted, link)
    if request is None:
        assert differences(wanted, link.copy, link.tasks_by_line) == ()
        return

    held = modified(link.copy, request)

    sent = sent_lines(request)
    ours = link.tasks_by_line if sent is None else match_lines(sent, wanted, held.lines)
    assert differences(wanted, held, ours) == ()
    assert foreign_lines(held, ours) == foreign_lines(link.copy, link.tasks_by_line)


@given(invoices())
def test_what_was_sent_is_planned_only_once(invoice):
    wanted, link = invoice
    request = plan(wanted, link)
    if request is None:
        return

    held = modified(link.copy, request)

    sent = sent_lines(request)
    ours = link.tasks_by_line if sent is None else match_lines(sent, wanted, held.lines)
    assert plan(wanted, replace(link, copy=held, tasks_by_line=ours)) is None


@given(invoices(), st.lists(foreign_line, max_size=3))
def test_foreign_lines_never_become_ours(invoice, slipped_in):
    """Neither those that were there before nor those that differ from every new line."""
    wanted, link = invoice
    request = plan(wanted, link)
    if not isinstance(request, InvoiceMod) or request.lines is None:
        return
    held = modified(link.copy, request)
    strange = [replace(line, txn_line_id=f"S-{n}") for n, line in enumerate(slipped_in)]

    matched = match_lines(sent_lines(request), wanted, [*strange, *held.lines])

    foreign = {line.txn_line_id for line in foreign_lines(link.copy, link.tasks_by_line)}
    assert not set(matched) & (foreign | {line.txn_line_id for line in strange})
    assert sorted(map(str, matched.values())) == sorted(str(line.task_id) for line in wanted.lines)
