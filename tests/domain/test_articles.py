"""Every problem that an invoice or a payment can show has an article that says what helps."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from domain.answers import judge_hresult, judge_opening, judge_status
from domain.articles import article_of, articles
from domain.issues import StepActor
from domain.payment_rows import PAYMENT_ROWS

ROOT = Path(__file__).parents[2]
#: Where problems get codes that are not in the catalogue of answers.
ISSUERS = ("domain", "db", "qbwc", "sync_worker", "resolvers")
#: What a problem is made of, or made anew.
MAKERS = ("Verdict", "SyncIssue", "PaymentProblem", "replace")
#: Codes that were given before: by the catalogue, to another problem, or to one that was stored.
PASSED_ON = {"verdict.code", "row.code", "root.code", "row['code']"}
LISTED = "… This list has been modified by another user."
LOCKED = "The internals could not be locked. They are in use by another user."


class Module:
    """A module of the product, read and not run, with the calls that it makes."""

    def __init__(self, path):
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self.calls = []
        self._read(ast.parse(path.read_text()), None)

    def _read(self, node, function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
        if isinstance(node, ast.Call):
            self.calls.append((function, node))
        for child in ast.iter_child_nodes(node):
            self._read(child, function)

    def value(self, node):
        """The text that a constant or a name stands for."""
        if isinstance(node, ast.Name):
            return getattr(import_module(self.name), node.id)
        return ast.literal_eval(node)


def called(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def parameters(function):
    names = [] if function is None else [each.arg for each in function.args.args]
    return [name for name in names if name != "self"]


def codes_written_out(modules):
    """Every code that a problem is made with, those that pass through a parameter too."""
    passing = {}
    for module, function, code in codes_of_problems(modules):
        if isinstance(code, ast.Name) and code.id in parameters(function):
            passing[function.name] = parameters(function).index(code.id)
        elif ast.unparse(code) not in PASSED_ON:
            yield module.value(code)
    for module, _, call in calls_of(modules, passing):
        yield module.value(call.args[passing[called(call)]])


def codes_of_problems(modules):
    for module, function, call in calls_of(modules, MAKERS):
        yield from ((module, function, k.value) for k in call.keywords if k.arg == "code")


def calls_of(modules, names):
    for module in modules:
        yield from ((module, *each) for each in module.calls if called(each[1]) in names)


def test_every_code_that_is_written_out_has_an_article():
    written = set(
        codes_written_out(
            [Module(path) for folder in ISSUERS for path in (ROOT / folder).rglob("*.py")]
        )
    )

    assert {"TAX_PARITY", "EDIT_CONFLICT", "NAME_MISSING", "NO_PROGRESS"} <= written
    assert {"PAYMENT_MAY_EXIST", "PAYMENT_DELETED", "NOT_SENDABLE"} <= written
    assert {code for code in written if article_of(code) is None} == set()


@pytest.mark.parametrize("row", PAYMENT_ROWS, ids=lambda row: row.says)
def test_what_becomes_of_a_payment_is_told_of_the_payment(row):
    """Its own article, or its own part of one that invoices have too; nothing is re-synced."""
    told = next(it for it in article_of(row.code).told if row.reason == it.reason)

    assert "payment" in told.reason
    assert told.steps
    assert not any("Re-Sync" in text for _, text in told.steps)
    assert "Re-Sync" not in told.by_itself
    assert {step.actor for step in row.steps} <= set(StepActor)


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
