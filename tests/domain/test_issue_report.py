"""The report as CSV: what every reader of RFC 4180 reads, and what no spreadsheet runs."""

import csv
import io
from datetime import date, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.issue_report import InvoiceBrief, ReportLine, render_csv
from domain.issues import Step, StepActor
from tests.builders import INVOICE_ID, NOW, an_id, an_issue

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=1", '=HYPERLINK("x","y")']


def a_brief(**changes):
    brief = {
        "id": INVOICE_ID,
        "number": "21259",
        "date": date(2026, 11, 18),
        "customer": "Harriet Doyle",
        "total": Decimal("62.44"),
    }
    return InvoiceBrief(**brief | changes)


def a_line(root=None, brief=None, **changes):
    return ReportLine(an_issue(**changes), brief or a_brief(), root)


def read(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_line_says_what_failed_why_and_what_to_do():
    steps = (Step(StepActor.BOOKKEEPER, "Create it."), Step(StepActor.OFFICE, "Re-Sync."))
    root = a_brief(number="1001")
    moment = NOW.astimezone(timezone(timedelta(hours=-6)))

    head, row = read(
        render_csv(
            [a_line(root, root_id=an_id(9), steps=steps, opened_at=moment)], with_header=True
        )
    )

    assert dict(zip(head, row, strict=True)) == {
        "Problem": "dependent",
        "Invoice #": "21259",
        "Customer": "Harriet Doyle",
        "Invoice date": "2026-11-18",
        "Amount": "62.44",
        "Code": "ITEM_MISSING",
        "QuickBooks code": "3140",
        "QuickBooks' words": "There is an invalid reference.",
        "Reason": "QuickBooks has no item “Filter”.",
        "Steps": "Bookkeeper: Create it. / Office: Re-Sync.",
        "Waits for invoice #": "1001",
        "Since (UTC)": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_what_quickbooks_did_not_say_is_an_empty_cell():
    [row] = read(
        render_csv([a_line(quickbooks_code=None, quickbooks_message=None)], with_header=False)
    )

    assert (row[0], row[6], row[7], row[10]) == ("root", "", "", "")


def test_lines_end_as_the_standard_says():
    text = render_csv([a_line(), a_line()], with_header=False)

    assert text.count("\r\n") == 2
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_others_words_is_run_by_a_spreadsheet(text):
    """Customers and QuickBooks' users choose these texts."""
    line = a_line(
        a_brief(number=text),
        a_brief(number=text, customer=text),
        quickbooks_message=text,
        reason=text,
        root_id=an_id(9),
    )

    [row] = read(render_csv([line], with_header=False))

    assert [row[n] for n in (1, 2, 7, 8, 10)] == [f"'{text}"] * 5


def test_an_amount_below_zero_stays_a_number():
    """It is ours, and a spreadsheet that sums the column needs it."""
    [row] = read(render_csv([a_line(None, a_brief(total=Decimal("-5.00")))], with_header=False))

    assert row[4] == "-5.00"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_text_comes_back_and_begins_harmlessly(text):
    [row] = read(render_csv([a_line(quickbooks_message=text)], with_header=False))

    assert row[7] in (text, f"'{text}")
    assert not row[7].lstrip().startswith(("=", "+", "-", "@"))
