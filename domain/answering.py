"""What QuickBooks' answer to a request does to its job: the decision, without the booking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.comparison import (
    Comparison,
    as_text,
    differences,
    foreign_lines,
    is_void,
)
from domain.issues import AnswerClass, Retry, Step, StepActor, Verdict
from domain.merge import FieldConflict, reconcile
from domain.planning import match_lines, plan_request
from domain.queue import QbxmlRequest
from domain.quickbooks import InvoiceMod, QuickBooksInvoice, QuickBooksLink
from domain.quickbooks_transactions import CreditMemoMod
from domain.rivals import entered_by_hand
from domain.sync import JobHappening, JobKind, JobState, SyncJob
from domain.tax_parity import tax_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to the job; the copy to keep, if one came; what a person is told, if any.

    `adoptions` changed in QuickBooks alone: their values are taken over before the job goes on.
    With conflicts or adoptions `held` is QuickBooks' side as it is, and what both sides last agreed
    on stays. `txn_id` is all that QuickBooks could tell of a lost Add.
    """

    happening: JobHappening
    link: QuickBooksLink | None = None
    verdict: Verdict | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    adoptions: tuple[FieldConflict, ...] = ()
    held: QuickBooksLink | None = None
    txn_id: str | None = None
    #: With HELD_BACK: the issue that has to be cleared first.
    root_id: UUID | None = None
    #: Where the thing that the verdict names is missing.
    company_file_id: UUID | None = None


#: Happenings that follow from the class of an answer alone.
_BY_CLASS: Mapping[AnswerClass, JobHappening] = {
    AnswerClass.TRANSIENT: JobHappening.DELAYED,
    AnswerClass.CONNECTION: JobHappening.DELAYED,
    AnswerClass.OUTDATED: JobHappening.OUTDATED,
    AnswerClass.UNPROCESSED: JobHappening.UNPROCESSED,
    AnswerClass.PERSON: JobHappening.REFUSED,
    AnswerClass.DEFECT: JobHappening.REFUSED,
    AnswerClass.NOT_FOUND: JobHappening.REFUSED,
    AnswerClass.UNKNOWN_OUTCOME: JobHappening.ANSWER_LOST,
    # status 0 without the invoice proves nothing
    AnswerClass.APPLIED: JobHappening.ANSWER_LOST,
    AnswerClass.WARNING: JobHappening.ANSWER_LOST,
}
_DONE = frozenset({AnswerClass.APPLIED, AnswerClass.WARNING})
#: Understood, and nothing found: by a filter (0 or 1), or by TxnID (500). A warning about the
#: question itself (501, 510) proves nothing.
_NOT_AMONG_THEM, _NO_SUCH_ID = frozenset({0, 1}), 500
_TELLS_OF_ABSENCE = _NOT_AMONG_THEM | {_NO_SUCH_ID}
#: Length of the path ("tasks", task id).
_WHOLE_LINE = 2
_READ_BACK = Step(
    StepActor.BOOKKEEPER,
    "Look at the invoice in QuickBooks. Re-Sync to write our values again, or Bypass to leave it.",
)
_CHOOSE = Step(
    StepActor.OFFICE,
    "Compare the values and choose, field by field, ours or QuickBooks'; or Bypass.",
)
_FIND_IT = Step(
    StepActor.BOOKKEEPER,
    "Search QuickBooks for the invoice by number and customer (Reports > Accountant & Taxes > Audit"
    " Trail shows who deleted it). Bypass here to keep our side only; it is never created again by"
    " itself.",
)
_UNVOID = Step(
    StepActor.BOOKKEEPER,
    "If it was voided by mistake, undo that in QuickBooks and Re-Sync. Otherwise Bypass: a void is"
    " never overwritten.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when an answer comes."""

    job: SyncJob
    request: QbxmlRequest
    link: QuickBooksLink | None
    company_file_id: UUID
    now: datetime


def decide_write(
    at: Situation,
    verdict: Verdict,
    copy: QuickBooksInvoice | None,
    *,
    told_txn_id: str | None = None,
) -> Decision:
    """Give what an Add's or Mod's answer means: applied only with status 0 and an agreeing copy.

    An answer that QuickBooks had stored may hold the TxnID alone; then the copy is asked for.
    """
    if verdict.kind is AnswerClass.PERSON and _names_itself(at, verdict):
        return Decision(happening=JobHappening.OUTDATED, verdict=verdict)
    if verdict.kind not in _DONE or copy is None:
        return Decision(happening=_BY_CLASS[verdict.kind], verdict=verdict, txn_id=told_txn_id)
    link = _acknowledged(at, copy)
    return _prove(at, link, JobHappening.CONFIRMED)


def decide_read(at: Situation, verdict: Verdict, copies: tuple[QuickBooksInvoice, ...]) -> Decision:
    """Give what a query's answer means, for a planned read and for a write with a lost answer."""
    copy = _ours(at, copies)
    if copy is not None and is_void(copy) and not at.request.wanted.is_zero:
        return _voided(at, copy)
    if at.job.state is JobState.UNKNOWN:
        return _recover(at, verdict, copy)
    if copy is not None:
        return _merge(at, at.link, copy)
    doubled = _doubled(at, copies)
    if doubled is not None:
        return Decision(happening=JobHappening.REFUSED, verdict=doubled)
    if verdict.quickbooks_code in _TELLS_OF_ABSENCE:
        return _missing(at, verdict)
    happening = _BY_CLASS[verdict.kind]
    if happening is JobHappening.ANSWER_LOST:  # a read changes nothing: simply ask again
        happening = JobHappening.DELAYED
        verdict = replace(verdict, retry=Retry.BACK_OFF)
    return Decision(happening=happening, verdict=verdict)


def _names_itself(at: Situation, verdict: Verdict) -> bool:
    """Tell whether what QuickBooks does not find is the invoice: then its copy is asked for."""
    thing = verdict.object
    return at.link is not None and thing is not None and thing.name == at.link.copy.txn_id


def tax_verdict(link: QuickBooksLink, request: QbxmlRequest) -> Verdict | None:
    """Give the remark that QuickBooks computed another tax, None when it agrees."""
    found = tax_difference(request.wanted, link.copy, link.tasks_by_line)
    if found is None:
        return None
    return Verdict(
        kind=AnswerClass.WARNING, code="TAX_PARITY", reason=found.reason, steps=(found.step,)
    )


def _acknowledged(at: Situation, copy: QuickBooksInvoice) -> QuickBooksLink:
    known = {} if at.link is None else at.link.tasks_by_line
    sent = at.request.sent_lines
    lines = known if sent is None else match_lines(sent, at.request.wanted, copy.lines)
    return _link(at, copy, lines)


def _prove(at: Situation, link: QuickBooksLink, happening: JobHappening) -> Decision:
    compared = differences(at.request.wanted, link.copy, link.tasks_by_line)
    differing = (*(_as_conflict(c) for c in compared), *_lost_lines(at, link.copy))
    if not differing:
        return Decision(happening=happening, link=link, verdict=tax_verdict(link, at.request))
    paths = ", ".join(".".join(c.path) for c in differing)
    verdict = Verdict(
        kind=AnswerClass.PERSON,
        code="READ_BACK_DIFFERS",
        reason=f"QuickBooks saved the {_word(at)}, but what it returned differs from ours in:"
        f" {paths}.",
        steps=(_READ_BACK,),
    )
    return Decision(
        happening=JobHappening.REFUSED,
        link=link,
        verdict=verdict,
        conflicts=differing,
    )


def _lost_lines(at: Situation, copy: QuickBooksInvoice) -> tuple[FieldConflict, ...]:
    """Give the lines that are not ours and that a write of ours which named lines has lost.

    A write that names lines deletes those it leaves out, so it names these too.
    """
    if at.link is None or not _names_lines(at):
        return ()
    held = {line.txn_line_id for line in copy.lines}
    known = foreign_lines(at.link.copy, at.link.tasks_by_line)
    lost = [
        (line.txn_line_id, line.description or as_text(line.item))
        for line in known
        if line.txn_line_id not in held
    ]
    return tuple(FieldConflict(("lines", line_id), text, text, None) for line_id, text in lost)


def _names_lines(at: Situation) -> bool:
    """Tell it of the write itself; of a lost one by what must have been sent."""
    if at.request.kind.is_write:
        return at.request.sent_lines is not None
    lost = plan_request(at.request.wanted, at.link, must_read=False)
    return isinstance(lost, InvoiceMod | CreditMemoMod) and lost.lines is not None


def _merge(at: Situation, base: QuickBooksLink | None, copy: QuickBooksInvoice) -> Decision:
    """Go on with the copy we had asked for, unless both sides changed one field."""
    if base is None:  # an earlier Add had arrived after all; what was changed since is not known
        return _prove(at, _found(at, copy), JobHappening.COPY_READ)
    return _reconcile(at, base, _link(at, copy, base.tasks_by_line), JobHappening.COPY_READ)


def _reconcile(
    at: Situation,
    base: QuickBooksLink,
    held: QuickBooksLink,
    otherwise: JobHappening,
    doubtful: tuple[FieldConflict, ...] = (),
) -> Decision:
    lines = {**base.tasks_by_line, **held.tasks_by_line}
    found = reconcile(at.request.wanted, base.copy, held.copy, lines)
    # what a lost write had added is known as ours from now on, or it would be added again.
    known = None if lines == base.tasks_by_line else replace(base, tasks_by_line=lines)
    if found.conflicts or doubtful:
        return replace(conflicting(held, (*found.conflicts, *doubtful)), link=known)
    if found.adoptions:
        return Decision(happening=otherwise, adoptions=found.adoptions, held=held, link=known)
    return Decision(happening=otherwise, link=held)


def conflicting(held: QuickBooksLink, conflicts: tuple[FieldConflict, ...]) -> Decision:
    """Give the decision that a person must choose between ours and QuickBooks'."""
    verdict = Verdict(
        kind=AnswerClass.PERSON,
        code="EDIT_CONFLICT",
        reason="QuickBooks' copy was changed in the same fields; nothing was overwritten.",
        steps=(_CHOOSE,),
    )
    return Decision(
        happening=JobHappening.OVERLAPPING, verdict=verdict, conflicts=conflicts, held=held
    )


def _voided(at: Situation, copy: QuickBooksInvoice) -> Decision:
    """A void stands: it is neither overwritten nor made again."""
    verdict = Verdict(
        kind=AnswerClass.PERSON,
        code="INVOICE_VOIDED",
        reason=f"This {_word(at)} was voided in QuickBooks; nothing was overwritten.",
        steps=(_UNVOID,),
    )
    link = _found(at, copy) if at.link is None else None
    return Decision(happening=JobHappening.REFUSED, link=link, verdict=verdict)


def _recover(at: Situation, verdict: Verdict, copy: QuickBooksInvoice | None) -> Decision:
    """Tell from QuickBooks' copy whether a write arrived whose answer was lost."""
    if copy is None:
        if verdict.quickbooks_code in _TELLS_OF_ABSENCE:
            return _missing(at, verdict)
        return Decision(happening=JobHappening.DELAYED, verdict=verdict)
    link = _found(at, copy)
    if at.link is None or not differences(at.request.wanted, copy, link.tasks_by_line):
        return _prove(at, link, JobHappening.FOUND_APPLIED)
    return _not_applied(at, at.link, link)


def _not_applied(at: Situation, base: QuickBooksLink, found: QuickBooksLink) -> Decision:
    """The write did not arrive; go on with this copy, unless both sides changed one field."""
    doubtful = _disguised_lines(at, base, found)
    return _reconcile(at, base, found, JobHappening.FOUND_MISSING, doubtful)


def _disguised_lines(
    at: Situation, base: QuickBooksLink, found: QuickBooksLink
) -> tuple[FieldConflict, ...]:
    """Give our new lines that may be there after all, with an item that somebody changed since.

    Sent again they would be there twice, so a line of unknown origin makes them a person's matter.
    """
    shown = {line.txn_line_id for line in base.copy.lines}
    strange = any(
        line.item is not None and not line.is_group
        for line in foreign_lines(found.copy, found.tasks_by_line)
        if line.txn_line_id not in shown
    )
    if not strange:
        return ()
    old = {("tasks", str(task)) for task in base.tasks_by_line.values()}
    compared = differences(at.request.wanted, found.copy, found.tasks_by_line)
    return tuple(
        _as_conflict(c)
        for c in compared
        if c.quickbooks is None and len(c.path) == _WHOLE_LINE and c.path not in old
    )


def _found(at: Situation, copy: QuickBooksInvoice) -> QuickBooksLink:
    """Whose line is whose when the write's own answer is lost: known ids, new ones by value."""
    known = {} if at.link is None else at.link.tasks_by_line
    held = {line.txn_line_id for line in copy.lines}
    kept = [(line, task) for line, task in known.items() if line in held]
    foreign = () if at.link is None else (
        line.txn_line_id for line in at.link.copy.lines if line.txn_line_id not in known
    )  # fmt: skip
    new = [("-1", line.task_id) for line in at.request.wanted.lines
           if line.task_id not in known.values()]  # fmt: skip
    sent = [*kept, *((line, None) for line in foreign), *new]
    return _link(at, copy, match_lines(sent, at.request.wanted, copy.lines))


def _ours(at: Situation, copies: tuple[QuickBooksInvoice, ...]) -> QuickBooksInvoice | None:
    """Find our invoice: numbers are not unique, so without a TxnID only our GUID tells."""
    if at.link is not None:
        return next((copy for copy in copies if copy.txn_id == at.link.copy.txn_id), None)
    guid = at.request.wanted.external_guid.casefold()
    return next(
        (
            copy
            for copy in copies
            if (copy.external_guid or "").casefold() == guid or copy.txn_id == at.job.txn_id
        ),
        None,
    )


def _doubled(at: Situation, copies: tuple[QuickBooksInvoice, ...]) -> Verdict | None:
    """Of a job without a link `must_read` says that QuickBooks may hold another's invoice of it."""
    if at.link is not None or not at.job.must_read or at.job.kind is not JobKind.EXPORT:
        return None
    return entered_by_hand(at.request.wanted, copies)


def _missing(at: Situation, verdict: Verdict) -> Decision:
    """A linked invoice is gone; another never arrived, if the question was understood."""
    is_known = at.link is not None or at.job.txn_id is not None
    if not is_known and verdict.quickbooks_code in _NOT_AMONG_THEM:
        return Decision(happening=JobHappening.FOUND_MISSING)
    if not is_known:  # its customer is unknown, so nothing was looked up
        return Decision(happening=JobHappening.REFUSED, verdict=verdict)
    gone = Verdict(
        kind=AnswerClass.PERSON,
        code="INVOICE_DELETED",
        reason=f"QuickBooks no longer has this {_word(at)}: it was deleted or replaced there.",
        steps=(_FIND_IT,),
        quickbooks_code=verdict.quickbooks_code,
        quickbooks_message=verdict.quickbooks_message,
    )
    return Decision(happening=JobHappening.REFUSED, verdict=gone)


def _word(at: Situation) -> str:
    return at.request.wanted.kind.lower().replace("_", " ")


def _link(at: Situation, copy: QuickBooksInvoice, lines: Mapping[str, UUID]) -> QuickBooksLink:
    held = {line.txn_line_id for line in copy.lines}
    return QuickBooksLink(
        company_file_id=at.company_file_id,
        connection_id=at.job.connection_id,
        copy=_with_payments(at, copy),
        tasks_by_line={line: task for line, task in lines.items() if line in held},
        read_at=at.now,
        verified_at=None,
    )


def _with_payments(at: Situation, copy: QuickBooksInvoice) -> QuickBooksInvoice:
    """Keep the payments that were read: the answer to a write tells their sum alone."""
    if at.link is None or copy.linked or at.link.copy.applied != copy.applied:
        return copy
    return replace(copy, linked=at.link.copy.linked)


def _as_conflict(comparison: Comparison) -> FieldConflict:
    return FieldConflict(comparison.path, None, comparison.ours, comparison.quickbooks)
