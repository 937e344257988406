"""Company files as they are stored: known by path and name, with what they told of themselves."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from app.ids import new_id
from domain.company_file import (
    CompanyFacts,
    CompanyFile,
    CompanyFileFacts,
    CompanyFileIdentity,
    HostFacts,
    Preferences,
)
from domain.quickbooks import Ref
from resolvers.connections import NewConnection, create_connection
from tests.builders import NOW
from tests.db.making import connection_id

TOLD = CompanyFileFacts(
    read_at=NOW,
    host=HostFacts(
        product_name="QuickBooks Pro",
        major_version="34",
        minor_version="0",
        country="US",
        qbxml_versions=((1, 0), (13, 0)),
        file_mode="MultiUser",
        is_automatic_login=True,
    ),
    company=CompanyFacts(
        name="½ “Brook”", is_sample=False, has_accountant_copy=True, dividing_date=date(2026, 9, 30)
    ),
    preferences=Preferences(
        closing_date=date(2026, 10, 31),
        uses_classes=True,
        assign_classes_to="Items",
        are_sites_available=True,
        uses_sites=False,
        uses_sales_tax=True,
        default_tax_item=Ref("FW", "80000001-1"),
        taxable_code=Ref("Tax"),
        non_taxable_code=Ref("Non"),
        is_auto_applying_payments=False,
        uses_multi_currency=False,
        uses_audit_trail=True,
        is_automatic_login_allowed=False,
    ),
)


@pytest.mark.parametrize(
    "facts",
    [TOLD, CompanyFileFacts(read_at=NOW), CompanyFileFacts(read_at=NOW, host=HostFacts())],
    ids=["all", "nothing answered", "one part without content"],
)
async def test_what_a_company_file_told_comes_back_exactly(office, facts):
    async with office.open_work() as work:
        before = await work.company_files.of_connection(connection_id(office))
        met = before.met(CompanyFileIdentity("C:\\a.qbw", "Brook"), facts)
        await work.company_files.save(met)

    async with office.open_work() as work:
        found = await work.company_files.of_connection(connection_id(office))
        assert found == met
        assert found == await work.company_files.get(met.id)
        assert found == (await work.company_files.all())[met.id]
        assert await work.company_files.path_of(connection_id(office)) == "C:\\a.qbw"


async def test_a_new_company_file_is_known_by_nothing_yet(office):
    new = CompanyFile(id=new_id(), name="CF-9")

    async with office.open_work() as work:
        assert await work.company_files.find_or_add(new) == new.id

    async with office.open_work() as work:
        assert await work.company_files.get(new.id) == new
        assert list(await work.company_files.all())[-1] == new.id
        assert await work.company_files.get(new_id()) is None
        assert await work.company_files.path_of(connection_id(office)) is None


async def test_a_name_that_is_there_means_that_company_file_whatever_its_case(
    office, another_office
):
    stranger = await another_office()
    known = office.connection.connection.company_file_id

    async with office.open_work() as work:
        before = await work.company_files.all()
        found = [
            await work.company_files.find_or_add(CompanyFile(id=new_id(), name=name))
            for name in ("CF-1", "cf-1")
        ]
        assert await work.company_files.all() == before
    async with stranger.open_work() as work:
        theirs = await work.company_files.find_or_add(CompanyFile(id=new_id(), name="CF-1"))

    assert found == [known, known]
    assert theirs == stranger.connection.connection.company_file_id


async def test_whoever_adds_the_same_name_at_the_same_time_gets_the_same_company_file(office):
    """The second waits for the first to commit; had that one died, it would store its own."""
    order, added = [], asyncio.Event()

    async def first():
        async with office.open_work() as work:
            found = await work.company_files.find_or_add(CompanyFile(id=new_id(), name="CF-9"))
            added.set()
            await office.new_invoice()  # others go on meanwhile
            order.append("first")
        return found

    async def second():
        await added.wait()
        async with office.open_work() as work:
            found = await work.company_files.find_or_add(CompanyFile(id=new_id(), name="cf-9"))
            order.append("second")
        return found

    one, other = await asyncio.gather(first(), second())

    assert one == other
    assert order == ["first", "second"]


async def test_every_connection_of_the_account_has_its_mark(office, another_office):
    await another_office()
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Shop")
    shop = (await create_connection(await office.as_person("Adam"), wish)).connection

    async with office.open_work() as work:
        marks = await work.company_files.lock_marks()

    own = office.connection.connection
    assert [(m.connection_id, m.file_id, m.connection_name, m.is_disabled) for m in marks] == [
        (own.id, own.file_guid, "Front desk", False),
        (shop.id, shop.file_guid, "Shop", False),
    ]
    assert [m.company_file.name for m in marks] == ["CF-1", "CF-2"]


async def test_two_first_sessions_are_judged_one_after_the_other(office):
    """The second sees what the first has bound, and invoices can be saved meanwhile."""
    order = []
    locked = asyncio.Event()

    async def first():
        async with office.open_work() as work:
            (mark,) = await work.company_files.lock_marks()
            locked.set()
            await office.new_invoice()
            order.append("first")
            await work.company_files.save(replace(mark.company_file, path="C:\\first.qbw"))

    async def second():
        await locked.wait()
        async with office.open_work() as work:
            await work.company_files.get(office.connection.connection.company_file_id)
            (mark,) = await work.company_files.lock_marks()
            order.append(mark.company_file.path)

    await asyncio.gather(first(), second())

    assert order == ["first", "C:\\first.qbw"]
