"""What a job's happening means for job, invoice and listeners."""

from datetime import timedelta

import pytest

from domain.actor import QUICKBOOKS, SERVICE
from domain.invoice import ExportOrigin, ExportStatus
from domain.outcome import is_newest, settle, status_event
from domain.sync import JobHappening, JobKind, JobState, SyncPhase
from domain.sync_status import SyncStatus
from domain.transitions import IllegalTransition
from tests.builders import NOW, OLGA, a_job, a_standing, an_id

LATER = NOW + timedelta(seconds=1)
EVENT_ID, ISSUE_ID = an_id(0xE1), an_id(0x15)


def waiting(**changes):
    """An invoice at version 2 that waits for its job."""
    return a_standing(**{"version": 2, "sync_status": SyncStatus.SYNCING, **changes})


def after(state, happening, standing=None, **job):
    return settle(
        standing or waiting(), a_job(state=state, **job), happening, now=LATER, event_id=EVENT_ID
    )


@pytest.mark.parametrize(
    ("state", "happening", "status"),
    [
        (JobState.SENT, JobHappening.CONFIRMED, SyncStatus.SYNCED),
        (JobState.UNKNOWN, JobHappening.FOUND_APPLIED, SyncStatus.SYNCED),
        (JobState.QUEUED, JobHappening.ALREADY_HELD, SyncStatus.SYNCED),
        (JobState.SENT, JobHappening.REFUSED, SyncStatus.ACTION_REQUIRED),
        (JobState.QUEUED, JobHappening.OVERLAPPING, SyncStatus.ACTION_REQUIRED),
        (JobState.PLANNED, JobHappening.UNRENDERABLE, SyncStatus.ACTION_REQUIRED),
        (JobState.READY, JobHappening.HANDED_OUT, SyncStatus.SYNCING),
        (JobState.SENT, JobHappening.DELAYED, SyncStatus.SYNCING),
        (JobState.SENT, JobHappening.ANSWER_LOST, SyncStatus.SYNCING),
        (JobState.UNKNOWN, JobHappening.ANSWER_FOUND, SyncStatus.SYNCING),
        (JobState.UNKNOWN, JobHappening.FOUND_MISSING, SyncStatus.SYNCING),
        (JobState.SENT, JobHappening.HELD_BACK, SyncStatus.SYNCING),
    ],
)
def test_only_a_proof_or_a_refusal_ends_the_wait(state, happening, status):
    settled = after(state, happening)

    assert settled.standing.sync_status is status
    assert settled.event.status is status
    assert settled.event.previous_status is SyncStatus.SYNCING


@pytest.mark.parametrize(
    "happening", [JobHappening.CONFIRMED, JobHappening.REFUSED, JobHappening.DELAYED]
)
@pytest.mark.parametrize(
    "moved_on", [{"version": 3}, {"sync_status": SyncStatus.BYPASSED}], ids=["saved", "bypassed"]
)
def test_a_newer_save_or_a_bypass_stands_whatever_becomes_of_the_older_job(happening, moved_on):
    standing = waiting(**moved_on)

    settled = after(JobState.SENT, happening, standing)

    assert settled.standing.sync_status is standing.sync_status
    assert settled.event.invoice_version == 2


def test_what_quickbooks_confirmed_is_kept_even_under_a_newer_version():
    settled = after(JobState.SENT, JobHappening.CONFIRMED, waiting(version=3))

    assert (settled.standing.synced_version, settled.standing.synced_at) == (2, LATER)


def test_a_refusal_leaves_what_was_confirmed_before():
    settled = after(JobState.SENT, JobHappening.REFUSED, waiting(synced_version=1))

    assert settled.standing.synced_version == 1


def test_an_applied_export_makes_the_invoice_exported():
    posted = a_standing(version=2, export_status=ExportStatus.POSTED, export_origin=None)

    settled = after(JobState.SENT, JobHappening.CONFIRMED, posted, kind=JobKind.EXPORT)

    assert settled.standing.export_status is ExportStatus.EXPORTED
    assert settled.standing.export_origin is ExportOrigin.EXPORTED
    assert settled.standing.sync_status is SyncStatus.NOT_APPLICABLE


def test_a_refused_export_leaves_the_invoice_posted():
    posted = a_standing(version=2, export_status=ExportStatus.POSTED)

    settled = after(JobState.SENT, JobHappening.REFUSED, posted, kind=JobKind.EXPORT)

    assert settled.standing == posted


@pytest.mark.parametrize(
    ("standing", "kind", "newest"),
    [
        (waiting(), JobKind.SYNC, True),
        (waiting(version=3), JobKind.SYNC, False),
        (waiting(sync_status=SyncStatus.SYNCED), JobKind.SYNC, False),
        (waiting(export_status=ExportStatus.POSTED), JobKind.EXPORT, True),
        (waiting(), JobKind.EXPORT, False),
    ],
)
def test_an_invoice_waits_for_the_job_of_its_newest_version(standing, kind, newest):
    assert is_newest(standing, a_job(kind=kind)) is newest


@pytest.mark.parametrize(
    ("happening", "actor", "phase"),
    [
        (JobHappening.CONFIRMED, QUICKBOOKS, SyncPhase.DONE),
        (JobHappening.REFUSED, QUICKBOOKS, SyncPhase.FAILED),
        (JobHappening.DELAYED, QUICKBOOKS, SyncPhase.RETRYING),
        (JobHappening.ANSWER_LOST, SERVICE, SyncPhase.UNKNOWN_OUTCOME),
    ],
)
def test_the_event_tells_who_did_it_and_how_far_the_job_is(happening, actor, phase):
    event = after(JobState.SENT, happening).event

    assert (event.actor, event.phase) == (actor, phase)
    assert (event.id, event.occurred_at) == (EVENT_ID, LATER)


def test_the_event_of_a_refusal_leads_to_its_issue():
    settled = settle(
        waiting(),
        a_job(state=JobState.SENT),
        JobHappening.REFUSED,
        now=LATER,
        event_id=EVENT_ID,
        issue_id=ISSUE_ID,
    )

    assert settled.event.issue_id == ISSUE_ID


def test_an_event_without_a_job_tells_the_invoice_alone():
    standing = waiting(sync_status=SyncStatus.BYPASSED)

    event = status_event(
        standing, None, previous=SyncStatus.SYNCED, actor=OLGA, now=LATER, event_id=EVENT_ID
    )

    assert (event.phase, event.invoice_version, event.actor) == (None, 2, OLGA)


def test_nothing_is_settled_by_what_cannot_happen():
    with pytest.raises(IllegalTransition):
        after(JobState.UNKNOWN, JobHappening.HANDED_OUT)
