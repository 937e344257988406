"""People: what they may do now, not what they once might."""

from sqlalchemy import text

from app.ids import new_id
from domain.access import Permission
from domain.actor import ActorKind


async def principal_of(office, name):
    return await office.resources.directory.person(office.account_id, office.people[name])


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
    assert await office.resources.directory.person(office.account_id, new_id()) is None


async def test_a_permission_of_a_newer_version_is_passed_over(office, owner):
    """A roll-back of the program must not lock everybody out."""
    await change(
        owner,
        "update employee set permissions = array['EXPORT_INVOICES', 'FLY'] where id = :id",
        id=office.people["Nick"],
    )

    assert (await principal_of(office, "Nick")).permissions == {Permission.EXPORT_INVOICES}
