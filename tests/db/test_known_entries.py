"""What is kept of the lists of QuickBooks' company files."""

import pytest

from domain.issues import ObjectKind
from domain.known_entries import EntryKey, KnownEntry
from tests.builders import NOW

SITE, ITEM = ObjectKind.INVENTORY_SITE, ObjectKind.ITEM
TRUCK, MAIN = EntryKey.of(SITE, "Truck 7"), EntryKey.of(SITE, "Main")


@pytest.fixture
def file_id(office):
    return office.connection.connection.company_file_id


async def test_of_a_name_the_last_word_counts(office, file_id):
    async with office.open_work() as work:
        await work.known_entries.learn(
            file_id, [KnownEntry(TRUCK, is_missing=True), KnownEntry(TRUCK, "8-1")], NOW
        )
        await work.known_entries.learn(file_id, [KnownEntry(MAIN, "8-2")], NOW)
        await work.known_entries.learn(file_id, [KnownEntry(MAIN, None, is_missing=True)], NOW)

        found = await work.known_entries.find(file_id, [TRUCK, MAIN, EntryKey.of(ITEM, "Truck 7")])

    assert found == {
        TRUCK: KnownEntry(TRUCK, "8-1"), MAIN: KnownEntry(MAIN, None, is_missing=True)
    }  # fmt: skip


async def test_nothing_asked_is_nothing_found_and_nothing_learned(office, file_id):
    async with office.open_work() as work:
        await work.known_entries.learn(file_id, [], NOW)

        assert await work.known_entries.find(file_id, []) == {}


@pytest.mark.parametrize(
    ("keys", "list_ids", "left"),
    [([TRUCK], [], {MAIN}), ([], ["8-1"], {MAIN}), ([MAIN], ["8-1"], set()), ([], [], {TRUCK, MAIN})],
)  # fmt: skip
async def test_names_and_list_ids_are_forgotten(office, file_id, keys, list_ids, left):
    async with office.open_work() as work:
        entries = [KnownEntry(TRUCK, "8-1"), KnownEntry(MAIN, "8-2")]
        await work.known_entries.learn(file_id, entries, NOW)

        await work.known_entries.forget(file_id, keys, list_ids)

        assert set(await work.known_entries.find(file_id, [TRUCK, MAIN])) == left


async def test_another_account_knows_nothing_of_it(office, another_office, file_id):
    async with office.open_work() as work:
        await work.known_entries.learn(file_id, [KnownEntry(TRUCK, "8-1")], NOW)

    async with (await another_office()).open_work() as work:
        await work.known_entries.forget(file_id, [TRUCK])
        assert await work.known_entries.find(file_id, [TRUCK]) == {}
    async with office.open_work() as work:
        assert TRUCK in await work.known_entries.find(file_id, [TRUCK])
