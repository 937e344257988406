"""Who did something: a person, an API key, the service itself, or QuickBooks."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    EMPLOYEE = "EMPLOYEE"
    API_KEY = "API_KEY"
    SERVICE = "SERVICE"
    QUICKBOOKS = "QUICKBOOKS"


@dataclass(frozen=True, slots=True)
class Actor:
    """The name is kept with every act, so that a history stays readable when people leave."""

    kind: ActorKind
    id: UUID | None
    name: str


SERVICE = Actor(ActorKind.SERVICE, None, "Instep")
QUICKBOOKS = Actor(ActorKind.QUICKBOOKS, None, "QuickBooks")
