"""Who did something, and who is asking."""

from typing import Self

import strawberry

from domain.access import Principal, Scope
from domain.actor import Actor as ActorValue
from domain.actor import ActorKind
from resolvers.lists import read_account
from schema.context import Info
from schema.ids import global_id

strawberry.enum(ActorKind)
strawberry.enum(Scope)

_TYPE_NAMES = {ActorKind.EMPLOYEE: "Employee", ActorKind.API_KEY: "ApiKey"}


@strawberry.type
class Actor:
    """A person, an API key, or the service itself."""

    kind: ActorKind
    id: strawberry.ID | None
    name: str

    @classmethod
    def of(cls, actor: ActorValue) -> Self:
        """Show an actor."""
        type_name = _TYPE_NAMES.get(actor.kind)
        key = None if type_name is None or actor.id is None else global_id(type_name, actor.id)
        return cls(kind=actor.kind, id=key, name=actor.name)


@strawberry.type
class Viewer:
    """The caller, as the service knows it."""

    actor: Actor
    permissions: list[str]
    scopes: list[Scope] = strawberry.field(
        description="Which fields of the API the caller's credential opens."
    )
    is_administrator: bool = strawberry.field(
        description="Whether the caller is an administrator of the account."
    )

    @strawberry.field
    async def account_name(self, info: Info) -> str:
        return (await read_account(info.context.caller)).name

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Show the caller."""
        return cls(
            actor=Actor.of(principal.actor),
            permissions=sorted(principal.permissions),
            scopes=[scope for scope in Scope if scope in principal.scopes],
            is_administrator=principal.is_administrator,
        )
