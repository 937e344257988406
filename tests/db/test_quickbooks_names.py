"""Our list entries, found by the names that QuickBooks has for them."""

import pytest

from app.ids import new_id
from domain.adoption import Names
from domain.lists import (
    BusinessUnit,
    InventoryLocation,
    InventoryLocationKind,
    Item,
    ItemType,
    TaxZone,
)

KINDS = ("items", "business_units", "tax_zones", "inventory_locations")


def entry(kind, quickbooks_name, key=None):
    key = key or new_id()
    match kind:
        case "items":
            return Item(key, "ours", ItemType.SERVICE, quickbooks_name, None, None)
        case "business_units":
            return BusinessUnit(key, "ours", quickbooks_name)
        case "tax_zones":
            return TaxZone(key, "ours", quickbooks_name, is_group=False, rates=())
        case "inventory_locations":
            kind = InventoryLocationKind.WAREHOUSE
            return InventoryLocation(key, "ours", kind, quickbooks_name)


async def add(office, *entries):
    async with office.open_work() as work:
        await work.lists.add(*entries)


async def find(office, **names):
    """What is found of these names; nothing is asked of the other lists."""
    async with office.open_work() as work:
        return await work.quickbooks_names.find({kind: set() for kind in KINDS} | names)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_list_is_asked_for_its_own_names_whatever_their_case(office, kind):
    one, other = entry(kind, "Heating:Élan Ⅷ"), entry(kind, "Cooling")
    await add(office, one, other, entry(kind, None))
    for wrong in set(KINDS) - {kind}:
        await add(office, entry(wrong, "cooling"))

    found = await find(office, **{kind: {"heating:élan ⅷ", "cooling", "nobody's"}})

    expected = Names(
        **{k: {} for k in KINDS} | {kind: {"heating:élan ⅷ": one.id, "cooling": other.id}}
    )
    assert found == expected


async def test_of_two_entries_of_one_name_the_older_is_meant(office):
    older, newer = sorted((new_id(), new_id()))
    await add(office, entry("items", "Flue pipe", newer), entry("items", "FLUE pipe", older))

    assert (await find(office, items={"flue pipe"})).items == {"flue pipe": older}


async def test_the_entries_of_another_account_are_not_found(office, another_office):
    stranger = await another_office()
    await add(stranger, *(entry(kind, "Theirs") for kind in KINDS))

    found = await find(office, **{kind: {"theirs"} for kind in KINDS})

    assert found == Names()
