"""An invoice as the office sees it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.totals import Totals
from tests.builders import NOW, TASK_2, TASK_3, a_content, a_task, fixture_content, fixture_invoice


@pytest.mark.parametrize(
    ("quantity", "unit_price", "amount"),
    [("1", "35.50", "35.50"), ("2", "12.00", "24.00"), ("0.33333", "0.1", "0.03")],
)
def test_a_task_costs_quantity_times_price(quantity, unit_price, amount):
    task = a_task(quantity=Decimal(quantity), unit_price=Decimal(unit_price))

    assert task.amount == Decimal(amount)


def test_a_task_is_found_by_its_id():
    content = fixture_content()

    assert content.task(TASK_2) == content.tasks[1]
    assert content.task(TASK_3) is None


def test_what_is_owed_is_the_total_less_the_payments():
    assert fixture_invoice(applied=Decimal("50.00")).balance == Decimal("12.44")


def test_a_revision_is_the_next_version():
    later, totals = NOW + timedelta(hours=1), Totals(Decimal("1.00"), Decimal("0.08"))
    invoice = fixture_invoice(version=4)

    revised = invoice.revised(a_content(summary=None), totals, later)

    assert (revised.version, revised.content.summary) == (5, None)
    assert (revised.totals, revised.updated_at) == (totals, later)
    assert (revised.id, revised.created_at) == (invoice.id, invoice.created_at)
    assert invoice.version == 4
