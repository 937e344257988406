"""What QuickBooks' answer to a request does to its job."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.answering import Situation, decide_read, decide_write, tax_verdict
from domain.answers import judge_status
from domain.issues import AnswerClass, Verdict
from domain.planning import plan_request, sent_lines
from domain.queue import RequestKind
from domain.quickbooks import InvoiceQuery, Ref
from domain.sync import TRANSITIONS, JobHappening, JobState
from tests.builders import (
    COMPANY_FILE_ID,
    NOW,
    TASK_1,
    TASK_2,
    TASK_3,
    a_copy,
    a_foreign_line,
    a_job,
    a_line,
    a_request,
    a_task,
    fixture_content,
    fixture_copy,
    fixture_link,
    fixture_wanted,
)

OK = judge_status(0, "Info", "Status OK")
NO_MATCH = judge_status(1, "Info", "")
NO_SUCH_ID = judge_status(500, "Warn", "The query request has not been fully completed.")
RENUMBERED = fixture_content(number="21260")
ADDED = replace(
    fixture_content(), tasks=(*fixture_content().tasks, a_task(id=TASK_3, description="New"))
)


def a_verdict(kind):
    return Verdict(kind=kind, code="CODE", reason="A reason.")


def situation(*, content=RENUMBERED, state=JobState.SENT, kind=RequestKind.INVOICE_MOD, **changes):
    """An answer to the request that leads to the content."""
    wanted = fixture_wanted(content)
    link = changes.get("link", fixture_link())
    planned = plan_request(wanted, link, must_read=False)
    is_query = planned is None or isinstance(planned, InvoiceQuery)
    request = a_request(
        kind=kind, wanted=wanted, sent_lines=None if is_query else sent_lines(planned)
    )
    return replace(
        Situation(
            job=a_job(state=state),
            request=request,
            link=link,
            company_file_id=COMPANY_FILE_ID,
            now=NOW,
        ),
        **changes,
    )


def reading(**changes):
    return situation(kind=RequestKind.INVOICE_QUERY, **changes)


def recovering(**changes):
    return reading(state=JobState.UNKNOWN, **changes)


NEW_LINE = a_line(txn_line_id="N-1", description="New")
WITH_NEW_LINE = fixture_copy(edit_sequence="101", lines=(*fixture_copy().lines, NEW_LINE))
AGREEING = fixture_copy(edit_sequence="101", number="21260")
RIVAL = fixture_copy(edit_sequence="101", number="999")
DUE_DATE_ONLY = fixture_copy(edit_sequence="101")
OURS = fixture_wanted().external_guid


def test_a_write_is_confirmed_by_status_0_and_an_agreeing_copy():
    decision = decide_write(situation(), OK, AGREEING)

    assert decision.happening is JobHappening.CONFIRMED
    assert decision.link.copy == AGREEING
    assert decision.link.tasks_by_line == fixture_link().tasks_by_line
    assert decision.verdict is None


def test_a_new_line_finds_its_task_in_the_answer():
    decision = decide_write(situation(content=ADDED), OK, WITH_NEW_LINE)

    assert decision.happening is JobHappening.CONFIRMED
    assert decision.link.tasks_by_line == {"1A2B-3": TASK_1, "1A2B-4": TASK_2, "N-1": TASK_3}


def test_an_add_is_confirmed_too():
    tune_up, _, filters = fixture_copy().lines
    added = fixture_copy(lines=(tune_up, filters))

    decision = decide_write(
        situation(content=fixture_content(), kind=RequestKind.INVOICE_ADD, link=None), OK, added
    )

    assert decision.happening is JobHappening.CONFIRMED
    assert decision.link.tasks_by_line == {"1A2B-3": TASK_1, "1A2B-4": TASK_2}


def test_a_copy_that_does_not_agree_is_no_proof():
    decision = decide_write(situation(), OK, RIVAL)

    assert decision.happening is JobHappening.REFUSED
    assert decision.verdict.code == "READ_BACK_DIFFERS"
    assert [conflict.quickbooks for conflict in decision.conflicts] == ["999"]
    assert decision.link.copy == RIVAL


@pytest.mark.parametrize(
    ("kind", "happening"),
    [
        (AnswerClass.APPLIED, JobHappening.ANSWER_LOST),
        (AnswerClass.WARNING, JobHappening.ANSWER_LOST),
        (AnswerClass.NOT_FOUND, JobHappening.REFUSED),
        (AnswerClass.TRANSIENT, JobHappening.DELAYED),
        (AnswerClass.OUTDATED, JobHappening.OUTDATED),
        (AnswerClass.UNPROCESSED, JobHappening.UNPROCESSED),
        (AnswerClass.PERSON, JobHappening.REFUSED),
        (AnswerClass.CONNECTION, JobHappening.DELAYED),
        (AnswerClass.DEFECT, JobHappening.REFUSED),
        (AnswerClass.UNKNOWN_OUTCOME, JobHappening.ANSWER_LOST),
    ],
)
def test_without_a_copy_the_class_of_the_answer_decides(kind, happening):
    decision = decide_write(situation(), a_verdict(kind), None)

    assert decision.happening is happening
    assert decision.verdict == a_verdict(kind)


def test_a_copy_read_without_rival_changes_leads_on():
    decision = decide_read(reading(), OK, (DUE_DATE_ONLY,))

    assert decision.happening is JobHappening.COPY_READ
    assert decision.link.copy == DUE_DATE_ONLY


def test_a_rival_change_of_our_field_is_a_conflict():
    decision = decide_read(reading(), OK, (RIVAL,))

    assert decision.happening is JobHappening.OVERLAPPING
    assert decision.verdict.code == "EDIT_CONFLICT"
    assert [(c.base, c.ours, c.quickbooks) for c in decision.conflicts] == [
        ("21259", "21260", "999")
    ]


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN])
@pytest.mark.parametrize(
    ("verdict", "copies"),
    [(NO_MATCH, ()), (NO_SUCH_ID, ()), (OK, (a_copy(txn_id="other"),))],
)
def test_an_invoice_that_quickbooks_no_longer_has_is_a_person_s_matter(state, verdict, copies):
    """It is never created again by itself: somebody may have deleted it for a reason."""
    decision = decide_read(reading(state=state), verdict, copies)

    assert decision.happening is JobHappening.REFUSED
    assert decision.verdict.code == "INVOICE_DELETED"
    assert decision.verdict.quickbooks_code == verdict.quickbooks_code
    assert decision.verdict.quickbooks_message == verdict.quickbooks_message


@pytest.mark.parametrize("code", [501, 510, 530, 3250, 9999])
@pytest.mark.parametrize("link", [None, fixture_link()], ids=["added", "linked"])
def test_no_other_answer_proves_that_an_invoice_is_not_there(code, link):
    decision = decide_read(recovering(link=link), judge_status(code, "Warn", ""), ())

    assert decision.happening is JobHappening.DELAYED


@pytest.mark.parametrize(
    ("kind", "happening"),
    [
        (AnswerClass.UNKNOWN_OUTCOME, JobHappening.DELAYED),
        (AnswerClass.TRANSIENT, JobHappening.DELAYED),
        (AnswerClass.PERSON, JobHappening.REFUSED),
    ],
)
def test_a_question_without_an_answer_is_asked_again_unless_a_person_must_act(kind, happening):
    assert decide_read(reading(), a_verdict(kind), ()).happening is happening


def test_a_lost_write_that_arrived_is_found_applied():
    decision = decide_read(recovering(), OK, (AGREEING,))

    assert decision.happening is JobHappening.FOUND_APPLIED
    assert decision.link.copy == AGREEING


def test_a_lost_new_line_is_found_by_value():
    decision = decide_read(recovering(content=ADDED), OK, (WITH_NEW_LINE,))

    assert decision.happening is JobHappening.FOUND_APPLIED
    assert decision.link.tasks_by_line["N-1"] == TASK_3
    assert "1A2B-9" not in decision.link.tasks_by_line


def test_a_lost_write_that_never_arrived_goes_again():
    """What goes again is planned on the copy that was just read."""
    decision = decide_read(recovering(), OK, (fixture_copy(),))

    assert decision.happening is JobHappening.FOUND_MISSING
    assert decision.link.copy == fixture_copy()


def test_a_lost_write_goes_again_on_a_copy_that_only_others_changed_elsewhere():
    decision = decide_read(recovering(), OK, (DUE_DATE_ONLY,))

    assert decision.happening is JobHappening.FOUND_MISSING
    assert decision.link.copy == DUE_DATE_ONLY


def test_a_rival_change_found_instead_of_a_lost_write_is_a_conflict():
    decision = decide_read(recovering(), OK, (RIVAL,))

    assert decision.happening is JobHappening.OVERLAPPING
    assert decision.conflicts


def test_a_lost_add_goes_again_when_no_copy_has_our_guid():
    """A number is not unique in QuickBooks, so another invoice of this number is not ours."""
    at = recovering(link=None)

    for verdict, copies in ((NO_MATCH, ()), (OK, (fixture_copy(external_guid=None),))):
        assert decide_read(at, verdict, copies).happening is JobHappening.FOUND_MISSING


@pytest.mark.parametrize(
    ("number", "happening"),
    [("21260", JobHappening.FOUND_APPLIED), ("999", JobHappening.REFUSED)],
)
def test_a_lost_add_is_found_by_its_guid(number, happening):
    tune_up, _, filters = fixture_copy().lines
    ours = fixture_copy(number=number, external_guid=OURS.upper(), lines=(tune_up, filters))

    decision = decide_read(recovering(link=None), OK, (fixture_copy(external_guid="{0}"), ours))

    assert decision.happening is happening
    assert decision.link.tasks_by_line == {"1A2B-3": TASK_1, "1A2B-4": TASK_2}


@pytest.mark.parametrize(
    ("number", "happening"),
    [("21260", JobHappening.COPY_READ), ("999", JobHappening.REFUSED)],
    ids=["as it was sent", "changed since"],
)
def test_an_add_that_had_arrived_after_all_is_never_added_again(number, happening):
    """A fresh job asks first when an earlier Add had left. Without a copy that both sides agreed on
    a difference may be a bookkeeper's work, so it is not written over."""
    tune_up, _, filters = fixture_copy().lines
    ours = fixture_copy(number=number, external_guid=OURS, lines=(tune_up, filters))

    decision = decide_read(reading(link=None), OK, (ours,))

    assert decision.happening is happening
    assert decision.link.tasks_by_line == {"1A2B-3": TASK_1, "1A2B-4": TASK_2}


def test_a_lookup_that_was_not_understood_is_no_proof_of_absence():
    """500: QuickBooks does not know the customer by that name, so it looked for nothing."""
    for at in (recovering(link=None), reading(link=None)):
        decision = decide_read(at, NO_SUCH_ID, ())

        assert decision.happening is JobHappening.REFUSED
        assert decision.verdict == NO_SUCH_ID


def test_an_add_that_was_asked_for_first_and_never_arrived_is_added_then():
    decision = decide_read(reading(link=None), NO_MATCH, ())

    assert decision.happening is JobHappening.FOUND_MISSING
    assert decision.link is None


def test_a_lost_add_of_which_only_the_txn_id_is_known_is_found_by_it():
    """QuickBooks may store no more of an answer than ErrorRecovery's TxnID."""
    told = decide_write(situation(link=None), OK, None, told_txn_id="9F-1")

    assert told.happening is JobHappening.ANSWER_LOST
    assert told.txn_id == "9F-1"

    tune_up, _, filters = fixture_copy().lines
    ours = fixture_copy(txn_id="9F-1", number="21260", lines=(tune_up, filters))
    at = recovering(link=None)
    at = replace(at, job=replace(at.job, txn_id="9F-1"))

    assert decide_read(at, OK, (ours,)).happening is JobHappening.FOUND_APPLIED


def test_a_lost_add_whose_txn_id_is_known_and_gone_was_deleted():
    at = recovering(link=None)
    at = replace(at, job=replace(at.job, txn_id="9F-1"))

    assert decide_read(at, NO_SUCH_ID, ()).verdict.code == "INVOICE_DELETED"


def missing(name):
    return judge_status(
        3120,
        "Error",
        f'Object "{name}" specified in the request cannot be found.  QuickBooks error message: x',
    )


def test_an_answer_that_quickbooks_does_not_find_the_invoice_itself_is_looked_into():
    """3120 with our own TxnID: the copy is asked for, and tells whether it is gone."""
    decision = decide_write(situation(), missing("1A2B-1"), None)

    assert decision.happening is JobHappening.OUTDATED
    assert decision.verdict == missing("1A2B-1")


@pytest.mark.parametrize("link", [None, fixture_link()], ids=["added", "linked"])
def test_another_thing_that_is_missing_is_a_person_s_matter(link):
    assert decide_write(situation(link=link), missing("80000011-1"), None).happening is (
        JobHappening.REFUSED
    )


VOID = fixture_copy(
    edit_sequence="101",
    memo="VOID: 1042 2026-11-20 HVAC - Fall tune-up",
    subtotal=Decimal("0.00"),
    lines=tuple(replace(line, amount=None) for line in fixture_copy().lines),
)


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN])
def test_a_void_is_never_overwritten(state):
    decision = decide_read(reading(state=state), OK, (VOID,))

    assert decision.happening is JobHappening.REFUSED
    assert decision.verdict.code == "INVOICE_VOIDED"
    assert decision.link is None


def test_a_void_of_an_invoice_whose_add_was_lost_is_linked_to_be_known():
    tune_up, _, filters = VOID.lines
    ours = replace(VOID, external_guid=OURS, lines=(tune_up, filters))

    decision = decide_read(recovering(link=None), OK, (ours,))

    assert decision.verdict.code == "INVOICE_VOIDED"
    assert decision.link.copy == ours


def test_an_invoice_that_shall_be_worth_nothing_is_not_taken_for_a_void():
    tasks = tuple(replace(task, unit_price=Decimal(0)) for task in fixture_content().tasks)
    free = replace(fixture_content(), tasks=tasks)

    decision = decide_read(reading(content=free), OK, (VOID,))

    assert decision.verdict is None or decision.verdict.code != "INVOICE_VOIDED"


def test_what_only_quickbooks_side_changed_is_to_be_taken_over():
    """The copy that both sides agreed on stays until it is."""
    held = fixture_copy(edit_sequence="101", memo="1042 2026-11-20 HVAC - theirs")

    for at, happening in (
        (reading(), JobHappening.COPY_READ),
        (recovering(), JobHappening.FOUND_MISSING),
    ):
        decision = decide_read(at, OK, (held,))

        assert decision.happening is happening
        assert [adoption.path for adoption in decision.adoptions] == [("memo",)]
        assert decision.held.copy == held
        assert decision.link is None


def test_a_conflict_keeps_quickbooks_side_and_the_last_agreement():
    decision = decide_read(reading(), OK, (RIVAL,))

    assert decision.held.copy == RIVAL
    assert decision.link is None


@pytest.mark.parametrize("at", [reading(), recovering()], ids=["read", "lost"])
def test_a_line_of_ours_that_quickbooks_side_deleted_is_not_made_again(at):
    """Neither by a lost write, which goes again on the copy that was read."""
    tune_up, text, _ = fixture_copy().lines

    decision = decide_read(at, OK, (fixture_copy(lines=(tune_up, text)),))

    assert [adoption.path for adoption in decision.adoptions] == [("tasks", str(TASK_2))]
    assert decision.held.tasks_by_line == {"1A2B-3": TASK_1}


def test_a_lost_line_that_somebody_gave_another_item_is_not_added_twice():
    """It is not to be recognised any more, so a person looks which line is which."""
    disguised = replace(NEW_LINE, item=Ref("OTHER"))
    held = fixture_copy(edit_sequence="101", lines=(*fixture_copy().lines, disguised))

    decision = decide_read(recovering(content=ADDED), OK, (held,))

    assert decision.happening is JobHappening.OVERLAPPING
    assert [conflict.path for conflict in decision.conflicts] == [("tasks", str(TASK_3))]


def test_a_bookkeeper_s_new_text_never_stops_a_lost_line():
    text = a_foreign_line(txn_line_id="1A2B-T")
    held = fixture_copy(edit_sequence="101", lines=(*fixture_copy().lines, text))

    decision = decide_read(recovering(content=ADDED), OK, (held,))

    assert decision.happening is JobHappening.FOUND_MISSING


LOST_LINE = fixture_copy(number="21260", lines=(fixture_copy().lines[0], fixture_copy().lines[2]))


WITH_NEW_LINE_ALONE = replace(LOST_LINE, number="21259", lines=(*LOST_LINE.lines, NEW_LINE))


@pytest.mark.parametrize("is_lost", [False, True], ids=["answered", "lost"])
@pytest.mark.parametrize(
    ("content", "copy", "told"),
    [(ADDED, WITH_NEW_LINE_ALONE, [("lines", "1A2B-9")]), (RENUMBERED, LOST_LINE, [])],
    ids=["a write of lines", "a write of a detail"],
)
def test_a_line_of_others_that_our_write_has_lost_is_told(content, copy, told, is_lost):
    """A write that names no lines cannot have deleted one: somebody else did."""
    if is_lost:
        decision = decide_read(recovering(content=content), OK, (copy,))
    else:
        decision = decide_write(situation(content=content), OK, copy)

    assert [conflict.path for conflict in decision.conflicts] == told


READINGS = [
    (OK, (AGREEING,)),
    (OK, (RIVAL,)),
    (OK, (DUE_DATE_ONLY,)),
    (OK, (fixture_copy(),)),
    (OK, (VOID,)),
    (NO_MATCH, ()),
    (NO_SUCH_ID, ()),
    *((a_verdict(kind), ()) for kind in AnswerClass),
]


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN])
@pytest.mark.parametrize(("verdict", "copies"), READINGS)
def test_whatever_a_query_brings_can_happen_to_its_job(state, verdict, copies):
    decision = decide_read(reading(state=state), verdict, copies)

    assert (state, decision.happening) in TRANSITIONS


@pytest.mark.parametrize(
    ("verdict", "copy"),
    [
        (OK, AGREEING),
        (OK, RIVAL),
        (OK, VOID),
        (missing("1A2B-1"), None),
        *((a_verdict(kind), None) for kind in AnswerClass),
    ],
)
def test_whatever_a_write_brings_can_happen_to_its_job(verdict, copy):
    decision = decide_write(situation(), verdict, copy)

    assert (JobState.SENT, decision.happening) in TRANSITIONS


def test_another_tax_in_quickbooks_is_told_with_both_amounts():
    held = replace(fixture_link(), copy=fixture_copy(sales_tax=Decimal("2.93")))

    verdict = tax_verdict(held, situation(content=fixture_content()).request)

    assert (verdict.kind, verdict.code) == (AnswerClass.WARNING, "TAX_PARITY")
    assert "2.93" in verdict.reason
    assert "2.94" in verdict.reason


def test_equal_tax_needs_no_remark():
    assert tax_verdict(fixture_link(), situation().request) is None
