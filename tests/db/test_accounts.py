"""People and keys: what they may do now, not what they once might."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app import administration
from app.ids import new_id
from app.passwords import fingerprint
from domain.access import Permission
from domain.actor import ActorKind
from tests.builders import NOW


async def principal_of(office, name):
    async with office.open_work() as work:
        return await work.people.principal(office.people[name])


async def change(owner, statement, **parameters):
    async with owner.begin() as connection:
        await connection.execute(text(statement), parameters)


async def test_a_person_has_the_permissions_that_are_stored_for_them(office):
    olga, nick, adam = [await principal_of(office, name) for name in ("Olga", "Nick", "Adam")]

    assert olga.permissions == {Permission.EDIT_EXPORTED_TRANSACTIONS, Permission.EXPORT_INVOICES}
    assert nick.permissions == frozenset()
    assert adam.permissions == frozenset(Permission)
    assert (olga.account_id, olga.actor.kind) == (office.account_id, ActorKind.EMPLOYEE)
    assert olga.actor.name == "Olga"


async def test_a_person_who_left_is_nobody(office, owner):
    await change(
        owner, "update employee set is_active = false where id = :id", id=office.people["Olga"]
    )

    assert await principal_of(office, "Olga") is None
    async with office.open_work() as work:
        assert len(await work.people.all()) == 3
        assert await work.people.principal(new_id()) is None


async def test_a_permission_of_a_newer_version_is_passed_over(office, owner):
    """A roll-back of the program must not lock everybody out."""
    await change(
        owner,
        "update employee set permissions = array['EXPORT_INVOICES', 'FLY'] where id = :id",
        id=office.people["Nick"],
    )

    assert (await principal_of(office, "Nick")).permissions == {Permission.EXPORT_INVOICES}


@pytest.mark.parametrize(
    ("lasts", "works"),
    [(timedelta(seconds=1), True), (timedelta(0), False), (None, True)],
    ids=["not yet", "this very moment", "never"],
)
async def test_a_key_works_until_it_expires(office, owner, lasts, works):
    secret = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="Partner",
        permissions=[Permission.EXPORT_INVOICES],
    )
    entry = await office.resources.directory.api_key(fingerprint(secret))
    expires_at = None if lasts is None else NOW + lasts
    await change(
        owner,
        "update api_key set expires_at = cast(:at as timestamptz) where id = :id",
        at=expires_at,
        id=entry.id,
    )

    async with office.open_work() as work:
        principal = await work.accounts.api_key_principal(entry.id, NOW)

    assert (principal is not None) == works
    if principal is not None:
        assert principal.permissions == {Permission.EXPORT_INVOICES}
        assert principal.actor.kind is ActorKind.API_KEY


async def test_an_unknown_key_is_nobody(office):
    async with office.open_work() as work:
        assert await work.accounts.api_key_principal(new_id(), NOW) is None
