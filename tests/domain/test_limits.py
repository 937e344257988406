"""What QuickBooks can hold of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import quickbooks_text, show_characters, unstorable_characters


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("  Fall tune-up \n", "Fall tune-up"),
        ("\u201cFall\u201d \u2013 \u2018tune-up\u2019\u2026", "\"Fall\" - 'tune-up'..."),
        ("2\u00bd hours", "2 1/2 hours"),
        ("\u00be in. and 2 \u215b in.", "3/4 in. and 2 1/8 in."),
        ("6\u2032 2\u2033, 1\u20443", "6' 2\", 1/3"),
        ("air\u2011tight \u2212 5", "air-tight - 5"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("De\u0301cor", "D\u00e9cor"),
        ("12\u00a0\u202f\u2009km", "12   km"),
        ("\u2022 clean", "* clean"),
        ("", ""),
    ],
)
def test_text_is_made_plain_before_it_is_sent(typed, held):
    assert quickbooks_text(typed) == held


@given(st.text())
def test_making_text_plain_twice_changes_nothing_more(text):
    once = quickbooks_text(text)

    assert quickbooks_text(once) == once


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("D\u00e9cor \u20ac 5\tand\nmore", ""),
        ("\u201cquoted\u201d \u2026", ""),
        ("\U0001f600 smile \U0001f600", "\U0001f600"),
        ("a\x07b\x85c", "\x07\x85"),
        ("\u4f60\u597d", "\u4f60\u597d"),
    ],
)
def test_characters_quickbooks_cannot_store_are_named_once_each(text, bad):
    assert unstorable_characters(text) == bad


def test_a_character_is_shown_with_its_code_point_and_place():
    text = "Leak \u6f0f fixed \x07 \u6f0f"

    assert show_characters(unstorable_characters(text), text) == (
        "\u6f0f (U+6F0F) at character 6, U+0007 at character 14"
    )


def test_a_character_that_was_typed_as_two_is_shown_without_a_place():
    text = "Mas\u0323ala"

    assert show_characters(unstorable_characters(text), text) == "\u1e63 (U+1E63)"


def test_no_more_than_five_characters_are_shown():
    text = "\u4e00\u4e01\u4e02\u4e03\u4e04\u4e05"

    assert show_characters(text, text).count(",") == 4


@given(st.text())
def test_what_is_storable_fits_quickbooks_own_encoding(text):
    bad = unstorable_characters(text)

    kept = "".join(c for c in quickbooks_text(text) if c not in bad)
    assert kept.encode("cp1252").decode("cp1252") == kept
