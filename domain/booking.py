"""What an answer does to everything it touches: job, invoice, copy, issue, event; all at once.

`answering` decides what happened; here it becomes the values that one transaction stores.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.answering import Decision
from domain.backoff import Trouble, needs_person, next_try
from domain.credit_memos import applied_to
from domain.events import SyncStatusChanged
from domain.issues import AnswerClass, Retry, Step, StepActor, SyncIssue, Verdict
from domain.outcome import APPLIED, Settled, is_newest, settle
from domain.queue import QbxmlRequest
from domain.quickbooks import QuickBooksLink
from domain.standing import Standing
from domain.sync import JobHappening, JobKind, JobState, SyncJob, advance

#: After these the job is unsent again, unless a newer version or a bypass has taken its place.
_GOES_BACK = frozenset(
    {JobHappening.COPY_READ, JobHappening.OUTDATED, JobHappening.DELAYED,
     JobHappening.UNPROCESSED, JobHappening.FOUND_MISSING}
)  # fmt: skip
#: After these QuickBooks may hold something else than the copy we know: it is read before a write.
_UNSETTLES = frozenset(
    {JobHappening.OUTDATED, JobHappening.OVERLAPPING, JobHappening.REFUSED,
     JobHappening.ANSWER_LOST, JobHappening.HELD_BACK}
)  # fmt: skip
_REFUSALS = frozenset({JobHappening.REFUSED, JobHappening.OVERLAPPING, JobHappening.HELD_BACK})
#: A job that was sent this often without coming to rest needs a person.
_MOST_ATTEMPTS = 25
_NO_PROGRESS = Verdict(
    kind=AnswerClass.PERSON,
    code="NO_PROGRESS",
    reason=f"This invoice was sent {_MOST_ATTEMPTS} times and QuickBooks never came to an end.",
    steps=(Step(StepActor.SUPPORT, "Look at the invoice in QuickBooks, then Re-Sync or Bypass."),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request that was sent, with all that its answer may touch; `follow_up` waits behind it."""

    request: QbxmlRequest
    job: SyncJob
    standing: Standing
    link: QuickBooksLink | None
    follow_up: SyncJob | None

    @property
    def is_wanted(self) -> bool:
        """Whether the invoice still waits for this very job."""
        return self.follow_up is None and is_newest(self.standing, self.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What is to be stored together. None and nothing: it stays as it is."""

    jobs: tuple[SyncJob, ...]
    standing: Standing | None = None
    link: QuickBooksLink | None = None
    #: The copy we know may be out of date from now on.
    is_stale: bool = False
    issue: SyncIssue | None = None
    event: SyncStatusChanged | None = None
    #: Jobs that a worker should look at.
    to_plan: tuple[UUID, ...] = ()
    #: The batch of an export that is done.
    finished_batch_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it is booked, under which ids."""

    now: datetime
    event_id: UUID
    issue_id: UUID


def book(case: Case, decision: Decision, at: Moment) -> Booked:
    """Give everything that follows from the decision, for this job and those behind it."""
    if case.job.state is JobState.UNKNOWN and decision.happening is JobHappening.DELAYED:
        return Booked(jobs=(_delayed(advance(case.job, decision.happening, at.now), at),))
    decision = _limited(case, decision, at)
    if decision.happening in _GOES_BACK:
        booked = _go_back(case, decision, at)
    else:
        booked = _finish(case, decision, at)
    return _with_copy(case, decision, booked, at)


def send_again(case: Case, at: Moment) -> Booked:
    """It certainly did not run: the same request is ready again, if it is still wanted."""
    if not case.is_wanted:
        return book(case, Decision(happening=JobHappening.UNPROCESSED), at)
    job = advance(case.job, JobHappening.UNPROCESSED, at.now)
    job = advance(job, JobHappening.PLANNED, at.now)
    settled = _settle(case, job, JobHappening.RENDERED, at)
    return Booked(jobs=(settled.job,), event=settled.event)


def _limited(case: Case, decision: Decision, at: Moment) -> Decision:
    """Passing troubles that do not pass become a person's, and so does going round in circles."""
    if decision.happening is JobHappening.DELAYED:
        retry = decision.verdict.retry if decision.verdict else Retry.BACK_OFF
        if needs_person(_trouble(case.job, at), retry):
            return replace(decision, happening=JobHappening.REFUSED)
        return decision
    if decision.happening not in _GOES_BACK or case.job.attempts < _MOST_ATTEMPTS:
        return decision
    verdict = _no_progress(decision.verdict)
    return replace(decision, happening=JobHappening.REFUSED, verdict=verdict)


def _go_back(case: Case, decision: Decision, at: Moment) -> Booked:
    """The job is unsent again; whatever was saved meanwhile takes its place."""
    happening = decision.happening
    settled = _settle(case, case.job, happening, at)
    job = settled.job
    if happening is JobHappening.DELAYED:
        job = _delayed(job, at)
    if decision.verdict is not None and decision.verdict.retry is Retry.TWICE:
        job = replace(job, must_read=True)  # it may have taken too long, and been saved
    if case.follow_up is not None:
        return _yield(case.follow_up, job, at)
    if not case.is_wanted:
        return Booked(jobs=(advance(job, JobHappening.WITHDRAWN, at.now),))
    to_plan = () if happening is JobHappening.DELAYED else (job.id,)
    return Booked(jobs=(job,), standing=settled.standing, event=settled.event, to_plan=to_plan)


def _delayed(job: SyncJob, at: Moment) -> SyncJob:
    trouble = _trouble(job, at)
    wait = next_try(trouble.tries)
    return replace(job, trouble=trouble, next_attempt_at=None if wait is None else at.now + wait)


def _trouble(job: SyncJob, at: Moment) -> Trouble:
    return Trouble.first_met(at.now) if job.trouble is None else job.trouble.met_again(at.now)


def _yield(follow_up: SyncJob, job: SyncJob, at: Moment) -> Booked:
    newer = replace(follow_up, must_read=follow_up.must_read or job.must_read)
    return Booked(
        jobs=(advance(job, JobHappening.OVERTAKEN, at.now), newer), to_plan=(follow_up.id,)
    )


def _finish(case: Case, decision: Decision, at: Moment) -> Booked:
    """The job has come to rest, or waits to be asked after, or for another problem."""
    happening = decision.happening
    told = happening in APPLIED or (happening in _REFUSALS and is_newest(case.standing, case.job))
    issue = _issue(case, decision.verdict, decision, at) if decision.verdict and told else None
    settled = _settle(case, case.job, happening, at, issue)
    job = replace(settled.job, txn_id=decision.txn_id or settled.job.txn_id)
    to_plan = [job.id] if happening is JobHappening.ANSWER_LOST else []
    if case.follow_up is not None:
        to_plan.append(case.follow_up.id)
    is_exported = job.kind is JobKind.EXPORT and happening in APPLIED
    return Booked(
        jobs=(job,),
        standing=settled.standing,
        issue=issue,
        event=settled.event,
        to_plan=tuple(to_plan),
        finished_batch_id=settled.standing.batch_id if is_exported else None,
    )


def _with_copy(case: Case, decision: Decision, booked: Booked, at: Moment) -> Booked:
    """Keep the copy that came; without one, remember that ours may be out of date."""
    is_stale = decision.happening in _UNSETTLES or bool(decision.adoptions)
    if decision.link is None:
        return replace(booked, is_stale=is_stale)
    verified = at.now if decision.happening in APPLIED else None
    link = replace(decision.link, verified_at=verified, is_stale=is_stale)
    standing = booked.standing
    applied = applied_to(link.copy)
    if applied is not None and decision.held is None:  # beside a rival copy it is the old one
        standing = replace(standing or case.standing, applied=applied)
    return replace(booked, link=link, standing=standing)


def _settle(
    case: Case,
    job: SyncJob,
    happening: JobHappening,
    at: Moment,
    issue: SyncIssue | None = None,
) -> Settled:
    return settle(
        case.standing,
        job,
        happening,
        now=at.now,
        event_id=at.event_id,
        issue_id=None if issue is None else issue.id,
    )


def _issue(case: Case, verdict: Verdict, decision: Decision, at: Moment) -> SyncIssue:
    return SyncIssue(
        id=at.issue_id,
        invoice_id=case.standing.id,
        job_id=case.job.id,
        code=verdict.code,
        reason=verdict.reason,
        steps=verdict.steps,
        quickbooks_code=verdict.quickbooks_code,
        quickbooks_message=verdict.quickbooks_message,
        conflicts=decision.conflicts,
        held=decision.held,
        root_id=decision.root_id,
        object=verdict.object,
        company_file_id=decision.company_file_id,
        opened_at=at.now,
    )


def _no_progress(said: Verdict | None) -> Verdict:
    """Keep QuickBooks' last words beside our own."""
    if said is None:
        return _NO_PROGRESS
    return replace(
        _NO_PROGRESS,
        quickbooks_code=said.quickbooks_code,
        quickbooks_message=said.quickbooks_message,
    )
