"""When a passing trouble is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answers import judge_opening
from domain.backoff import (
    Trouble,
    needs_person,
    next_try,
    opening_pause,
    reopens,
)
from domain.issues import Retry
from tests.builders import NOW

GAPS = st.lists(st.timedeltas(timedelta(), timedelta(days=30)), max_size=40)


def met(*gaps):
    """A run of trouble, met once and then again after each gap."""
    trouble = Trouble.first_met(NOW)
    for gap in gaps:
        trouble = trouble.met_again(trouble.last_try_at + gap)
    return trouble


@pytest.mark.parametrize(("tries", "seconds"), [(1, 2), (2, 8), (3, 30)])
def test_the_first_waits_are_two_eight_and_thirty_seconds(tries, seconds):
    assert next_try(tries) == timedelta(seconds=seconds)


@pytest.mark.parametrize("tries", [4, 5, 50])
def test_then_each_session_is_a_try(tries):
    """Without a time of its own, the job waits for the Web Connector's next session."""
    assert next_try(tries) is None


def test_a_person_must_look_after_fifteen_minutes_of_tries():
    assert not needs_person(met(*[timedelta(minutes=1)] * 14), Retry.BACK_OFF)
    assert needs_person(met(*[timedelta(minutes=1)] * 15), Retry.BACK_OFF)


def test_a_weekend_with_a_closed_connector_is_no_try_however_often_it_was_tried_before():
    seconds = [2, 8, 30, 60, 60, 60]

    before = met(*(timedelta(seconds=gap) for gap in seconds))
    after = before.met_again(before.last_try_at + timedelta(days=3))

    assert after.tries == 8
    assert not needs_person(after, Retry.BACK_OFF)


def test_a_connector_that_calls_once_an_hour_gets_its_tries_too():
    assert not needs_person(met(*[timedelta(hours=1)] * 7), Retry.BACK_OFF)
    assert needs_person(met(*[timedelta(hours=1)] * 8), Retry.BACK_OFF)


def test_an_internal_error_is_tried_twice_more():
    assert not needs_person(met(timedelta(seconds=2)), Retry.TWICE)
    assert needs_person(met(timedelta(seconds=2), timedelta(seconds=8)), Retry.TWICE)


@given(GAPS)
def test_no_invoice_is_blamed_for_its_connection(gaps):
    assert not needs_person(met(*gaps), Retry.EACH_SESSION)


@given(GAPS, st.timedeltas(timedelta(days=-1), timedelta(days=1)))
def test_a_further_try_never_makes_a_trouble_younger(gaps, gap):
    """Not even when the clock was set back."""
    trouble = met(*gaps)

    after = trouble.met_again(trouble.last_try_at + gap)

    assert after.tries == trouble.tries + 1
    assert trouble.tried_for <= after.tried_for <= trouble.tried_for + timedelta(minutes=2)
    assert after.last_try_at >= trouble.last_try_at


@pytest.mark.parametrize(
    ("hresult", "failures", "again"),
    [
        ("0x80040408", 1, True),
        ("0x80040408", 2, False),
        ("0x80040424", 1, True),
        ("0x80040414", 1, False),
        ("0x80040420", 1, False),
        ("0x8BADF00D", 1, False),
    ],
)
def test_quickbooks_is_opened_once_more_where_that_may_help(hresult, failures, again):
    """A dialog or a missing permission does not go away by asking again."""
    assert reopens(judge_opening(hresult, ""), failures) is again


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 0), (2, 10), (3, 30), (4, 60), (99, 60)]
)
def test_a_quickbooks_that_does_not_open_is_left_alone_for_a_minute_at_most(failures, seconds):
    assert opening_pause(failures, NOW, NOW) == seconds


@pytest.mark.parametrize(
    ("elapsed", "seconds"),
    [(0, 30), (0.5, 30), (12, 18), (29.9, 1), (30, 0), (3600, 0), (-3600, 30)],
)
def test_the_pause_runs_out(elapsed, seconds):
    assert opening_pause(3, NOW, NOW + timedelta(seconds=elapsed)) == seconds
