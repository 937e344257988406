"""What QuickBooks' text names as missing or unusable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.issues import ObjectKind, QuickBooksObject
from domain.named_objects import named_object

MISSING = " QuickBooks error message: Invalid argument. The specified record does not exist."
NAMES = st.text(min_size=1, max_size=41).map(lambda name: " ".join(name.split())).filter(bool)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Customer", ObjectKind.CUSTOMER),
        ("Item", ObjectKind.ITEM),
        ("Class", ObjectKind.CLASS),
        ("ItemSalesTax", ObjectKind.SALES_TAX_ITEM),
        ("Sales Tax Item", ObjectKind.SALES_TAX_ITEM),
        ("Sales Tax Code", ObjectKind.SALES_TAX_CODE),
        ("Inventory Site", ObjectKind.INVENTORY_SITE),
        ("InventorySite", ObjectKind.INVENTORY_SITE),
        ("Terms", ObjectKind.TERMS),
        ("Sales Rep", ObjectKind.SALES_REP),
        ("Account", ObjectKind.ACCOUNT),
        ("Template", ObjectKind.ENTRY),
    ],
)
def test_a_reference_is_told_by_its_kind_and_name(word, kind):
    message = (
        f'There is an invalid reference to QuickBooks {word} "X" in the Invoice line.{MISSING}'
    )

    assert named_object(message) == QuickBooksObject(kind, "X")


@pytest.mark.parametrize(
    "name", ['Joe "Bud"Smith', 'Joe "Bud" Smith', "Dr. No", "Smith:Job 1", '"']
)
def test_a_name_may_hold_quotes_and_full_stops(name):
    message = f'There is an invalid reference to QuickBooks Customer "{name}" in the Invoice.'

    assert named_object(message) == QuickBooksObject(ObjectKind.CUSTOMER, name)


def test_letter_case_does_not_matter():
    message = 'INVALID REFERENCE TO QUICKBOOKS ITEM "Pump" IN THE INVOICE.'

    assert named_object(message) == QuickBooksObject(ObjectKind.ITEM, "Pump")


def test_a_text_that_goes_on_in_another_way_still_names_its_object():
    message = 'There is an invalid reference to QuickBooks Customer "Smith".'

    assert named_object(message) == QuickBooksObject(ObjectKind.CUSTOMER, "Smith")


@pytest.mark.parametrize(
    "message", ["", "Status OK", 'There was an error when modifying "21259".', 'The name "X" is.']
)
def test_a_text_that_names_nothing_missing_gives_nothing(message):
    assert named_object(message) is None


@given(NAMES.filter(lambda name: '"' not in name))
def test_every_plain_name_comes_back_as_it_was_sent(name):
    message = f'There is an invalid reference to QuickBooks Item "{name}" in the Invoice.{MISSING}'

    assert named_object(message) == QuickBooksObject(ObjectKind.ITEM, name)


@given(st.text())
def test_no_text_whatever_does_harm(message):
    found = named_object(message)

    assert found is None or found.name


def test_a_name_is_known_in_any_letter_case_and_with_any_blanks():
    pump = QuickBooksObject(ObjectKind.ITEM, "Pump 3")

    assert pump.is_named("PUMP  3")
    assert not pump.is_named("Pump 30")
    assert not QuickBooksObject(ObjectKind.ITEM, None).is_named("")
