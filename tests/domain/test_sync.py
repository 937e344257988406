"""The life of a sync job: every state with every happening."""

from datetime import timedelta

import pytest

from domain.backoff import Trouble
from domain.sync import (
    ACTIVE,
    IN_FLIGHT,
    OUTCOMES,
    PHASES,
    UNSENT,
    JobHappening,
    JobState,
    SyncOutcome,
    SyncPhase,
    advance,
)
from domain.transitions import IllegalTransition
from tests.builders import NOW, a_job

LATER = NOW + timedelta(seconds=1)

#: Written out on its own, so that a change of the table is a change here too.
MOVES = """
    QUEUED      PLANNED       PLANNED
    QUEUED      ALREADY_HELD  APPLIED
    QUEUED      OVERLAPPING   CONFLICT
    QUEUED      REFUSED       FAILED
    QUEUED      HELD_BACK     BLOCKED
    QUEUED      WITHDRAWN     CANCELLED
    QUEUED      OVERTAKEN     SUPERSEDED
    PLANNED     RENDERED      READY
    PLANNED     UNRENDERABLE  FAILED
    PLANNED     WITHDRAWN     CANCELLED
    PLANNED     OVERTAKEN     SUPERSEDED
    READY       HANDED_OUT    SENT
    READY       HELD_BACK     BLOCKED
    READY       WITHDRAWN     CANCELLED
    READY       OVERTAKEN     SUPERSEDED
    SENT        CONFIRMED     APPLIED
    SENT        COPY_READ     QUEUED
    SENT        OUTDATED      QUEUED
    SENT        OVERLAPPING   CONFLICT
    SENT        REFUSED       FAILED
    SENT        DELAYED       RETRY_WAIT
    SENT        UNPROCESSED   QUEUED
    SENT        FOUND_MISSING QUEUED
    SENT        ANSWER_LOST   UNKNOWN
    SENT        HELD_BACK     BLOCKED
    RETRY_WAIT  DUE           QUEUED
    RETRY_WAIT  WITHDRAWN     CANCELLED
    RETRY_WAIT  OVERTAKEN     SUPERSEDED
    UNKNOWN     ANSWER_FOUND  SENT
    UNKNOWN     FOUND_APPLIED APPLIED
    UNKNOWN     FOUND_MISSING QUEUED
    UNKNOWN     DELAYED       UNKNOWN
    UNKNOWN     OVERLAPPING   CONFLICT
    UNKNOWN     REFUSED       FAILED
    BLOCKED     RELEASED      QUEUED
    FAILED      RELEASED      QUEUED
    BLOCKED     WITHDRAWN     CANCELLED
    BLOCKED     OVERTAKEN     SUPERSEDED
"""
EXPECTED = {
    (JobState(state), JobHappening(happening)): JobState(after)
    for state, happening, after in (line.split() for line in MOVES.strip().splitlines())
}


@pytest.mark.parametrize("happening", JobHappening)
@pytest.mark.parametrize("state", JobState)
def test_every_state_with_every_happening(state, happening):
    job = a_job(state=state)

    if (state, happening) in EXPECTED:
        assert advance(job, happening, LATER).state is EXPECTED[state, happening]
    else:
        with pytest.raises(IllegalTransition) as refusal:
            advance(job, happening, LATER)
        assert (refusal.value.state, refusal.value.happening) == (state, happening)
        assert job == a_job(state=state)


@pytest.mark.parametrize(
    "state",
    [JobState.APPLIED, JobState.CONFLICT, JobState.CANCELLED, JobState.SUPERSEDED],
)
def test_a_finished_job_stays_as_it_is(state):
    assert not [pair for pair in EXPECTED if pair[0] is state]


def test_a_failed_job_goes_again_only_when_what_it_failed_for_is_there():
    leads_on = [happening for state, happening in EXPECTED if state is JobState.FAILED]

    assert leads_on == [JobHappening.RELEASED]


def test_a_lost_answer_is_never_resent_blindly():
    """QuickBooks may have stored it, so the job may leave UNKNOWN only by what QuickBooks says."""
    lost = advance(a_job(state=JobState.SENT), JobHappening.ANSWER_LOST, LATER)

    for happening in (JobHappening.HANDED_OUT, JobHappening.DUE, JobHappening.OVERTAKEN):
        with pytest.raises(IllegalTransition, match=f"{happening} cannot happen in state UNKNOWN"):
            advance(lost, happening, LATER)


def test_only_handing_out_counts_as_an_attempt():
    ready = a_job(state=JobState.READY, attempts=2)

    sent = advance(ready, JobHappening.HANDED_OUT, LATER)
    delayed = advance(sent, JobHappening.DELAYED, LATER)

    assert (sent.attempts, delayed.attempts) == (3, 3)


def test_every_step_is_dated_and_ends_a_wait():
    waiting = a_job(state=JobState.RETRY_WAIT, next_attempt_at=NOW)

    queued = advance(waiting, JobHappening.DUE, LATER)

    assert queued.updated_at == LATER
    assert queued.next_attempt_at is None


@pytest.mark.parametrize(
    ("state", "happening"),
    [
        (JobState.SENT, JobHappening.CONFIRMED),
        (JobState.SENT, JobHappening.OUTDATED),
        (JobState.UNKNOWN, JobHappening.FOUND_APPLIED),
    ],
)
def test_a_trouble_has_passed_when_quickbooks_works_on_the_write(state, happening):
    in_trouble = a_job(state=state, trouble=Trouble.first_met(NOW))

    assert advance(in_trouble, happening, LATER).trouble is None


@pytest.mark.parametrize(
    ("state", "happening"),
    [
        (JobState.RETRY_WAIT, JobHappening.DUE),
        (JobState.SENT, JobHappening.DELAYED),
        (JobState.SENT, JobHappening.COPY_READ),
        (JobState.SENT, JobHappening.FOUND_MISSING),
        (JobState.SENT, JobHappening.UNPROCESSED),
    ],
)
def test_a_trouble_goes_on_until_then(state, happening):
    """A write that fails, a read that works and a write that fails again are one trouble."""
    trouble = Trouble.first_met(NOW)

    assert advance(a_job(state=state, trouble=trouble), happening, LATER).trouble == trouble


@pytest.mark.parametrize(
    ("before", "happening", "after"),
    [
        (False, JobHappening.OUTDATED, True),
        (True, JobHappening.OUTDATED, True),
        (True, JobHappening.COPY_READ, False),
        (True, JobHappening.FOUND_MISSING, False),
        (True, JobHappening.DELAYED, True),
        (False, JobHappening.UNPROCESSED, False),
    ],
)
def test_only_quickbooks_answer_tells_whether_its_copy_must_be_read(before, happening, after):
    sent = a_job(state=JobState.SENT, must_read=before)

    assert advance(sent, happening, LATER).must_read is after


def test_a_job_tells_what_it_is_for():
    text = str(a_job(version=3, state=JobState.READY))

    assert text == f"SYNC job {a_job().id} at version 3, READY"


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_a_phase_and_an_outcome_for_the_office(state):
    assert PHASES[state] in SyncPhase
    assert OUTCOMES[state] in SyncOutcome


@pytest.mark.parametrize("state", JobState)
def test_the_outcome_is_open_exactly_while_the_job_is_active(state):
    is_open = OUTCOMES[state] in {SyncOutcome.PENDING, SyncOutcome.UNKNOWN}

    assert is_open is (state in ACTIVE)


def test_a_job_is_never_unsent_and_in_flight_at_once():
    assert not UNSENT & IN_FLIGHT
    assert ACTIVE == UNSENT | IN_FLIGHT
