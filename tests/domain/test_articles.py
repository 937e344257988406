"""Every problem that an invoice can show has an article, and the articles say what helps."""

import ast
from pathlib import Path

import pytest

from domain.answers import judge_hresult, judge_opening, judge_status
from domain.articles import article_of, articles

ROOT = Path(__file__).parents[2]
#: Where issues get codes that are not in the catalogue of answers.
ISSUERS = ("domain", "qbwc", "sync_worker", "resolvers")
LISTED = "… This list has been modified by another user."
LOCKED = "The internals could not be locked. They are in use by another user."


def codes_in(path):
    """The codes that a module writes out for a verdict or an issue."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("Verdict", "SyncIssue"):
            yield from (
                k.value.value
                for k in node.keywords
                if k.arg == "code" and isinstance(k.value, ast.Constant)
            )
        elif name == "_refuse":
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


def test_every_code_that_is_written_out_has_an_article():
    paths = [path for folder in ISSUERS for path in (ROOT / folder).rglob("*.py")]
    written = {code for path in paths for code in codes_in(path)}

    assert {"TAX_PARITY", "EDIT_CONFLICT", "NAME_MISSING", "NO_PROGRESS"} <= written
    assert {code for code in written if article_of(code) is None} == set()


def test_each_code_has_one_article_with_an_anchor_of_its_own():
    anchors = [article.anchor for article in articles()]

    assert len(anchors) == len(set(anchors))
    assert all(anchor.replace("_", "").isalnum() for anchor in anchors)
    assert article_of("NOBODY_SAYS_THIS") is None


@pytest.mark.parametrize(
    ("code", "message"),
    [(3170, LOCKED), (3176, LOCKED), (3176, "In use."), (3180, LISTED), (3170, LISTED)],
)
def test_a_locked_or_changed_list_leads_to_re_sort_list(code, message):
    """Seed 001: a customer list that was sorted can be fixed back."""
    steps = judge_status(code, "Error", message).steps

    assert any("Re-sort List" in step.text for step in steps)


def test_a_transaction_that_somebody_has_open_does_not():
    said = "The transaction could not be locked. It is in use by another user."

    steps = judge_status(3175, "Error", said).steps

    assert steps
    assert not any("Re-sort List" in step.text for step in steps)


@pytest.mark.parametrize("hresult", ["0x80040410", "0x80040422"])
@pytest.mark.parametrize("judge", [judge_hresult, judge_opening])
def test_a_conflict_of_file_modes_names_both_modes(hresult, judge):
    verdict = judge(hresult, "")

    assert verdict.code == "FILE_MODE"
    assert "single-user or multi-user" in verdict.reason
    assert any("single-user mode is better" in step.text for step in verdict.steps)
