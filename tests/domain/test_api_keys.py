"""Keys of partners: for how long which secret holds, and what a key opens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access import PERMISSIONS_OF, Permission, Scope
from domain.api_keys import (
    ApiKey,
    check_expiry,
    check_scopes,
    grace_of,
    holder,
    permissions_of,
    prefix_of,
    revoked,
    rotated,
)
from domain.errors import Forbidden, InvalidValue, ValueOutOfRange, ValueRequired
from tests.builders import NOW, OLGA, an_id

HOUR = timedelta(hours=1)
SCOPES = ("scopes",)
ACCOUNT = an_id(9)
#: Whether the secret holds, and until when.
NOBODY = (False, None)


def a_key(**changes):
    key = ApiKey(
        id=an_id(1),
        name="Partner",
        prefix="instep_abcdef",
        scopes=frozenset({Scope.READ}),
        permissions=frozenset(),
        created_at=NOW,
        created_by=OLGA,
    )
    return replace(key, **changes)


@pytest.mark.parametrize(
    ("key", "present", "earlier"),
    [
        (a_key(), (True, None), NOBODY),
        (a_key(expires_at=NOW + HOUR), (True, NOW + HOUR), NOBODY),
        (a_key(expires_at=NOW), NOBODY, NOBODY),
        (a_key(earlier_until=NOW + HOUR), (True, None), (True, NOW + HOUR)),
        (a_key(earlier_until=NOW), (True, None), NOBODY),
        (
            a_key(earlier_until=NOW + 2 * HOUR, expires_at=NOW + HOUR),
            (True, NOW + HOUR),
            (True, NOW + HOUR),
        ),
        (a_key(revoked_at=NOW - HOUR), NOBODY, NOBODY),
    ],
    ids=["unending", "ends later", "ended", "in grace", "grace over", "ends in grace", "revoked"],
)
def test_a_secret_holds_until_the_first_of_its_ends(key, present, earlier):
    for is_present, expected in ((True, present), (False, earlier)):
        found = holder(ACCOUNT, key, is_present=is_present, now=NOW)
        assert (found is not None, found and found.valid_until) == expected


def test_a_rotation_gives_the_earlier_secret_its_grace_and_no_longer_one():
    once = rotated(a_key(), "instep_uvwxyz", 24 * HOUR, NOW)

    again = rotated(once, "instep_qwerty", timedelta(0), NOW + HOUR)

    assert (once.prefix, once.rotated_at, once.earlier_until) == (
        "instep_uvwxyz",
        NOW,
        NOW + 24 * HOUR,
    )
    assert (again.prefix, again.earlier_until) == ("instep_qwerty", None)


@pytest.mark.parametrize("changes", [{"revoked_at": NOW}, {"expires_at": NOW}], ids=str)
def test_a_key_that_has_ended_is_not_revived(changes):
    with pytest.raises(InvalidValue, match="Make a new one"):
        rotated(a_key(**changes), "instep_uvwxyz", HOUR, NOW)


def test_revoking_ends_the_grace_too_and_once_is_enough():
    ended = revoked(a_key(earlier_until=NOW + HOUR), NOW)

    assert (ended.revoked_at, ended.earlier_until) == (NOW, None)
    assert revoked(ended, NOW + HOUR) == ended


@pytest.mark.parametrize("hours", [0, 1, 168])
def test_a_grace_lasts_from_nothing_to_a_week(hours):
    assert grace_of(hours) == hours * HOUR


@pytest.mark.parametrize("hours", [-1, 169])
def test_a_longer_grace_is_refused(hours):
    with pytest.raises(ValueOutOfRange, match="0 to 168 hours"):
        grace_of(hours)


def test_a_key_opens_something_and_no_more_than_its_maker_s_credential():
    check_scopes([Scope.READ], {Scope.READ, Scope.WRITE}, SCOPES)

    with pytest.raises(ValueRequired):
        check_scopes([], set(Scope), SCOPES)
    with pytest.raises(Forbidden, match="does not have the scope export, "):
        check_scopes([Scope.READ, Scope.EXPORT], {Scope.READ}, SCOPES)


def test_a_key_cannot_be_made_that_has_expired():
    check_expiry(None, NOW)
    check_expiry(NOW + HOUR, NOW)

    with pytest.raises(InvalidValue):
        check_expiry(NOW, NOW)


def test_what_is_shown_of_a_secret_leaves_the_rest_unguessable():
    """26 of 32 letters and digits stay hidden: 130 random bits."""
    secret = "instep_" + "abcdefghijklmnopqrstuvwxyz234567"

    assert prefix_of(secret) == "instep_abcdef"


def test_reading_needs_no_permission_and_all_scopes_have_all_of_them():
    assert set(PERMISSIONS_OF) == set(Scope)
    assert permissions_of([Scope.READ, Scope.SCHEMA_READ]) == frozenset()
    assert permissions_of(Scope) == set(Permission)
