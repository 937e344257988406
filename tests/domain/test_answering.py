"""What QuickBooks' answer to a request does to its job."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.answering import Situation, decide_read, decide_write, tax_verdict
from domain.answers import judge_status
from domain.issues import AnswerClass, Verdict
from domain.planning import plan_request, sent_lines
from domain.queue import QbxmlRequest, RequestKind
from domain.quickbooks import InvoiceQuery
from domain.sync import TRANSITIONS, JobHappening, JobState
from tests.builders import (
    COMPANY_FILE_ID,
    CONNECTION_ID,
    NOW,
    TASK_1,
    TASK_2,
    TASK_3,
    a_copy,
    a_job,
    a_line,
    a_task,
    an_id,
    fixture_content,
    fixture_copy,
    fixture_link,
    fixture_wanted,
)

OK = judge_status(0, "Info", "Status OK")
NO_MATCH = judge_status(1, "Info", "")
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
    request = QbxmlRequest(
        id=an_id(0x9E),
        job_id=a_job().id,
        connection_id=CONNECTION_ID,
        kind=kind,
        body=b"",
        wanted=wanted,
        sent_lines=None if is_query else sent_lines(planned),
        created_at=NOW,
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


@pytest.mark.parametrize(("verdict", "copies"), [(NO_MATCH, ()), (OK, (a_copy(txn_id="other"),))])
def test_an_invoice_that_quickbooks_no_longer_has_is_a_person_s_matter(verdict, copies):
    decision = decide_read(reading(), verdict, copies)

    assert decision.happening is JobHappening.REFUSED
    assert decision.verdict.code == "INVOICE_NOT_IN_QUICKBOOKS"
    assert decision.verdict.quickbooks_code == verdict.quickbooks_code


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
    decision = decide_read(recovering(), OK, (fixture_copy(),))

    assert decision.happening is JobHappening.FOUND_MISSING
    assert decision.link is None


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


def test_an_add_that_had_arrived_after_all_is_gone_on_with_and_not_added_again():
    """A fresh job asks first when an earlier Add had left; the planner then goes on from the copy."""
    tune_up, _, filters = fixture_copy().lines
    ours = fixture_copy(external_guid=OURS, lines=(tune_up, filters))

    decision = decide_read(reading(link=None), OK, (ours,))

    assert decision.happening is JobHappening.COPY_READ
    assert decision.link.tasks_by_line == {"1A2B-3": TASK_1, "1A2B-4": TASK_2}


def test_a_lookup_that_was_not_understood_is_no_proof_of_absence():
    """500: QuickBooks does not know the customer by that name, so it looked for nothing."""
    unknown_customer = judge_status(500, "Warn", "")

    decision = decide_read(recovering(link=None), unknown_customer, ())

    assert decision.happening is JobHappening.REFUSED


def test_a_lost_write_on_an_invoice_that_is_gone_is_a_person_s_matter():
    decision = decide_read(recovering(), NO_MATCH, ())

    assert decision.happening is JobHappening.REFUSED


READINGS = [
    (OK, (AGREEING,)),
    (OK, (RIVAL,)),
    (OK, (DUE_DATE_ONLY,)),
    (OK, (fixture_copy(),)),
    (NO_MATCH, ()),
    *((a_verdict(kind), ()) for kind in AnswerClass),
]


@pytest.mark.parametrize("state", [JobState.SENT, JobState.UNKNOWN])
@pytest.mark.parametrize(("verdict", "copies"), READINGS)
def test_whatever_a_query_brings_can_happen_to_its_job(state, verdict, copies):
    decision = decide_read(reading(state=state), verdict, copies)

    assert (state, decision.happening) in TRANSITIONS


@pytest.mark.parametrize(
    ("verdict", "copy"),
    [(OK, AGREEING), (OK, RIVAL), *((a_verdict(kind), None) for kind in AnswerClass)],
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
