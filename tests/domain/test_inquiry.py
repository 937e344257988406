"""A question to QuickBooks is asked until it is answered, a few times at most, and in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.ids import new_id
from domain.answers import judge_status
from domain.inquiry import (
    MOST_ATTEMPTS,
    MOST_KEPT,
    PAGE_SIZE,
    Findings,
    Inquiry,
    InquiryHappening,
    InquiryState,
    Reply,
    advance_inquiry,
    ask_again,
    hand_out,
    hear,
    next_question,
)
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.transitions import IllegalTransition
from tests.builders import NOW, a_copy

LATE = NOW + timedelta(minutes=10)


def an_inquiry(**changes):
    question = TransactionQuery(kind=TransactionKind.INVOICE, numbers=("21259",))
    given = {
        "id": new_id(),
        "connection_id": new_id(),
        "purpose": "test",
        "question": question,
        "asked_at": NOW,
        "expires_at": LATE,
    }
    return Inquiry(**given | changes)


def by_filter(**changes):
    question = TransactionQuery(kind=TransactionKind.INVOICE, first_day=NOW.date())
    return an_inquiry(question=question, **changes)


def a_reply(code=0, *, severity="Info", invoices=(), **changes):
    verdict = judge_status(code, severity, "QuickBooks says so.")
    return Reply(verdict=verdict, findings=Findings(invoices=tuple(invoices)), **changes)


#: Written out on its own, so that a change of the table is a change here too.
MOVES = """
    ASKED  HANDED_OUT    SENT
    ASKED  REFUSED       FAILED
    ASKED  OUT_OF_TIME   EXPIRED
    SENT   PAGE_CAME     ASKED
    SENT   ANSWERED      ANSWERED
    SENT   NOT_ANSWERED  ASKED
    SENT   REFUSED       FAILED
    SENT   OUT_OF_TIME   EXPIRED
"""
EXPECTED = {
    (InquiryState(state), InquiryHappening(happening)): InquiryState(after)
    for state, happening, after in (line.split() for line in MOVES.strip().splitlines())
}


@pytest.mark.parametrize("happening", InquiryHappening)
@pytest.mark.parametrize("state", InquiryState)
def test_every_state_with_every_happening(state, happening):
    inquiry = an_inquiry(state=state)

    if (state, happening) in EXPECTED:
        expected = replace(inquiry, state=EXPECTED[state, happening])
        assert advance_inquiry(inquiry, happening) == expected
    else:
        with pytest.raises(IllegalTransition):
            advance_inquiry(inquiry, happening)


def sent(inquiry=None, session_id=None):
    return hand_out(inquiry or an_inquiry(), session_id or new_id())


def test_what_was_found_is_the_answer():
    heard = hear(sent(), a_reply(invoices=[a_copy()]), NOW)

    assert heard.state is InquiryState.ANSWERED
    assert heard.findings.invoices == (a_copy(),)
    assert heard.answered_at == NOW


@pytest.mark.parametrize(("code", "severity"), [(1, "Info"), (500, "Warn")])
def test_nothing_found_is_an_answer(code, severity):
    heard = hear(sent(), a_reply(code, severity=severity), NOW)

    assert heard.state is InquiryState.ANSWERED
    assert heard.findings.count == 0


@pytest.mark.parametrize("code", [501, 510, 530])
def test_a_warning_about_the_question_is_no_absence(code):
    assert hear(sent(), a_reply(code, severity="Warn"), NOW).state is not InquiryState.ANSWERED


def test_a_question_that_quickbooks_refuses_fails_with_its_words():
    heard = hear(sent(), a_reply(3020, severity="Error"), NOW)

    assert heard.state is InquiryState.FAILED
    assert heard.trouble


def test_a_long_answer_is_asked_for_part_by_part():
    session_id = new_id()
    first = sent(by_filter(), session_id)
    assert next_question(first).page.size == PAGE_SIZE

    heard = hear(first, a_reply(invoices=[a_copy()], iterator_id="{1}", remaining=3), NOW)
    second = sent(heard, session_id)

    assert heard.state is InquiryState.ASKED
    assert next_question(second).page.iterator_id == "{1}"
    rest = hear(second, a_reply(invoices=[a_copy()], iterator_id="{1}", remaining=0), NOW)
    assert rest.state is InquiryState.ANSWERED
    assert rest.findings.count == 2


def test_another_session_begins_the_long_answer_anew():
    """QuickBooks forgets its iterators with the session; half an answer is none."""
    heard = hear(
        sent(by_filter()), a_reply(invoices=[a_copy()], iterator_id="{1}", remaining=3), NOW
    )

    again = sent(heard, new_id())

    assert next_question(again).page.iterator_id is None
    assert again.findings.count == 0


def test_an_iterator_that_quickbooks_forgot_is_begun_anew():
    session_id = new_id()
    heard = hear(
        sent(by_filter(), session_id),
        a_reply(invoices=[a_copy()], iterator_id="{1}", remaining=3),
        NOW,
    )

    refused = hear(sent(heard, session_id), a_reply(3391, severity="Error"), NOW)

    assert refused.state is InquiryState.ASKED
    assert refused.findings.count == 0
    assert next_question(sent(refused, session_id)).page.iterator_id is None


def test_no_more_is_kept_than_fits_into_a_mind():
    """Whoever asks too broadly is told that there was more, and QuickBooks is not asked on."""
    many = [a_copy()] * (MOST_KEPT + 1)

    heard = hear(sent(by_filter()), a_reply(invoices=many, iterator_id="{1}", remaining=900), NOW)

    assert heard.state is InquiryState.ANSWERED
    assert heard.findings.count == MOST_KEPT
    assert heard.findings.is_cut


def test_only_what_has_the_words_in_its_memo_is_kept():
    ours = a_copy(memo="1042 2026-11-20 hvac - Fall tune-up")
    found = [ours, a_copy(memo="Something else"), a_copy(memo=None)]

    heard = hear(sent(by_filter(memo_part="1042 2026-11-20 HVAC")), a_reply(invoices=found), NOW)

    assert heard.findings.invoices == (ours,)


def test_a_lost_answer_is_asked_for_again_and_not_for_ever():
    inquiry = an_inquiry()
    for _ in range(MOST_ATTEMPTS - 1):
        inquiry = ask_again(sent(inquiry), "Lost.", NOW)
        assert inquiry.state is InquiryState.ASKED

    given_up = ask_again(sent(inquiry), "Lost.", NOW)

    assert given_up.state is InquiryState.FAILED
    assert "5 times" in given_up.trouble


def test_a_lost_answer_that_comes_too_late_is_not_asked_for_again():
    assert ask_again(sent(), "Lost.", LATE).state is InquiryState.EXPIRED


def test_what_nobody_carried_in_time_has_expired_for_everyone_who_looks():
    inquiry = an_inquiry()

    assert inquiry.state_at(LATE - timedelta(seconds=1)) is InquiryState.ASKED
    assert inquiry.state_at(LATE) is InquiryState.EXPIRED
    assert sent(inquiry).state_at(LATE) is InquiryState.EXPIRED
    assert replace(inquiry, state=InquiryState.ANSWERED).state_at(LATE) is InquiryState.ANSWERED
