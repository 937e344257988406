"""An account's lists as a file: read whole, or refused with the place and the cure."""

import json
from decimal import Decimal

import pytest

from app.account_file import SAMPLE, AccountFileError, read_account_file
from app.ids import new_id
from domain.lists import Customer, InventoryLocation, Item, ItemType, TaxZone, Technician


def read(tmp_path, content):
    path = tmp_path / "lists.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_account_file(path, new_id)


def refusal_of(tmp_path, content):
    with pytest.raises(AccountFileError) as refused:
        read(tmp_path, content)
    text = str(refused.value)
    assert text.startswith(f"{tmp_path / 'lists.json'}")
    assert text.endswith(".")
    return text.removeprefix(f"{tmp_path / 'lists.json'}").removeprefix(": ")


def of_kind(lists, kind):
    return {entry.name: entry for entry in lists.entries if isinstance(entry, kind)}


def test_the_sample_is_the_business_of_the_demo():
    lists = read_account_file(SAMPLE, new_id)

    assert lists.next_batch_number == 1042
    assert len({entry.id for entry in lists.entries}) == len(lists.entries)
    zone = of_kind(lists, TaxZone)["Fort Worth"]
    assert zone.is_group
    assert sum(rate.percent for rate in zone.rates) == Decimal("8.25")
    assert of_kind(lists, Item)["Air filter 16x25"].type is ItemType.MATERIAL
    truck, ana = of_kind(lists, InventoryLocation)["Truck 7"], of_kind(lists, Technician)["Ana"]
    assert truck.technician_id == ana.id


def test_quickbooks_name_is_ours_unless_the_file_says_otherwise(tmp_path):
    lists = read(tmp_path, {"customers": [{"name": "A"}, {"name": "B", "quickbooks": "B, Mr"}]})

    names = {name: c.quickbooks_name for name, c in of_kind(lists, Customer).items()}
    assert names == {"A": "A", "B": "B, Mr"}


def test_an_empty_file_is_an_account_without_lists(tmp_path):
    lists = read(tmp_path, {})

    assert (lists.next_batch_number, lists.periods, lists.entries) == (1, (), ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"items": [{"name": "A", "type": "CAR"}]}, "items.0.type: Input should be 'SERVICE'"),
        ({"customers": [{"name": ""}]}, "customers.0.name: String should have at least 1"),
        ({"customers": [{}]}, "customers.0.name: Field required"),
        ({"customer": []}, "customer: Extra inputs are not permitted"),
        ({"next_batch_number": 0}, "next_batch_number: Input should be greater than or equal"),
        ({"tax_zones": [{"name": "A", "rates": {"A": "x"}}]}, "tax_zones.0.rates.A: "),
        ([], "the whole file: Input should be"),
    ],
)
def test_a_wrong_entry_is_named_with_its_place(tmp_path, content, said):
    assert refusal_of(tmp_path, content).startswith(said)


def test_what_is_no_json_is_said_so(tmp_path):
    assert refusal_of(tmp_path, "customers: A").startswith(" is not JSON: ")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(AccountFileError, match="cannot be read: No such file or directory"):
        read_account_file(tmp_path / "none.json", new_id)


def test_a_truck_names_a_technician_of_the_file(tmp_path):
    wrong = {"inventory_locations": [{"name": "Truck 7", "kind": "TRUCK", "technician": "Bob"}]}

    assert refusal_of(tmp_path, wrong) == (
        "inventory location 'Truck 7' names the technician 'Bob', who is not in the file."
    )


def test_a_technician_s_default_truck_is_a_location_of_the_file(tmp_path):
    lists = read(
        tmp_path,
        {
            "technicians": ["Bo", {"name": "Ana", "default_truck": "Truck 7"}],
            "inventory_locations": [{"name": "Truck 7", "kind": "TRUCK", "technician": "Ana"}],
        },
    )

    bo, ana, truck = lists.entries
    assert (bo.default_truck_id, ana.default_truck_id) == (None, truck.id)
    assert truck.technician_id == ana.id


def test_a_default_truck_that_is_not_in_the_file_is_named(tmp_path):
    wrong = {"technicians": [{"name": "Ana", "default_truck": "Truck 9"}]}

    assert refusal_of(tmp_path, wrong) == (
        "technician 'Ana' names the default truck 'Truck 9', which is not among the inventory"
        " locations of the file."
    )


def test_a_customer_s_service_locations_are_that_customer_s(tmp_path):
    places = [{"name": "Lake house", "address": "5 Shore Rd"}]

    customer, place = read(
        tmp_path, {"customers": [{"name": "Ana", "service_locations": places}]}
    ).entries

    assert (place.customer_id, place.name, place.address) == (
        customer.id,
        "Lake house",
        "5 Shore Rd",
    )
