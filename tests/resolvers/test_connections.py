"""A new connection: its password and its file are shown once, and nowhere again."""

import pytest

from app.ids import new_id
from app.passwords import verify_secret
from domain.connections import ConnectionKind
from domain.errors import InvalidValue, NotFound, TextTooLong, ValueRequired
from resolvers.connections import (
    NewConnection,
    create_connection,
    read_company_files,
    read_connections,
)


def a_wish(**changes):
    wish = {"company_file_id": None, "company_file_name": "CF-2", "name": "Back office"}
    return NewConnection(**wish | changes)


async def test_the_password_is_given_once_and_kept_as_a_hash_only(office, adam):
    created = await create_connection(adam, a_wish())

    key = created.connection.id
    async with office.open_work() as work:
        stored = await work.connections.password_hash(key)
    again = (await read_connections(adam, [key]))[key]
    assert verify_secret(created.password, stored)
    assert created.password.encode() not in stored
    assert created.password not in created.qwc_file
    assert created.password not in repr(again)
    assert again == created.connection
    assert created.connection.user_name in created.qwc_file


async def test_two_connections_share_neither_user_name_nor_password_nor_file(adam):
    made = [await create_connection(adam, a_wish()) for _ in range(2)]

    assert len({one.connection.user_name for one in made}) == 2
    assert len({one.password for one in made}) == 2
    assert len({one.connection.file_guid for one in made}) == 2


async def test_a_connection_reaches_a_known_company_file_or_a_new_one(office, adam):
    known = office.connection.connection.company_file_id

    to_known = await create_connection(adam, a_wish(company_file_id=known, company_file_name=None))
    to_new = await create_connection(adam, a_wish(company_file_name="  CF-2 ", name=" Branch "))

    files = await read_company_files(adam)
    assert to_known.connection.company_file_id == known
    assert files[to_new.connection.company_file_id].name == "CF-2"
    assert to_new.connection.name == "Branch"
    assert to_new.connection.kind is ConnectionKind.NEW
    assert len(files) == 2
    assert len(await read_connections(adam)) == 3


@pytest.mark.parametrize(
    ("changes", "kind", "where"),
    [
        ({"name": " "}, ValueRequired, ("name",)),
        ({"name": "n" * 81}, TextTooLong, ("name",)),
        ({"company_file_name": ""}, ValueRequired, ("company_file_name",)),
        ({"company_file_name": "n" * 81}, TextTooLong, ("company_file_name",)),
        ({"company_file_name": None}, InvalidValue, ("company_file_id",)),
        ({"company_file_id": new_id()}, InvalidValue, ("company_file_id",)),
        (
            {"company_file_id": new_id(), "company_file_name": None},
            NotFound,
            ("company_file_id",),
        ),
    ],
)
async def test_a_wish_that_does_not_fit_is_refused_and_stores_nothing(adam, changes, kind, where):
    before = await read_connections(adam), await read_company_files(adam)

    with pytest.raises(kind) as refusal:
        await create_connection(adam, a_wish(**changes))

    assert refusal.value.where == where
    assert (await read_connections(adam), await read_company_files(adam)) == before


async def test_the_company_file_of_another_account_is_unknown(adam, another_office):
    stranger = await another_office()
    theirs = stranger.connection.connection.company_file_id

    with pytest.raises(NotFound):
        await create_connection(adam, a_wish(company_file_id=theirs, company_file_name=None))
