"""What an answer does to job, invoice, copy, issue and listeners; all at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answering import Decision
from domain.backoff import GIVE_UP_AFTER, Trouble
from domain.booking import Booked, Case, Moment, book, send_again
from domain.invoice import ExportOrigin, ExportStatus
from domain.issues import AnswerClass, ObjectKind, QuickBooksObject, Retry, Step, StepActor, Verdict
from domain.merge import FieldConflict
from domain.outcome import APPLIED
from domain.sync import IN_FLIGHT, TRANSITIONS, UNSENT, JobHappening, JobKind, JobState
from domain.sync_status import SyncStatus
from tests.builders import (
    BATCH_ID,
    COMPANY_FILE_ID,
    NOW,
    a_copy,
    a_job,
    a_link,
    a_request,
    a_standing,
    an_id,
)

LATER = NOW + timedelta(seconds=1)
AT = Moment(now=LATER, event_id=an_id(0xE1), issue_id=an_id(0x15))
REFUSAL = Verdict(
    kind=AnswerClass.PERSON,
    code="CODE",
    reason="A reason.",
    steps=(Step(StepActor.OFFICE, "Do something."),),
    quickbooks_code=3140,
    quickbooks_message="QuickBooks' words.",
    object=QuickBooksObject(ObjectKind.ITEM, "Filter"),
)
LOCKED = replace(REFUSAL, kind=AnswerClass.TRANSIENT, retry=Retry.BACK_OFF, object=None)
BROKEN = replace(LOCKED, retry=Retry.TWICE)
AWAY = replace(LOCKED, kind=AnswerClass.CONNECTION, retry=Retry.EACH_SESSION)
FOLLOW_UP = a_job(id=an_id(0xF0), version=3, state=JobState.QUEUED)
WAITS, SAVED, BYPASSED = (
    a_standing(version=2, sync_status=SyncStatus.SYNCING),
    a_standing(version=3, sync_status=SyncStatus.SYNCING),
    a_standing(version=3, sync_status=SyncStatus.BYPASSED),
)


def a_case(state=JobState.SENT, *, standing=WAITS, follow_up=None, link=None, **job):
    return Case(
        request=a_request(),
        job=a_job(state=state, **job),
        standing=standing,
        link=link or a_link(),
        follow_up=follow_up,
    )


def overtaken(state=JobState.SENT, **job):
    """The invoice was saved again while the job was on its way."""
    return a_case(state, standing=SAVED, follow_up=FOLLOW_UP, **job)


def bypassed(state=JobState.SENT, **job):
    """The invoice was bypassed while the job was on its way."""
    return a_case(state, standing=BYPASSED, **job)


def a_decision(happening, **changes):
    return replace(Decision(happening=happening), **changes)


def booked_job(booked):
    return booked.jobs[0]


#: What is decided of a job whose invoice waits for it, and whether a person is told.
ENDS = [
    (JobState.SENT, JobHappening.CONFIRMED, JobState.APPLIED, SyncStatus.SYNCED),
    (JobState.UNKNOWN, JobHappening.FOUND_APPLIED, JobState.APPLIED, SyncStatus.SYNCED),
    (JobState.SENT, JobHappening.REFUSED, JobState.FAILED, SyncStatus.ACTION_REQUIRED),
    (JobState.UNKNOWN, JobHappening.REFUSED, JobState.FAILED, SyncStatus.ACTION_REQUIRED),
    (JobState.SENT, JobHappening.OVERLAPPING, JobState.CONFLICT, SyncStatus.ACTION_REQUIRED),
    (JobState.UNKNOWN, JobHappening.OVERLAPPING, JobState.CONFLICT, SyncStatus.ACTION_REQUIRED),
    (JobState.SENT, JobHappening.HELD_BACK, JobState.BLOCKED, SyncStatus.SYNCING),
]
BACK = [
    (JobState.SENT, JobHappening.COPY_READ, JobState.QUEUED),
    (JobState.SENT, JobHappening.OUTDATED, JobState.QUEUED),
    (JobState.SENT, JobHappening.UNPROCESSED, JobState.QUEUED),
    (JobState.SENT, JobHappening.FOUND_MISSING, JobState.QUEUED),
    (JobState.UNKNOWN, JobHappening.FOUND_MISSING, JobState.QUEUED),
    (JobState.SENT, JobHappening.DELAYED, JobState.RETRY_WAIT),
]


@pytest.mark.parametrize(("state", "happening", "after", "status"), ENDS)
def test_a_job_that_comes_to_an_end_tells_the_invoice_and_whoever_listens(
    state, happening, after, status
):
    booked = book(a_case(state), a_decision(happening, verdict=REFUSAL), AT)

    assert booked_job(booked).state is after
    assert booked.standing.sync_status is status
    assert booked.event.status is status
    assert booked.issue.id == AT.issue_id == booked.event.issue_id
    assert booked.to_plan == ()


@pytest.mark.parametrize(("state", "happening", "after"), BACK)
def test_a_job_that_goes_back_is_unsent_again_and_its_invoice_goes_on_waiting(
    state, happening, after
):
    verdict = LOCKED if happening is JobHappening.DELAYED else None

    booked = book(a_case(state), a_decision(happening, verdict=verdict), AT)

    assert booked_job(booked).state is after
    assert booked.standing.sync_status is SyncStatus.SYNCING
    assert booked.issue is None
    waits = happening is JobHappening.DELAYED
    assert booked.to_plan == (() if waits else (a_job().id,))


@pytest.mark.parametrize(("state", "happening", "_"), BACK)
def test_a_newer_version_takes_the_place_of_a_job_that_goes_back(state, happening, _):
    booked = book(overtaken(state), a_decision(happening, verdict=LOCKED), AT)

    job, newer = booked.jobs
    assert job.state is JobState.SUPERSEDED
    assert newer == replace(FOLLOW_UP, must_read=job.must_read)
    assert booked.to_plan == (FOLLOW_UP.id,)
    assert (booked.standing, booked.issue, booked.event) == (None, None, None)


def test_a_newer_version_reads_first_what_the_older_one_would_have_read():
    outdated = book(overtaken(), a_decision(JobHappening.OUTDATED), AT)
    unprocessed = book(overtaken(), a_decision(JobHappening.UNPROCESSED), AT)
    asked_already = replace(FOLLOW_UP, must_read=True)
    case = a_case(standing=SAVED, follow_up=asked_already)
    kept = book(case, a_decision(JobHappening.COPY_READ, link=a_link()), AT)

    assert outdated.jobs[1].must_read
    assert not unprocessed.jobs[1].must_read
    assert kept.jobs[1].must_read


@pytest.mark.parametrize(("state", "happening", "_"), BACK)
def test_a_bypass_withdraws_a_job_that_goes_back(state, happening, _):
    booked = book(bypassed(state), a_decision(happening, verdict=LOCKED), AT)

    assert booked_job(booked).state is JobState.CANCELLED
    assert booked.to_plan == ()
    assert (booked.standing, booked.issue, booked.event) == (None, None, None)


REFUSALS = [row for row in ENDS if row[1] not in APPLIED]


@pytest.mark.parametrize("case", [overtaken, bypassed])
@pytest.mark.parametrize(("state", "happening", "after", "_"), REFUSALS)
def test_nobody_is_told_of_a_refusal_that_nobody_waits_for(state, happening, after, _, case):
    before = case(state)

    booked = book(before, a_decision(happening, verdict=REFUSAL), AT)

    assert booked_job(booked).state is after
    assert booked.issue is None
    assert booked.event.issue_id is None
    assert booked.standing.sync_status is before.standing.sync_status


@pytest.mark.parametrize("case", [overtaken, bypassed])
def test_what_quickbooks_confirmed_is_kept_whatever_was_saved_since(case):
    before = case()

    booked = book(before, a_decision(JobHappening.CONFIRMED, link=a_link()), AT)

    assert booked_job(booked).state is JobState.APPLIED
    assert (booked.standing.synced_version, booked.standing.synced_at) == (2, LATER)
    assert booked.standing.sync_status is before.standing.sync_status
    assert booked.link.verified_at == LATER


@pytest.mark.parametrize(("state", "happening", "after", "_"), ENDS)
def test_a_newer_version_goes_as_soon_as_the_older_one_has_come_to_an_end(
    state, happening, after, _
):
    booked = book(overtaken(state), a_decision(happening, verdict=REFUSAL), AT)

    assert booked.to_plan == (FOLLOW_UP.id,)


def test_a_job_whose_answer_was_lost_is_asked_after():
    booked = book(a_case(), a_decision(JobHappening.ANSWER_LOST, verdict=REFUSAL), AT)

    assert booked_job(booked).state is JobState.UNKNOWN
    assert booked.to_plan == (a_job().id,)
    assert booked.issue is None
    assert booked.standing.sync_status is SyncStatus.SYNCING
    assert booked.is_stale


def test_what_quickbooks_told_of_a_lost_add_is_kept():
    told = book(a_case(), a_decision(JobHappening.ANSWER_LOST, txn_id="9F-1"), AT)
    again = book(a_case(txn_id="9F-1"), a_decision(JobHappening.ANSWER_LOST), AT)

    assert booked_job(told).txn_id == booked_job(again).txn_id == "9F-1"


@pytest.mark.parametrize("case", [a_case, overtaken, bypassed])
def test_a_question_after_a_lost_write_that_is_delayed_changes_nothing_else(case):
    """Whatever was saved since, it has to be known first what QuickBooks holds."""
    booked = book(case(JobState.UNKNOWN), a_decision(JobHappening.DELAYED, verdict=LOCKED), AT)

    job = booked_job(booked)
    assert booked == Booked(jobs=(job,))
    assert job.state is JobState.UNKNOWN
    assert job.next_attempt_at == LATER + timedelta(seconds=2)


def test_no_time_turns_a_lost_write_into_a_person_s_matter():
    """It may be in QuickBooks: nobody could tell a person what to do."""
    trouble = Trouble(tries=99, tried_for=timedelta(days=1), last_try_at=NOW)
    case = a_case(JobState.UNKNOWN, trouble=trouble, attempts=99)

    booked = book(case, a_decision(JobHappening.DELAYED, verdict=LOCKED), AT)

    assert booked_job(booked).state is JobState.UNKNOWN
    assert booked.issue is None


@pytest.mark.parametrize(("tries", "seconds"), [(0, 2), (1, 8), (2, 30), (3, None), (9, None)])
def test_a_delayed_job_waits_longer_each_time_and_then_for_a_session(tries, seconds):
    trouble = None if not tries else Trouble(tries=tries, tried_for=timedelta(), last_try_at=NOW)

    booked = book(a_case(trouble=trouble), a_decision(JobHappening.DELAYED, verdict=LOCKED), AT)

    job = booked_job(booked)
    assert job.state is JobState.RETRY_WAIT
    assert job.trouble.tries == tries + 1
    assert job.next_attempt_at == (seconds and LATER + timedelta(seconds=seconds))


def test_a_delay_without_a_word_waits_too():
    booked = book(a_case(), a_decision(JobHappening.DELAYED), AT)

    assert booked_job(booked).state is JobState.RETRY_WAIT


def test_a_trouble_of_a_quarter_of_an_hour_is_a_person_s_matter():
    trouble = Trouble(tries=9, tried_for=GIVE_UP_AFTER, last_try_at=NOW)
    decision = a_decision(JobHappening.DELAYED, verdict=LOCKED)

    booked = book(a_case(trouble=trouble), decision, AT)

    assert booked_job(booked).state is JobState.FAILED
    assert booked.issue.reason == LOCKED.reason
    assert booked.standing.sync_status is SyncStatus.ACTION_REQUIRED


def test_no_invoice_is_blamed_for_its_connection():
    trouble = Trouble(tries=999, tried_for=timedelta(days=9), last_try_at=NOW)
    case = a_case(trouble=trouble, attempts=999)

    booked = book(case, a_decision(JobHappening.DELAYED, verdict=AWAY), AT)

    assert booked_job(booked).state is JobState.RETRY_WAIT
    assert booked.issue is None


def test_an_internal_error_of_quickbooks_is_looked_into_before_the_next_try():
    """It may have taken too long, and been saved all the same."""
    booked = book(a_case(), a_decision(JobHappening.DELAYED, verdict=BROKEN), AT)

    assert booked_job(booked).must_read

    newer = book(overtaken(), a_decision(JobHappening.DELAYED, verdict=BROKEN), AT)

    assert newer.jobs[1].must_read


def test_a_lock_changes_nothing_so_nothing_has_to_be_read():
    booked = book(a_case(), a_decision(JobHappening.DELAYED, verdict=LOCKED), AT)

    assert not booked_job(booked).must_read


def test_an_internal_error_that_comes_a_third_time_is_a_person_s_matter():
    """Though QuickBooks' copy was read without trouble between the tries."""
    case = a_case()
    for _ in range(2):
        job = booked_job(book(case, a_decision(JobHappening.DELAYED, verdict=BROKEN), AT))
        assert job.state is JobState.RETRY_WAIT
        read = a_decision(JobHappening.COPY_READ, link=a_link())
        job = booked_job(book(replace(case, job=replace(job, state=JobState.SENT)), read, AT))
        assert not job.must_read
        case = replace(case, job=replace(job, state=JobState.SENT))

    booked = book(case, a_decision(JobHappening.DELAYED, verdict=BROKEN), AT)

    assert booked_job(booked).state is JobState.FAILED
    assert booked.issue is not None


def test_an_add_that_was_not_found_is_added_and_not_asked_for_for_ever():
    """An internal error, then the question; QuickBooks does not have it."""
    asked = a_case(must_read=True)

    booked = book(asked, a_decision(JobHappening.FOUND_MISSING), AT)

    assert not booked_job(booked).must_read


CIRCLES = [row for row in BACK if row[1] is not JobHappening.DELAYED]


@pytest.mark.parametrize(("state", "happening", "_"), CIRCLES)
def test_a_job_that_goes_round_in_circles_is_a_person_s_matter(state, happening, _):
    going = book(a_case(state, attempts=24), a_decision(happening), AT)
    stopped = book(a_case(state, attempts=25), a_decision(happening, verdict=REFUSAL), AT)
    silent = book(a_case(state, attempts=25), a_decision(happening), AT)

    assert booked_job(going).state is JobState.QUEUED
    assert booked_job(stopped).state is JobState.FAILED
    assert stopped.issue.code == silent.issue.code == "NO_PROGRESS"
    assert stopped.issue.quickbooks_message == REFUSAL.quickbooks_message
    assert silent.issue.quickbooks_message is None


def test_waiting_for_a_lock_is_no_circle():
    case = a_case(attempts=999)

    booked = book(case, a_decision(JobHappening.DELAYED, verdict=LOCKED), AT)

    assert booked_job(booked).state is JobState.RETRY_WAIT


def test_an_issue_says_all_that_a_person_needs():
    conflict = FieldConflict(("memo",), "base", "ours", "theirs")
    decision = a_decision(
        JobHappening.OVERLAPPING,
        verdict=REFUSAL,
        conflicts=(conflict,),
        held=a_link(),
        root_id=an_id(0x99),
        company_file_id=COMPANY_FILE_ID,
    )

    issue = book(a_case(), decision, AT).issue

    for told in ("code", "reason", "steps", "quickbooks_code", "quickbooks_message", "object"):
        assert getattr(issue, told) == getattr(REFUSAL, told)
    for told in ("conflicts", "held", "root_id", "company_file_id"):
        assert getattr(issue, told) == getattr(decision, told)
    assert (issue.invoice_id, issue.job_id) == (WAITS.id, a_job().id)
    assert issue.opened_at == LATER
    assert issue.resolved_at is None


def test_a_success_without_a_remark_needs_no_issue():
    booked = book(a_case(), a_decision(JobHappening.CONFIRMED, link=a_link()), AT)

    assert booked.issue is None
    assert booked.event.issue_id is None


@pytest.mark.parametrize("case", [a_case, overtaken])
def test_a_remark_on_a_success_is_told_even_of_an_older_version(case):
    """The tax that QuickBooks computed is a fact about its books."""
    booked = book(case(), a_decision(JobHappening.CONFIRMED, verdict=REFUSAL), AT)

    assert booked.issue is not None


# The copy we keep.


@pytest.mark.parametrize(
    ("state", "happening", "stale"),
    [
        (JobState.SENT, JobHappening.CONFIRMED, False),
        (JobState.UNKNOWN, JobHappening.FOUND_APPLIED, False),
        (JobState.SENT, JobHappening.COPY_READ, False),
        (JobState.UNKNOWN, JobHappening.FOUND_MISSING, False),
        (JobState.SENT, JobHappening.DELAYED, False),
        (JobState.SENT, JobHappening.UNPROCESSED, False),
        (JobState.SENT, JobHappening.OUTDATED, True),
        (JobState.SENT, JobHappening.OVERLAPPING, True),
        (JobState.SENT, JobHappening.REFUSED, True),
        (JobState.SENT, JobHappening.ANSWER_LOST, True),
        (JobState.SENT, JobHappening.HELD_BACK, True),
    ],
)
@pytest.mark.parametrize("case", [a_case, overtaken, bypassed])
@pytest.mark.parametrize("link", [None, a_link(verified_at=None)], ids=["no copy", "a copy"])
def test_a_copy_that_may_be_out_of_date_is_read_before_the_next_write(
    state, happening, stale, case, link
):
    booked = book(case(state), a_decision(happening, link=link, verdict=LOCKED), AT)

    assert (booked.is_stale if link is None else booked.link.is_stale) is stale


@pytest.mark.parametrize("case", [a_case, overtaken, bypassed])
def test_changes_that_were_not_taken_over_make_the_copy_stale(case):
    """Behind a newer save or a bypass: whatever is sent next reads QuickBooks' copy again."""
    change = FieldConflict(("memo",), "base", "base", "theirs")
    decision = a_decision(JobHappening.COPY_READ, adoptions=(change,), held=a_link())

    booked = book(case(), decision, AT)

    assert booked.is_stale
    assert booked.link is None


@pytest.mark.parametrize(
    ("state", "happening", "verified_at"),
    [
        (JobState.SENT, JobHappening.CONFIRMED, LATER),
        (JobState.UNKNOWN, JobHappening.FOUND_APPLIED, LATER),
        (JobState.SENT, JobHappening.COPY_READ, None),
        (JobState.UNKNOWN, JobHappening.FOUND_MISSING, None),
        (JobState.SENT, JobHappening.REFUSED, None),
    ],
)
def test_only_a_proven_write_verifies_the_copy(state, happening, verified_at):
    decision = a_decision(happening, link=a_link(verified_at=NOW), verdict=REFUSAL)

    assert book(a_case(state), decision, AT).link.verified_at == verified_at


@pytest.mark.parametrize("case", [a_case, overtaken, bypassed])
def test_payments_that_quickbooks_tells_of_are_kept_with_every_copy(case):
    """QuickBooks shows what was applied as a negative amount."""
    copy = a_copy(applied=Decimal("-10.00"))
    before = case()

    booked = book(before, a_decision(JobHappening.COPY_READ, link=a_link(copy=copy)), AT)

    assert booked.standing.applied == Decimal("10.00")
    assert booked.standing.version == before.standing.version


def test_a_copy_that_tells_nothing_of_payments_leaves_them():
    standing = replace(WAITS, applied=Decimal("5.00"))
    link = a_link(copy=a_copy(applied=None))

    booked = book(a_case(standing=standing), a_decision(JobHappening.CONFIRMED, link=link), AT)

    assert booked.standing.applied == Decimal("5.00")


# Exports and their batches.

POSTED = a_standing(
    version=2, export_status=ExportStatus.POSTED, export_origin=None, batch_id=BATCH_ID
)


def exporting(state=JobState.SENT, standing=POSTED):
    return a_case(state, standing=standing, kind=JobKind.EXPORT)


@pytest.mark.parametrize(
    ("state", "happening"),
    [(JobState.SENT, JobHappening.CONFIRMED), (JobState.UNKNOWN, JobHappening.FOUND_APPLIED)],
)
def test_an_applied_export_is_exported_and_its_batch_may_be_done(state, happening):
    booked = book(exporting(state), a_decision(happening, link=a_link()), AT)

    assert booked.standing.export_status is ExportStatus.EXPORTED
    assert booked.standing.export_origin is ExportOrigin.EXPORTED
    assert booked.finished_batch_id == BATCH_ID


@pytest.mark.parametrize(
    "happening", [JobHappening.REFUSED, JobHappening.ANSWER_LOST, JobHappening.UNPROCESSED]
)
def test_an_export_that_did_not_come_through_leaves_invoice_and_batch(happening):
    booked = book(exporting(), a_decision(happening, verdict=REFUSAL), AT)

    assert booked.standing == POSTED
    assert booked.finished_batch_id is None


def test_a_sync_finishes_no_batch():
    booked = book(a_case(), a_decision(JobHappening.CONFIRMED, link=a_link()), AT)

    assert WAITS.batch_id is not None
    assert booked.finished_batch_id is None


# A set that certainly did not run.


def test_a_request_that_did_not_run_is_ready_again():
    booked = send_again(a_case(), AT)

    assert booked_job(booked).state is JobState.READY
    assert booked.to_plan == ()
    assert booked.event.status is SyncStatus.SYNCING
    assert booked.issue is None


@pytest.mark.parametrize(
    ("case", "after"), [(overtaken, JobState.SUPERSEDED), (bypassed, JobState.CANCELLED)]
)
def test_a_request_that_did_not_run_is_not_sent_again_when_nobody_waits_for_it(case, after):
    assert booked_job(send_again(case(), AT)).state is after


# Whatever comes.

verdicts = st.sampled_from([REFUSAL, LOCKED, BROKEN, AWAY])
troubles = st.none() | st.builds(
    Trouble,
    tries=st.integers(1, 30),
    tried_for=st.timedeltas(timedelta(), timedelta(hours=1)),
    last_try_at=st.just(NOW),
)


@st.composite
def answers(draw):
    """Any decision that can happen to a job on its way, and anything saved behind it."""
    pairs = sorted(
        pair for pair in TRANSITIONS if pair[0] in IN_FLIGHT
        and pair[1] is not JobHappening.ANSWER_FOUND
    )  # fmt: skip
    state, happening = draw(st.sampled_from(pairs))
    standing, follow_up = draw(
        st.sampled_from(
            [(WAITS, None), (SAVED, FOLLOW_UP), (BYPASSED, None), (BYPASSED, FOLLOW_UP)]
        )
    )
    case = a_case(
        state,
        standing=standing,
        follow_up=follow_up,
        attempts=draw(st.integers(1, 30)),
        trouble=draw(troubles),
    )
    link = draw(st.sampled_from([None, a_link()]))
    return case, a_decision(happening, verdict=draw(verdicts), link=link)


@given(answers())
def test_a_person_is_asked_exactly_when_told_why(answer):
    case, decision = answer

    booked = book(case, decision, AT)

    status = case.standing.sync_status if booked.standing is None else booked.standing.sync_status
    if status is SyncStatus.ACTION_REQUIRED:
        assert case.is_wanted
        assert booked.issue is not None
        assert booked_job(booked).state in {JobState.FAILED, JobState.CONFLICT}
    if booked.issue is not None:
        assert booked.event.issue_id == booked.issue.id
    if not case.is_wanted:
        assert status is case.standing.sync_status


@given(answers())
def test_no_job_is_forgotten(answer):
    """Each goes on by a worker, a moment, a session, a root, or has come to its end."""
    case, decision = answer

    booked = book(case, decision, AT)

    job = booked_job(booked)
    if job.state in UNSENT | {JobState.UNKNOWN}:
        waits = {JobState.RETRY_WAIT, JobState.BLOCKED}
        asked = case.job.state is JobState.UNKNOWN
        assert job.id in booked.to_plan or job.state in waits or asked
    elif case.follow_up is not None:
        assert case.follow_up.id in booked.to_plan
    assert {job.id for job in booked.jobs} <= {case.job.id, FOLLOW_UP.id}


@given(answers())
def test_a_lost_write_stays_unknown_until_quickbooks_has_told(answer):
    case, decision = answer

    after = booked_job(book(case, decision, AT)).state

    told = {JobHappening.FOUND_APPLIED, JobHappening.FOUND_MISSING,
            JobHappening.REFUSED, JobHappening.OVERLAPPING}  # fmt: skip
    if case.job.state is JobState.UNKNOWN and decision.happening not in told:
        assert after is JobState.UNKNOWN
    if decision.happening is JobHappening.ANSWER_LOST:
        assert after is JobState.UNKNOWN


@given(answers())
def test_only_a_proof_makes_a_version_the_synced_one(answer):
    case, decision = answer

    booked = book(case, decision, AT)

    if decision.happening not in APPLIED:
        assert booked.standing is None or booked.standing.synced_version is None
        assert booked.finished_batch_id is None
        assert booked.link is None or booked.link.verified_at is None
