"""Keys of partners' programs: what each opens, and for how long."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import PERMISSIONS_OF, Permission, Principal, Scope
from domain.actor import Actor, ActorKind
from domain.errors import Forbidden, InvalidValue, ValueOutOfRange, ValueRequired, Where

#: How long at most the secret before the present one goes on holding.
LONGEST_GRACE = timedelta(days=7)
#: The last use is written down no more often than this.
NOTED_EVERY = timedelta(minutes=1)
_PREFIX_LENGTH = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key; its secret is known to its holder alone."""

    id: UUID
    name: str
    #: The first characters of the present secret, by which its holder recognises it.
    prefix: str
    scopes: frozenset[Scope]
    permissions: frozenset[Permission]
    created_at: datetime
    created_by: Actor
    #: It runs registered documents and no other.
    trusted_only: bool = False
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    rotated_at: datetime | None = None
    #: Until then the secret before the present one holds too.
    earlier_until: datetime | None = None
    revoked_at: datetime | None = None


def prefix_of(secret: str) -> str:
    """Give the part of a secret that may be shown; what is left cannot be guessed."""
    return secret[:_PREFIX_LENGTH]


def permissions_of(scopes: Collection[Scope]) -> frozenset[Permission]:
    """Give the permissions that come with these scopes."""
    return frozenset().union(*(PERMISSIONS_OF[scope] for scope in scopes))


def check_scopes(wanted: Collection[Scope], held: Collection[Scope], where: Where) -> None:
    """Raise ValueRequired for none, and Forbidden for one that the giver's credential lacks."""
    if not wanted:
        raise ValueRequired("Name at least one scope.", where=where)
    lacking = [scope for scope in Scope if scope in wanted and scope not in held]
    if lacking:
        names = ", ".join(lacking)
        raise Forbidden(
            f"Your own credential does not have the scope {names}, so no key made with it can.",
            where=where,
        )


def check_trust(*, trusted_only: bool, held_trusted_only: bool, where: Where) -> None:
    """Raise Forbidden where a credential for registered documents would make one for others."""
    if held_trusted_only and not trusted_only:
        raise Forbidden(
            "Your own credential may run registered documents only, so no key made with it may run"
            " others.",
            where=where,
        )


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """Raise InvalidValue for a moment that has passed."""
    if expires_at is not None and expires_at <= now:
        raise InvalidValue("A key must expire later than now.", where=("expires_at",))


def grace_of(hours: int) -> timedelta:
    """Give the time that an earlier secret goes on. Raises ValueOutOfRange."""
    most = int(LONGEST_GRACE / timedelta(hours=1))
    if not 0 <= hours <= most:
        raise ValueOutOfRange(
            f"The earlier secret holds 0 to {most} hours more.", where=("grace_hours",)
        )
    return timedelta(hours=hours)


def rotated(key: ApiKey, prefix: str, grace: timedelta, now: datetime) -> ApiKey:
    """Give the key with a new secret; the present one holds on for the grace.

    A secret before that ends at once. Raises InvalidValue for a key that has ended.
    """
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        word = "expired" if key.revoked_at is None else "revoked"
        raise InvalidValue(f"This key is {word}. Make a new one.", where=("api_key_id",))
    earlier_until = now + grace if grace else None
    return replace(key, prefix=prefix, rotated_at=now, earlier_until=earlier_until)


def revoked(key: ApiKey, now: datetime) -> ApiKey:
    """Give the key without any secret that holds; one revoked before stays as it was."""
    return key if key.revoked_at is not None else replace(key, revoked_at=now, earlier_until=None)


def holder(account_id: UUID, key: ApiKey, *, is_present: bool, now: datetime) -> Principal | None:
    """Give what whoever has the key's secret, the present or the earlier one, may do now.

    None where it holds no more. Its `valid_until` tells how long it does; None: no end is set.
    """
    ends = [key.expires_at] if is_present else [key.expires_at, key.earlier_until or now]
    until = min((end for end in ends if end is not None), default=None)
    if key.revoked_at is not None or (until is not None and until <= now):
        return None
    return Principal(
        account_id,
        Actor(ActorKind.API_KEY, key.id, key.name),
        key.permissions,
        trusted_only=key.trusted_only,
        valid_until=until,
        scopes=key.scopes,
    )


def is_use_due(key: ApiKey, now: datetime) -> bool:
    """Tell whether this use of the key is to be written down."""
    return key.last_used_at is None or key.last_used_at <= now - NOTED_EVERY
