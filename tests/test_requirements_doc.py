"""The table of requirements is complete, and what it names as proof exists."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROWS = ROW.findall(PAGE)


def test_every_number_stands_there_once_in_order() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 140))


@pytest.mark.parametrize(("number", "shown"), [(number, shown) for number, _, shown in ROWS])
def test_each_names_a_test_that_exists_or_says_why_not(number: str, shown: str) -> None:
    named = TEST.findall(shown)

    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), (number, path, name)
    assert named or len(shown.split()) > 3, number


def test_every_test_that_is_named_anywhere_on_the_page_exists() -> None:
    named = TEST.findall(PAGE)

    missing = [(path, name) for path, name in named if f"def {name}(" not in text_of(path)]
    assert (len(named) > len(ROWS), missing) == (True, [])


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_no_document_holds_what_a_merge_left_behind() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    marks = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)

    assert [page.name for page in pages if marks.search(page.read_text(encoding="utf-8"))] == []
