"""One editor at a time."""

from datetime import timedelta

import pytest

from domain.actor import SERVICE, Actor, ActorKind
from domain.draft import HOLD, check_editor, is_abandoned, is_held_by_another
from domain.errors import AnotherInvoiceOpen, BeingEdited, IdempotencyKeyReused, VersionConflict
from tests.builders import NICK, NOW, OLGA, a_draft, an_id


def test_a_version_conflict_names_both_versions():
    conflict = VersionConflict(invoice_id=an_id(1), expected=6, actual=7)

    assert "at version 7; you edited version 6" in str(conflict)
    assert (conflict.invoice_id, conflict.actual, conflict.changed_fields) == (an_id(1), 7, ())


@pytest.mark.parametrize("draft", [None, a_draft(editor=OLGA)])
def test_the_holder_of_a_draft_and_the_first_comer_may_edit(draft):
    check_editor(draft, OLGA, NOW)

    assert not is_held_by_another(draft, OLGA)


@pytest.mark.parametrize(
    "other", [NICK, SERVICE, Actor(ActorKind.API_KEY, OLGA.id, "same id, but a key")]
)
def test_anybody_else_is_told_who_holds_the_draft(other):
    with pytest.raises(BeingEdited, match=r"Olga is editing .* since 2026-11-20 09:00 UTC") as e:
        check_editor(a_draft(editor=OLGA), other, NOW)

    assert e.value.editor == OLGA
    assert e.value.since == a_draft().started_at


def test_a_person_keeps_the_draft_under_a_new_name():
    check_editor(a_draft(editor=OLGA), Actor(ActorKind.EMPLOYEE, an_id(0x01), "Olga Smith"), NOW)


def test_an_untouched_draft_holds_nobody_back_after_an_hour():
    draft = a_draft(editor=OLGA)
    just_before = NOW + HOLD - timedelta(microseconds=1)

    with pytest.raises(BeingEdited, match="it gives way at 2026-11-20 10:00 UTC") as refusal:
        check_editor(draft, NICK, just_before)
    check_editor(draft, NICK, NOW + HOLD)

    assert refusal.value.expires_at == NOW + HOLD
    assert (is_abandoned(draft, just_before), is_abandoned(draft, NOW + HOLD)) == (False, True)


def test_a_second_invoice_is_refused_with_the_number_of_the_first():
    refusal = AnotherInvoiceOpen(invoice_number="21259")

    assert "21259" in str(refusal)
    assert refusal.invoice_number == "21259"


def test_a_key_used_for_another_request_is_named():
    refusal = IdempotencyKeyReused("k1")

    assert "'k1'" in str(refusal)
    assert refusal.where == ("idempotency_key",)
