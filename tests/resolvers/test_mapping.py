"""How customers of new exports are named: real for QuickBooks, and changed only by who may."""

from dataclasses import replace

import pytest

from app.ids import new_id
from domain.audit import AuditAction
from domain.customer_mapping import CustomerMapping
from domain.errors import Forbidden, NotFound
from domain.guards import AcknowledgementNeeded, GuardCode
from domain.invoice import ExportStatus
from domain.lists import ServiceLocation
from domain.sync_status import SyncStatus
from resolvers.auditing import read_trail
from resolvers.mapping import MappingWish, set_customer_mapping
from simulator.lists import ListKind
from tests.resolvers.asking import details, save, standing
from tests.resolvers.conftest import let_an_hour_pass

BY_NAME = CustomerMapping.SERVICE_LOCATION_NAME
BY_ADDRESS = CustomerMapping.SERVICE_LOCATION_ADDRESS
CONFIRMED = (GuardCode.CUSTOMER_MAPPING_CHANGES,)
JOBS = {BY_NAME: "Harriet Doyle:Lake house", BY_ADDRESS: "Harriet Doyle:5 Shore Rd, Fort Worth"}


@pytest.fixture
async def lake_house(office):
    """Where Harriet Doyle is served."""
    key = office.id_of("Harriet Doyle")
    location = ServiceLocation(new_id(), key, "Lake house", "5 Shore Rd, Fort Worth")
    async with office.open_work() as work:
        await work.lists.add(location)
    return location


@pytest.fixture
def jobs(side):
    """QuickBooks has both jobs below Harriet Doyle."""
    lists = side.company.lists
    above = lists.by_name(ListKind.CUSTOMER, "Harriet Doyle")
    for n, name in enumerate(JOBS.values()):
        lists.add(replace(above, list_id=f"8000099{n}-1", full_name=name))


def a_mapping(office, mapping, **changes):
    file_id = office.connection.connection.company_file_id
    wish = {"company_file_id": file_id, "mapping": mapping, "acknowledge": CONFIRMED}
    return MappingWish(**wish | changes)


async def customer_of(side, invoice):
    return (await side.held(invoice)).refs["CustomerRef"].full_name


@pytest.mark.parametrize("mapping", JOBS)
async def test_a_new_export_goes_to_the_job_of_its_service_location(
    office, side, adam, jobs, lake_house, mapping
):
    await set_customer_mapping(adam, a_mapping(office, mapping))

    served = await side.export(await office.new_invoice(service_location_id=lake_house.id))
    plain = await side.export(await office.new_invoice("21260"))

    assert await customer_of(side, served) == JOBS[mapping]
    assert await customer_of(side, plain) == "Harriet Doyle"


async def test_by_default_the_customer_itself_is_billed(office, side, jobs, lake_house):
    served = await side.export(await office.new_invoice(service_location_id=lake_house.id))

    assert await customer_of(side, served) == "Harriet Doyle"


async def test_what_was_exported_before_stays_where_it_is(
    office, side, adam, olga, jobs, lake_house
):
    """Its edits are synced as ever; customer and job of it are never sent again."""
    before = await side.export(await office.new_invoice(service_location_id=lake_house.id))
    await let_an_hour_pass(office, before)
    await set_customer_mapping(adam, a_mapping(office, BY_NAME))

    saved = await save(olga, before, details(summary="Late"))
    await side.settle()

    assert await customer_of(side, before) == "Harriet Doyle"
    assert (await standing(office, saved.invoice)).status is SyncStatus.SYNCED


async def test_a_job_is_known_by_its_list_id_too(office, side, adam, jobs, lake_house):
    await set_customer_mapping(adam, a_mapping(office, BY_NAME))
    await side.export(await office.new_invoice(service_location_id=lake_house.id))
    lists = side.company.lists
    lists.rename(lists.by_name(ListKind.CUSTOMER, JOBS[BY_NAME]), "Harriet Doyle:Cabin")

    second = await side.export(await office.new_invoice("21260", service_location_id=lake_house.id))

    assert await customer_of(side, second) == "Harriet Doyle:Cabin"


async def test_a_job_that_quickbooks_does_not_have_is_told_by_its_name(
    office, side, adam, lake_house
):
    await set_customer_mapping(adam, a_mapping(office, BY_NAME))
    invoice = await office.new_invoice(service_location_id=lake_house.id)
    await office.export(invoice)

    await side.settle()

    after = await standing(office, invoice)
    assert after.invoice.export_status is ExportStatus.POSTED
    assert after.issue.object.name == JOBS[BY_NAME]


async def test_a_change_is_first_answered_with_a_warning_and_a_count(office, side, adam):
    """Requirements 89 and 90."""
    await side.export(await office.new_invoice())

    with pytest.raises(AcknowledgementNeeded, match=r"not recommended .* 1 exported transactions"):
        await set_customer_mapping(adam, a_mapping(office, BY_NAME, acknowledge=()))

    file_id = office.connection.connection.company_file_id
    async with office.open_work() as work:
        assert (await work.company_files.get(file_id)).customer_mapping is CustomerMapping.CUSTOMER
    done = await set_customer_mapping(adam, a_mapping(office, BY_NAME))
    assert (done.company_file.customer_mapping, done.affected) == (BY_NAME, 1)
    newest = (await read_trail(adam, before=None, first=1))[0][0]
    assert newest.action is AuditAction.CUSTOMER_MAPPING_CHANGED
    assert [(c.before, c.after) for c in newest.changes] == [("CUSTOMER", BY_NAME)]


async def test_the_same_mapping_again_asks_nothing_and_notes_nothing(office, adam):
    before = (await read_trail(adam, before=None, first=9))[0]
    same = a_mapping(office, CustomerMapping.CUSTOMER, acknowledge=())

    done = await set_customer_mapping(adam, same)

    assert done.company_file.customer_mapping is CustomerMapping.CUSTOMER
    assert (await read_trail(adam, before=None, first=9))[0] == before


async def test_only_who_manages_connections_may_and_only_in_the_own_account(
    office, another_office, olga, adam
):
    with pytest.raises(Forbidden):
        await set_customer_mapping(olga, a_mapping(office, BY_NAME))
    elsewhere = (await another_office()).connection.connection.company_file_id
    with pytest.raises(NotFound):
        await set_customer_mapping(adam, a_mapping(office, BY_NAME, company_file_id=elsewhere))


async def test_a_service_location_is_the_customer_s_own(office, lake_house):
    with pytest.raises(NotFound, match="no such service location"):
        await office.new_invoice(
            customer_id=office.id_of("Lone Star Diner"), service_location_id=lake_house.id
        )
