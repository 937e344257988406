"""The table of a payment's states, and what answers do to it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from domain.answers import judge_status
from domain.connections import ConnectionKind
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import Customer
from domain.paying import PaymentCase, plan_add, question_about, why_by_hand, why_it_waits
from domain.payment_answers import (
    hear_add,
    hear_question,
    looks_like,
    lose,
    note_not_run,
)
from domain.payment_problems import MOST_ATTEMPTS
from domain.payments import (
    EXPORT_STATUSES,
    ON_ITS_WAY,
    TRANSITIONS,
    Payment,
    PaymentHappening,
    PaymentState,
    advance_payment,
)
from domain.quickbooks import Ref
from domain.quickbooks_transactions import AppliedToTxn, QuickBooksPayment
from domain.sync_status import SyncStatus
from domain.transitions import IllegalTransition
from tests.builders import NOW, a_connection, a_copy, a_link, an_invoice

S, H = PaymentState, PaymentHappening
DAY = date(2026, 11, 20)
FILE = UUID(int=77)


def a_payment(**changes):
    known = {
        "id": UUID(int=5),
        "invoice_id": UUID(int=1),
        "amount": Decimal("62.44"),
        "received_on": DAY,
        "method": None,
        "number": "3309",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Payment(**known | changes)


def a_case(payment=None, **changes):
    line = a_connection()
    known = {
        "payment": payment or a_payment(state=S.SENT),
        "invoice": an_invoice(
            export_status=ExportStatus.EXPORTED, export_origin=ExportOrigin.EXPORTED
        ),
        "customer": Customer(UUID(int=9), "Harriet Doyle", "Harriet Doyle"),
        "link": replace(a_link(), company_file_id=line.company_file_id, connection_id=line.id),
        "connection_id": line.id,
        "company_file_id": line.company_file_id,
        "connections": {line.id: line},
    }
    return PaymentCase(**known | changes)


def found(**changes):
    known = {"txn_id": "P-1", "edit_sequence": "1", "date": DAY, "total": Decimal("62.44")}
    return QuickBooksPayment(**known | changes)


def told(code, message="", severity="Error"):
    return judge_status(code, severity, message)


OK = told(0, severity="Info")


def test_every_pair_follows_the_table_or_is_refused_and_changes_nothing():
    for state, happening in product(S, H):
        payment = a_payment(state=state)
        if (state, happening) in TRANSITIONS:
            after = advance_payment(payment, happening, NOW)
            assert after.state is TRANSITIONS[state, happening]
        else:
            with pytest.raises(IllegalTransition):
                advance_payment(payment, happening, NOW)


def test_what_may_be_in_quickbooks_leaves_only_through_what_quickbooks_says():
    """No wish of a person and no new session leads from there to a second Add."""
    for state in ON_ITS_WAY:
        for happening in (H.WANTED, H.BYPASSED):
            assert (state, happening) not in TRANSITIONS
    assert TRANSITIONS[S.UNKNOWN, H.HANDED_OUT] is S.ASKED
    assert TRANSITIONS[S.UNRESOLVED, H.WANTED] is S.UNKNOWN


def test_every_state_has_an_export_status():
    assert set(EXPORT_STATUSES) == set(S)


def test_an_add_is_confirmed_by_the_payment_itself_and_not_by_a_status():
    case = a_case()

    confirmed = hear_add(case, OK, found(), told_txn_id=None, roots=(), now=NOW)
    bare = hear_add(case, OK, None, told_txn_id=None, roots=(), now=NOW)

    assert (confirmed.state, confirmed.txn_id) == (S.EXPORTED, "P-1")
    assert bare.state is S.UNKNOWN


def test_another_total_in_the_answer_is_told():
    case = a_case()

    after = hear_add(case, OK, found(total=Decimal("1.00")), told_txn_id=None, roots=(), now=NOW)

    assert (after.state, after.problem.code) == (S.EXPORTED, "READ_BACK_DIFFERS")


def test_a_stored_answer_with_the_txn_id_alone_is_asked_for_by_it():
    case = a_case(a_payment(state=S.UNKNOWN))

    after = hear_add(case, told(0, severity="Info"), None, told_txn_id="P-7", roots=(), now=NOW)

    assert after.state is S.UNKNOWN
    assert question_about(after, Ref("Harriet Doyle")).txn_ids == ("P-7",)


@pytest.mark.parametrize("code", [0, 1])
def test_only_an_answer_that_looked_and_found_nothing_leads_to_another_add(code):
    case = a_case(a_payment(state=S.ASKED))

    assert hear_question(case, told(code, severity="Info"), (), NOW).state is S.WAITING


@pytest.mark.parametrize("code", [500, 3140, 3020])
def test_a_question_that_was_not_understood_proves_nothing(code):
    case = a_case(a_payment(state=S.ASKED))

    assert hear_question(case, told(code), (), NOW).state is S.UNRESOLVED


@pytest.mark.parametrize("code", [3175, 3176])
def test_a_lock_on_the_way_of_the_question_asks_again(code):
    case = a_case(a_payment(state=S.ASKED))

    after = hear_question(case, told(code), (), NOW)

    assert after.state is S.UNKNOWN
    assert after.next_attempt_at > NOW


def test_our_mark_is_recognised_in_any_letter_case():
    payment = a_payment(state=S.ASKED)
    ours = found(external_guid=payment.external_guid.upper(), number="0", date=date(2020, 1, 1))

    after = hear_question(a_case(payment), OK, (found(), ours), NOW)

    assert after.state is S.EXPORTED


@pytest.mark.parametrize(
    ("changes", "is_alike"),
    [
        ({}, True),
        ({"date": date(2026, 1, 1), "number": "3309"}, True),
        ({"date": date(2026, 1, 1)}, False),
        ({"total": Decimal("62.43")}, False),
        ({"external_guid": "{00000000-0000-0000-0000-000000000001}"}, False),
    ],
)
def test_what_looks_like_it_has_the_amount_and_the_day_or_the_number(changes, is_alike):
    assert looks_like(a_payment(), found(**changes)) is is_alike


def test_it_does_not_go_round_in_circles_for_ever():
    tired = a_payment(state=S.SENT, attempts=MOST_ATTEMPTS)

    assert note_not_run(tired, NOW).state is S.REFUSED
    asked = a_case(a_payment(state=S.ASKED, attempts=MOST_ATTEMPTS))
    assert hear_question(asked, told(3175), (), NOW).state is S.UNRESOLVED


def test_a_lock_that_does_not_pass_is_a_persons_matter():
    payment = a_payment(state=S.SENT)
    now = NOW
    for _ in range(40):
        payment = hear_add(a_case(payment), told(3175), None, told_txn_id=None, roots=(), now=now)
        if payment.state is not S.WAITING:
            break
        now += timedelta(minutes=1)
        payment = replace(payment, state=S.SENT)

    assert payment.state is S.REFUSED


def test_a_lost_add_stays_with_its_set_and_a_lost_question_does_not():
    add = a_payment(state=S.SENT, exchange_id=UUID(int=3))
    question = a_payment(state=S.ASKED, exchange_id=UUID(int=3))

    assert (lose(add, NOW).state, lose(add, NOW).exchange_id) == (S.UNKNOWN, UUID(int=3))
    assert (lose(question, NOW).state, lose(question, NOW).exchange_id) == (S.UNKNOWN, None)


def test_within_one_kind_of_connection_it_is_applied_whole():
    case = a_case()

    assert why_by_hand(case) is None
    assert plan_add(case, Ref("H")).applied == (
        AppliedToTxn(txn_id=case.link.copy.txn_id, amount=Decimal("62.44")),
    )


def of_another_file(case):
    return replace(case, company_file_id=FILE)


def of_the_legacy_connector(case):
    old = replace(a_connection(), id=UUID(int=88), kind=ConnectionKind.LEGACY, name="Old")
    link = replace(case.link, connection_id=old.id)
    return replace(case, link=link, connections={**case.connections, old.id: old})


def without_a_link(case):
    return replace(case, link=None)


def imported(case):
    return replace(case, invoice=replace(case.invoice, export_origin=ExportOrigin.IMPORTED))


def bypassed(case):
    return replace(case, invoice=replace(case.invoice, export_origin=ExportOrigin.BYPASSED))


@pytest.mark.parametrize(
    "change", [of_another_file, of_the_legacy_connector, without_a_link, imported, bypassed]
)
def test_across_connectors_it_is_sent_unapplied_and_the_reason_is_told(change):
    case = change(a_case())

    assert why_by_hand(case)
    assert plan_add(case, Ref("H")).applied == ()


def test_an_overpayment_is_applied_up_to_the_balance():
    case = a_case(a_payment(state=S.WAITING, amount=Decimal("70.00"), is_overpayment=True))
    copy = replace(a_copy(), balance=Decimal("62.44"))
    case = replace(case, link=replace(case.link, copy=copy))

    assert plan_add(case, Ref("H")).applied[0].amount == Decimal("62.44")


@pytest.mark.parametrize("state", [S.WAITING, S.HELD, S.SENT, S.UNKNOWN, S.ASKED])
def test_what_does_not_rest_tells_what_it_waits_for(state):
    payment = a_payment(state=state)
    if state is S.HELD:
        refused = told(3140, 'invalid reference to QuickBooks Customer "H" in the ReceivePayment')
        payment = hear_add(a_case(), refused, None, told_txn_id=None, roots=(), now=NOW)
        payment = replace(payment, state=S.HELD)
    for status in SyncStatus:
        assert why_it_waits(payment, replace(a_case().invoice, sync_status=status))
