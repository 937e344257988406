"""Which of our entries stands behind what QuickBooks lacks."""

import pytest

from domain.culprits import entry_behind
from domain.issues import ObjectKind, QuickBooksObject
from tests.builders import references

LACKING = references()


def the_entries():
    yield ObjectKind.CUSTOMER, LACKING.customer.quickbooks_name, LACKING.customer.id
    for kind, entries, name in (
        (ObjectKind.ITEM, LACKING.items, "quickbooks_name"),
        (ObjectKind.CLASS, LACKING.business_units, "quickbooks_class"),
        (ObjectKind.SALES_TAX_ITEM, LACKING.tax_zones, "quickbooks_item"),
        (ObjectKind.INVENTORY_SITE, LACKING.inventory_locations, "quickbooks_site"),
    ):
        for key, entry in entries.items():
            if getattr(entry, name):
                yield kind, getattr(entry, name), key


@pytest.mark.parametrize(("kind", "name", "key"), list(the_entries()))
def test_it_is_found_by_quickbooks_name_of_it(kind, name, key):
    assert entry_behind(QuickBooksObject(kind, name), LACKING) == key
    assert entry_behind(QuickBooksObject(kind, name.upper()), LACKING) == key


@pytest.mark.parametrize("kind", ObjectKind)
@pytest.mark.parametrize("name", [None, "", "nothing of ours"])
def test_a_name_that_is_none_of_the_invoices_leads_nowhere(kind, name):
    assert entry_behind(QuickBooksObject(kind, name), LACKING) is None
