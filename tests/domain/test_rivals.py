"""What in QuickBooks looks like an invoice that somebody entered by hand meanwhile."""

from dataclasses import replace

import pytest

from domain.rivals import entered_by_hand
from tests.builders import a_wanted, fixture_copy

WANTED = a_wanted()
TWIN = replace(
    fixture_copy(),
    number=WANTED.number,
    date=WANTED.date,
    memo=WANTED.memo,
    subtotal=WANTED.subtotal,
    sales_tax=WANTED.sales_tax,
    external_guid=None,
)
OTHER = {"number": "1", "memo": "Something else", "date": WANTED.date.replace(day=1)}


@pytest.mark.parametrize(
    "alike", [{"number": WANTED.number}, {"memo": WANTED.memo}, {"date": WANTED.date}]
)
def test_number_memo_or_date_and_amounts_look_like_it(alike):
    rival = replace(TWIN, **(OTHER | alike))

    assert entered_by_hand(WANTED, [rival]).code == "ALREADY_IN_QUICKBOOKS"


def test_another_invoice_of_the_customer_does_not():
    assert entered_by_hand(WANTED, [replace(TWIN, **OTHER)]) is None


@pytest.mark.parametrize("alike", [{"memo": WANTED.memo}, {"date": WANTED.date}])
def test_others_of_the_same_batch_and_price_were_not_entered_by_hand(alike):
    sibling = replace(TWIN, external_guid="{some-other-invoice-of-ours}", **(OTHER | alike))

    assert entered_by_hand(WANTED, [sibling]) is None


def test_the_same_number_counts_whoever_entered_it():
    made_by_a_program = replace(TWIN, external_guid="{unknown}")

    assert entered_by_hand(WANTED, [made_by_a_program]) is not None
