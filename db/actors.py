"""Actors in three columns, wherever a row remembers who did it."""

from typing import Any
from uuid import UUID

from db.statements import Record
from domain.actor import Actor, ActorKind


def read_actor(row: Record) -> Actor:
    """Give the actor of a row with actor_kind, actor_id and actor_name."""
    actor_id: UUID | None = row["actor_id"]
    return Actor(ActorKind(row["actor_kind"]), actor_id, row["actor_name"])


def actor_columns(actor: Actor) -> dict[str, Any]:
    """Give the three columns."""
    return {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name}
