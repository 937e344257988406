"""Credit memos on the wire, word for word."""

from decimal import Decimal
from pathlib import Path

from domain.planning import question
from domain.quickbooks import NEW_LINE, LineMod, Ref, SaleKind
from domain.quickbooks_transactions import CreditMemoAdd, CreditMemoMod
from qbwc.qbxml.parse import parse_answer
from qbwc.qbxml.render import render_request
from tests.qbwc.qbxml.requests import TASK, a_line, an_invoice
from tests.qbwc.qbxml.test_render import assert_golden

GOLDEN = Path(__file__).parents[2] / "golden"


def a_memo(**changes):
    """What an adjustment of -85.00 asks for: one thing taken back, one charged."""
    lines = (
        a_line(quantity=Decimal(1), class_ref=Ref("Plumbing"), site=Ref("Truck 7")),
        a_line(
            item=Ref("Trip"),
            description="Trip, charged",
            quantity=Decimal(-1),
            rate=Decimal("12.50"),
            tax_code=Ref("Non"),
        ),
    )
    asked = {
        "kind": SaleKind.CREDIT_MEMO,
        "number": "1042-A",
        "class_ref": Ref("Plumbing"),
        "tax_item": Ref("Fort Worth"),
        "memo": "12 March - Adjustment to 1042 - Wrong house",
        "lines": lines,
    }
    return an_invoice(**asked | changes)


def test_a_credit_memo_is_added_with_what_an_invoice_has() -> None:
    add = CreditMemoAdd(wanted=a_memo())

    assert_golden(render_request(add, "01-add"), "credit_memo_add.xml")


def test_a_change_names_all_lines_in_order_and_the_untouched_ones_bare() -> None:
    mod = CreditMemoMod(
        txn_id="C5-1417118624",
        edit_sequence="1417118624",
        memo="12 March - Adjustment to 1042",
        lines=(
            LineMod(txn_line_id="C7-1417118624", task_id=TASK),
            LineMod(txn_line_id="C8-1417118624", is_group=True),
            LineMod(txn_line_id="C9-1417118624", quantity=Decimal(2), rate=Decimal("97.50")),
            LineMod(
                txn_line_id=NEW_LINE,
                item=Ref("Pipe"),
                quantity=Decimal(-4),
                rate=Decimal("3.25"),
                tax_code=Ref("Tax"),
            ),
        ),
    )

    assert_golden(render_request(mod, "02-mod"), "credit_memo_mod.xml")


def test_a_lost_one_is_searched_for_by_customer_and_moment() -> None:
    assert_golden(render_request(question(a_memo(), None), "03-query"), "credit_memo_query.xml")


def test_a_known_one_is_asked_for_by_its_txn_id() -> None:
    query = question(a_memo(), None, txn_id="C5-1417118624")

    assert_golden(render_request(query, "04-query"), "credit_memo_query_by_id.xml")


def test_what_quickbooks_returns_is_read_with_lines_groups_and_what_is_left() -> None:
    (answered,) = parse_answer((GOLDEN / "credit_memo_add_rs.xml").read_bytes()).responses

    (memo,) = answered.returned
    assert (answered.name, answered.status_code) == ("CreditMemoAddRs", 0)
    assert (memo.txn_id, memo.edit_sequence) == ("C5-1417118624", "1417118624")
    assert (memo.subtotal, memo.sales_tax) == (Decimal("85.00"), Decimal("8.05"))
    assert (memo.total, memo.remaining) == (Decimal("93.05"), Decimal("73.05"))
    assert memo.tax_percent == Decimal("8.25")
    assert [line.amount for line in memo.lines] == [Decimal("97.50"), Decimal("-12.50")]
    assert memo.external_guid == "{01890a5d-ac96-774b-bcce-b302099a8057}"
