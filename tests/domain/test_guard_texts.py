"""Numbers and texts that QuickBooks cannot hold: told while typing, refused at every save."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.edits import DetailsPatch, Edits, TaskEdit, TaskPatch, apply_edits
from domain.errors import InvalidValue
from domain.guard_facts import GuardFacts
from domain.guarding import guard_save
from domain.guards import GuardCode, GuardSeverity
from domain.planning import plan_request
from domain.wanted import wanted_invoice
from qbwc.qbxml.render import render_request
from tests.builders import (
    TASK_1,
    TASK_3,
    a_task,
    an_account,
    fixture_content,
    fixture_invoice,
    fixture_link,
    references,
)


def found(after, invoice=None, *, is_sent=True):
    facts = GuardFacts(
        account=an_account(),
        periods=(),
        references=references(),
        is_number_in_use=False,
        is_sent=is_sent,
    )
    return guard_save(invoice or fixture_invoice(), after, facts)


def described(text, task_id=TASK_1):
    """The sample content with another description of one task."""
    tasks = fixture_content().tasks
    return fixture_content_with(
        replace(task, description=text) if task.id == task_id else task for task in tasks
    )


def fixture_content_with(tasks):
    return replace(fixture_content(), tasks=tuple(tasks))


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_number_of_twelve_characters_is_refused_sent_or_not(is_sent):
    """What is bypassed leaves later, by Re-Sync."""
    (guard,) = found(fixture_content(number="123456789012"), is_sent=is_sent)

    assert (guard.code, guard.severity) == (
        GuardCode.INVOICE_NUMBER_TOO_LONG,
        GuardSeverity.ERROR,
    )
    assert guard.path == ("details", "number")
    assert guard.message == (
        "Invoice # “123456789012” has 12 characters; QuickBooks holds at most 11."
    )
    assert guard.steps == ("Shorten it by 1.",)


def test_eleven_characters_fit_and_an_ellipsis_counts_as_three():
    assert found(fixture_content(number="12345678901")) == ()
    assert found(fixture_content(number="12345678\u2026")) == ()
    (guard,) = found(fixture_content(number="123456789\u2026"))
    assert guard.code is GuardCode.INVOICE_NUMBER_TOO_LONG


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize(
    ("after", "label", "path"),
    [
        (fixture_content(number="1 \u4f60"), "Invoice #", ("details", "number")),
        (fixture_content(summary="1 \u4f60"), "The summary", ("details", "summary")),
        (
            described("1 \u4f60"),
            "The description of “Tune-up”",
            ("tasks", str(TASK_1), "description"),
        ),
        (
            fixture_content_with(
                (*fixture_content().tasks, a_task(id=TASK_3, description="1 \u4f60"))
            ),
            "The description of “Tune-up”",
            ("tasks", str(TASK_3), "description"),
        ),
    ],
)
def test_characters_that_quickbooks_cannot_store_are_shown_with_their_place(
    after, label, path, is_sent
):
    (guard,) = found(after, is_sent=is_sent)

    assert (guard.code, guard.severity) == (GuardCode.TEXT_NOT_STORABLE, GuardSeverity.ERROR)
    assert guard.message == (
        f"{label} holds characters that QuickBooks cannot store: \u4f60 (U+4F60) at character 3."
    )
    assert guard.path == path
    assert guard.steps


def test_every_text_is_told_at_once():
    after = replace(described("\x07"), number="\U0001f600" * 12, summary="\u4f60")

    assert [guard.path for guard in found(after)] == [
        ("details", "number"),
        ("details", "number"),
        ("details", "summary"),
        ("tasks", str(TASK_1), "description"),
    ]


def test_what_the_invoice_holds_already_does_not_hinder_another_edit():
    """It came from QuickBooks, which holds it then."""
    held = described("\u4f60")
    invoice = replace(fixture_invoice(), content=held)

    assert found(replace(held, summary="New"), invoice) == ()


SOME = st.text(max_size=14) | st.text("ab \u2026\u00bd\u0301\n\t\x07\u4f60\u2028\xa0", max_size=14)


@given(number=SOME, summary=SOME | st.none(), description=SOME | st.none())
def test_whatever_is_typed_is_refused_or_can_be_written_for_quickbooks(
    number, summary, description
):
    """No text slips through to a save that the worker could not send later."""
    edits = Edits(
        details=DetailsPatch(number=number, summary=summary),
        edit_tasks=(TaskEdit(TASK_1, TaskPatch(description=description)),),
    )
    try:
        after = apply_edits(fixture_content(), edits, lambda: TASK_3)
    except InvalidValue:
        return
    if found(after):
        return
    wanted = wanted_invoice(replace(fixture_invoice(), content=after), references())

    request = plan_request(wanted, fixture_link(), must_read=False)

    assert request is None or render_request(request, "1").isascii()


def test_typography_and_line_breaks_are_no_reason():
    assert found(replace(described("2\u00bd h\nNext \u2013 call"), summary="Zoë\u2019s “AC”")) == ()
