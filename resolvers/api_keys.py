"""Keys of partners: an administrator makes, replaces and ends them; a secret is shown once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Scope
from domain.api_keys import (
    ApiKey,
    check_expiry,
    check_scopes,
    check_trust,
    grace_of,
    permissions_of,
    revoked,
    rotated,
)
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.connections import checked_name
from domain.errors import Forbidden, InvalidValue, NotFound
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer

#: Such a key would open nothing, and its holder would learn it first.
NOTHING_REGISTERED = (
    "This service holds no registered documents, so a key for them alone could run nothing. Whoever"
    " runs the service must name them with INSTEP_TRUSTED_DOCUMENTS first."
)
_SHOWN_BEFORE = (
    "This call was made before with the same idempotencyKey. The secret was in the first answer and"
    " is kept nowhere; if it is lost, rotate the key to get a new one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """The wish for a key."""

    name: str
    #: In the order of their names: equal wishes look equal.
    scopes: tuple[Scope, ...]
    expires_at: datetime | None
    #: It is to run registered documents and no other.
    trusted_only: bool = False
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The wish for a new secret; the present one holds on for so many hours."""

    api_key_id: UUID
    grace_hours: int
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenKey:
    """A key with its secret, which is in no other answer, ever; a repeated call gives none."""

    key: ApiKey
    secret: str | None = None
    notice: str | None = None


async def read_api_keys(context: RequestContext) -> dict[UUID, ApiKey]:
    """Give the account's keys by id, the newest first. Raises Forbidden."""
    _require_administrator(context)
    async with context.open_work() as work:
        return await work.api_keys.all()


async def read_api_key(context: RequestContext, key_id: UUID) -> ApiKey | None:
    """Give one key to an administrator; None to others."""
    if not context.principal.is_administrator:
        return None
    async with context.open_work() as work:
        return await work.api_keys.get(key_id)


async def create_api_key(context: RequestContext, wish: NewApiKey) -> GivenKey:
    """Store a key and give its secret, once.

    Raises Forbidden for who is no administrator, lacks one of the scopes, or may run registered
    documents only and wishes for more; and InvalidValue.
    """
    _require_administrator(context)
    name = checked_name(wish.name, "name")
    check_scopes(wish.scopes, context.principal.scopes, ("scopes",))
    _check_trust(context, wish)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "createApiKey", wish.idempotency_key, wish)
        if earlier is not None:
            return await _given_before(work, earlier)
        check_expiry(wish.expires_at, context.now())
        drawn = context.enroll.api_key()
        key = ApiKey(
            id=context.new_id(),
            name=name,
            prefix=drawn.prefix,
            scopes=frozenset(wish.scopes),
            permissions=permissions_of(wish.scopes),
            created_at=context.now(),
            created_by=context.principal.actor,
            trusted_only=wish.trusted_only,
            expires_at=wish.expires_at,
        )
        await work.api_keys.add(key, drawn.secret_hash)
        _note(context, work, AuditAction.API_KEY_CREATED, None, key)
        await keep_answer(work, "createApiKey", wish.idempotency_key, {"api_key_id": str(key.id)})
    return GivenKey(key=key, secret=drawn.secret)


async def rotate_api_key(context: RequestContext, wish: Rotation) -> GivenKey:
    """Give the key a new secret, once; the present one holds on for as long as the caller says.

    Raises Forbidden, NotFound, and InvalidValue for a key that has ended or too long a grace.
    """
    _require_administrator(context)
    grace = grace_of(wish.grace_hours)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "rotateApiKey", wish.idempotency_key, wish)
        if earlier is not None:
            return await _given_before(work, earlier)
        before = _known(await work.api_keys.lock(wish.api_key_id))
        check_scopes(before.scopes, context.principal.scopes, ("api_key_id",))
        check_trust(
            trusted_only=before.trusted_only,
            held_trusted_only=context.principal.trusted_only,
            where=("api_key_id",),
        )
        drawn = context.enroll.api_key()
        after = rotated(before, drawn.prefix, grace, context.now())
        await work.api_keys.rotate(after, drawn.secret_hash)
        _note(context, work, AuditAction.API_KEY_ROTATED, before, after)
        await keep_answer(work, "rotateApiKey", wish.idempotency_key, {"api_key_id": str(after.id)})
    return GivenKey(key=after, secret=drawn.secret)


async def revoke_api_key(context: RequestContext, key_id: UUID) -> ApiKey:
    """End a key: it is refused at once, and what it holds open ends at its next check.

    Doing it again changes nothing. Raises Forbidden and NotFound.
    """
    _require_administrator(context)
    async with context.open_work() as work:
        before = _known(await work.api_keys.lock(key_id))
        after = revoked(before, context.now())
        if after != before:
            await work.api_keys.revoke(after)
            _note(context, work, AuditAction.API_KEY_REVOKED, before, after)
        return after


def _require_administrator(context: RequestContext) -> None:
    if not context.principal.is_administrator:
        raise Forbidden("Only an administrator sees, makes and changes API keys.")


def _check_trust(context: RequestContext, wish: NewApiKey) -> None:
    check_trust(
        trusted_only=wish.trusted_only,
        held_trusted_only=context.principal.trusted_only,
        where=("trusted_only",),
    )
    if wish.trusted_only and not context.trusted:
        raise InvalidValue(NOTHING_REGISTERED, where=("trusted_only",))


def _known(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFound("There is no such API key.", where=("api_key_id",))
    return key


async def _given_before(work: UnitOfWork, answer: dict[str, str]) -> GivenKey:
    key = _known(await work.api_keys.get(UUID(answer["api_key_id"])))
    return GivenKey(key=key, notice=_SHOWN_BEFORE)


def _note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    before: ApiKey | None,
    after: ApiKey,
) -> None:
    old = {} if before is None else _shown(before)
    subject = Subject(SubjectKind.API_KEY, after.id)
    note(context, work, action, subject, changes_between(old, _shown(after)))


def _shown(key: ApiKey) -> dict[str, str | None]:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": ", ".join(sorted(key.scopes)),
        "trusted_only": "true" if key.trusted_only else "false",
        "expires_at": _moment(key.expires_at),
        "earlier_secret_holds_until": _moment(key.earlier_until),
        "revoked_at": _moment(key.revoked_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
