"""The account's lists are read by id or whole, and never another account's."""

import pytest

from app.ids import new_id
from resolvers import lists

READERS = {
    lists.read_customers: "Harriet Doyle",
    lists.read_business_units: "HVAC",
    lists.read_tax_zones: "Fort Worth",
    lists.read_inventory_locations: "Truck 7",
    lists.read_technicians: "Ana",
    lists.read_items: "Air filter 16x25",
}


@pytest.mark.parametrize("read", READERS)
async def test_an_entry_is_read_by_its_id_among_all_or_alone(office, olga, another_office, read):
    entry = office.entries[READERS[read]]
    stranger = await another_office()

    assert (await read(olga))[entry.id] == entry
    assert await read(olga, [entry.id, new_id()]) == {entry.id: entry}
    assert await read(olga, []) == {}
    assert await read(await stranger.as_person(), [entry.id]) == {}


async def test_batches_and_the_account_are_read_too(office, olga, invoice):
    (batch,) = (await lists.read_batches(olga)).values()

    assert batch.number == 1042
    assert (await lists.read_account(olga)).name == "Fixture Heating & Air"
