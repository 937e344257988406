"""What speaks against sending: accounts for costs, and payments that QuickBooks has applied."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.guard_facts import GuardFacts
from domain.guarding import guard_resync, guard_save
from domain.guards import GuardCode, GuardSeverity
from domain.lists import Item, ItemType
from domain.quickbooks import Ref
from domain.totals import Totals
from tests.builders import (
    FILTER,
    TASK_2,
    TASK_3,
    TUNE_UP,
    a_foreign_line,
    a_task,
    an_account,
    an_id,
    fixture_content,
    fixture_copy,
    fixture_invoice,
    fixture_link,
    references,
)

TASK_4 = an_id(0xA4)


def facts(**changes):
    return replace(
        GuardFacts(
            account=an_account(),
            periods=(),
            references=references(),
            is_number_in_use=False,
            is_sent=True,
            link=fixture_link(),
        ),
        **changes,
    )


def found(after, invoice=None, **changes):
    return guard_save(invoice or fixture_invoice(), after, facts(**changes))


def without_account(kind=ItemType.MATERIAL, account=None):
    items = references().items
    item = Item(FILTER, "Filter 16x25", kind, "FILTER", None, account)
    return references(items={**items, FILTER: item})


def with_tasks(*tasks):
    return replace(fixture_content(), tasks=tasks)


def with_more(*tasks):
    return with_tasks(*fixture_content().tasks, *tasks)


def a_filter(task_id=TASK_3):
    return a_task(id=task_id, item_id=FILTER, description="One more filter")


# Requirements 108, 109: cost of goods sold


@pytest.mark.parametrize("account", [None, "", " "])
@pytest.mark.parametrize("kind", [ItemType.MATERIAL, ItemType.EQUIPMENT])
def test_a_new_line_of_an_item_without_cogs_account_is_refused(kind, account):
    (guard,) = found(with_more(a_filter()), references=without_account(kind, account))

    assert (guard.code, guard.severity) == (GuardCode.COGS_ACCOUNT_MISSING, GuardSeverity.ERROR)
    assert f"The {kind.lower()} “Filter 16x25”" in guard.message
    assert guard.path == ("tasks", str(TASK_3), "item")
    assert len(guard.steps) == 2


@pytest.mark.parametrize("kind", [ItemType.SERVICE, ItemType.PRICE_MODIFIER])
def test_what_costs_nothing_needs_no_account(kind):
    assert found(with_more(a_filter()), references=without_account(kind)) == ()


def test_an_item_with_an_account_is_no_reason():
    assert found(with_more(a_filter())) == ()


def test_every_item_without_account_is_told_once():
    items = {
        FILTER: Item(FILTER, "Filter", ItemType.MATERIAL, "FILTER"),
        TUNE_UP: Item(TUNE_UP, "Furnace", ItemType.EQUIPMENT, "FURNACE"),
    }
    after = with_more(a_filter(), a_filter(TASK_4), a_task(id=an_id(0xA5)))

    guards = found(after, references=references(items=items))

    assert [guard.message.split("”")[0] for guard in guards] == [
        "The material “Filter",
        "The equipment “Furnace",
    ]


def test_another_quantity_of_a_line_that_quickbooks_holds_asks():
    """QuickBooks took the item once; a correction must not be blocked for ever."""
    service, filters = fixture_content().tasks

    (guard,) = found(
        with_tasks(service, replace(filters, quantity=Decimal(3))), references=without_account()
    )

    assert (guard.code, guard.severity) == (
        GuardCode.COGS_ACCOUNT_MISSING,
        GuardSeverity.ACKNOWLEDGE,
    )
    assert guard.path == ("tasks", str(TASK_2), "item")


@pytest.mark.parametrize(
    "changes", [{"unit_price": Decimal(13)}, {"description": "Filters"}, {"taxable": True}]
)
def test_an_edit_that_moves_no_goods_is_not_hindered(changes):
    service, filters = fixture_content().tasks

    assert (
        found(with_tasks(service, replace(filters, **changes)), references=without_account()) == ()
    )


def test_what_stays_here_needs_no_account_and_asks_when_it_is_to_leave():
    """A bypassed task has no line in QuickBooks yet: Re-Sync would add it."""
    after = with_more(a_filter())
    bypassed = replace(fixture_invoice(), content=after)

    assert found(after, references=without_account(), is_sent=False) == ()
    (guard,) = guard_resync(bypassed, facts(references=without_account()))
    assert (guard.code, guard.severity) == (GuardCode.COGS_ACCOUNT_MISSING, GuardSeverity.ERROR)


# Requirements (a3) 14: payments


def paid(amount, *others, totals=None):
    """The invoice with so much applied, and its link with these lines of others."""
    invoice = fixture_invoice(applied=Decimal(amount))
    if totals is not None:
        invoice = replace(invoice, totals=Totals(Decimal(totals), Decimal("0.00")))
    copy = fixture_copy()
    more = sum((line.amount for line in others), Decimal(0))
    copy = replace(copy, lines=(*copy.lines, *others), subtotal=copy.subtotal + more)
    return invoice, fixture_link(copy=copy)


def cheaper(price="1.00"):
    service, filters = fixture_content().tasks
    return with_tasks(replace(service, unit_price=Decimal(price)), filters)


def a_surcharge(amount="20.00"):
    return a_foreign_line(item=Ref("TRIP"), amount=Decimal(amount), tax_code=Ref("Non"))


def codes(after, invoice, link, **changes):
    return [guard.code for guard in found(after, invoice, link=link, **changes)]


def test_a_total_that_sinks_below_the_payments_is_refused():
    invoice, link = paid("62.44")

    (guard,) = found(cheaper(), invoice, link=link)

    assert (guard.code, guard.severity) == (GuardCode.TOTAL_BELOW_PAYMENTS, GuardSeverity.ERROR)
    assert "25.09" in guard.message
    assert "62.44" in guard.message


def test_what_a_bookkeeper_added_is_paid_too():
    """82.44 in QuickBooks and all of it paid: a dearer task cannot sink below that."""
    invoice, link = paid("82.44", a_surcharge())

    assert codes(cheaper("42.00"), invoice, link) == []
    assert codes(cheaper("1.00"), invoice, link) == [GuardCode.TOTAL_BELOW_PAYMENTS]


def test_an_edit_that_leaves_the_total_is_not_hindered_by_too_large_payments():
    """They were there before; refusing the edit would not mend them."""
    invoice, link = paid("100.00")

    assert codes(replace(invoice.content, summary="New"), invoice, link) == []
    assert codes(cheaper("42.00"), invoice, link) == []


def test_a_payment_that_came_after_a_bypass_refuses_its_resync():
    invoice, link = paid("62.44")
    content = cheaper()
    totals = references().totals(content.tasks, content.tax_zone_id)
    bypassed = replace(invoice, content=content, totals=totals)

    (guard,) = guard_resync(bypassed, facts(link=link))

    assert guard.code is GuardCode.TOTAL_BELOW_PAYMENTS
