"""Unlocking what was bypassed or imported: what QuickBooks was asked, and what that proves.

An invoice may only be exported again when QuickBooks certainly holds nothing of it. Whatever is
found blocks; a question that was not answered, or not answered in full, proves nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.actor import Actor
from domain.inquiry import Inquiry, InquiryState
from domain.money import ZERO
from domain.quickbooks import Ref

#: Evidence older than this is asked for anew.
FRESH_FOR = timedelta(minutes=15)
MOST_INVOICES = 200

CONSENT_VERSION: Final = "1"
CONSENT_TEXT: Final = (
    "I direct that the invoices named in this request be unlocked, so that they can be edited and"
    " exported to QuickBooks. I was advised to enter them in QuickBooks by hand instead, which is"
    " the surest way against duplicates. QuickBooks was asked and, by its answers shown here, holds"
    " none of them. I alone am responsible for what is exported afterwards, and for putting right"
    " whatever is in QuickBooks twice."
)
ADVICE: Final = (
    "Rather than unlock them, enter these invoices in QuickBooks by hand: that is the surest way"
    " against duplicates. Unlock them only if they are not in QuickBooks and shall be exported."
)


class Check(StrEnum):
    """How QuickBooks was asked for an invoice."""

    #: By the TxnID under which it once held it.
    TXN_ID = "TXN_ID"
    #: By its number; the customer, or the total, tells whether it is the one.
    NUMBER = "NUMBER"
    #: By the batch's number and name in the memo.
    MEMO = "MEMO"


class EvidenceState(StrEnum):
    ABSENT = "ABSENT"
    PRESENT = "PRESENT"
    #: Not answered, or not in full: it does not count as absent.
    UNKNOWN = "UNKNOWN"


class UnlockState(StrEnum):
    #: QuickBooks has not answered yet.
    CHECKING = "CHECKING"
    #: QuickBooks holds something of it.
    BLOCKED = "BLOCKED"
    #: A question was not answered, or not in full.
    UNKNOWN = "UNKNOWN"
    #: The evidence is too old, or an invoice was changed since.
    OUTDATED = "OUTDATED"
    #: It can be confirmed.
    READY = "READY"
    CONFIRMED = "CONFIRMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockItem:
    """An invoice as it was when QuickBooks was asked for it."""

    invoice_id: UUID
    version: int
    number: str
    date: date
    #: QuickBooks' name of the customer; None when it has none yet.
    customer: str | None
    total: Decimal
    txn_id: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One of the questions of a request, and where its answer is found."""

    check: Check
    inquiry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockRequest:
    id: UUID
    #: The batch to unlock; None when single invoices are to be.
    batch_id: UUID | None
    items: tuple[UnlockItem, ...]
    #: Invoices of the batch that stay as they are: the memo of theirs proves nothing of ours.
    excluded: tuple[UnlockItem, ...] = ()
    #: TxnIDs of invoices of the batch that QuickBooks holds rightly.
    exported_txn_ids: tuple[str, ...] = ()
    #: What memos of the invoices' batch begin with; None without a batch.
    memo_part: str | None
    connection_id: UUID
    questions: tuple[Question, ...]
    requested_by: Actor
    requested_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCopy:
    """Something that QuickBooks holds, and how it was found."""

    check: Check
    txn_id: str
    number: str | None
    date: date
    customer: str
    memo: str | None
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvidence:
    """What is known of one invoice."""

    item: UnlockItem
    state: EvidenceState
    found: tuple[FoundCopy, ...] = ()
    #: The same number, but another customer and another total: told, and no hindrance.
    similar: tuple[FoundCopy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What QuickBooks answered to a request's questions."""

    items: tuple[ItemEvidence, ...]
    #: It names the batch in its memo and cannot be told to be one of its invoices: it blocks.
    strays: tuple[FoundCopy, ...] = ()
    #: Why a question is not answered, if one is not.
    troubles: tuple[str, ...] = ()
    is_waiting: bool = False
    #: When the oldest of the answers came; None while one is missing.
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who consented to what, with the exact text; stored for good."""

    id: UUID
    request_id: UUID
    batch_id: UUID | None
    invoice_ids: tuple[UUID, ...]
    text: str
    version: str
    given_by: Actor
    given_at: datetime
    #: The administrator whose PIN was given.
    approver_id: UUID
    approver_name: str
    evidence: Evidence


def weigh(request: UnlockRequest, inquiries: Mapping[UUID, Inquiry], now: datetime) -> Evidence:
    """Give what the answers say of each invoice."""
    asked = [(q.check, inquiries.get(q.inquiry_id)) for q in request.questions]
    copies = [copy for check, inquiry in asked if inquiry for copy in _copies(check, inquiry)]
    missing = [trouble for _, inquiry in asked if (trouble := _trouble(inquiry, now))]
    is_complete = not missing
    items = tuple(_weigh_item(item, request, copies, is_complete) for item in request.items)
    moments = [inquiry.answered_at for _, inquiry in asked if inquiry and inquiry.answered_at]
    waiting = (InquiryState.ASKED, InquiryState.SENT)
    return Evidence(
        items=items,
        strays=tuple(copy for copy in copies if _is_stray(copy, request)),
        troubles=tuple(dict.fromkeys(missing)),
        is_waiting=any(inquiry and inquiry.state_at(now) in waiting for _, inquiry in asked),
        answered_at=min(moments) if is_complete and moments else None,
    )


def judge(
    request: UnlockRequest, evidence: Evidence, now: datetime, *, is_spoiled: bool
) -> UnlockState:
    """Give how the request stands; `is_spoiled` tells that an invoice was changed or sent since."""
    states = {item.state for item in evidence.items}
    outdated = is_spoiled or evidence.answered_at is None or now - evidence.answered_at > FRESH_FOR
    rules = (
        (request.confirmed_at is not None, UnlockState.CONFIRMED),
        (EvidenceState.PRESENT in states or bool(evidence.strays), UnlockState.BLOCKED),
        (evidence.is_waiting, UnlockState.CHECKING),
        (bool(evidence.troubles) or EvidenceState.UNKNOWN in states, UnlockState.UNKNOWN),
        (outdated, UnlockState.OUTDATED),
    )
    return next((state for holds, state in rules if holds), UnlockState.READY)


def _weigh_item(
    item: UnlockItem, request: UnlockRequest, copies: Sequence[FoundCopy], is_complete: bool
) -> ItemEvidence:
    found = tuple(copy for copy in copies if _is_it(copy, item, request))
    similar = tuple(
        copy
        for copy in copies
        if copy.check is Check.NUMBER and copy not in found and _same(copy.number, item.number)
    )
    state = EvidenceState.ABSENT if is_complete else EvidenceState.UNKNOWN
    return ItemEvidence(
        item=item,
        state=EvidenceState.PRESENT if found else state,
        found=found,
        similar=similar,
    )


def _is_it(copy: FoundCopy, item: UnlockItem, request: UnlockRequest) -> bool:
    """Tell whether the copy is this invoice, or can only be this one."""
    if item.txn_id is not None and copy.txn_id == item.txn_id:
        return True
    if copy.txn_id in request.exported_txn_ids:
        return False
    if _same(copy.number, item.number):
        return (
            item.customer is None
            or _is_customer(copy.customer, item.customer)
            or copy.total == item.total
            or copy.check is Check.MEMO
        )
    if copy.check is not Check.MEMO or not _names_batch(copy, request):
        return False
    others = (*request.items, *request.excluded)
    if any(_same(copy.number, other.number) for other in others):
        return False
    return _is_customer(copy.customer, item.customer) and copy.total == item.total


def _is_stray(copy: FoundCopy, request: UnlockRequest) -> bool:
    if copy.check is not Check.MEMO or not _names_batch(copy, request):
        return False
    known = (*request.items, *request.excluded)
    return copy.txn_id not in request.exported_txn_ids and not any(
        _is_it(copy, item, replace(request, items=known, excluded=())) for item in known
    )


def _names_batch(copy: FoundCopy, request: UnlockRequest) -> bool:
    """The batch's number is a word of its own: 42 is not found in 1042."""
    if request.memo_part is None:
        return False
    pattern = rf"(?<!\w){re.escape(request.memo_part.casefold())}(?!\w)"
    return re.search(pattern, (copy.memo or "").casefold()) is not None


def _copies(check: Check, inquiry: Inquiry) -> Iterable[FoundCopy]:
    """A part of a long answer proves presence as well as the whole of it does."""
    found = inquiry.findings
    for copy in found.invoices:
        total = (copy.subtotal or ZERO) + (copy.sales_tax or ZERO)
        yield _copy(check, copy, copy.customer, total)
    for memo in found.credit_memos:
        yield _copy(check, memo, memo.customer, -(memo.total or ZERO))


def _copy(check: Check, held: object, customer: Ref, total: Decimal) -> FoundCopy:
    names = ("txn_id", "number", "date", "memo")
    return FoundCopy(
        check=check,
        customer=str(customer),
        total=total,
        **{name: getattr(held, name) for name in names},
    )


def _trouble(inquiry: Inquiry | None, now: datetime) -> str | None:
    """Give why the question proves nothing; None when it was answered in full."""
    if inquiry is None:
        return "A question was lost; ask again."
    match inquiry.state_at(now):
        case InquiryState.ANSWERED:
            cut = "QuickBooks holds more of what was asked for than can be looked through."
            return cut if inquiry.findings.is_cut else None
        case InquiryState.FAILED:
            return inquiry.trouble or "QuickBooks refused a question."
        case InquiryState.EXPIRED:
            return "QuickBooks was not reached in time: its Web Connector did not fetch a question."
        case _:
            return "QuickBooks has not answered yet."


def _same(theirs: str | None, ours: str) -> bool:
    return (theirs or "").strip().casefold() == ours.strip().casefold()


def _is_customer(theirs: str, ours: str | None) -> bool:
    """A job of the customer's is the customer. Source: QuickBooks' names, "Customer:Job"."""
    if ours is None:
        return False
    return theirs.casefold() == ours.casefold() or theirs.casefold().startswith(
        f"{ours.casefold()}:"
    )
