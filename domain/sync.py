"""The life of a sync job, as a table.

A job is one intention: QuickBooks shall hold version n of this invoice. Two rules: every change of
a job's state happens in `advance`, and a write whose answer was lost leaves UNKNOWN only through
what QuickBooks itself says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.backoff import Trouble
from domain.transitions import IllegalTransition


class JobState(StrEnum):
    #: Saved; nothing decided yet.
    QUEUED = "QUEUED"
    #: It is known what to ask of QuickBooks.
    PLANNED = "PLANNED"
    #: The request's bytes lie in the queue.
    READY = "READY"
    #: The request left for QuickBooks; its answer is owed.
    SENT = "SENT"
    #: QuickBooks holds it, proven.
    APPLIED = "APPLIED"
    #: QuickBooks was busy; tried again at `next_attempt_at` or, without one, in the next session.
    RETRY_WAIT = "RETRY_WAIT"
    #: The answer was lost: QuickBooks may or may not have it.
    UNKNOWN = "UNKNOWN"
    #: QuickBooks' side changed the same fields; a person decides.
    CONFLICT = "CONFLICT"
    #: QuickBooks refused it; a person decides.
    FAILED = "FAILED"
    #: Waits for another problem, its root.
    BLOCKED = "BLOCKED"
    #: Withdrawn before it was sent.
    CANCELLED = "CANCELLED"
    #: A newer version took its place before it was sent.
    SUPERSEDED = "SUPERSEDED"


class JobKind(StrEnum):
    EXPORT = "EXPORT"
    SYNC = "SYNC"


#: Not yet on its way: may be withdrawn, and a newer version takes its place.
UNSENT = frozenset(
    {JobState.QUEUED, JobState.PLANNED, JobState.READY, JobState.RETRY_WAIT, JobState.BLOCKED}
)
#: On its way or lost on it: holds back every later job of the same invoice.
IN_FLIGHT = frozenset({JobState.SENT, JobState.UNKNOWN})
ACTIVE = UNSENT | IN_FLIGHT


class JobHappening(StrEnum):
    PLANNED = "PLANNED"
    RENDERED = "RENDERED"
    #: Nothing to send: QuickBooks' copy already says it all.
    ALREADY_HELD = "ALREADY_HELD"
    #: What we hold cannot be put into qbXML.
    UNRENDERABLE = "UNRENDERABLE"
    HANDED_OUT = "HANDED_OUT"
    #: Status 0, and the returned invoice agrees with ours.
    CONFIRMED = "CONFIRMED"
    #: QuickBooks' copy, which we had asked for, has come.
    COPY_READ = "COPY_READ"
    #: 3200: QuickBooks' copy is newer than the one we know.
    OUTDATED = "OUTDATED"
    #: Both sides changed one field.
    OVERLAPPING = "OVERLAPPING"
    #: QuickBooks says no, and a person must act.
    REFUSED = "REFUSED"
    #: A lock or another passing trouble.
    DELAYED = "DELAYED"
    DUE = "DUE"
    #: 3231, or the set could not be parsed: it certainly did not run.
    UNPROCESSED = "UNPROCESSED"
    ANSWER_LOST = "ANSWER_LOST"
    #: QuickBooks had stored its answer; it is booked as if it had just come.
    ANSWER_FOUND = "ANSWER_FOUND"
    FOUND_APPLIED = "FOUND_APPLIED"
    FOUND_MISSING = "FOUND_MISSING"
    WITHDRAWN = "WITHDRAWN"
    OVERTAKEN = "OVERTAKEN"
    HELD_BACK = "HELD_BACK"
    #: What it waited for, or failed for, is no longer missing.
    RELEASED = "RELEASED"


_S, _H = JobState, JobHappening

TRANSITIONS: Mapping[tuple[JobState, JobHappening], JobState] = {
    (_S.QUEUED, _H.PLANNED): _S.PLANNED,
    (_S.QUEUED, _H.ALREADY_HELD): _S.APPLIED,
    (_S.QUEUED, _H.OVERLAPPING): _S.CONFLICT,
    (_S.QUEUED, _H.REFUSED): _S.FAILED,
    (_S.QUEUED, _H.HELD_BACK): _S.BLOCKED,
    (_S.PLANNED, _H.RENDERED): _S.READY,
    (_S.PLANNED, _H.UNRENDERABLE): _S.FAILED,
    (_S.READY, _H.HANDED_OUT): _S.SENT,
    (_S.READY, _H.HELD_BACK): _S.BLOCKED,
    (_S.SENT, _H.CONFIRMED): _S.APPLIED,
    (_S.SENT, _H.COPY_READ): _S.QUEUED,
    (_S.SENT, _H.OUTDATED): _S.QUEUED,
    (_S.SENT, _H.OVERLAPPING): _S.CONFLICT,
    (_S.SENT, _H.REFUSED): _S.FAILED,
    (_S.SENT, _H.DELAYED): _S.RETRY_WAIT,
    (_S.SENT, _H.UNPROCESSED): _S.QUEUED,
    (_S.SENT, _H.FOUND_MISSING): _S.QUEUED,
    (_S.SENT, _H.ANSWER_LOST): _S.UNKNOWN,
    (_S.SENT, _H.HELD_BACK): _S.BLOCKED,
    (_S.RETRY_WAIT, _H.DUE): _S.QUEUED,
    (_S.UNKNOWN, _H.ANSWER_FOUND): _S.SENT,
    (_S.UNKNOWN, _H.FOUND_APPLIED): _S.APPLIED,
    (_S.UNKNOWN, _H.FOUND_MISSING): _S.QUEUED,
    (_S.UNKNOWN, _H.DELAYED): _S.UNKNOWN,
    (_S.UNKNOWN, _H.OVERLAPPING): _S.CONFLICT,
    (_S.UNKNOWN, _H.REFUSED): _S.FAILED,
    (_S.BLOCKED, _H.RELEASED): _S.QUEUED,
    (_S.FAILED, _H.RELEASED): _S.QUEUED,
    **{(state, _H.WITHDRAWN): _S.CANCELLED for state in UNSENT},
    **{(state, _H.OVERTAKEN): _S.SUPERSEDED for state in UNSENT},
}


#: What we learn about our knowledge of QuickBooks' copy; other happenings leave it as it is.
_MUST_READ: Mapping[JobHappening, bool] = {
    _H.OUTDATED: True, _H.COPY_READ: False, _H.FOUND_MISSING: False
}  # fmt: skip
#: QuickBooks worked on the write, so the passing trouble has passed; a read alone proves nothing.
_ENDS_TROUBLE = frozenset({_H.OUTDATED, _H.CONFIRMED, _H.FOUND_APPLIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncJob:
    id: UUID
    invoice_id: UUID
    connection_id: UUID
    kind: JobKind
    #: The version QuickBooks shall hold.
    version: int
    state: JobState
    #: Read QuickBooks' copy before the next write.
    must_read: bool = False
    #: How often it was sent.
    attempts: int = 0
    next_attempt_at: datetime | None = None
    #: The present run of passing trouble, if it has met one.
    trouble: Trouble | None = None
    #: QuickBooks' TxnID of a lost Add, when that is all it could tell.
    txn_id: str | None = None
    created_at: datetime
    updated_at: datetime

    def __str__(self) -> str:
        return f"{self.kind} job {self.id} at version {self.version}, {self.state}"


def advance(job: SyncJob, happening: JobHappening, now: datetime) -> SyncJob:
    """Give the job after the happening; raise IllegalTransition for a pair the table lacks."""
    try:
        state = TRANSITIONS[job.state, happening]
    except KeyError:
        raise IllegalTransition(job.state, happening) from None
    return replace(
        job,
        state=state,
        updated_at=now,
        attempts=job.attempts + (happening is JobHappening.HANDED_OUT),
        next_attempt_at=None,
        must_read=_MUST_READ.get(happening, job.must_read),
        trouble=None if happening in _ENDS_TROUBLE else job.trouble,
    )


class SyncPhase(StrEnum):
    """What the office is told of a job's progress."""

    QUEUED = "QUEUED"
    WAITING_FOR_CONNECTOR = "WAITING_FOR_CONNECTOR"
    SENT = "SENT"
    VERIFYING = "VERIFYING"
    RETRYING = "RETRYING"
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class SyncOutcome(StrEnum):
    """What is known of a job's effect in QuickBooks."""

    APPLIED = "APPLIED"
    NOT_APPLIED = "NOT_APPLIED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


PHASES: Mapping[JobState, SyncPhase] = {
    _S.QUEUED: SyncPhase.QUEUED,
    _S.PLANNED: SyncPhase.QUEUED,
    _S.READY: SyncPhase.WAITING_FOR_CONNECTOR,
    _S.SENT: SyncPhase.SENT,
    _S.APPLIED: SyncPhase.DONE,
    _S.RETRY_WAIT: SyncPhase.RETRYING,
    _S.UNKNOWN: SyncPhase.UNKNOWN_OUTCOME,
    _S.CONFLICT: SyncPhase.FAILED,
    _S.FAILED: SyncPhase.FAILED,
    _S.BLOCKED: SyncPhase.QUEUED,
    _S.CANCELLED: SyncPhase.CANCELLED,
    _S.SUPERSEDED: SyncPhase.CANCELLED,
}

OUTCOMES: Mapping[JobState, SyncOutcome] = {
    _S.APPLIED: SyncOutcome.APPLIED,
    _S.UNKNOWN: SyncOutcome.UNKNOWN,
    _S.CONFLICT: SyncOutcome.NOT_APPLIED,
    _S.FAILED: SyncOutcome.NOT_APPLIED,
    _S.CANCELLED: SyncOutcome.NOT_APPLIED,
    _S.SUPERSEDED: SyncOutcome.NOT_APPLIED,
    **dict.fromkeys((*UNSENT, _S.SENT), SyncOutcome.PENDING),
}
