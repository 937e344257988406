"""The life of a message set: every state with every happening, and what its answers mean."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exchange import (
    FIRST_SET_SIZE,
    LARGEST_SET,
    OPEN,
    SMALLEST_SET,
    ExchangeHappening,
    ExchangeState,
    advance_exchange,
    certainly_did_not_run,
    next_set_size,
    read_check,
)
from domain.transitions import IllegalTransition
from tests.builders import an_exchange

#: Written out on its own, so that a change of the table is a change here too.
MOVES = """
    OWED      ANSWER_CAME   ANSWERED
    OWED      ANSWER_LOST   LOST
    ANSWERED  BOOKED        BOOKED
    ANSWERED  ANSWER_LOST   LOST
    ANSWERED  UNBOOKABLE    UNTOLD
    LOST      ANSWER_FOUND  ANSWERED
    LOST      NOTHING_FOUND UNTOLD
"""
EXPECTED = {
    (ExchangeState(state), ExchangeHappening(happening)): ExchangeState(after)
    for state, happening, after in (line.split() for line in MOVES.strip().splitlines())
}


@pytest.mark.parametrize("happening", ExchangeHappening)
@pytest.mark.parametrize("state", ExchangeState)
def test_every_state_with_every_happening(state, happening):
    exchange = an_exchange(state=state)

    if (state, happening) in EXPECTED:
        assert advance_exchange(exchange, happening).state is EXPECTED[state, happening]
    else:
        with pytest.raises(IllegalTransition) as refusal:
            advance_exchange(exchange, happening)
        assert (refusal.value.state, refusal.value.happening) == (state, happening)


def test_nothing_but_its_state_changes():
    exchange = an_exchange(checks=2, bookings=1)

    lost = advance_exchange(exchange, ExchangeHappening.ANSWER_LOST)

    assert lost == an_exchange(checks=2, bookings=1, state=ExchangeState.LOST)


@pytest.mark.parametrize("state", ExchangeState)
def test_a_set_is_open_as_long_as_something_can_happen_to_it(state):
    """So none is forgotten: whoever comes finds it among the open ones."""
    assert (state in OPEN) is any(before is state for before, _ in EXPECTED)


@pytest.mark.parametrize("state", OPEN)
def test_every_open_set_can_come_to_an_end(state):
    reached = {state}
    while True:
        further = {after for (before, _), after in EXPECTED.items() if before in reached}
        if further <= reached:
            break
        reached |= further

    assert reached - OPEN


def test_a_lost_set_is_never_handed_out_again():
    """Its requests go again only after QuickBooks was asked: no way leads back to OWED."""
    assert ExchangeState.OWED not in EXPECTED.values()


CODES = [None, 0, 1, 500, 530, 600, 9001, 9002, 9003, 9004, 9005, 9100]


@pytest.mark.parametrize("status", CODES)
def test_only_a_stored_answer_tells_what_became_of_a_set(status):
    found = read_check(status, has_responses=True)

    is_proof = status in (None, 0)
    assert (found is ExchangeHappening.ANSWER_FOUND) is is_proof
    assert read_check(status, has_responses=False) is ExchangeHappening.NOTHING_FOUND


@pytest.mark.parametrize("status", CODES)
def test_only_a_set_whose_id_was_refused_certainly_did_not_run(status):
    """600 and 9002 speak of what QuickBooks kept; 9005 of an answer that it could not keep."""
    assert certainly_did_not_run(status, has_responses=False) is (status in (9001, 9004))
    assert not certainly_did_not_run(status, has_responses=True)


SECONDS = st.floats(0, 600).map(lambda seconds: timedelta(seconds=seconds))
SIZES = st.integers(SMALLEST_SET, LARGEST_SET)
BYTES = st.integers(0, 64 * 1024 * 1024)
QUICK, SLOW = timedelta(seconds=1), timedelta(seconds=21)


@given(SIZES, SIZES, SECONDS, BYTES)
def test_a_set_never_grows_beyond_its_bounds(size, sent, took, answer_bytes):
    after = next_set_size(size, sent=sent, took=took, answer_bytes=answer_bytes)

    assert SMALLEST_SET <= after <= LARGEST_SET
    assert after <= 2 * size


@given(SIZES, st.integers(0, LARGEST_SET), BYTES)
def test_a_slow_answer_halves_what_was_sent(size, sent, answer_bytes):
    after = next_set_size(size, sent=sent, took=SLOW, answer_bytes=answer_bytes)

    assert after == max(1, min(size, sent) // 2)


@given(SIZES, SIZES, SECONDS)
def test_a_large_answer_halves_what_was_sent(size, sent, took):
    after = next_set_size(size, sent=sent, took=took, answer_bytes=4 * 1024 * 1024 + 1)

    assert after == max(1, min(size, sent) // 2)


@given(SIZES, SIZES, SECONDS, BYTES)
def test_only_a_full_set_that_was_answered_quickly_doubles(size, sent, took, answer_bytes):
    """What a small set shows about a large one is nothing."""
    after = next_set_size(size, sent=sent, took=took, answer_bytes=answer_bytes)

    if after > size:
        assert sent >= size
        assert took < timedelta(seconds=4)
        assert answer_bytes < 1024 * 1024
        assert after == min(LARGEST_SET, 2 * size)


def test_a_quick_computer_reaches_the_largest_set_in_four_steps():
    size = FIRST_SET_SIZE
    for _ in range(4):
        size = next_set_size(size, sent=size, took=QUICK, answer_bytes=1000)

    assert size == LARGEST_SET


@pytest.mark.parametrize(
    ("sent", "took", "answer_bytes"),
    [(20, timedelta(seconds=4), 1000), (20, timedelta(seconds=20), 1000), (19, QUICK, 1000),
     (20, QUICK, 1024 * 1024), (20, QUICK, 4 * 1024 * 1024)],
)  # fmt: skip
def test_neither_quick_nor_slow_leaves_it(sent, took, answer_bytes):
    assert next_set_size(20, sent=sent, took=took, answer_bytes=answer_bytes) == 20
