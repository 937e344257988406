"""An administrator makes, replaces and ends keys; each secret is shown once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.clock import now
from app.ids import new_id
from domain.access import Permission, Scope
from domain.audit import AuditAction
from domain.errors import Forbidden, IdempotencyKeyReused, InvalidValue, NotFound
from resolvers.api_keys import (
    NewApiKey,
    Rotation,
    create_api_key,
    read_api_key,
    read_api_keys,
    revoke_api_key,
    rotate_api_key,
)
from resolvers.auditing import read_trail
from tests.journeys.stored import Reader
from tests.people import signed_in

KEY_ACTIONS = (
    AuditAction.API_KEY_CREATED,
    AuditAction.API_KEY_ROTATED,
    AuditAction.API_KEY_REVOKED,
)


def a_wish(**changes):
    wish = {
        "name": "Partner",
        "scopes": (Scope.EXPORT, Scope.READ),
        "expires_at": None,
        "idempotency_key": str(new_id()),
    }
    return NewApiKey(**wish | changes)


def a_rotation(key, **changes):
    wish = {"api_key_id": key.id, "grace_hours": 24, "idempotency_key": str(new_id())}
    return Rotation(**wish | changes)


async def test_a_key_opens_its_scopes_and_has_their_permissions(office, adam):
    given = await create_api_key(adam, a_wish())

    found = await signed_in(office, given.secret)
    assert found.scopes == {Scope.READ, Scope.EXPORT}
    assert found.permissions == {
        Permission.EXPORT_INVOICES,
        Permission.BYPASS_BATCH_EXPORT,
        Permission.UNLOCK_BATCH,
    }
    assert not found.is_administrator
    assert given.secret.startswith(given.key.prefix)
    assert given.key.created_by == adam.principal.actor


TRUSTED = {"a hash": "{ viewer { permissions } }"}


async def test_a_key_for_registered_documents_stays_so_when_it_is_rotated(office, adam):
    adam = replace(adam, trusted=TRUSTED)
    given = await create_api_key(adam, a_wish(trusted_only=True))
    rotation = await rotate_api_key(adam, a_rotation(given.key))

    found = [await signed_in(office, secret) for secret in (given.secret, rotation.secret)]
    other = await signed_in(office, (await create_api_key(adam, a_wish())).secret)

    assert [one.trusted_only for one in (*found, other)] == [True, True, False]
    assert rotation.key.trusted_only
    told, _ = await read_trail(adam, before=None, first=10)
    assert [c.after for entry in told for c in entry.changes if c.path == ("trusted_only",)] == [
        *("false", "true")  # the newest first; a rotation leaves it
    ]


async def test_where_nothing_is_registered_no_key_for_registered_documents_is_made(adam):
    """Its holder would be the first to learn that it opens nothing."""
    with pytest.raises(InvalidValue, match="INSTEP_TRUSTED_DOCUMENTS") as refusal:
        await create_api_key(adam, a_wish(trusted_only=True))

    assert refusal.value.where == ("trusted_only",)
    assert await read_api_keys(adam) == {}


async def test_who_may_run_registered_documents_only_makes_and_rotates_no_key_for_others(adam):
    """A secret of the wider key would be a way out."""
    wide = await create_api_key(adam, a_wish())
    principal = replace(adam.principal, trusted_only=True)
    held = replace(adam, principal=principal, trusted=TRUSTED)

    with pytest.raises(Forbidden, match="registered documents only"):
        await create_api_key(held, a_wish())
    with pytest.raises(Forbidden, match="registered documents only"):
        await rotate_api_key(held, a_rotation(wide.key))

    given = await create_api_key(held, a_wish(trusted_only=True))
    assert (await rotate_api_key(held, a_rotation(given.key))).secret is not None


async def test_a_repeated_call_gives_the_key_without_its_secret_and_says_so(office, adam):
    wish = a_wish()
    first = await create_api_key(adam, wish)

    second = await create_api_key(adam, wish)

    assert (second.key, second.secret) == (first.key, None)
    assert "made before with the same idempotencyKey" in second.notice
    assert first.notice is None
    assert list(await read_api_keys(adam)) == [first.key.id]


async def test_the_same_idempotency_key_for_another_wish_is_refused(adam):
    wish = a_wish()
    await create_api_key(adam, wish)

    with pytest.raises(IdempotencyKeyReused):
        await create_api_key(adam, replace(wish, name="Another"))


async def test_no_secret_is_stored_anywhere(office, adam, settings):
    given = await create_api_key(adam, a_wish())
    rotation = await rotate_api_key(adam, a_rotation(given.key))
    reader = Reader(settings.database_url, left_out=())

    stored = str((await reader.read(office.account_id)).tables)

    await reader.close()
    assert given.key.prefix in stored  # as the trail tells it
    assert given.secret not in stored
    assert rotation.secret not in stored


async def test_a_rotation_gives_a_new_secret_while_the_earlier_one_goes_on(office, adam):
    given = await create_api_key(adam, a_wish())

    rotation = await rotate_api_key(adam, a_rotation(given.key))

    assert rotation.secret != given.secret
    assert rotation.key.id == given.key.id
    assert await signed_in(office, rotation.secret) is not None
    assert await signed_in(office, given.secret) is not None


async def test_without_grace_the_earlier_secret_ends_at_once(office, adam):
    given = await create_api_key(adam, a_wish())

    rotation = await rotate_api_key(adam, a_rotation(given.key, grace_hours=0))

    assert await signed_in(office, given.secret) is None
    assert await signed_in(office, rotation.secret) is not None


async def test_a_repeated_rotation_changes_nothing_and_shows_nothing(office, adam):
    given = await create_api_key(adam, a_wish())
    wish = a_rotation(given.key)
    first = await rotate_api_key(adam, wish)

    second = await rotate_api_key(adam, wish)

    assert (second.key, second.secret) == (first.key, None)
    assert second.notice is not None
    assert await signed_in(office, first.secret) is not None


async def test_a_revoked_key_is_nobody_with_either_secret_and_stays_listed(office, adam):
    given = await create_api_key(adam, a_wish())
    rotation = await rotate_api_key(adam, a_rotation(given.key))

    ended = await revoke_api_key(adam, given.key.id)

    assert await signed_in(office, given.secret) is None
    assert await signed_in(office, rotation.secret) is None
    assert (await read_api_keys(adam))[ended.id].revoked_at == ended.revoked_at
    with pytest.raises(InvalidValue, match="revoked"):
        await rotate_api_key(adam, a_rotation(given.key))


async def test_each_act_is_told_in_the_trail_once(adam):
    wish = a_wish()
    given = await create_api_key(adam, wish)
    await create_api_key(adam, wish)
    await rotate_api_key(adam, a_rotation(given.key))
    for _ in range(2):
        await revoke_api_key(adam, given.key.id)

    told, _ = await read_trail(adam, before=None, first=100)

    entries = [e for e in reversed(told) if e.action in KEY_ACTIONS]
    assert [e.action for e in entries] == list(KEY_ACTIONS)
    assert {e.subject.id for e in entries} == {given.key.id}
    assert (("scopes",), None, "export, read") in [
        (c.path, c.before, c.after) for c in entries[0].changes
    ]


@pytest.mark.parametrize("who", ["Olga", "Nick", "a partner"])
async def test_only_an_administrator_sees_or_changes_keys(office, adam, who):
    given = await create_api_key(adam, a_wish(scopes=tuple(Scope)))
    context = await office.as_person("Olga" if who == "a partner" else who)
    if who == "a partner":
        context = replace(context, principal=await signed_in(office, given.secret))

    assert await read_api_key(context, given.key.id) is None
    for attempt in (
        read_api_keys(context),
        create_api_key(context, a_wish()),
        rotate_api_key(context, a_rotation(given.key)),
        revoke_api_key(context, given.key.id),
    ):
        with pytest.raises(Forbidden, match="Only an administrator"):
            await attempt

    assert list(await read_api_keys(adam)) == [given.key.id]


async def test_a_credential_gives_and_renews_no_scope_that_it_lacks(adam):
    """A token for management alone must not become a key for exports."""
    given = await create_api_key(adam, a_wish())
    narrow = replace(
        adam, principal=replace(adam.principal, scopes=frozenset({Scope.MANAGE, Scope.READ}))
    )

    with pytest.raises(Forbidden, match="does not have the scope export"):
        await create_api_key(narrow, a_wish())
    with pytest.raises(Forbidden, match="does not have the scope export"):
        await rotate_api_key(narrow, a_rotation(given.key))
    assert (await create_api_key(narrow, a_wish(scopes=(Scope.READ,)))).secret is not None


async def test_a_refused_wish_makes_no_key(adam):
    ended = now() - timedelta(seconds=1)

    for wish in (a_wish(name=" "), a_wish(scopes=()), a_wish(expires_at=ended)):
        with pytest.raises(InvalidValue):
            await create_api_key(adam, wish)

    assert await read_api_keys(adam) == {}


async def test_a_key_of_another_account_does_not_exist(adam, another_office):
    stranger = await (await another_office()).as_person("Adam")
    given = await create_api_key(stranger, a_wish())

    assert await read_api_key(adam, given.key.id) is None
    for attempt in (
        rotate_api_key(adam, a_rotation(given.key)),
        revoke_api_key(adam, given.key.id),
    ):
        with pytest.raises(NotFound, match="no such API key"):
            await attempt
    assert (await read_api_keys(stranger))[given.key.id] == given.key
