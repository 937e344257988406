"""A revision in QuickBooks' words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.lists import (
    BusinessUnit,
    Customer,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxZone,
)
from domain.quickbooks import Ref
from domain.totals import Totals
from domain.wanted import (
    NOT_TAXABLE,
    TAXABLE,
    DefaultTruck,
    is_summary_cut,
    memo,
    missing_names,
    wanted_invoice,
)
from tests.builders import (
    CUSTOMER_ID,
    FILTER,
    FW,
    HVAC,
    INVOICE_ID,
    PLUMBING,
    TASK_1,
    TASK_2,
    TRUCK_7,
    TUNE_UP,
    WAREHOUSE,
    a_batch,
    a_content,
    a_task,
    an_id,
    an_invoice,
    fixture_invoice,
    references,
)


def test_the_sample_invoice_in_quickbooks_words():
    wanted = wanted_invoice(fixture_invoice(), references())

    assert wanted.number == "21259"
    assert wanted.customer == Ref("Miller, Anna", "80000001-1")
    assert (wanted.class_ref, wanted.tax_item) == (Ref("HVAC"), Ref("FW"))
    assert wanted.memo == "1042 2026-11-20 HVAC - Fall tune-up"
    assert (wanted.subtotal, wanted.sales_tax) == (Decimal("59.50"), Decimal("2.94"))
    assert wanted.external_guid == f"{{{INVOICE_ID}}}"


def test_each_task_is_a_line_of_its_own_class_site_and_tax_code():
    tune_up, filters = wanted_invoice(fixture_invoice(), references()).lines

    assert (tune_up.task_id, tune_up.item) == (TASK_1, Ref("SVC-TUNE", "80000011-1"))
    assert (tune_up.class_ref, tune_up.site, tune_up.tax_code) == (Ref("HVAC"), None, TAXABLE)
    assert (filters.task_id, filters.item) == (TASK_2, Ref("FILTER"))
    assert (filters.site, filters.tax_code) == (Ref("Truck 7"), NOT_TAXABLE)
    assert (filters.quantity, filters.rate, filters.amount) == (2, 12, 24)


@pytest.mark.parametrize(
    ("of_task", "of_invoice", "expected"),
    [
        (PLUMBING, HVAC, Ref("Plumbing")),
        (None, HVAC, Ref("HVAC")),
        (None, None, None),
    ],
)
def test_a_task_without_a_business_unit_has_the_invoice_s(of_task, of_invoice, expected):
    invoice = an_invoice(
        business_unit_id=of_invoice, content=a_content(tasks=(a_task(business_unit_id=of_task),))
    )

    (line,) = wanted_invoice(invoice, references()).lines

    assert line.class_ref == expected


def test_without_a_tax_zone_there_is_no_tax():
    wanted = wanted_invoice(an_invoice(content=a_content(tax_zone_id=None)), references())

    assert wanted.tax_item is None
    assert wanted.sales_tax == 0


def test_text_is_wanted_as_quickbooks_will_hold_it():
    content = a_content(number=" 21259 ", tasks=(a_task(description="\u201cBig\u201d"),))

    wanted = wanted_invoice(an_invoice(content=content), references())

    assert (wanted.number, wanted.lines[0].description) == ("21259", '"Big"')


@pytest.mark.parametrize(("description", "wanted"), [(None, None), ("", "")])
def test_a_task_without_a_description_takes_the_items_a_cleared_one_has_none(description, wanted):
    content = a_content(tasks=(a_task(description=description),))

    assert wanted_invoice(an_invoice(content=content), references()).lines[0].description == wanted


@pytest.mark.parametrize(
    ("batch", "summary", "text"),
    [
        (a_batch(), "Fall tune-up", "1042 2026-11-20 HVAC - Fall tune-up"),
        (a_batch(), None, "1042 2026-11-20 HVAC"),
        (None, "Fall tune-up", "Fall tune-up"),
        (None, None, ""),
        (a_batch(), " \u2018Fall\u2019 ", "1042 2026-11-20 HVAC - 'Fall'"),
    ],
)
def test_the_memo_is_batch_number_and_name_then_the_summary(batch, summary, text):
    assert memo(batch, summary) == text
    assert not is_summary_cut(batch, summary)


def test_only_the_summary_is_shortened_to_quickbooks_length():
    summary = "x" * 4095

    cut = memo(a_batch(), summary)

    assert len(cut) == 4095
    assert cut.startswith("1042 2026-11-20 HVAC - xxx")
    assert cut.endswith("xxx...")
    assert is_summary_cut(a_batch(), summary)


def test_a_memo_that_just_fits_is_not_shortened():
    summary = "x" * (4095 - len("1042 2026-11-20 HVAC - "))

    assert memo(a_batch(), summary).endswith(summary)
    assert not is_summary_cut(a_batch(), summary)


def test_totals_of_other_tasks_are_computed_in_the_zone():
    tasks = (a_task(unit_price=Decimal("42.00")),)

    assert references().totals(tasks, FW) == Totals(Decimal("42.00"), Decimal("3.47"))
    assert references().totals(tasks, None) == Totals(Decimal("42.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (TUNE_UP, "Tune-up"),
        (PLUMBING, "Plumbing"),
        (FW, "Fort Worth"),
        (TRUCK_7, "Ana's truck"),
        (an_id(0x99), str(an_id(0x99))),
    ],
)
def test_entries_are_told_by_the_office_s_name(key, name):
    assert references().name_of(key) == name


def test_nothing_is_missing_when_everything_has_its_name_in_quickbooks():
    assert missing_names(fixture_invoice(), references()) == ()


def test_nothing_is_missing_where_nothing_is_named():
    bare = a_task(business_unit_id=None)
    invoice = an_invoice(business_unit_id=None, content=a_content(tax_zone_id=None, tasks=(bare,)))

    assert missing_names(invoice, references()) == ()


@pytest.mark.parametrize(
    ("changed", "kind", "name", "where"),
    [
        ({"customer": Customer(CUSTOMER_ID, "Anna", None)}, "customer", "Anna", ("customer",)),
        (
            {"tax_zones": {FW: TaxZone(FW, "Zone", None, is_group=False, rates=())}},
            "tax_item", "Zone", ("details", "tax_zone_id"),
        ),
        (
            {"items": {TUNE_UP: Item(TUNE_UP, "Tune-up", ItemType.SERVICE, None)}},
            "item", "Tune-up", ("tasks", str(TASK_1), "item"),
        ),
        (
            {"business_units": {HVAC: BusinessUnit(HVAC, "Heat", None)}},
            "class", "Heat", ("tasks", str(TASK_1), "business_unit_id"),
        ),
        (
            {"inventory_locations": {
                TRUCK_7: InventoryLocation(TRUCK_7, "Van", InventoryLocationKind.TRUCK, None)
            }},
            "site", "Van", ("tasks", str(TASK_1), "inventory_location_id"),
        ),
    ],
)  # fmt: skip
def test_what_has_no_name_in_quickbooks_is_told_with_its_place(changed, kind, name, where):
    task = a_task(inventory_location_id=TRUCK_7)
    invoice = an_invoice(content=a_content(tasks=(task,)))

    (missing,) = missing_names(invoice, references(**changed))

    assert (missing.kind, missing.name, missing.where) == (kind, name, where)


def test_the_invoice_s_own_business_unit_must_have_a_class_too():
    """The header of an invoice names a class even when every task has one of its own."""
    units = references().business_units
    invoice = an_invoice(
        business_unit_id=HVAC, content=a_content(tasks=(a_task(business_unit_id=PLUMBING),))
    )

    missing = missing_names(
        invoice, references(business_units={**units, HVAC: BusinessUnit(HVAC, "Heat", None)})
    )

    assert [(m.kind, m.name) for m in missing] == [("class", "Heat")]


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_name_is_a_missing_one(empty):
    customer = replace(references().customer, quickbooks_name=empty)
    zone = replace(references().tax_zones[FW], quickbooks_item=empty)

    missing = missing_names(fixture_invoice(), references(customer=customer, tax_zones={FW: zone}))

    assert [m.kind for m in missing] == ["customer", "tax_item"]


def a_truck(**changes):
    """Ana's default truck, in a company file that keeps sites."""
    return replace(DefaultTruck(references().inventory_locations[TRUCK_7], "Ana"), **changes)


def without_location(**changes):
    """The sample invoice, its material naming no location."""
    tune_up, filters = fixture_invoice().content.tasks
    bare = replace(filters, **{"inventory_location_id": None} | changes)
    return replace(fixture_invoice(), content=a_content(tasks=(tune_up, bare)))


def sites(invoice, **changes):
    return [line.site for line in wanted_invoice(invoice, references(**changes)).lines]


def test_material_without_a_location_comes_from_the_technician_s_default_truck():
    """Requirements 113 and 114; a service comes from no truck."""
    assert sites(without_location(), default_truck=a_truck()) == [None, Ref("Truck 7")]


def test_equipment_does_too_a_discount_does_not():
    for kind, site in ((ItemType.EQUIPMENT, Ref("Truck 7")), (ItemType.PRICE_MODIFIER, None)):
        items = dict(references().items)
        items[FILTER] = replace(items[FILTER], type=kind)

        assert sites(without_location(), items=items, default_truck=a_truck())[1] == site


def test_without_a_default_truck_the_site_is_quickbooks_own():
    assert sites(without_location()) == [None, None]


def test_a_location_that_the_office_chose_stays():
    invoice = without_location(inventory_location_id=WAREHOUSE)

    assert sites(invoice, default_truck=a_truck()) == [None, Ref("Main")]


def test_a_line_that_quickbooks_holds_is_left_where_it_is():
    """Nobody asked for another site, so none is written."""
    truck = a_truck(held=frozenset({TASK_2}))

    assert sites(without_location(), default_truck=truck) == [None, None]


def test_a_default_truck_without_a_name_in_quickbooks_is_missing():
    van = InventoryLocation(TRUCK_7, "Van", InventoryLocationKind.TRUCK, None)
    lists = references(default_truck=a_truck(location=van))

    (missing,) = missing_names(without_location(), lists)

    assert (missing.kind, missing.name) == ("site", "Van")
    assert missing.where == ("tasks", str(TASK_2), "inventory_location_id")
