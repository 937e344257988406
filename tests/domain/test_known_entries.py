"""What is known of QuickBooks' lists, and what has to be there before an invoice."""

import pytest

from domain.issues import ObjectKind
from domain.known_entries import (
    EntryKey,
    KnownEntry,
    learned_from,
    named_in,
    prerequisite,
    sites_of,
)
from domain.quickbooks import InvoiceAdd, InvoiceMod, LineMod, Ref
from domain.quickbooks_lists import InventorySiteAdd, ListKind
from domain.quickbooks_transactions import ListQuery
from tests.builders import (
    TASK_1,
    TASK_2,
    a_copy,
    a_line,
    a_wanted,
    a_wanted_line,
    fixture_link,
    fixture_wanted,
)

SITE = ObjectKind.INVENTORY_SITE


def known(**names):
    """What is known of sites: True is there, False is missing."""
    keys = {name: EntryKey.of(SITE, name.replace("_", " ")) for name in names}
    return {keys[name]: KnownEntry(keys[name], is_missing=not is_there)
            for name, is_there in names.items()}  # fmt: skip


def test_an_invoice_to_add_names_the_sites_of_all_its_lines_once():
    lines = tuple(
        a_wanted_line(task_id=task, site=site)
        for task, site in ((TASK_1, Ref("Truck 7")), (TASK_2, Ref("Truck 7")), (None, None))
    )

    assert sites_of(InvoiceAdd(wanted=a_wanted(lines=lines))) == ("Truck 7",)


@pytest.mark.parametrize(
    ("lines", "sites"),
    [
        (None, ()),
        ((LineMod(txn_line_id="1"), LineMod(txn_line_id="-1", site=Ref("Main"))), ("Main",)),
    ],
)
def test_a_change_names_only_the_sites_that_it_sends(lines, sites):
    wanted = a_wanted(lines=(a_wanted_line(site=Ref("Truck 7")),))
    mod = InvoiceMod(txn_id="1", edit_sequence="1", wanted=wanted, lines=lines)

    assert sites_of(mod) == sites


@pytest.mark.parametrize(
    ("sites", "of_lists", "first"),
    [
        ((), {}, None),
        (("Truck 7",), {}, ListQuery(kind=ListKind.INVENTORY_SITE, full_names=("Truck 7",))),
        (("TRUCK 7",), known(truck_7=True), None),
        (("Truck 7",), known(truck_7=False), InventorySiteAdd(name="Truck 7")),
        (
            ("Truck 7", "Main"), known(truck_7=False),
            ListQuery(kind=ListKind.INVENTORY_SITE, full_names=("Truck 7", "Main")),
        ),
        (("A", "B"), known(a=False, b=False), InventorySiteAdd(name="A")),
        (("A", "B"), known(a=True, b=False), InventorySiteAdd(name="B")),
    ],
)  # fmt: skip
def test_quickbooks_is_asked_before_a_site_is_created(sites, of_lists, first):
    assert prerequisite(sites, of_lists) == first
    assert first is None or set(named_in(first)) <= set(sites)


def test_a_confirmed_copy_tells_the_list_ids_of_what_was_named():
    link = fixture_link()

    learned = {e.key: e.list_id for e in learned_from(
        fixture_wanted(), link.copy, link.tasks_by_line
    )}  # fmt: skip

    assert learned == {
        EntryKey(ObjectKind.CUSTOMER, "miller, anna"): "80000001-1",
        EntryKey(ObjectKind.CLASS, "hvac"): "80000021-1",
        EntryKey(ObjectKind.SALES_TAX_ITEM, "fw"): "80000041-1",
        EntryKey(ObjectKind.ITEM, "svc-tune"): "80000011-1",
        EntryKey(ObjectKind.ITEM, "filter"): "80000012-1",
        EntryKey(SITE, "truck 7"): "80000051-1",
    }


def test_nothing_is_learned_from_another_name_or_without_an_id():
    """A bookkeeper may have chosen another customer for the invoice: that one is not ours."""
    copy = a_copy(
        customer=Ref("Somebody else", "80000009-1"),
        class_ref=Ref("HVAC"),
        tax_item=None,
        lines=(a_line(item=Ref("SVC-TUNE"), class_ref=None),),
    )

    assert list(learned_from(a_wanted(), copy, {"1A2B-3": TASK_1})) == []


def test_lines_that_are_not_ours_teach_nothing():
    wanted, copy = a_wanted(class_ref=None, tax_item=None), a_copy(customer=Ref("X", "1"))

    assert list(learned_from(wanted, copy, {})) == []
