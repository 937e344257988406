"""An invoice with a negative total in QuickBooks' words: a credit memo, whose amounts are positive."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.adoption import adopt
from domain.comparison import differences
from domain.credit_memos import applied_to, as_copy, kind_for
from domain.planning import match_lines, plan_request, question, request_kind, sent_lines
from domain.queue import RequestKind
from domain.quickbooks import NEW_LINE, InvoiceAdd, QuickBooksLine, Ref, SaleKind
from domain.quickbooks_transactions import (
    CreditMemoAdd,
    CreditMemoMod,
    QuickBooksCreditMemo,
    TransactionKind,
    TransactionQuery,
)
from domain.totals import Totals
from domain.wanted import memo, wanted_invoice
from tests.builders import (
    NOW,
    TASK_1,
    TASK_2,
    a_batch,
    a_content,
    a_copy,
    a_link,
    a_task,
    an_invoice,
    known_names,
    references,
)


def a_credit(*tasks, **changes):
    content = a_content(tasks=tasks or (a_task(quantity=Decimal(-1)),))
    return an_invoice(content=content, **changes)


def wanted(*tasks, kind=None):
    return wanted_invoice(a_credit(*tasks), references(), kind)


def held(*lines, **changes):
    """The credit memo as QuickBooks holds it, by default what `wanted()` asks for."""
    found = QuickBooksCreditMemo(
        txn_id="C1-1",
        edit_sequence="100",
        date=a_content().date,
        customer=Ref("Miller, Anna", "80000001-1"),
        number="21259",
        class_ref=Ref("HVAC"),
        tax_item=Ref("FW"),
        memo="1042 2026-11-20 HVAC - Fall tune-up",
        subtotal=Decimal("35.50"),
        sales_tax=Decimal("2.94"),
        total=Decimal("38.44"),
        remaining=Decimal("38.44"),
        external_guid=wanted().external_guid,
        lines=lines or (a_memo_line(),),
    )
    return as_copy(replace(found, **changes))


def a_memo_line(**changes):
    line = QuickBooksLine(
        txn_line_id="C1-3",
        item=Ref("SVC-TUNE", "80000011-1"),
        description="Fall tune-up",
        quantity=Decimal(1),
        rate=Decimal("35.50"),
        amount=Decimal("35.50"),
        class_ref=Ref("HVAC"),
        tax_code=Ref("Tax"),
    )
    return replace(line, **changes)


def a_memo_link(*lines, **changes):
    return a_link(copy=held(*lines), tasks_by_line={"C1-3": TASK_1}, **changes)


@pytest.mark.parametrize(
    ("subtotal", "tax", "kind"),
    [
        ("35.50", "2.94", SaleKind.INVOICE),
        ("0.00", "0.00", SaleKind.INVOICE),
        ("-0.01", "0.01", SaleKind.INVOICE),
        ("0.00", "-0.01", SaleKind.CREDIT_MEMO),
        ("-35.50", "-2.94", SaleKind.CREDIT_MEMO),
    ],
)
def test_the_total_with_its_tax_decides_what_it_is(subtotal, tax, kind):
    assert kind_for(Totals(Decimal(subtotal), Decimal(tax))) is kind


@pytest.mark.parametrize(
    ("quantity", "price", "theirs", "rate", "amount"),
    [
        ("-2", "35.50", "2", "35.50", "71.00"),
        ("2", "-35.50", "2", "35.50", "71.00"),
        ("1", "10.00", "-1", "10.00", "-10.00"),
        ("-1", "-10.00", "-1", "10.00", "-10.00"),
        ("3", "0.00", "-3", "0.00", "0.00"),
        ("-1.5", "0.33333", "1.5", "0.33333", "0.50"),
    ],
)
def test_a_line_turns_its_quantity_or_its_negative_price(quantity, price, theirs, rate, amount):
    task = a_task(quantity=Decimal(quantity), unit_price=Decimal(price))

    (line,) = wanted(task, kind=SaleKind.CREDIT_MEMO).lines

    assert (line.quantity, line.rate) == (Decimal(theirs), Decimal(rate))
    assert line.amount == Decimal(amount) == -task.amount


numbers = st.decimals(-1000, 1000, places=5)


@given(st.lists(st.tuples(numbers, numbers, st.booleans()), min_size=1, max_size=5))
def test_amounts_and_tax_are_the_same_but_for_the_sign(lines):
    """Halves are rounded away from zero on both sides, line by line and per tax component."""
    tasks = [
        a_task(quantity=quantity, unit_price=price, taxable=taxable)
        for quantity, price, taxable in lines
    ]

    memo, invoice = (wanted(*tasks, kind=kind) for kind in (SaleKind.CREDIT_MEMO, SaleKind.INVOICE))

    assert (memo.subtotal, memo.sales_tax) == (-invoice.subtotal, -invoice.sales_tax)
    assert [line.amount for line in memo.lines] == [-line.amount for line in invoice.lines]
    assert all(line.rate >= 0 for line in memo.lines)


def test_the_tax_of_a_group_is_rounded_by_its_parts_on_a_credit_memo_too():
    asked = wanted()

    assert (asked.kind, asked.subtotal, asked.sales_tax) == (
        SaleKind.CREDIT_MEMO,
        Decimal("35.50"),
        Decimal("2.94"),
    )


def test_the_memo_of_an_adjustment_names_what_it_adjusts_behind_the_batch():
    assert memo(a_batch(), "Taken back", "21259") == (
        "1042 2026-11-20 HVAC - Adjustment to 21259 - Taken back"
    )
    assert memo(None, None, "21259") == "Adjustment to 21259"
    assert memo(a_batch(), "s" * 5000, "21259").startswith(
        "1042 2026-11-20 HVAC - Adjustment to 21259 - s"
    )


# What is asked of QuickBooks


def test_without_a_link_it_is_added_as_what_it_is():
    asked = wanted()

    add = plan_request(asked, None, must_read=False)

    assert add == CreditMemoAdd(wanted=asked)
    assert sent_lines(add) == ((NEW_LINE, TASK_1),)
    assert request_kind(add) is RequestKind.CREDIT_MEMO_ADD
    positive = wanted(a_task())
    assert plan_request(positive, None, must_read=False) == InvoiceAdd(wanted=positive)


def test_a_lost_one_is_searched_among_the_customers_credit_memos():
    query = question(wanted(), None)

    assert query == TransactionQuery(
        kind=TransactionKind.CREDIT_MEMO,
        entity=wanted().customer,
        modified_since=query.modified_since,
    )
    assert (NOW - query.modified_since).days == 2
    assert question(wanted(), None, txn_id="C1-1") == TransactionQuery(
        kind=TransactionKind.CREDIT_MEMO, txn_ids=("C1-1",)
    )
    assert request_kind(query) is RequestKind.CREDIT_MEMO_QUERY


def test_what_quickbooks_made_of_it_is_asked_for_whatever_its_total_is_now():
    assert question(wanted(), a_link(copy=a_copy())).txn_id == a_copy().txn_id
    asked = question(wanted(a_task()), a_memo_link())
    assert (asked.kind, asked.txn_ids) == (TransactionKind.CREDIT_MEMO, ("C1-1",))


def test_a_copy_that_agrees_asks_for_nothing():
    assert differences(wanted(), held(), {"C1-3": TASK_1}) == ()
    assert plan_request(wanted(), a_memo_link(), must_read=False) is None


def test_a_change_names_every_line_in_quickbooks_order():
    note = QuickBooksLine(txn_line_id="C1-2", description="Returned")
    link = a_memo_link(note, a_memo_line())
    new = a_task(id=TASK_2, quantity=Decimal(1), unit_price=Decimal("5.00"))
    asked = wanted(a_task(quantity=Decimal(-3)), new, kind=SaleKind.CREDIT_MEMO)

    mod = plan_request(asked, link, must_read=False)

    assert isinstance(mod, CreditMemoMod)
    assert request_kind(mod) is RequestKind.CREDIT_MEMO_MOD
    assert (mod.txn_id, mod.edit_sequence) == ("C1-1", "100")
    assert [(line.txn_line_id, line.quantity) for line in mod.lines][1:] == [
        ("C1-3", Decimal(3)),
        (NEW_LINE, Decimal(-1)),
    ]
    assert sent_lines(mod) == (("C1-2", None), ("C1-3", TASK_1), (NEW_LINE, TASK_2))


def test_a_change_of_the_header_alone_names_no_line():
    link = replace(a_memo_link(), copy=held(memo="Typed over"))

    mod = plan_request(wanted(), link, must_read=False)

    assert (mod.lines, mod.memo) == (None, wanted().memo)
    assert sent_lines(mod) is None


def test_returned_lines_are_matched_with_the_turned_signs():
    matched = match_lines([(NEW_LINE, TASK_1)], wanted(), [a_memo_line(txn_line_id="C1-9")])

    assert matched == {"C1-9": TASK_1}


# What QuickBooks holds


@pytest.mark.parametrize(
    ("total", "remaining", "applied"),
    [("38.44", "38.44", "0.00"), ("38.44", "18.44", "-20.00"), ("38.44", "0.00", "-38.44")],
)
def test_used_credit_is_a_negative_amount_applied(total, remaining, applied):
    copy = held(total=Decimal(total), remaining=Decimal(remaining))

    assert applied_to(copy) == Decimal(applied)
    assert copy.balance == Decimal(remaining)


def test_what_quickbooks_does_not_tell_of_the_use_is_not_known():
    assert applied_to(held(remaining=None)) is None
    assert applied_to(a_copy(applied=Decimal("-20.00"))) == Decimal("20.00")


@pytest.mark.parametrize(
    ("ours", "line", "path", "taken"),
    [
        ({"quantity": Decimal(-1)}, {"quantity": Decimal(3)}, "quantity", Decimal(-3)),
        ({"quantity": Decimal(-1)}, {"rate": Decimal(40)}, "unit_price", Decimal(40)),
        ({"unit_price": Decimal("-35.50")}, {"quantity": Decimal(3)}, "quantity", Decimal(3)),
        ({"unit_price": Decimal("-35.50")}, {"rate": Decimal(40)}, "unit_price", Decimal(-40)),
    ],
)
def test_quickbooks_value_is_taken_over_with_our_sign(ours, line, path, taken):
    credit = a_credit(a_task(**ours))
    at = ("tasks", str(TASK_1), path)

    adopted = adopt(
        credit,
        [at],
        held(a_memo_line(**line)),
        {"C1-3": TASK_1},
        names=known_names(references()),
        batch=a_batch(),
    )

    assert adopted.refused == ()
    assert getattr(adopted.content.tasks[0], path) == taken
    again = wanted_invoice(replace(credit, content=adopted.content), references())
    (turned,) = again.lines
    assert {"quantity": turned.quantity, "unit_price": turned.rate}[path] == abs(taken)


@pytest.mark.parametrize(
    "line", [{"rate": Decimal(-40)}, {"quantity": None}, {"rate": None}], ids=str
)
def test_a_rate_that_would_not_come_out_the_same_again_has_no_place_here(line):
    at = ("tasks", str(TASK_1), "unit_price")

    adopted = adopt(
        a_credit(),
        [at],
        held(a_memo_line(**line)),
        {"C1-3": TASK_1},
        names=known_names(references()),
        batch=a_batch(),
    )

    assert adopted.refused == (at,)
