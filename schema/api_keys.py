"""Keys of partners: reading them, and their mutations."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.access import Scope
from domain.api_keys import ApiKey as ApiKeyValue
from resolvers import api_keys
from resolvers.api_keys import GivenKey, NewApiKey, Rotation
from schema.actors import Actor
from schema.context import Info
from schema.ids import Node, expect_id, global_id
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation

#: Descriptions of the values of Scope, for `schema.descriptions`.
SCOPE_MEANINGS = {
    "READ": "Queries and subscriptions of the business's data; `read` in a token.",
    "WRITE": "Drafts, edits, saves, new invoices and payments, previews; `write` in a token.",
    "EXPORT": "Exports of invoices and payments, bypasses, unlocking; `export` in a token.",
    "MANAGE": "Connections, people, keys, names, settings, the audit trail; `manage` in a token.",
    "SCHEMA_READ": "Introspection, as developers' tools need it; `schema:read` in a token.",
}


@strawberry.type
class ApiKey(Node):
    """A credential of a partner's program. Its secret is shown once and never again."""

    name: str = strawberry.field(description="As histories show who did something with it.")
    prefix: str = strawberry.field(
        description="How its secret begins, by which its holder recognises it."
    )
    scopes: list[Scope] = strawberry.field(description="Which fields of the API it opens.")
    permissions: list[str] = strawberry.field(
        description="What it may do, by the names that `setPermission` takes; they come with the"
        " scopes."
    )
    trusted_only: bool = strawberry.field(
        description="It runs documents that were registered with the service, by their SHA-256 or"
        " by their text, and no other (`DOCUMENT_NOT_TRUSTED`)."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: Actor = strawberry.field(description="Who made it.")
    expires_at: datetime | None = strawberry.field(
        description="From then on it is refused; null: it does not end by itself."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last signed in with, to the minute; null: not yet."
    )
    rotated_at: datetime | None = strawberry.field(
        description="When it was given its present secret; null: it has the first one."
    )
    earlier_secret_holds_until: datetime | None = strawberry.field(
        description="Until then the secret before the present one is accepted too."
    )
    revoked_at: datetime | None = strawberry.field(
        description="Since when it is refused for good; null: it was not revoked."
    )

    @classmethod
    def of(cls, value: ApiKeyValue) -> Self:
        """Show a key."""
        return cls(
            id=global_id("ApiKey", value.id),
            name=value.name,
            prefix=value.prefix,
            scopes=[scope for scope in Scope if scope in value.scopes],
            permissions=sorted(value.permissions),
            trusted_only=value.trusted_only,
            created_at=value.created_at,
            created_by=Actor.of(value.created_by),
            expires_at=value.expires_at,
            last_used_at=value.last_used_at,
            rotated_at=value.rotated_at,
            earlier_secret_holds_until=value.earlier_until,
            revoked_at=value.revoked_at,
        )


@strawberry.input
class CreateApiKeyInput(MutationInput):
    """A key for one program of one partner."""

    name: str = strawberry.field(
        description="Whose program it is, at most 100 characters; histories show it."
    )
    scopes: list[Scope] = strawberry.field(
        description="Which fields of the API it opens: at least one, and none that your own"
        " credential lacks."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends by itself; null: not before it is revoked."
    )
    trusted_only: bool = strawberry.field(
        default=False,
        description="Whether it may run registered documents only, as an app of your own does that"
        " was built with them. A rotation keeps it so. Refused where the service holds none; a"
        " credential that is held to them itself makes no other keys.",
    )
    idempotency_key: str = strawberry.field(
        description="Repeating it makes no second key, and shows the secret no second time."
    )

    def to_domain(self) -> NewApiKey:
        """Give the wish."""
        return NewApiKey(
            name=self.name,
            scopes=tuple(sorted(set(self.scopes))),
            expires_at=self.expires_at,
            trusted_only=self.trusted_only,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RotateApiKeyInput(MutationInput):
    """A new secret for a key."""

    api_key_id: strawberry.ID = strawberry.field(description="Which key.")
    grace_hours: int = strawberry.field(
        description="How long the present secret goes on holding beside the new one: 0, it ends at"
        " once, to 168, a week. One before it ends at once."
    )
    idempotency_key: str = strawberry.field(
        description="Repeating it changes nothing, and shows the secret no second time."
    )

    def to_domain(self) -> Rotation:
        """Raise NotFound for an id that is none."""
        return Rotation(
            api_key_id=expect_id(self.api_key_id, "ApiKey", ("api_key_id",)),
            grace_hours=self.grace_hours,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RevokeApiKeyInput(MutationInput):
    """The end of a key."""

    api_key_id: strawberry.ID = strawberry.field(description="Which key.")

    def to_domain(self) -> UUID:
        """Raise NotFound for an id that is none."""
        return expect_id(self.api_key_id, "ApiKey", ("api_key_id",))


@strawberry.type
class CreateApiKeyPayload(MutationPayload):
    """The new key with its secret, or why there is none."""

    api_key: ApiKey | None = strawberry.field(default=None, description="As stored.")
    secret: str | None = strawberry.field(
        default=None,
        description="What the program sends as `Authorization: Bearer`. It is in this answer only:"
        " hand it over now. Null when this call repeats an earlier one.",
    )
    notice: str | None = strawberry.field(
        default=None, description="Says so when this call repeats an earlier one."
    )

    @classmethod
    def of(cls, value: GivenKey) -> Self:
        """Show what was given."""
        return cls(api_key=ApiKey.of(value.key), secret=value.secret, notice=value.notice)


@strawberry.type
class RotateApiKeyPayload(MutationPayload):
    """The key with its new secret, or why it keeps the present one."""

    api_key: ApiKey | None = strawberry.field(default=None, description="As stored.")
    secret: str | None = strawberry.field(
        default=None,
        description="The new secret. It is in this answer only. Null when this call repeats an"
        " earlier one.",
    )
    notice: str | None = strawberry.field(
        default=None, description="Says so when this call repeats an earlier one."
    )

    @classmethod
    def of(cls, value: GivenKey) -> Self:
        """Show what was given."""
        return cls(api_key=ApiKey.of(value.key), secret=value.secret, notice=value.notice)


@strawberry.type
class RevokeApiKeyPayload(MutationPayload):
    """The key as ended, or why nothing changed."""

    api_key: ApiKey | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class ApiKeyQueries:
    @strawberry.field
    async def api_keys(self, info: Info) -> list[ApiKey]:
        """The keys of partners' programs, newest first, also those that have ended."""
        found = await api_keys.read_api_keys(info.context.caller)
        return [ApiKey.of(key) for key in found.values()]


@strawberry.type
class ApiKeyMutations:
    @mutation
    async def create_api_key(
        self, info: Info, input: CreateApiKeyInput
    ) -> CreateApiKeyPayload | None:
        """Make a key for a partner's program; its secret is in this answer and in no other.

        No key opens more than the credential it was made with.
        """
        created = await api_keys.create_api_key(info.context.caller, input.to_domain())
        return CreateApiKeyPayload.of(created)

    @mutation
    async def rotate_api_key(
        self, info: Info, input: RotateApiKeyInput
    ) -> RotateApiKeyPayload | None:
        """Give a key a new secret, while the present one goes on for as long as you choose.

        A key that was revoked or has expired is not revived.
        """
        given = await api_keys.rotate_api_key(info.context.caller, input.to_domain())
        return RotateApiKeyPayload.of(given)

    @mutation
    async def revoke_api_key(
        self, info: Info, input: RevokeApiKeyInput
    ) -> RevokeApiKeyPayload | None:
        """End a key for good.

        It is refused from the next request on; a socket or stream that it holds open ends within a
        minute. Revoking it again changes nothing.
        """
        ended = await api_keys.revoke_api_key(info.context.caller, input.to_domain())
        return RevokeApiKeyPayload(api_key=ApiKey.of(ended))
