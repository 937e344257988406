"""Keys of partners as the tables hold them: which secret is whose, and when it was used."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import administration
from app.enrollment import Enroller
from app.ids import new_id
from app.passwords import API_KEY_PREFIX, fingerprint
from domain.access import Permission, Scope
from domain.actor import ActorKind
from domain.api_keys import rotated
from tests.builders import NOW
from tests.people import signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
async def partner(office):
    """A key's secret and its row's id."""
    secret = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="Partner",
        permissions=[Permission.EXPORT_INVOICES],
    )
    entry = await office.resources.directory.api_key(fingerprint(secret))
    return secret, entry.key.id


async def rotate(office, key_id, grace):
    drawn = Enroller(office.resources.settings).api_key()
    async with office.open_work() as work:
        key = await work.api_keys.lock(key_id)
        await work.api_keys.rotate(rotated(key, drawn.prefix, grace, NOW), drawn.secret_hash)
    return drawn.secret


async def test_a_secret_tells_what_its_holder_may(office, partner):
    secret, _ = partner

    found = await signed_in(office, secret, NOW)

    assert found.permissions == {Permission.EXPORT_INVOICES}
    assert found.scopes == set(Scope)
    assert (found.actor.kind, found.actor.name) == (ActorKind.API_KEY, "Partner")


async def test_another_secret_is_nobodys(office, partner):
    assert await signed_in(office, API_KEY_PREFIX + "guessed", NOW) is None


@pytest.mark.parametrize(
    ("lasts", "works"),
    [(timedelta(seconds=1), True), (timedelta(0), False), (None, True)],
    ids=["not yet", "this very moment", "never"],
)
async def test_a_key_works_until_it_expires(office, partner, change_row, lasts, works):
    secret, key_id = partner
    ends = None if lasts is None else NOW + lasts
    await change_row("api_key", key_id, expires_at=ends)

    found = await signed_in(office, secret, NOW)

    assert (found is not None) == works
    assert found is None or found.valid_until == ends


async def test_both_secrets_hold_for_the_grace_and_then_the_new_one_alone(office, partner):
    first, key_id = partner
    second = await rotate(office, key_id, HOUR)
    found = office.resources.directory.api_key

    earlier, present = await found(fingerprint(first)), await found(fingerprint(second))
    assert (earlier.key, earlier.is_present) == (present.key, False)
    assert present.is_present
    assert (await signed_in(office, first, NOW)).valid_until == NOW + HOUR
    assert (await signed_in(office, second, NOW)).valid_until is None
    assert await signed_in(office, first, NOW + HOUR) is None
    assert await signed_in(office, second, NOW + HOUR) is not None


async def test_a_second_rotation_ends_the_first_secret_at_once(office, partner):
    first, key_id = partner
    second = await rotate(office, key_id, HOUR)
    third = await rotate(office, key_id, HOUR)

    assert await office.resources.directory.api_key(fingerprint(first)) is None
    assert [await signed_in(office, s, NOW) is None for s in (first, second, third)] == [
        True,
        False,
        False,
    ]


async def test_the_last_use_is_noted_at_most_once_a_minute(office, partner):
    secret, key_id = partner
    seconds = (0, 59, 60, 61, 200)
    noted = []

    for after in seconds:
        await signed_in(office, secret, NOW + timedelta(seconds=after))
        async with office.open_work() as work:
            noted.append((await work.api_keys.get(key_id)).last_used_at)

    assert [(at - NOW).total_seconds() for at in noted] == [0, 0, 60, 60, 200]


async def test_who_is_refused_has_not_used_it(office, partner, change_row):
    secret, key_id = partner
    await change_row("api_key", key_id, revoked_at=NOW)

    assert await signed_in(office, secret, NOW) is None

    async with office.open_work() as work:
        assert (await work.api_keys.get(key_id)).last_used_at is None


async def test_scopes_of_a_newer_version_are_left_out(office, partner, change_row):
    secret, key_id = partner
    await change_row("api_key", key_id, scopes=["read", "fly"])

    assert (await signed_in(office, secret, NOW)).scopes == {Scope.READ}


async def test_a_key_comes_back_as_it_was_stored(office, partner):
    _, key_id = partner
    async with office.open_work() as work:
        key = await work.api_keys.get(key_id)
        copy = replace(key, id=new_id(), expires_at=NOW, scopes=frozenset({Scope.WRITE}))
        await work.api_keys.add(copy, fingerprint("another"))

        assert await work.api_keys.get(copy.id) == copy
        assert list(await work.api_keys.all()) == [copy.id, key_id]
