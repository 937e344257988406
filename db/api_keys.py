"""Keys of partners, found by the SHA-256 of their secrets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, Uuid, insert, null, or_, select, update

from db.actors import actor_columns, read_actor
from db.people import read_permissions
from db.rows import ApiKeyRow
from db.scoped import Scoped
from db.statements import Record, Statement, given, mine
from domain.access import Scope
from domain.api_keys import NOTED_EVERY, ApiKey

_THIS = ApiKeyRow.id == given("key_id", Uuid)
_KEY = select(*ApiKeyRow.__table__.columns).where(mine(ApiKeyRow))
_MOMENT = DateTime(timezone=True)

_ADD = Statement(insert(ApiKeyRow))
_GET = Statement(_KEY.where(_THIS))
_LOCK = Statement(_KEY.where(_THIS).with_for_update())
#: All of them, the newest first.
_ALL = Statement(_KEY.order_by(ApiKeyRow.id.desc()))
_ROTATE = Statement(
    update(ApiKeyRow)
    .where(mine(ApiKeyRow), _THIS)
    .values(
        prefix=given("new_prefix", Text),
        earlier_secret_hash=ApiKeyRow.secret_hash,
        secret_hash=given("new_hash", LargeBinary),
        earlier_until=given("until", _MOMENT),
        rotated_at=given("moment", _MOMENT),
    )
)
_REVOKE = Statement(
    update(ApiKeyRow)
    .where(mine(ApiKeyRow), _THIS)
    .values(revoked_at=given("moment", _MOMENT), earlier_until=null())
)
#: Whoever comes again within the minute finds it written and writes nothing.
_NOTE_USE = Statement(
    update(ApiKeyRow)
    .where(
        mine(ApiKeyRow),
        _THIS,
        or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at <= given("since", _MOMENT)),
    )
    .values(last_used_at=given("moment", _MOMENT))
)


class ApiKeys(Scoped):
    async def add(self, key: ApiKey, secret_hash: bytes) -> None:
        """Store a new key by the SHA-256 of its secret."""
        await self._run(
            _ADD,
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            secret_hash=secret_hash,
            earlier_secret_hash=None,
            scopes=sorted(key.scopes),
            permissions=sorted(key.permissions),
            **actor_columns(key.created_by),
            trusted_only=key.trusted_only,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=None,
            rotated_at=None,
            earlier_until=None,
            revoked_at=None,
        )

    async def all(self) -> dict[UUID, ApiKey]:
        """Give all keys by id, the newest first, also those that have ended."""
        return {row["id"]: read_key(row) for row in await self._run(_ALL)}

    async def get(self, key_id: UUID) -> ApiKey | None:
        """Give a key; None when the account has no such one."""
        row = await self._first(_GET, key_id=key_id)
        return None if row is None else read_key(row)

    async def lock(self, key_id: UUID) -> ApiKey | None:
        """Let one transaction at a time change the key."""
        row = await self._first(_LOCK, key_id=key_id)
        return None if row is None else read_key(row)

    async def rotate(self, key: ApiKey, secret_hash: bytes) -> None:
        """Store the new secret's hash; the present one becomes the earlier one."""
        await self._run(
            _ROTATE,
            key_id=key.id,
            new_prefix=key.prefix,
            new_hash=secret_hash,
            until=key.earlier_until,
            moment=key.rotated_at,
        )

    async def revoke(self, key: ApiKey) -> None:
        """Store that the key has ended."""
        await self._run(_REVOKE, key_id=key.id, moment=key.revoked_at)

    async def note_use(self, key_id: UUID, now: datetime) -> None:
        """Store that the key was used, unless somebody did so within the minute."""
        await self._run(_NOTE_USE, key_id=key_id, since=now - NOTED_EVERY, moment=now)


def read_key(row: Record) -> ApiKey:
    """Give the key of a row that has all columns but the hashes of its secrets."""
    known = set(Scope)
    return ApiKey(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(Scope(name) for name in row["scopes"] if name in known),
        permissions=read_permissions(row["permissions"]),
        created_at=row["created_at"],
        created_by=read_actor(row),
        trusted_only=row["trusted_only"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        rotated_at=row["rotated_at"],
        earlier_until=row["earlier_until"],
        revoked_at=row["revoked_at"],
    )
