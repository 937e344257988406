"""Actors in three columns, wherever a row remembers who did it."""

from typing import Any, Protocol
from uuid import UUID

from domain.actor import Actor, ActorKind


class RowWithActor(Protocol):
    """A row with actor_kind, actor_id and actor_name."""

    @property
    def actor_kind(self) -> Any: ...
    @property
    def actor_id(self) -> Any: ...
    @property
    def actor_name(self) -> Any: ...


def read_actor(row: RowWithActor) -> Actor:
    """Give the actor of a row."""
    actor_id: UUID | None = row.actor_id
    return Actor(ActorKind(row.actor_kind), actor_id, row.actor_name)


def actor_columns(actor: Actor) -> dict[str, Any]:
    """Give the three columns."""
    return {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name}
