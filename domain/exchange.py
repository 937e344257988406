"""The life of a message set, as a table: what left for QuickBooks, and what is known of its answer.

Two rules: the bytes and the id of a set are stored before they leave, and the answer is stored
before it is booked. So at every moment one of the states below says what to do next, whoever dies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.transitions import IllegalTransition


class ExchangeKind(StrEnum):
    #: Requests of jobs.
    REQUESTS = "REQUESTS"
    #: Asks what QuickBooks stored of a set whose answer was lost; runs nothing.
    STATUS_CHECK = "STATUS_CHECK"
    #: A HostQuery that ends a session which has nothing more to send.
    FAREWELL = "FAREWELL"


class ExchangeState(StrEnum):
    #: It left, or was about to; its answer has not come.
    OWED = "OWED"
    #: The answer is stored as it came, and not yet booked.
    ANSWERED = "ANSWERED"
    #: Everything it says is in jobs and invoices.
    BOOKED = "BOOKED"
    #: The answer will not come by itself: QuickBooks is asked what it stored.
    LOST = "LOST"
    #: QuickBooks cannot tell either: its writes are asked after one by one.
    UNTOLD = "UNTOLD"


class ExchangeHappening(StrEnum):
    ANSWER_CAME = "ANSWER_CAME"
    BOOKED = "BOOKED"
    #: The session ended, was cut, or QuickBooks raised an error instead of answering.
    ANSWER_LOST = "ANSWER_LOST"
    #: The status check brought the answer that QuickBooks had stored.
    ANSWER_FOUND = "ANSWER_FOUND"
    #: The status check brought nothing, or cannot be had.
    NOTHING_FOUND = "NOTHING_FOUND"
    #: The answer came and says nothing that could be booked.
    UNBOOKABLE = "UNBOOKABLE"


_S, _H = ExchangeState, ExchangeHappening

TRANSITIONS: Mapping[tuple[ExchangeState, ExchangeHappening], ExchangeState] = {
    (_S.OWED, _H.ANSWER_CAME): _S.ANSWERED,
    (_S.OWED, _H.ANSWER_LOST): _S.LOST,
    (_S.ANSWERED, _H.BOOKED): _S.BOOKED,
    (_S.ANSWERED, _H.ANSWER_LOST): _S.LOST,
    (_S.ANSWERED, _H.UNBOOKABLE): _S.UNTOLD,
    (_S.LOST, _H.ANSWER_FOUND): _S.ANSWERED,
    (_S.LOST, _H.NOTHING_FOUND): _S.UNTOLD,
}

#: Something has to be done about these before the connection is at rest.
OPEN = frozenset({ExchangeState.OWED, ExchangeState.ANSWERED, ExchangeState.LOST})

#: A status check that brought no answer at all is repeated; then the writes are asked after.
MOST_CHECKS = 3
#: A stored answer whose booking failed is tried again; then the writes are asked after.
MOST_BOOKINGS = 3
#: An attempt that began this recently may be under way in another process: it has not failed yet.
_UNDER_WAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One message set and what came back."""

    id: UUID
    connection_id: UUID
    session_id: UUID
    kind: ExchangeKind = ExchangeKind.REQUESTS
    state: ExchangeState = ExchangeState.OWED
    #: newMessageSetID on the wire, at most 23 characters.
    message_set_id: str
    #: The earlier set whose stored answer QuickBooks may forget with this one (oldMessageSetID).
    clears_id: UUID | None = None
    #: The set that a status check asks after.
    checks_id: UUID | None = None
    #: How many requests it holds.
    size: int = 0
    sent_at: datetime
    answered_at: datetime | None = None
    #: Status checks sent for it, and attempts to book its answer.
    checks: int = 0
    bookings: int = 0
    #: When the last of those attempts began.
    booking_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What receiveResponseXML brought, as it came; "" for what it did not bring."""

    answer: str = ""
    hresult: str = ""
    message: str = ""


def advance_exchange(exchange: Exchange, happening: ExchangeHappening) -> Exchange:
    """Give the set after the happening; raise IllegalTransition for a pair the table lacks."""
    try:
        state = TRANSITIONS[exchange.state, happening]
    except KeyError:
        raise IllegalTransition(exchange.state, happening) from None
    return replace(exchange, state=state)


def begin_booking(exchange: Exchange, now: datetime) -> Exchange | None:
    """Give the set with one more attempt to book its answer; None after the last one."""
    if exchange.bookings >= MOST_BOOKINGS:
        return None
    return replace(exchange, bookings=exchange.bookings + 1, booking_at=now)


def may_be_under_way(exchange: Exchange, now: datetime) -> bool:
    """Tell whether the last attempt to book its answer may not have come to its end."""
    return exchange.booking_at is not None and now - exchange.booking_at < _UNDER_WAY


#: Source: qbXML 13.0, messageSetStatusCode.
_KEPT = 0
_NEVER_RAN = frozenset({9001, 9004})


def read_check(status: int | None, *, has_responses: bool) -> ExchangeHappening:
    """Give what the answer to a status check means for the set it asks after.

    Only a stored answer proves something. Every code without one, 600 and 9002 among them, leads to
    questions about the single invoices: how faithfully a QuickBooks keeps answers is not known.
    """
    if has_responses and (status is None or status == _KEPT):
        return ExchangeHappening.ANSWER_FOUND
    return ExchangeHappening.NOTHING_FOUND


def certainly_did_not_run(status: int | None, *, has_responses: bool) -> bool:
    """Tell whether QuickBooks refused the set as a whole: its id was in use, or not to be used."""
    return status in _NEVER_RAN and not has_responses


#: What a set may hold; the first is what an unknown computer gets.
FIRST_SET_SIZE, SMALLEST_SET, LARGEST_SET = 20, 1, 200
_QUICK, _SLOW = timedelta(seconds=4), timedelta(seconds=20)
_LARGE_ANSWER = 4 * 1024 * 1024


def next_set_size(size: int, *, sent: int, took: timedelta, answer_bytes: int) -> int:
    """Give how many requests the next set may hold, from how the last one went.

    A full set that was answered quickly doubles it, a slow or large answer halves what was sent:
    the Web Connector shows no progress, and nobody can cancel, while QuickBooks works on a set.
    """
    if took > _SLOW or answer_bytes > _LARGE_ANSWER:
        return max(SMALLEST_SET, min(size, sent) // 2)
    if sent >= size and took < _QUICK and answer_bytes < _LARGE_ANSWER // 4:
        return min(LARGEST_SET, size * 2)
    return size
