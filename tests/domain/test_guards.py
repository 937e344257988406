"""What speaks against a save."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.company_file import CompanyFile, CompanyFileFacts, Preferences
from domain.guard_facts import GuardFacts
from domain.guarding import guard_save
from domain.guards import (
    AcknowledgementNeeded,
    Guard,
    GuardCode,
    GuardRefused,
    GuardSeverity,
    enforce,
)
from domain.lists import (
    BusinessUnit,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxZone,
)
from domain.quickbooks import Ref, SaleKind
from domain.totals import Totals
from domain.wanted import DefaultTruck
from tests.builders import (
    COMPANY_FILE_ID,
    FILTER,
    FW,
    HVAC,
    NOW,
    PLUMBING,
    TASK_3,
    TRUCK_7,
    WAREHOUSE,
    a_content,
    a_customer,
    a_period,
    a_task,
    an_account,
    fixture_content,
    fixture_copy,
    fixture_invoice,
    fixture_link,
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
    assert "(by adding: Fall tune-up)" in found[0].message


def test_a_task_without_a_description_is_named_by_its_item():
    content = a_content(tasks=(a_task(description=None),))
    invoice = replace(fixture_invoice(), content=content)

    (guard,) = guard_save(invoice, a_content(tasks=()), facts())

    assert "(by removing: Tune-up)" in guard.message


@pytest.mark.parametrize(
    ("strict", "severity"), [(False, GuardSeverity.ACKNOWLEDGE), (True, GuardSeverity.ERROR)]
)
def test_a_zero_by_price_alone_asks_and_is_refused_when_the_account_is_strict(strict, severity):
    """Requirement 47: the article speaks of adding and removing only."""
    account = an_account(strict_zero_total=strict)

    (guard,) = guard_save(fixture_invoice(), with_price(0), facts(account=account))

    assert (guard.code, guard.severity) == (GuardCode.TOTAL_WOULD_BE_ZERO, severity)


def test_an_invoice_of_nothing_is_edited_without_being_asked_each_time():
    free = with_price(0)
    invoice = replace(
        fixture_invoice(), content=free, totals=Totals(Decimal("0.00"), Decimal("0.00"))
    )

    assert codes(replace(free, summary="Warranty"), invoice) == []


def test_a_total_that_changes_its_sign_is_refused():
    assert codes(with_price("-1.00")) == [GuardCode.SIGN_WOULD_CHANGE]


@pytest.mark.parametrize(
    ("kind", "old", "new", "is_refused"),
    [
        (SaleKind.CREDIT_MEMO, "-10.00", "-5.00", False),
        (SaleKind.CREDIT_MEMO, "-10.00", "0.00", True),
        (SaleKind.CREDIT_MEMO, "-10.00", "5.00", True),
        (SaleKind.CREDIT_MEMO, "0.00", "0.00", False),
        (SaleKind.CREDIT_MEMO, "0.00", "-5.00", False),
        (SaleKind.CREDIT_MEMO, "0.00", "5.00", True),
        (SaleKind.INVOICE, "10.00", "0.00", False),
        (SaleKind.INVOICE, "0.00", "-5.00", True),
    ],
)
def test_what_quickbooks_has_made_of_an_invoice_it_stays(kind, old, new, is_refused):
    """Also where QuickBooks' own change, taken over, had led to zero."""
    invoice = replace(
        fixture_invoice(), content=with_price(old), totals=Totals(Decimal(old), Decimal("0.00"))
    )
    link = fixture_link(copy=fixture_copy(kind=kind, subtotal=None))

    found = codes(with_price(new), invoice, link=link)

    assert (GuardCode.SIGN_WOULD_CHANGE in found) is is_refused


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
    ("bypassed", "is_sent", "found"),
    [
        ({}, True, []),
        ({"memo": "another summary"}, True, []),
        ({"number": "999"}, True, [GuardCode.PERIOD_CLOSED]),
        ({"number": "999"}, False, []),
    ],
    ids=["nothing", "summary", "number", "number, and bypassed again"],
)
def test_a_summary_must_not_carry_a_bypassed_change_into_a_closed_period(bypassed, is_sent, found):
    """A sync writes everything in which QuickBooks differs, not the last save alone."""
    link = fixture_link(copy=fixture_copy(**bypassed))
    after = fixture_content(summary="Fall tune-up, filter x2")
    closed = (a_period(is_closed=True),)

    assert codes(after, account=PERIODS_ON, periods=closed, link=link, is_sent=is_sent) == found


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
        {"items": {**references().items, FILTER: Item(FILTER, "Trip", ItemType.SERVICE, None)}},
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


# What QuickBooks told of its settings


def told(**preferences):
    """The company file after a session in which these settings were told."""
    facts = CompanyFileFacts(read_at=NOW, preferences=Preferences(**preferences))
    return CompanyFile(
        id=COMPANY_FILE_ID, name="CF-1", company_name="Fixture Heating & Air", facts=facts
    )


def asked(after, *, link=None, invoice=None, is_sent=True, **preferences):
    """The guards of a save in a company file with these settings; QuickBooks holds the invoice."""
    return guard_save(
        invoice or fixture_invoice(),
        after,
        facts(company_file=told(**preferences), link=link or fixture_link(), is_sent=is_sent),
    )


@pytest.mark.parametrize(
    ("old", "new", "closed_through", "is_asked"),
    [
        ("2026-11-18", "2026-11-18", "2026-11-17", False),
        ("2026-11-18", "2026-11-18", "2026-11-18", True),
        ("2026-11-18", "2026-10-31", "2026-10-31", True),
        ("2026-10-31", "2026-11-18", "2026-10-31", True),
        ("2026-11-01", "2026-11-18", "2026-10-31", False),
    ],
)
def test_a_change_in_books_that_quickbooks_closed_asks(old, new, closed_through, is_asked):
    """The earlier of the date that QuickBooks holds and the new one counts."""
    link = fixture_link(copy=fixture_copy(date=date.fromisoformat(old)))
    after = fixture_content(date=date.fromisoformat(new))

    found = asked(after, link=link, closing_date=date.fromisoformat(closed_through))

    assert [g.code for g in found] == [GuardCode.QUICKBOOKS_CLOSING_DATE] * is_asked


def test_the_closing_date_is_told_with_all_names_and_dates():
    after = fixture_content(date=date(2026, 10, 20))

    (guard,) = asked(after, closing_date=date(2026, 10, 31))

    assert guard.severity is GuardSeverity.ACKNOWLEDGE
    assert guard.path == ("details", "date")
    for part in ("“Fixture Heating & Air”", "2026-10-31", "21259", "2026-11-18", "2026-10-20"):
        assert part in guard.message


def test_the_closing_date_counts_for_an_invoice_that_quickbooks_does_not_hold_yet():
    found = guard_save(
        fixture_invoice(),
        with_price("42.00"),
        facts(company_file=told(closing_date=date(2026, 11, 18))),
    )

    assert [g.code for g in found] == [GuardCode.QUICKBOOKS_CLOSING_DATE]


EVERYTHING_AGAINST_IT = {
    "closing_date": date(2026, 12, 31),
    "uses_classes": False,
    "uses_sites": False,
    "uses_sales_tax": True,
}


def test_what_stays_here_meets_no_setting_of_quickbooks():
    after = replace(with_price("42.00"), tax_zone_id=None)

    assert asked(after, is_sent=False, **EVERYTHING_AGAINST_IT) == ()


def test_settings_that_are_not_known_never_hinder():
    """Before the first session there is no fact, and QuickBooks may leave out any of them."""
    after = replace(with_price("42.00"), tax_zone_id=None)
    never_opened = CompanyFile(id=COMPANY_FILE_ID, name="CF-1")

    assert asked(after) == ()
    assert codes(after, company_file=never_opened, link=fixture_link()) == []


def test_every_setting_asks_at_once_and_none_of_them_refuses():
    """A setting is told anew when there is something to send: an error would stay for ever."""
    stranger = a_task(id=TASK_3, inventory_location_id=TRUCK_7)
    after = fixture_content(tax_zone_id=None)
    after = replace(after, tasks=(*after.tasks, stranger))

    found = asked(after, **EVERYTHING_AGAINST_IT)

    assert {g.code for g in found} == {
        GuardCode.QUICKBOOKS_CLOSING_DATE,
        GuardCode.CLASS_TRACKING_OFF,
        GuardCode.INVENTORY_SITES_OFF,
        GuardCode.TAX_ITEM_MISSING,
    }
    assert {g.severity for g in found} == {GuardSeverity.ACKNOWLEDGE}
    assert all("“Fixture Heating & Air”" in g.message and g.steps for g in found)


@pytest.mark.parametrize(
    ("unit", "uses_classes", "found"),
    [
        (None, True, [GuardCode.CLASS_MISSING]),
        (None, False, []),
        (None, None, []),
        (PLUMBING, True, []),
        (PLUMBING, False, [GuardCode.CLASS_TRACKING_OFF]),
        (PLUMBING, None, []),
    ],
)
def test_a_new_task_goes_with_the_class_tracking_of_quickbooks(unit, uses_classes, found):
    invoice = fixture_invoice(business_unit_id=None)
    new = a_task(id=TASK_3, description="Thermostat", business_unit_id=unit)
    after = fixture_content()

    guards = asked(
        replace(after, tasks=(*after.tasks, new)), invoice=invoice, uses_classes=uses_classes
    )

    assert [g.code for g in guards] == found
    assert all(g.message.endswith(": Thermostat.") or "“Plumbing”" in g.message for g in guards)


def test_a_task_without_a_unit_has_that_of_its_invoice():
    new = a_task(id=TASK_3, business_unit_id=None)
    after = fixture_content()

    assert asked(replace(after, tasks=(*after.tasks, new)), uses_classes=True) == ()


def test_what_quickbooks_holds_without_a_class_is_not_asked_for_again():
    copy = fixture_copy()
    bare = replace(copy, lines=tuple(replace(line, class_ref=None) for line in copy.lines))
    tasks = (replace(task, business_unit_id=None) for task in fixture_content().tasks)
    after = fixture_content(summary="New")
    after = replace(after, tasks=tuple(tasks))
    invoice = fixture_invoice(business_unit_id=None)

    assert asked(after, invoice=invoice, link=fixture_link(copy=bare), uses_classes=True) == ()
    assert len(asked(after, invoice=invoice, uses_classes=True)) == 1


def test_what_quickbooks_holds_with_class_and_site_is_not_asked_for_again():
    """It took them once: they were on when the invoice went there."""
    found = asked(
        fixture_content(summary="New"),
        uses_classes=False,
        uses_sites=False,
        are_sites_available=False,
    )

    assert found == ()


@pytest.mark.parametrize(
    ("settings", "is_asked"),
    [
        ({"uses_sites": True, "are_sites_available": True}, False),
        ({"uses_sites": False, "are_sites_available": True}, True),
        ({"are_sites_available": False}, True),
        ({}, False),
    ],
)
def test_an_inventory_location_asks_while_quickbooks_has_no_sites(settings, is_asked):
    after = fixture_content()
    moved = replace(after.tasks[1], inventory_location_id=WAREHOUSE)

    found = asked(replace(after, tasks=(after.tasks[0], moved)), **settings)

    assert [g.code for g in found] == [GuardCode.INVENTORY_SITES_OFF] * is_asked
    assert all("“Main”" in g.message for g in found)


def test_a_tax_zone_taken_off_a_taxable_invoice_asks_while_sales_tax_is_on():
    after = fixture_content(tax_zone_id=None)

    (guard,) = asked(after, uses_sales_tax=True, default_tax_item=Ref("County 8.25%"))

    assert (guard.code, guard.severity) == (
        GuardCode.TAX_ITEM_MISSING,
        GuardSeverity.ACKNOWLEDGE,
    )
    assert "“County 8.25%”" in guard.message
    assert asked(after, uses_sales_tax=False) == ()


def test_an_invoice_that_never_had_a_tax_zone_or_nothing_to_tax_is_not_asked_about():
    zoneless = fixture_invoice()
    zoneless = replace(zoneless, content=replace(zoneless.content, tax_zone_id=None))
    untaxed = tuple(replace(task, taxable=False) for task in fixture_content().tasks)
    nothing_taxable = replace(fixture_content(tax_zone_id=None), tasks=untaxed)

    untaxed_copy = fixture_link(copy=fixture_copy(sales_tax=Decimal("0.00")))

    assert asked(with_price("42.00"), uses_sales_tax=True) == ()
    assert guard_save(
        zoneless,
        zoneless.content,
        facts(
            company_file=told(uses_sales_tax=True),
            link=untaxed_copy,
            references=references(tax_zones={}),
        ),
    ) == ()  # fmt: skip
    assert asked(nothing_taxable, uses_sales_tax=True) == ()


def test_a_missing_name_is_told_instead_of_what_it_hides():
    lists = references(**MISSING_CLASS)

    found = codes(with_price("42.00"), references=lists, company_file=told(uses_classes=False))

    assert set(found) == {GuardCode.CLASS_MISSING}


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


def test_a_location_that_nobody_chose_is_told_before_it_leaves():
    truck = DefaultTruck(references().inventory_locations[TRUCK_7], "Ana")
    new = a_task(id=TASK_3, item_id=FILTER, description=None, inventory_location_id=None)
    after = replace(fixture_content(), tasks=(*fixture_content().tasks, new))

    (guard,) = guard_save(
        fixture_invoice(), after, facts(references=references(default_truck=truck))
    )

    assert (guard.code, guard.severity) == (GuardCode.DEFAULT_TRUCK_USED, GuardSeverity.INFO)
    assert guard.path == ("tasks", str(TASK_3), "inventory_location_id")
    assert guard.message == (
        "“Filter” names no inventory location; QuickBooks takes it from “Ana's truck”, the default"
        " truck of Ana."
    )
    assert enforce([guard], ()) == ()
