"""Drift: what QuickBooks' side changed, and why looking at it endangers nobody's work."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drift import DriftKind, is_known, is_watched, look_at, question_since
from domain.invoice import ExportOrigin, ExportStatus
from domain.merge import is_unchanged, reconcile
from domain.quickbooks import QuickBooksLinkedTxn, Ref
from domain.sync_status import SyncStatus
from tests.builders import (
    NOW,
    TASK_1,
    TASK_2,
    a_drift,
    a_foreign_line,
    fixture_copy,
    fixture_invoice,
    fixture_link,
    fixture_wanted,
)

LATER = NOW + timedelta(hours=1)
PAYMENT = QuickBooksLinkedTxn(
    txn_id="P-1", txn_type="ReceivePayment", date=NOW.date(), amount=Decimal("-20.00")
)
FIELDS = ["number", "date", "memo", "tax_item"]


def with_line(copy, position, **changes):
    lines = list(copy.lines)
    lines[position] = replace(lines[position], **changes)
    return replace(copy, lines=tuple(lines))


def look(copy, link=None):
    return look_at(fixture_invoice(), fixture_wanted(), link or fixture_link(), copy, LATER)


def test_a_lowered_tax_exempt_line_is_drift_with_all_three_values():
    held = with_line(
        fixture_copy(edit_sequence="2"), 2, rate=Decimal("10.00"), amount=Decimal("20.00")
    )

    sight = look(held)

    [field] = sight.drift.fields
    assert field.path == ("tasks", str(TASK_2), "unit_price")
    assert (field.base, field.ours, field.quickbooks) == ("12", "12", "10")
    assert (sight.drift.kind, sight.drift.detected_at) == (DriftKind.CHANGED, LATER)
    assert sight.drift.held.copy == held
    assert sight.link is None


def test_the_very_same_copy_is_nothing():
    sight = look(fixture_copy())

    assert (sight.drift, sight.link) == (None, None)
    assert is_known(fixture_link(), fixture_copy())


def test_payments_due_date_and_lines_of_others_are_noted_and_read_again_before_a_write():
    paid = fixture_copy(
        edit_sequence="2",
        applied=Decimal("-20.00"),
        linked=(PAYMENT,),
        lines=(*fixture_copy().lines, a_foreign_line(txn_line_id="9")),
    )

    sight = look(paid)

    assert sight.drift is None
    assert sight.link.copy == paid
    assert (sight.link.is_stale, sight.link.read_at) == (True, LATER)
    assert sight.link.verified_at == fixture_link().verified_at
    assert sight.link.tasks_by_line == fixture_link().tasks_by_line


def test_a_line_of_ours_that_is_gone_is_drift_and_no_longer_anybodys():
    copy = fixture_copy(edit_sequence="2")

    drift = look(replace(copy, lines=copy.lines[:2])).drift

    assert [field.path for field in drift.fields] == [("tasks", str(TASK_2))]
    assert set(drift.held.tasks_by_line.values()) == {TASK_1}


def test_a_void_is_one_and_an_invoice_that_is_nothing_worth_anyway_is_none():
    copy = fixture_copy()
    voided = replace(
        copy,
        memo=f"VOID: {copy.memo}",
        subtotal=Decimal(0),
        lines=tuple(replace(line, rate=None, amount=Decimal(0)) for line in copy.lines),
    )

    assert look(voided).drift.kind is DriftKind.VOIDED


def test_what_quickbooks_changed_to_our_very_value_is_no_drift_and_moves_no_base():
    """An entry was given another name here and there; only a proof makes that the base."""
    link = fixture_link(copy=replace(fixture_copy(), tax_item=Ref("FW old")))

    sight = look(fixture_copy(edit_sequence="2"), link)

    assert (sight.drift, sight.link) == (None, None)


# Whose invoices are watched


def a_proven_invoice(**changes):
    proven = {"sync_status": SyncStatus.SYNCED, "synced_version": 1}
    return fixture_invoice(**proven | changes)


@pytest.mark.parametrize("status", [SyncStatus.SYNCED, SyncStatus.NOT_APPLICABLE])
def test_what_quickbooks_proved_to_hold_is_watched(status):
    assert is_watched(a_proven_invoice(sync_status=status))


@pytest.mark.parametrize(
    "changes",
    [
        {"sync_status": SyncStatus.SYNCING},
        {"sync_status": SyncStatus.BYPASSED},
        {"sync_status": SyncStatus.ACTION_REQUIRED},
        {"export_status": ExportStatus.POSTED},
        {"export_origin": ExportOrigin.BYPASSED},
        {"export_origin": ExportOrigin.IMPORTED},
        {"synced_version": None},
        {"version": 2},
    ],
)
def test_everything_else_differs_on_purpose_or_is_compared_anyway(changes):
    assert not is_watched(a_proven_invoice(**changes))


def test_the_question_begins_two_days_early():
    question = question_since(NOW)

    assert question.modified_since == NOW - timedelta(days=2)
    assert question.with_lines


def test_the_same_values_are_the_same_drift_whenever_they_were_seen():
    drift = a_drift()

    assert drift.is_same_as(replace(drift, detected_at=LATER))
    assert not drift.is_same_as(replace(drift, version=2))
    assert "1 field," in drift.message


# The base may move to such a copy

texts = st.sampled_from(["21259", "A-1", "VOID: x", ""])
line_changes = st.fixed_dictionaries(
    {},
    optional={
        "description": st.sampled_from(["Filter", "Gutters", None]),
        "quantity": st.sampled_from([Decimal(1), Decimal(2)]),
        "rate": st.sampled_from([Decimal(10), Decimal("12.00")]),
        "amount": st.sampled_from([Decimal(20), Decimal("24.00")]),
        "class_ref": st.sampled_from([None, Ref("HVAC"), Ref("Plumbing")]),
        "site": st.sampled_from([None, Ref("Truck 7")]),
        "tax_code": st.sampled_from([Ref("Tax"), Ref("Non")]),
    },
)
header_changes = st.fixed_dictionaries(
    {}, optional={"number": texts, "memo": texts, "tax_item": st.sampled_from([None, Ref("Flat")])}
)
others = st.fixed_dictionaries(
    {},
    optional={
        "edit_sequence": st.sampled_from(["2", "3"]),
        "applied": st.sampled_from([None, Decimal("-5.00")]),
        "due_date": st.just(NOW.date()),
        "balance": st.just(Decimal(1)),
    },
)
dropped = st.sets(st.sampled_from([0, 1, 2]), max_size=2)


@st.composite
def copies(draw, fields=header_changes):
    copy = replace(fixture_copy(), **draw(fields), **draw(others))
    copy = with_line(with_line(copy, 0, **draw(line_changes)), 2, **draw(line_changes))
    gone = draw(dropped)
    lines = tuple(line for n, line in enumerate(copy.lines) if n not in gone)
    return replace(copy, lines=(*lines, *draw(st.just(()) | st.just((a_foreign_line(),)))))


@st.composite
def unchanged(draw):
    """The base with nothing changed that is ours."""
    copy = replace(fixture_copy(), **draw(others))
    keep_text = draw(st.booleans())
    lines = copy.lines if keep_text else (copy.lines[0], copy.lines[2])
    more = (a_foreign_line(txn_line_id="9"),) if draw(st.booleans()) else ()
    return replace(copy, lines=(*more, *lines))


@given(noted=unchanged() | copies(), later=copies(), wish=copies())
def test_whatever_comes_later_merges_as_if_the_copy_had_never_been_noted(noted, later, wish):
    """Else a look could make a later save overwrite what a bookkeeper changed."""
    base, lines = fixture_copy(), fixture_link().tasks_by_line
    if look(noted).link is None:
        return
    wanted = replace(fixture_wanted(), number=wish.number or "1", memo=wish.memo or "")

    assert is_unchanged(base, noted, lines)
    assert reconcile(wanted, noted, later, lines) == reconcile(wanted, base, later, lines)


@given(noted=copies())
def test_a_copy_that_changed_anything_of_ours_never_becomes_the_base(noted):
    sight = look(noted)

    if sight.link is not None:
        assert reconcile(fixture_wanted(), fixture_copy(), noted, fixture_link().tasks_by_line) == (
            reconcile(fixture_wanted(), fixture_copy(), fixture_copy(), {})
        )
