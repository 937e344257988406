"""What speaks against a save."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.guards import (
    AcknowledgementNeeded,
    Guard,
    GuardCode,
    GuardFacts,
    GuardRefused,
    GuardSeverity,
    enforce,
    guard_save,
)
from domain.lists import (
    BusinessUnit,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxZone,
)
from domain.totals import Totals
from tests.builders import (
    FILTER,
    FW,
    HVAC,
    TASK_3,
    TRUCK_7,
    a_content,
    a_customer,
    a_period,
    a_task,
    an_account,
    fixture_content,
    fixture_invoice,
    references,
)

PERIODS_ON = an_account(accounting_periods_enabled=True)


def facts(**changes):
    return replace(
        GuardFacts(
            account=an_account(),
            periods=(),
            references=references(),
            is_number_in_use=False,
            is_sent=True,
        ),
        **changes,
    )


def codes(after, invoice=None, **changes):
    return [g.code for g in guard_save(invoice or fixture_invoice(), after, facts(**changes))]


def with_price(price):
    """The sample content with both tasks at this price."""
    tasks = fixture_content().tasks
    return a_content(tasks=tuple(replace(t, unit_price=Decimal(price)) for t in tasks))


def test_an_ordinary_edit_meets_no_guard():
    assert codes(with_price("42.00")) == []


def test_no_task_left_is_a_total_of_zero():
    (guard,) = guard_save(fixture_invoice(), a_content(tasks=()), facts())

    assert (guard.code, guard.severity) == (GuardCode.TOTAL_WOULD_BE_ZERO, GuardSeverity.ERROR)
    assert "Fall tune-up, Filter 16x25" in guard.message


def test_a_removal_that_leaves_nothing_to_pay_is_refused():
    free = a_task(unit_price=Decimal(0))

    assert codes(a_content(tasks=(free,))) == [GuardCode.TOTAL_WOULD_BE_ZERO]


def test_an_addition_that_leaves_nothing_to_pay_is_refused():
    tasks = fixture_content(tax_zone_id=None).tasks
    rebate = a_task(id=TASK_3, unit_price=Decimal("-59.50"))

    found = guard_save(
        fixture_invoice(), a_content(tax_zone_id=None, tasks=(*tasks, rebate)), facts()
    )

    assert [guard.code for guard in found] == [GuardCode.TOTAL_WOULD_BE_ZERO]
    assert "by removing or adding: this change" in found[0].message


def test_a_task_without_a_description_is_named_as_a_task():
    content = a_content(tasks=(a_task(description=None),))
    invoice = replace(fixture_invoice(), content=content)

    (guard,) = guard_save(invoice, a_content(tasks=()), facts())

    assert "a task" in guard.message


@pytest.mark.parametrize(
    ("strict", "found"), [(False, []), (True, [GuardCode.TOTAL_WOULD_BE_ZERO])]
)
def test_a_zero_by_price_alone_is_refused_only_when_the_account_is_strict(strict, found):
    assert codes(with_price(0), account=an_account(strict_zero_total=strict)) == found


def test_a_total_that_changes_its_sign_is_refused():
    assert codes(with_price("-1.00")) == [GuardCode.SIGN_WOULD_CHANGE]


@pytest.mark.parametrize(
    ("applied", "found"),
    [
        ("0.00", []),
        ("11.56", []),
        ("11.57", [GuardCode.TOTAL_BELOW_PAYMENTS]),
        ("62.44", [GuardCode.TOTAL_BELOW_PAYMENTS]),
    ],
)
def test_a_total_below_what_was_paid_is_refused(applied, found):
    """At 3.75 a piece the invoice comes to 3.75 + 7.50 and 0.31 of tax: 11.56."""
    after = with_price("3.75")

    assert codes(after, fixture_invoice(applied=Decimal(applied))) == found


def test_an_open_period_asks_to_be_acknowledged():
    found = codes(with_price("42.00"), account=PERIODS_ON, periods=(a_period(),))

    assert found == [GuardCode.PERIOD_OPEN_REMINDER]


def test_a_closed_period_refuses():
    closed = (a_period(is_closed=True),)

    assert codes(with_price("42.00"), account=PERIODS_ON, periods=closed) == [
        GuardCode.PERIOD_CLOSED
    ]
    assert codes(with_price("42.00"), account=an_account(), periods=closed) == []


def test_the_summary_alone_may_be_edited_in_a_closed_period():
    after = fixture_content(summary="Fall tune-up, filter x2")

    assert codes(after, account=PERIODS_ON, periods=(a_period(is_closed=True),)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [(date(2026, 11, 18), date(2026, 10, 18)), (date(2026, 10, 18), date(2026, 11, 18))],
)
def test_a_date_moved_out_of_or_into_a_closed_period_is_refused(old, new):
    october = a_period(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), is_closed=True)
    invoice = replace(fixture_invoice(), content=fixture_content(date=old))

    (guard,) = guard_save(
        invoice, fixture_content(date=new), facts(account=PERIODS_ON, periods=(october,))
    )

    assert guard.code is GuardCode.PERIOD_CLOSED
    assert "2026-10-18" in guard.message


@pytest.mark.parametrize(
    ("number", "in_use", "found"),
    [
        ("21260", True, [GuardCode.INVOICE_NUMBER_IN_USE]),
        ("21260", False, []),
        ("21259", True, []),
    ],
)
def test_a_new_number_that_another_invoice_has_asks_to_be_acknowledged(number, in_use, found):
    assert codes(fixture_content(number=number), is_number_in_use=in_use) == found


MISSING_CLASS = {"business_units": {HVAC: BusinessUnit(HVAC, "Heat", None)}}
MISSING_SITE = {
    "inventory_locations": {
        TRUCK_7: InventoryLocation(TRUCK_7, "Van", InventoryLocationKind.TRUCK, None)
    }
}
MISSING_ZONE = {"tax_zones": {FW: TaxZone(FW, "Zone", None, is_group=False, rates=())}}


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        (MISSING_CLASS, GuardCode.CLASS_MISSING, "Heat"),
        (MISSING_SITE, GuardCode.SITE_MISSING, "Van"),
        (MISSING_ZONE, GuardCode.TAX_ITEM_MISSING, "Zone"),
    ],
)
def test_what_has_no_counterpart_in_quickbooks_refuses_a_sync_but_not_a_bypass(changes, code, name):
    lists = references(**changes)

    found = guard_save(fixture_invoice(), fixture_content(), facts(references=lists))

    assert {guard.code for guard in found} == {code}
    assert name in found[0].message
    assert codes(fixture_content(), references=lists, is_sent=False) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": a_customer(quickbooks_name=None)},
        {"items": {**references().items, FILTER: Item(FILTER, "Filter", ItemType.MATERIAL, None)}},
    ],
)
def test_a_customer_or_item_without_counterpart_refuses_a_sync_too(changes):
    """QuickBooks cannot be told of something that has no name there."""
    guards = guard_save(
        fixture_invoice(), fixture_content(), facts(references=references(**changes))
    )

    assert [guard.severity for guard in guards] == [GuardSeverity.ERROR]


def test_an_invoice_of_nothing_must_not_become_a_negative_one():
    """QuickBooks holds no invoice below zero, whatever the total was before."""
    invoice = fixture_invoice()
    free = replace(invoice, totals=Totals(Decimal("0.00"), Decimal("0.00")))

    assert codes(with_price("-1.00"), free) == [GuardCode.SIGN_WOULD_CHANGE]


def test_errors_come_before_reminders():
    found = codes(
        fixture_content(number="21260"),
        references=references(**MISSING_ZONE),
        is_number_in_use=True,
    )

    assert found == [GuardCode.TAX_ITEM_MISSING, GuardCode.INVOICE_NUMBER_IN_USE]


ERROR = Guard(GuardCode.PERIOD_CLOSED, GuardSeverity.ERROR, "The period is closed.")
ASK = Guard(GuardCode.PERIOD_OPEN_REMINDER, GuardSeverity.ACKNOWLEDGE, "It was sent already.")
INFO = Guard(GuardCode.TAX_PARITY, GuardSeverity.INFO, "A cent differs.")


def test_without_guards_a_save_goes_through():
    assert enforce((), ()) == ()


def test_an_error_cannot_be_acknowledged():
    with pytest.raises(GuardRefused, match=r"The period is closed\.") as refusal:
        enforce((ASK, ERROR), (ERROR.code, ASK.code))

    assert refusal.value.guards == (ERROR,)


def test_a_reminder_asks_for_its_code():
    with pytest.raises(AcknowledgementNeeded, match="PERIOD_OPEN_REMINDER") as refusal:
        enforce((ASK, INFO), ())

    assert refusal.value.guards == (ASK,)


def test_what_was_acknowledged_is_given_back_for_the_audit():
    assert enforce((ASK, INFO), (ASK.code, INFO.code)) == (ASK,)
