"""Whose turn it is, how far a run has come, which Web Connector may call."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.connector import is_elsewhere, is_older, progress
from tests.builders import NOW, a_session

ANOTHER = "10.0.0.2"


def elsewhere(peer=ANOTHER, *, known="10.0.0.1", quiet=timedelta(), is_answer_owed=False):
    session = a_session(peer=known)
    return is_elsewhere(session, peer, is_answer_owed=is_answer_owed, now=NOW + quiet)


def test_a_second_computer_waits_while_the_first_is_at_work():
    assert elsewhere()
    assert elsewhere(quiet=timedelta(seconds=59))


def test_a_computer_that_was_not_heard_for_a_minute_waits_for_nobody():
    assert not elsewhere(quiet=timedelta(minutes=1))


def test_a_computer_whose_quickbooks_works_on_a_set_may_be_silent_for_longer():
    assert elsewhere(quiet=timedelta(minutes=9), is_answer_owed=True)
    assert not elsewhere(quiet=timedelta(minutes=10), is_answer_owed=True)


def test_the_same_computer_that_signs_in_again_has_lost_its_session():
    assert not elsewhere(peer="10.0.0.1")


@pytest.mark.parametrize(("peer", "known"), [("", "10.0.0.1"), (ANOTHER, ""), ("", "")])
def test_a_computer_without_an_address_locks_nobody_out(peer, known):
    assert not elsewhere(peer, known=known, is_answer_owed=True)


COUNTS = st.integers(0, 10**6)


@given(COUNTS, st.integers(1, 10**6))
def test_a_run_is_never_done_early(answered, waiting):
    """The Web Connector ends the run at 100, and what waits would wait for its next one."""
    assert 1 <= progress(answered=answered, waiting=waiting) <= 99


@given(COUNTS, st.integers(-5, 0))
def test_a_run_with_nothing_left_is_done(answered, waiting):
    assert progress(answered=answered, waiting=waiting) == 100


@given(COUNTS, COUNTS, st.integers(1, 10**6))
def test_progress_never_goes_back_while_answers_come(answered, more, waiting):
    assert progress(answered=answered + more, waiting=waiting) >= progress(
        answered=answered, waiting=waiting
    )


@pytest.mark.parametrize(
    ("version", "least", "older"),
    [
        ("2.1.0.30", "2.2.0.34", True),
        ("2.2.0.34", "2.2.0.34", False),
        ("2.3.0.215", "2.2.0.34", False),
        ("2.10", "2.9", False),
        ("2.9", "2.10", True),
        ("2", "2.0.0.0", False),
        ("2.0.0.0", "2", False),
        ("2", "2.0.1", True),
        ("0", "0.0", False),
    ],
)
def test_versions_compare_number_by_number(version, least, older):
    assert is_older(version, least) is older


@pytest.mark.parametrize("text", ["", "2.", ".2", "2..3", "v2", "2.3 beta", "-1", "9" * 5000])
def test_a_version_that_cannot_be_read_locks_nobody_out(text):
    assert not is_older(text, "2.0")
    assert not is_older("1.0", text)


versions = st.lists(st.integers(0, 999), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)


@given(versions, versions)
def test_of_two_versions_one_at_most_is_older(one, other):
    assert not (is_older(one, other) and is_older(other, one))


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_may_come_as_a_version(version, least):
    assert is_older(version, least) in (True, False)
