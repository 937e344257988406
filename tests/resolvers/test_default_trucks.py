"""Material without a location comes from the default truck of the invoice's technician."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.edits import Edits
from domain.guards import GuardCode, GuardRefused
from domain.sync_status import SyncStatus
from resolvers.invoice_reading import read_comparisons, read_drafts
from resolvers.locations import read_locations
from tests.counting import Said, listening
from tests.quickbooks_side import QuickBooksSide, empty_company
from tests.resolvers.asking import of_task, save, stage_edits, standing
from tests.resolvers.conftest import let_an_hour_pass

TUNE_UP, FILTER = "SVC-TUNE", "FILTER"


@pytest.fixture
async def ana_s(office, side, change_row):
    """An invoice of Ana's whose filter QuickBooks holds without a site: she had no truck then."""
    await change_row("technician", default_truck_id=None)
    exported = await side.export(await office.new_invoice(technician_id=office.id_of("Ana")))
    await let_an_hour_pass(office, exported)
    await change_row("technician", default_truck_id=office.id_of("Truck 7"))
    return exported


def another_filter(office):
    return Edits(add_tasks=(office.tasks()[1],))


async def sites(side, invoice):
    """The sites of the lines that QuickBooks holds, by item, in its order."""
    lines = (await side.held(invoice)).lines
    named = [(line.refs["ItemRef"], line.refs.get("InventorySiteRef")) for line in lines]
    return [(item.full_name, site and site.full_name) for item, site in named]


async def test_a_new_invoice_is_exported_from_the_technician_s_truck(office, side):
    await side.export(await office.new_invoice("21250"))  # QuickBooks tells that it keeps sites

    exported = await side.export(await office.new_invoice(technician_id=office.id_of("Ana")))

    assert await sites(side, exported) == [(TUNE_UP, None), (FILTER, "Truck 7")]


async def test_a_new_line_comes_from_the_truck_and_the_old_one_stays(office, side, ana_s, olga):
    """Requirements 113, 114: no line that QuickBooks holds is moved unasked."""
    saved = await save(olga, ana_s, another_filter(office))

    await side.settle()

    assert await sites(side, ana_s) == [(TUNE_UP, None), (FILTER, None), (FILTER, "Truck 7")]
    assert (await standing(office, saved.invoice)).status is SyncStatus.SYNCED


async def test_another_price_of_a_held_line_does_not_move_its_stock(office, side, ana_s, olga):
    saved = await save(olga, ana_s, of_task(ana_s.content.tasks[1], unit_price=Decimal("13.00")))

    await side.settle()

    assert await sites(side, ana_s) == [(TUNE_UP, None), (FILTER, None)]
    assert (await standing(office, saved.invoice)).status is SyncStatus.SYNCED


async def test_without_sites_in_the_company_file_none_is_named(office, olga):
    company = empty_company()
    company.preferences.inventory_sites = False
    side = QuickBooksSide(office, company)
    ana_s = await side.export(await office.new_invoice(technician_id=office.id_of("Ana")))
    await let_an_hour_pass(office, ana_s)

    saved = await save(olga, ana_s, another_filter(office))
    await side.settle()

    assert [site for _, site in await sites(side, ana_s)] == [None, None, None]
    assert (await standing(office, saved.invoice)).status is SyncStatus.SYNCED


async def test_the_draft_and_the_comparison_say_which_truck(office, side, ana_s, olga):
    staged = await stage_edits(olga, ana_s, another_filter(office))
    new = staged.draft.content.tasks[-1]

    view = (await read_drafts(olga, [ana_s]))[ana_s.id]
    used = await read_locations(olga, [(ana_s.id, task) for task in (*ana_s.content.tasks, new)])

    (guard,) = view.guards
    assert guard.code is GuardCode.DEFAULT_TRUCK_USED
    assert "“Truck 7”, the default truck of Ana" in guard.message
    assert {task.id: place.name for (_, task), place in used.items()} == {new.id: "Truck 7"}
    saved = (await save(olga, ana_s)).invoice
    compared = (await read_comparisons(olga, [saved]))[saved.id]
    assert [c.ours for c in compared if not c.equal] == ["FILTER: 2 x 12, Truck 7"]


async def test_a_truck_that_quickbooks_does_not_know_by_name_holds_the_save_back(
    office, ana_s, olga, change_row
):
    await change_row("inventory_location", office.id_of("Truck 7"), quickbooks_site=None)

    with pytest.raises(GuardRefused, match="“Truck 7” has no inventory site in QuickBooks"):
        await save(olga, ana_s, another_filter(office))


async def test_the_truck_of_another_account_is_never_taken(office, another_office, side, ana_s):
    there = await (await another_office()).as_person()
    task = replace(ana_s.content.tasks[1], inventory_location_id=None)

    assert await read_locations(there, [(ana_s.id, task)]) == {}


async def test_many_invoices_ask_for_their_trucks_at_once(office, side, ana_s, change_row):
    more = [
        await side.export(await office.new_invoice(str(n), technician_id=office.id_of("Ana")))
        for n in range(21300, 21303)
    ]
    counts = []
    for invoices in ([ana_s], [ana_s, *more]):
        said = Said()
        async with listening(office, said) as work:
            found = await work.lists.references_of(invoices)
        assert all(references.default_truck for references in found.values())
        counts.append(len(said))

    assert counts == [2, 2]
