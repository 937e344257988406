"""What a use case is given: who asks, how to open a transaction, the clock, fresh ids."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Principal
from domain.articles import article_of
from domain.connections import Connection
from domain.webhooks import WebhookRules
from resolvers.bells import Doorbell
from resolvers.budget import Budget
from resolvers.lookouts import Lookouts
from resolvers.tails import Tails


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """What a new Web Connector needs; password and file are shown once."""

    user_name: str
    password: str
    password_hash: bytes
    poll_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnKey:
    """The secret of a partner's key, shown once, and what is stored of it."""

    secret: str = field(repr=False)
    secret_hash: bytes = field(repr=False)
    #: How the secret begins.
    prefix: str


class Enroll(Protocol):
    """Draws the credentials of connections and partners, and writes .qwc files."""

    def api_key(self) -> DrawnKey:
        """Give a fresh secret for a partner's key."""

    def credentials(self) -> Enrollment:
        """Give fresh credentials."""

    def qwc_file(self, connection: Connection) -> str:
        """Give the file that the Web Connector opens; the password is not in it."""


class Pins(Protocol):
    """Hashes the PINs that people choose; slow by design, and never on the event loop."""

    async def hash(self, pin: str) -> str:
        """Give what is stored instead of the PIN."""

    async def verify(self, pin: str, pin_hash: str) -> bool:
        """Tell whether the hash was made of this PIN."""


class Meter(Protocol):
    """Counts and measures what callers are answered, for whoever runs the service."""

    def operation_ended(self, kind: str, outcome: str, seconds: float | None) -> None:
        """Count an operation; `seconds` is None where they tell nothing."""

    def event_told(self, lag_seconds: float) -> None:
        """Note how old an event was when a subscriber was told of it."""


@dataclass(frozen=True, slots=True)
class Unmetered:
    """Counts nothing."""

    def operation_ended(self, kind: str, outcome: str, seconds: float | None) -> None:
        """Do nothing."""

    def event_told(self, lag_seconds: float) -> None:
        """Do nothing."""


class Span(Protocol):
    """An operation under way, for whoever follows its trace."""

    def told(self, kind: str, name: str | None, outcome: str, ids: Mapping[str, str]) -> None:
        """Say what kind of operation it was, what its document calls it, and how it ended."""


class Tracer(Protocol):
    """Makes spans of operations; nothing that a caller sent or was answered gets into one."""

    def operation(self) -> AbstractContextManager[Span]:
        """Give the span of an operation that begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Where people find more; None where the service was not told."""

    #: The page of articles on QuickBooks' answers.
    articles_url: str | None = None
    #: Whom steps for support mean.
    support_contact: str | None = None

    def article_url(self, code: str) -> str | None:
        """Give the address of the article on an issue's code, or of the page if it has none."""
        if self.articles_url is None:
            return None
        article = article_of(code)
        return self.articles_url if article is None else f"{self.articles_url}#{article.anchor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One caller's request. Each use case opens its own unit of work."""

    principal: Principal
    open_work: Callable[[], AbstractAsyncContextManager[UnitOfWork]]
    doorbell: Doorbell
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    enroll: Enroll
    #: What the logs call this request.
    request_id: str | None = None
    help: Help = Help()
    #: None where nobody can be asked for a PIN.
    pins: Pins | None = None
    #: None where nothing is counted.
    budget: Budget | None = None
    #: The text of each registered document, by its SHA-256.
    trusted: Mapping[str, str] = field(default_factory=dict)
    #: Whether the schema may be read from the API itself.
    may_read_schema: bool = True
    meter: Meter = Unmetered()
    #: None where nobody follows operations.
    tracer: Tracer | None = None
    #: What everybody in the process shares who follows events, and who watches connections.
    tails: Tails = field(default_factory=Tails)
    lookouts: Lookouts = field(default_factory=Lookouts)
    #: None where the service was told of no webhooks.
    webhooks: WebhookRules | None = None
