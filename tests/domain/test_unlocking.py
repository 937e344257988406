"""What QuickBooks' answers prove of what is to be unlocked."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.inquiry import UNLOCK, Findings, Inquiry, InquiryState
from domain.quickbooks import Ref
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.unlocking import (
    FRESH_FOR,
    Check,
    EvidenceState,
    Question,
    UnlockItem,
    UnlockRequest,
    UnlockState,
    judge,
    weigh,
)
from tests.builders import CONNECTION_ID, NOW, OLGA, a_copy, an_id

MEMO = "1042 2026-11-20 HVAC"
ITEM = UnlockItem(
    invoice_id=an_id(1),
    version=1,
    number="21259",
    date=NOW.date(),
    customer="Miller, Anna",
    total=Decimal("38.44"),
    txn_id=None,
)
OTHER = replace(ITEM, invoice_id=an_id(2), number="21260", customer="Doyle, Harriet")
ASKED = {Check.TXN_ID: an_id(11), Check.NUMBER: an_id(12), Check.MEMO: an_id(13)}


def a_request(*items, **changes):
    request = UnlockRequest(
        id=an_id(9),
        batch_id=an_id(8),
        items=items or (ITEM, OTHER),
        memo_part=MEMO,
        connection_id=CONNECTION_ID,
        questions=tuple(Question(check, key) for check, key in ASKED.items()),
        requested_by=OLGA,
        requested_at=NOW,
    )
    return replace(request, **changes)


def answers(state=InquiryState.ANSWERED, *, is_cut=False, **found):
    """Answers to all three questions; `number=[copy]` is what that one found."""
    by_check = {check: found.get(check.lower(), []) for check in Check}
    return {
        key: Inquiry(
            id=key,
            connection_id=CONNECTION_ID,
            purpose=UNLOCK,
            question=TransactionQuery(kind=TransactionKind.INVOICE, numbers=("1",)),
            state=state,
            asked_at=NOW,
            expires_at=NOW + timedelta(minutes=10),
            answered_at=NOW if state is InquiryState.ANSWERED else None,
            findings=Findings(invoices=tuple(by_check[check]), is_cut=is_cut),
        )
        for check, key in ASKED.items()
    }


def hand_made(**changes):
    """Another's invoice that has nothing to do with ours."""
    plain = {"txn_id": "H-1", "number": "9", "customer": Ref("Nobody"), "memo": None}
    return a_copy(**plain | {"subtotal": Decimal(1), "sales_tax": Decimal(0)} | changes)


def weighed(request=None, **found):
    return weigh(request or a_request(), answers(**found), NOW)


def states(evidence):
    return [item.state for item in evidence.items]


def test_nothing_found_by_any_question_is_absence():
    evidence = weighed()

    assert states(evidence) == [EvidenceState.ABSENT] * 2
    assert evidence.answered_at == NOW
    assert judge(a_request(), evidence, NOW, is_spoiled=False) is UnlockState.READY


@pytest.mark.parametrize(
    "found",
    [
        {"number": [hand_made(number="21259", customer=Ref("Miller, Anna"))]},
        {"number": [hand_made(number="21259", customer=Ref("MILLER, anna:Kitchen"))]},
        {"number": [hand_made(number="21259", subtotal=Decimal("35.50"), sales_tax=Decimal("2.94"))]},
        {"memo": [hand_made(number="21259", memo=f"{MEMO} - tune-up")]},
        {"memo": [hand_made(customer=Ref("Miller, Anna"), memo=MEMO, subtotal=Decimal("38.44"))]},
    ],
)  # fmt: skip
def test_what_can_only_be_the_invoice_is_present_and_blocks(found):
    evidence = weighed(**found)

    assert states(evidence) == [EvidenceState.PRESENT, EvidenceState.ABSENT]
    assert evidence.strays == ()
    assert judge(a_request(), evidence, NOW, is_spoiled=False) is UnlockState.BLOCKED


def test_it_is_found_by_its_txn_id_whatever_else_was_changed():
    known = replace(ITEM, txn_id="H-1")

    assert states(weighed(a_request(known), txn_id=[hand_made()])) == [EvidenceState.PRESENT]


def test_the_number_of_a_customer_without_a_name_in_quickbooks_is_enough():
    nameless = replace(ITEM, customer=None)
    found = weighed(a_request(nameless), number=[hand_made(number="21259")])

    assert states(found) == [EvidenceState.PRESENT]


def test_anothers_invoice_of_the_same_number_is_told():
    evidence = weighed(number=[hand_made(number="21259")])

    assert states(evidence) == [EvidenceState.ABSENT] * 2
    assert [copy.txn_id for copy in evidence.items[0].similar] == ["H-1"]


def test_a_memo_of_the_batch_that_is_nobodys_blocks():
    evidence = weighed(memo=[hand_made(memo=MEMO)])

    assert [copy.txn_id for copy in evidence.strays] == ["H-1"]
    assert judge(a_request(), evidence, NOW, is_spoiled=False) is UnlockState.BLOCKED


@pytest.mark.parametrize("memo", [f"9{MEMO}", f"{MEMO}2", "1042 another"])
def test_a_memo_of_another_batch_does_not(memo):
    assert weighed(memo=[hand_made(memo=memo)]).strays == ()


def test_what_the_batch_exported_or_excludes_is_there_rightly():
    excluded = replace(ITEM, invoice_id=an_id(3), number="5")
    request = a_request(exported_txn_ids=("E-1",), excluded=(excluded,))

    evidence = weighed(
        request,
        memo=[hand_made(txn_id="E-1", memo=MEMO), hand_made(number="5", memo=MEMO)],
    )

    assert evidence.strays == ()
    assert states(evidence) == [EvidenceState.ABSENT] * 2


@pytest.mark.parametrize(
    ("state", "judged"),
    [
        (InquiryState.ASKED, UnlockState.CHECKING),
        (InquiryState.SENT, UnlockState.CHECKING),
        (InquiryState.FAILED, UnlockState.UNKNOWN),
        (InquiryState.EXPIRED, UnlockState.UNKNOWN),
    ],
)
def test_a_question_without_an_answer_proves_nothing(state, judged):
    evidence = weigh(a_request(), answers(state), NOW)

    assert states(evidence) == [EvidenceState.UNKNOWN] * 2
    assert evidence.troubles
    assert judge(a_request(), evidence, NOW, is_spoiled=False) is judged


def test_half_an_answer_and_a_lost_question_prove_nothing_either():
    cut = weigh(a_request(), answers(is_cut=True), NOW)
    lost = weigh(a_request(), {}, NOW)

    for evidence in (cut, lost):
        assert states(evidence) == [EvidenceState.UNKNOWN] * 2
        assert judge(a_request(), evidence, NOW, is_spoiled=False) is UnlockState.UNKNOWN


def test_what_was_found_blocks_before_everything_is_answered():
    known = answers(InquiryState.ASKED)
    found = Findings(invoices=(hand_made(number="21259", customer=Ref("Miller, Anna")),))
    key = ASKED[Check.NUMBER]
    known[key] = replace(known[key], state=InquiryState.ANSWERED, findings=found, answered_at=NOW)

    evidence = weigh(a_request(), known, NOW)

    assert states(evidence) == [EvidenceState.PRESENT, EvidenceState.UNKNOWN]
    assert judge(a_request(), evidence, NOW, is_spoiled=False) is UnlockState.BLOCKED


def test_absence_holds_for_a_quarter_of_an_hour_and_until_something_changes():
    evidence = weighed()

    at = {moment: judge(a_request(), evidence, NOW + moment, is_spoiled=False)
          for moment in (FRESH_FOR, FRESH_FOR + timedelta(seconds=1))}  # fmt: skip
    spoiled = judge(a_request(), evidence, NOW, is_spoiled=True)

    assert list(at.values()) == [UnlockState.READY, UnlockState.OUTDATED]
    assert spoiled is UnlockState.OUTDATED


def test_what_was_confirmed_stays_confirmed():
    request = a_request(confirmed_at=NOW)

    state = judge(request, weighed(), NOW + timedelta(days=9), is_spoiled=True)

    assert state is UnlockState.CONFIRMED
