"""Webhooks: what is sent to those who hold no socket, how it is signed, and when again."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from domain.errors import InvalidValue, TextTooLong, ValueRequired
from domain.events import NumberedEvent

#: An account's webhooks each get every event.
MOST_WEBHOOKS = 10
#: Events in one POST.
LARGEST_BATCH = 50
#: For so long after a rotation the secret of before signs too.
GRACE = timedelta(hours=24)
#: Nobody listens any more: an administrator has to look.
GIVE_UP_AFTER = timedelta(days=5)
#: A delivery is over long before then, or its worker has died.
LEASE = timedelta(minutes=2)
#: Seconds until the next try, by how many have failed; the last stands for all further ones.
_DELAYS_SECONDS = (5, 30, 120, 600, 1800, 3600)
#: Whoever asks for more time than its next try would leave is given it, and no more than this.
LONGEST_WAIT = timedelta(days=1)
_LONGEST_URL = 2000
_MOST_PORTS = 65_536
_LONGEST_NUMBER = 18

Address = IPv4Address | IPv6Address
#: They look public. One cloud answers to its machines there, and so does another; 6to4's relays.
_NOT_PUBLIC = (
    IPv4Network("168.63.129.16/32"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
)
#: All that the public Internet has of IPv6; what stands for IPv4 addresses lies mostly outside.
_PUBLIC_IPV6 = IPv6Network("2000::/3")


class WebhookState(StrEnum):
    ACTIVE = "ACTIVE"
    FAILING = "FAILING"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is sent every event of the account, in order."""

    id: UUID
    url: str
    created_at: datetime
    #: Names the secret; see `WebhookRules.secret`.
    secret_id: UUID
    previous_secret_id: UUID | None = None
    #: Until then the previous secret signs too.
    previous_until: datetime | None = None
    #: The number of the last event that was delivered.
    delivered: int
    is_disabled: bool = False
    #: Tries in a row that failed, the first of them at `failing_since`, the last for `trouble`.
    failures: int = 0
    failing_since: datetime | None = None
    trouble: str | None = None
    next_attempt_at: datetime | None = None
    #: Who delivers to it now, and until when that is believed.
    lease_id: UUID | None = None
    leased_until: datetime | None = None

    @property
    def state(self) -> WebhookState:
        """What a screen shows."""
        if self.is_disabled:
            return WebhookState.DISABLED
        return WebhookState.FAILING if self.failures else WebhookState.ACTIVE

    def is_due(self, now: datetime) -> bool:
        """Tell whether something may be sent now: nobody else does, and it is time."""
        if self.is_disabled or (self.leased_until is not None and self.leased_until > now):
            return False
        return self.next_attempt_at is None or self.next_attempt_at <= now

    def signing_secrets(self, now: datetime) -> tuple[UUID, ...]:
        """Give the secrets that sign: the present one, and for a while the one before."""
        if self.previous_secret_id is None or self.previous_until is None:
            return (self.secret_id,)
        is_held = now < self.previous_until
        return (self.secret_id, self.previous_secret_id) if is_held else (self.secret_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPatch:
    """What an administrator may change; None leaves it."""

    url: str | None = None
    disabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRules:
    """What the service was told about webhooks."""

    #: Every secret comes from it; whoever has it can sign for every webhook.
    key: bytes = field(repr=False)
    #: Addresses of this machine and of private networks are let through, and plain http.
    allows_private: bool = False

    def secret(self, webhook_id: UUID, secret_id: UUID) -> str:
        """Give the secret of this name: it is stored nowhere, and comes out the same each time."""
        made = hmac.digest(self.key, b"webhook:" + webhook_id.bytes + secret_id.bytes, "sha256")
        return "whsec_" + urlsafe_b64encode(made).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with what a partner would otherwise have to ask for."""

    numbered: NumberedEvent
    invoice_number: str
    issue_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of one POST: a status, or the error that kept us from one."""

    status: int | None = None
    error: str | None = None
    #: What the receiver asks for before the next try.
    wait: timedelta | None = None

    @property
    def trouble(self) -> str | None:
        """Why it was no delivery; None when it was one: only 2xx is a receipt."""
        if self.status is None:
            return self.error or "Nothing was answered."
        first_success, first_other = 200, 300
        if first_success <= self.status < first_other:
            return None
        return f"The receiver answered {self.status}; only 2xx counts as received."


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One try, as the log keeps it."""

    id: UUID
    webhook_id: UUID
    first_sequence: int
    last_sequence: int
    #: 1 for the first try, counted from the last success.
    attempt: int
    status: int | None
    error: str | None
    started_at: datetime
    milliseconds: int


def sign(secrets: Sequence[str], at: int, body: bytes) -> str:
    """Give the header: `t=<unix time>,v1=<hex HMAC-SHA256 of "t.body">`, a v1 for each secret."""
    signed = str(at).encode() + b"." + body
    made = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={at}", *(f"v1={signature}" for signature in made)])


def succeeded(webhook: Webhook, *, behind: int, reached: int) -> Webhook:
    """Give the webhook after a delivery of what lay behind `behind`.

    Where it was set back meanwhile it stays there: that replay is still to come.
    """
    return replace(
        webhook,
        delivered=reached if webhook.delivered == behind else webhook.delivered,
        failures=0,
        failing_since=None,
        trouble=None,
        next_attempt_at=None,
    )


def asked_wait(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read a receiver's Retry-After, in seconds or as a moment; None for neither.

    Source: RFC 9110, 10.2.3.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:_LONGEST_NUMBER]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)


def failed(webhook: Webhook, trouble: str, now: datetime, wait: timedelta | None = None) -> Webhook:
    """Give the webhook after a failed try: later again, or, after days of them, disabled.

    A receiver that asks for a longer wait than its turn is given it, within bounds.
    """
    since = webhook.failing_since or now
    failures = webhook.failures + 1
    is_over = now - since >= GIVE_UP_AFTER
    turn = timedelta(seconds=_DELAYS_SECONDS[min(failures, len(_DELAYS_SECONDS)) - 1])
    delay = max(turn, min(wait or turn, LONGEST_WAIT))
    return replace(
        webhook,
        failures=failures,
        failing_since=since,
        trouble=trouble,
        next_attempt_at=None if is_over else now + delay,
        is_disabled=webhook.is_disabled or is_over,
    )


def rotated(webhook: Webhook, secret_id: UUID, now: datetime) -> Webhook:
    """Give the webhook with a new secret; the one of before signs too for the grace time."""
    return replace(
        webhook,
        secret_id=secret_id,
        previous_secret_id=webhook.secret_id,
        previous_until=now + GRACE,
    )


def changed(webhook: Webhook, patch: WebhookPatch, rules: WebhookRules) -> Webhook:
    """Give the webhook as patched; with a new address, or enabled again, it is tried at once.

    Raises InvalidValue for an address that cannot be.
    """
    is_disabled = webhook.is_disabled if patch.disabled is None else patch.disabled
    url = webhook.url if patch.url is None else checked_url(patch.url, rules)
    if url == webhook.url and is_disabled == webhook.is_disabled:
        return webhook
    after = replace(webhook, url=url, is_disabled=is_disabled)
    return replace(after, failures=0, failing_since=None, trouble=None, next_attempt_at=None)


def checked_url(url: str, rules: WebhookRules) -> str:
    """Give the address back. Raises InvalidValue for one that nothing may be sent to."""
    if not url.strip():
        raise ValueRequired("The url must not be empty.", where=("url",))
    if len(url) > _LONGEST_URL:
        raise TextTooLong("The url", longest=_LONGEST_URL, actual=len(url), where=("url",))
    parts = _parts(url)
    if not url.isascii() or not url.isprintable() or " " in url or parts is None:
        raise _bad_url()
    if not parts.hostname or parts.username is not None or parts.fragment:
        raise _bad_url()
    if parts.scheme != "https" and not (rules.allows_private and parts.scheme == "http"):
        raise _bad_url()
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return url
    if not may_receive(literal, rules):
        raise InvalidValue(
            "This address is of this machine or of a private network. Give one that the public"
            " Internet knows.",
            where=("url",),
        )
    return url


def may_receive(address: Address, rules: WebhookRules) -> bool:
    """Tell whether something may be sent to this very address."""
    if address.is_multicast or address.is_unspecified:
        return False
    return rules.allows_private or _is_public(address)


def _is_public(address: Address) -> bool:
    """Tell whether it is a public address that stands for itself, and for no other one."""
    if address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    stands_for_another = address.sixtofour or address.teredo
    return address in _PUBLIC_IPV6 and not stands_for_another


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_good = parts.port is None or 0 < parts.port < _MOST_PORTS
    except ValueError:
        return None
    return parts if is_good else None


def _bad_url() -> InvalidValue:
    return InvalidValue(
        "Give an address such as https://partner.example.com/instep: https, no user name, no"
        " fragment, other characters percent-encoded.",
        where=("url",),
    )
