"""Webhooks: events for partners who hold no socket."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.webhooks import Webhook as WebhookValue
from domain.webhooks import WebhookDelivery as WebhookDeliveryValue
from domain.webhooks import WebhookState
from resolvers import webhooks
from schema.context import Info
from schema.ids import Node, global_id
from schema.pagination import Page, event_cursor, page_size, read_key, write_cursor

strawberry.enum(WebhookState)

#: Descriptions of the values of WebhookState, for `schema.descriptions`.
WEBHOOK_STATE_MEANINGS = {
    WebhookState.ACTIVE: "What was sent last was received.",
    WebhookState.FAILING: "The last try failed; it is tried again by itself, less and less often.",
    WebhookState.DISABLED: (
        "Nothing is sent: an administrator disabled it, or five days of tries failed. Enabled"
        " again, it goes on behind its cursor."
    ),
}


@strawberry.type
class WebhookDelivery:
    """One try to deliver a batch of events, as it was logged."""

    id: strawberry.ID = strawberry.field(
        description="Of this try; the header `Instep-Delivery-Id` carried it."
    )
    first_sequence: int = strawberry.field(description="Number of the first event sent.")
    last_sequence: int = strawberry.field(description="Number of the last event sent.")
    attempt: int = strawberry.field(
        description="1 for the first try since something was received, then counting on."
    )
    status: int | None = strawberry.field(
        description="The HTTP status that was answered; null when none came."
    )
    error: str | None = strawberry.field(
        description="Why it counts as not received, in words; null when it was received."
    )
    started_at: datetime = strawberry.field(description="When it was sent.")
    milliseconds: int = strawberry.field(description="How long it took until it was booked.")

    @classmethod
    def of(cls, value: WebhookDeliveryValue) -> Self:
        """Show a try."""
        return cls(
            id=strawberry.ID(str(value.id)),
            first_sequence=value.first_sequence,
            last_sequence=value.last_sequence,
            attempt=value.attempt,
            status=value.status,
            error=value.error,
            started_at=value.started_at,
            milliseconds=value.milliseconds,
        )


@strawberry.type
class Webhook(Node):
    """An address that is sent every sync event of the account, in order, at least once."""

    url: str = strawberry.field(description="Where events are posted.")
    state: WebhookState = strawberry.field(description="How deliveries go.")
    cursor: str = strawberry.field(
        description="Behind the last event that was received; `syncCursor` is where it wants to be."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    failures: int = strawberry.field(description="Tries in a row that failed.")
    failing_since: datetime | None = strawberry.field(
        description="When the first of them was; after five days the webhook is disabled."
    )
    trouble: str | None = strawberry.field(description="Why the last try failed, in words.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried again; null when nothing failed, or nothing is tried."
    )
    previous_secret_until: datetime | None = strawberry.field(
        description="Until then the secret from before the last rotation signs too."
    )
    key: strawberry.Private[UUID]

    @strawberry.field
    async def deliveries(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[WebhookDelivery]:
        """The log of tries, newest first; it is kept for a month unless told otherwise."""
        found, more = await webhooks.read_deliveries(
            info.context.caller, self.key, before=read_key(after), first=page_size(first)
        )
        return Page[WebhookDelivery].of(
            found,
            more=more,
            after=after,
            node=WebhookDelivery.of,
            cursor=lambda delivery: write_cursor(str(delivery.id)),
        )

    @classmethod
    def of(cls, account_id: UUID, value: WebhookValue) -> Self:
        """Show a webhook."""
        return cls(
            id=global_id("Webhook", value.id),
            url=value.url,
            state=value.state,
            cursor=event_cursor(account_id, value.delivered),
            created_at=value.created_at,
            failures=value.failures,
            failing_since=value.failing_since,
            trouble=value.trouble,
            next_attempt_at=value.next_attempt_at,
            previous_secret_until=value.previous_until,
            key=value.id,
        )


@strawberry.type
class WebhookQueries:
    @strawberry.field
    async def webhooks(self, info: Info) -> list[Webhook]:
        """The account's webhooks, oldest first."""
        caller = info.context.caller
        found = await webhooks.read_webhooks(caller)
        return [Webhook.of(caller.principal.account_id, webhook) for webhook in found]
