"""What an administrator does from the command line."""

from datetime import timedelta

import pytest

from app import administration
from app.account_file import SAMPLE, read_account_file
from app.administration import EVERYTHING, AdministrationError
from app.authentication import Authenticator
from app.clock import now
from app.ids import new_id
from app.tokens import Tokens
from domain.people import Employee, Role

HOUR = timedelta(hours=1)


async def principal_of(resources, credential):
    authenticator = Authenticator(
        Tokens(resources.settings, None), resources.directory, resources.open_work, now
    )
    return await authenticator.principal_of(f"Bearer {credential}")


async def test_a_new_account_has_one_person_who_may_do_everything(resources):
    created = await administration.create_account(
        resources, name="Ana's Air", administrator="Ana", lists=None
    )

    token = await administration.make_token(
        resources, account_id=created.account_id, person=None, lifetime=HOUR
    )

    principal = await principal_of(resources, token)
    assert principal.actor.id == created.administrator_id
    assert principal.actor.name == "Ana"
    assert principal.permissions == EVERYTHING
    async with resources.open_work(created.account_id) as work:
        account = await work.accounts.get()
        assert (account.name, account.accounting_periods_enabled) == ("Ana's Air", False)
        assert await work.accounts.take_batch_number() == 1


async def test_a_new_account_begins_with_the_lists_of_its_file(resources, tmp_path):
    path = tmp_path / "lists.json"
    path.write_text(
        SAMPLE.read_text().replace(
            '"customers"',
            '"accounting_periods": [{"first_day": "2026-10-01", "last_day": "2026-10-31",'
            ' "is_closed": true}], "customers"',
        )
    )
    lists = read_account_file(path, new_id)

    created = await administration.create_account(
        resources, name="Ana's Air", administrator="Ana", lists=lists
    )

    async with resources.open_work(created.account_id) as work:
        assert await work.accounts.take_batch_number() == 1042
        assert [period.is_closed for period in await work.accounts.periods()] == [True]
        assert (await work.accounts.get()).accounting_periods_enabled
        customers = await work.lists.customers(None)
    assert {customer.name for customer in customers.values()} == {
        "Harriet Doyle",
        "Lone Star Diner",
    }


@pytest.mark.parametrize("person", [None, "Zoe"])
async def test_among_several_people_one_must_be_named(resources, office, person):
    with pytest.raises(AdministrationError) as refused:
        await administration.make_token(
            resources, account_id=office.account_id, person=person, lifetime=HOUR
        )

    assert str(refused.value) == ("Name a person with --person; the account has: Adam, Nick, Olga.")


async def test_of_two_people_of_one_name_neither_gets_a_token(resources, office):
    async with office.open_work() as work:
        await work.people.add(Employee(id=new_id(), name="Nick", role=Role.MANAGER))

    with pytest.raises(AdministrationError) as refused:
        await administration.make_token(
            resources, account_id=office.account_id, person="Nick", lifetime=HOUR
        )

    assert str(refused.value) == "2 people are called Nick: give one of them another name first."


async def test_a_named_person_gets_a_token_of_their_own(resources, office):
    token = await administration.make_token(
        resources, account_id=office.account_id, person="Nick", lifetime=HOUR
    )

    assert (await principal_of(resources, token)).actor.id == office.people["Nick"]


async def test_an_api_key_may_do_what_it_was_made_for(resources, office):
    key = await administration.make_api_key(
        resources, account_id=office.account_id, name="Partner", permissions=EVERYTHING
    )

    assert (await principal_of(resources, key)).permissions == EVERYTHING


async def test_connections_to_one_company_file_share_it(resources, office):
    """A second computer, and a second company file."""
    for company_file, name in (("CF-1", "Back office"), ("CF-2", "Branch")):
        await administration.add_connection(
            resources, account_id=office.account_id, company_file=company_file, name=name
        )

    async with office.open_work() as work:
        files = await work.company_files.all()
        connections = await work.connections.all()
    assert [file.name for file in files.values()] == ["CF-1", "CF-2"]
    assert [files[c.company_file_id].name for c in connections] == ["CF-1", "CF-1", "CF-2"]


async def test_an_account_that_does_not_exist_is_said_so(resources):
    nowhere = new_id()
    wishes = (
        administration.make_token(resources, account_id=nowhere, person=None, lifetime=HOUR),
        administration.make_api_key(resources, account_id=nowhere, name="Partner", permissions=()),
        administration.add_connection(
            resources, account_id=nowhere, company_file="CF-1", name="Front desk"
        ),
    )

    for wish in wishes:
        with pytest.raises(AdministrationError, match="There is no account with this id"):
            await wish
