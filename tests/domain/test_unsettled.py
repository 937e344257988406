"""The debt of a month, and the verdict on closing it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.months import Month, MonthPhase
from domain.unsettled import BLOCKERS, DEBT, Debt, Tally, UnsettledKind, judge_month, late_before
from tests.builders import NOW, a_connection

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
RUNNING, AFTER = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 5, tzinfo=UTC)


def a_tally(**changes):
    tally = {
        "kind": UnsettledKind.BYPASSED,
        "month": NOVEMBER,
        "count": 2,
        "difference": Decimal("131.20"),
        "absent": 1,
        "oldest_since": NOW,
    }
    return Tally(**tally | changes)


def test_a_month_that_is_over_with_nothing_open_is_ready():
    verdict = judge_month(NOVEMBER, [a_tally(count=0)], AFTER)

    assert verdict.is_ready
    assert verdict.reasons == ()
    assert verdict.message == "2026-11 is ready: QuickBooks holds every invoice as it is here."


@pytest.mark.parametrize("kind", BLOCKERS)
def test_each_reason_alone_keeps_a_month_open_and_says_so(kind):
    one, many = (judge_month(NOVEMBER, [a_tally(kind=kind, count=n)], AFTER) for n in (1, 2))

    assert not one.is_ready
    assert one.message.startswith("2026-11 is not ready. 1 invoice ")
    assert many.message.startswith("2026-11 is not ready. 2 invoices ")
    assert one.message.endswith(".")


def test_reasons_stand_in_one_order_and_what_is_late_is_no_second_reason():
    found = [a_tally(kind=kind) for kind in reversed(UnsettledKind)]

    assert tuple(r.kind for r in judge_month(NOVEMBER, found, AFTER).reasons) == tuple(BLOCKERS)
    assert UnsettledKind.LATE not in BLOCKERS


def test_a_month_that_runs_or_is_to_come_is_not_ready_and_says_why():
    running = judge_month(NOVEMBER, [], RUNNING)
    found = judge_month(NOVEMBER, [a_tally()], RUNNING)
    to_come = judge_month(Month(2027, 1), [], RUNNING)

    assert not any(verdict.is_ready for verdict in (running, found, to_come))
    assert running.phase is MonthPhase.RUNNING
    assert running.message == "2026-11 is still running, until 2026-11-30."
    assert "So far: 2 invoices were saved and not sent" in found.message
    assert to_come.message == "2027-01 is still to come."


def test_debt_is_summed_by_month_and_in_all():
    earlier = NOW - timedelta(days=40)
    debt = Debt(
        (
            a_tally(),
            a_tally(kind=UnsettledKind.LATE, count=1, difference=Decimal("-1.20"), absent=0),
            a_tally(month=OCTOBER, oldest_since=earlier),
        )
    )

    assert (debt.count, debt.difference, debt.absent) == (5, Decimal("261.20"), 2)
    assert debt.oldest_since == earlier
    assert list(debt.by_month()) == [OCTOBER, NOVEMBER]
    november = debt.by_month()[NOVEMBER]
    assert (november.count, november.difference) == (3, Decimal("130.00"))
    assert november.oldest_since == NOW


def test_no_debt_is_nothing_at_all():
    assert (Debt(()).count, Debt(()).difference, Debt(()).oldest_since) == (0, 0, None)
    assert Debt(()).by_month() == {}


def test_an_invoice_is_of_one_kind_of_debt_only():
    """SYNCING is no debt, LATE is: counting both would count an invoice twice."""
    assert UnsettledKind.SYNCING not in DEBT
    assert set(DEBT) < set(UnsettledKind)


def test_what_is_on_its_way_is_late_when_neither_polls_nor_tries_explain_it():
    """Two polls of the slowest connector, and a quarter of an hour of tries."""
    hourly, quick = a_connection(poll_seconds=3600), a_connection(poll_seconds=10)

    assert late_before([quick, hourly], NOW) == NOW - timedelta(hours=2, minutes=15)
    assert late_before([quick], NOW) == NOW - timedelta(minutes=15, seconds=20)
    assert late_before([], NOW) == NOW - timedelta(minutes=15)
