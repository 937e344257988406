"""What QuickBooks can hold of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import quickbooks_text, unstorable_characters


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("  Fall tune-up \n", "Fall tune-up"),
        ("\u201cFall\u201d \u2013 \u2018tune-up\u2019\u2026", "\"Fall\" - 'tune-up'..."),
        ("2\u00bd hours", "21/2 hours"),
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


@given(st.text())
def test_what_is_storable_fits_quickbooks_own_encoding(text):
    bad = unstorable_characters(text)

    kept = "".join(c for c in quickbooks_text(text) if c not in bad)
    assert kept.encode("cp1252").decode("cp1252") == kept
