"""Back to an earlier content: what an edit can undo, and what it cannot."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import NotFound, ValueRequired
from domain.reverting import require_entries, restore
from domain.revision import FieldChange, Revision, first_content
from domain.sync_status import SyncStatus
from tests.builders import (
    FW,
    INVOICE_ID,
    NOW,
    OLGA,
    PLUMBING,
    TASK_1,
    TASK_2,
    TRUCK_7,
    TUNE_UP,
    a_content,
    a_task,
    an_id,
    an_invoice,
)


def test_the_content_becomes_what_it_was():
    then = a_content(summary="Fall tune-up", number="21259")
    now = a_content(summary="Spring tune-up", number="21260", tasks=(a_task(quantity=Decimal(9)),))

    assert restore(now, then) == then


def test_a_task_removed_since_comes_back_and_one_added_since_goes():
    gone, added = a_task(id=TASK_2), a_task(id=an_id(77))
    then = a_content(tasks=(a_task(), gone))

    restored = restore(a_content(tasks=(added, a_task())), then)

    assert [task.id for task in restored.tasks] == [TASK_1, TASK_2]


def test_a_revert_of_a_revert_gives_back_what_was_undone():
    first = a_content(tasks=(a_task(), a_task(id=TASK_2)))
    second = a_content(summary="Other", tasks=(a_task(business_unit_id=PLUMBING),))

    assert restore(restore(second, first), second) == second


def test_a_tax_zone_that_was_not_there_cannot_be_taken_away_again():
    with pytest.raises(ValueRequired, match="tax zone cannot be cleared") as refusal:
        restore(a_content(tax_zone_id=FW), a_content(tax_zone_id=None))

    assert refusal.value.where == ("revision_id",)


def test_an_inventory_location_that_was_not_there_cannot_be_taken_away_again():
    now = a_content(tasks=(a_task(inventory_location_id=TRUCK_7),))

    with pytest.raises(ValueRequired, match="inventory location cannot be cleared"):
        restore(now, a_content())


def test_a_description_that_was_quickbooks_to_choose_becomes_empty():
    """None would leave the newer text in QuickBooks."""
    then = a_content(tasks=(a_task(description=None), a_task(id=TASK_2, description=None)))
    now = a_content(tasks=(a_task(description="Tune-up, twice"),))

    restored = restore(now, then)

    assert [task.description for task in restored.tasks] == ["", None]


def a_revision(version, *changes):
    return Revision(
        id=an_id(version),
        invoice_id=INVOICE_ID,
        version=version,
        actor=OLGA,
        reason=None,
        made_at=NOW,
        changes=changes,
        disposition=SyncStatus.BYPASSED,
        content=a_content(),
    )


def test_what_is_gone_is_named_as_it_was_called_when_it_was_given_up():
    task = str(TASK_1)
    since = [
        a_revision(
            2,
            FieldChange(("tax_zone",), "Fort Worth", "Dallas"),
            FieldChange(("tasks", task, "business_unit"), "HVAC", "Plumbing"),
        ),
        a_revision(
            3,
            FieldChange(("tax_zone",), "Dallas", "Austin"),
            FieldChange(("tasks", task), "Seasonal tune-up: 1 x 35.5", None),
        ),
    ]
    missing = [
        ("tax zone", FW, ("tax_zone",)),
        ("business unit", PLUMBING, ("tasks", task, "business_unit")),
        ("item", TUNE_UP, ("tasks", task, "item_id")),
        ("item", TUNE_UP, ("tasks", str(TASK_2), "item_id")),
    ]

    with pytest.raises(NotFound) as refusal:
        require_entries(missing, since, 1)

    assert str(refusal.value) == (
        "Version 1 cannot be restored, because it names what is no longer in the lists: the tax"
        " zone “Fort Worth”; the business unit “HVAC”; the item of the task “Seasonal tune-up: 1 x"
        f" 35.5”; the item {TUNE_UP}. Edit the invoice instead."
    )


def test_only_the_first_revision_keeps_what_was_before_it():
    invoice = an_invoice(version=1)

    assert first_content(invoice) == invoice.content
    assert first_content(replace(invoice, version=2)) is None
