"""The page on QuickBooks' answers says what the catalogue says."""

import re
from pathlib import Path

import pytest

from app.answer_docs import render_answers
from domain.connector_rows import CONNECTOR_ROWS
from domain.hresult_rows import HRESULT_ROWS
from domain.issues import Retry
from domain.status_rows import STATUS_ROWS

PAGE = Path(__file__).parent.parent / "docs" / "quickbooks-answers.md"


def section(code):
    _, _, rest = render_answers().partition(f"\n### {code}\n")
    return rest.partition("\n### ")[0]


def test_the_page_equals_the_catalogue():
    assert PAGE.read_text("utf-8") == render_answers(), "Run `python -m app.answer_docs`."


@pytest.mark.parametrize(
    "number",
    [
        *map(str, STATUS_ROWS),
        *(f"0x{hresult[2:].upper()}" for hresult in HRESULT_ROWS),
        *CONNECTOR_ROWS,
    ],
)
def test_every_number_leads_to_its_meaning(number):
    lines = re.findall(
        rf"^\| {number}(?: ↻)? \| .+ \| \[(\w+)\]\(#(\w+)\) \|", render_answers(), re.MULTILINE
    )

    assert lines
    for code, anchor in lines:
        assert anchor == code.lower()
        assert section(code)


def test_a_meaning_tells_who_does_what_and_what_happens_by_itself():
    told = section("DIALOG_OPEN")

    assert "- Office: Answer or close that window" in told
    assert "- Instep: goes on with the next call of the Web Connector" in told


def test_every_meaning_tells_what_happens_by_itself():
    meanings = re.findall(r"^### (\w+)$", render_answers(), re.MULTILINE)

    assert len(meanings) == len(set(meanings))
    assert [code for code in meanings if "\n- Instep: " not in section(code)] == []
    assert len(set(re.findall(r"^- Instep: (.{20})", render_answers(), re.MULTILINE))) == len(Retry)


def test_no_placeholder_is_left_on_the_page():
    assert not re.search(r"[{}]", render_answers())
