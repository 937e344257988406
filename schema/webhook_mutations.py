"""Mutations of webhooks; all of them need the permission MANAGE_CONNECTIONS."""

from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.errors import ValueRequired
from domain.webhooks import Webhook as WebhookValue
from domain.webhooks import WebhookPatch
from resolvers import webhooks
from resolvers.webhooks import NewWebhook, RotateSecret, UpdateWebhook
from schema.context import Info
from schema.ids import expect_id, global_id
from schema.pagination import read_event_cursor
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation
from schema.webhooks import Webhook

_SHOWN_ONCE = (
    "What signs its deliveries. No other answer shows it; the same call with the same"
    " idempotencyKey does."
)


@strawberry.input
class CreateWebhookInput(MutationInput):
    """A new webhook; it is sent what happens from now on."""

    url: str = strawberry.field(
        description="An https address that the public Internet knows, at most 2,000 characters."
    )
    idempotency_key: str = strawberry.field(description="Repeating it makes no second one.")


@strawberry.input
class UpdateWebhookInput(MutationInput):
    """Absent leaves a field as it is; none may be null."""

    webhook_id: strawberry.ID = strawberry.field(description="Which one.")
    url: strawberry.Maybe[str | None] = strawberry.field(description="The new address.")
    disabled: strawberry.Maybe[bool | None] = strawberry.field(
        description="True stops it where it is; false lets it go on from there."
    )

    def to_domain(self) -> UpdateWebhook:
        """Raise NotFound for an id that is none, and ValueRequired for a null."""
        if self.url is not None and self.url.value is None:
            raise ValueRequired("The url must not be empty.", where=("url",))
        if self.disabled is not None and self.disabled.value is None:
            raise ValueRequired("Say whether it is disabled.", where=("disabled",))
        patch = WebhookPatch(
            url=None if self.url is None else self.url.value,
            disabled=None if self.disabled is None else self.disabled.value,
        )
        return UpdateWebhook(webhook_id=_key(self.webhook_id), patch=patch)


@strawberry.input
class RotateWebhookSecretInput(MutationInput):
    """Whose secret to replace."""

    webhook_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(
        description="Repeating it gives the same secret and rotates no second time."
    )


@strawberry.input
class DeleteWebhookInput(MutationInput):
    """What to delete."""

    webhook_id: strawberry.ID = strawberry.field(description="Which one.")


@strawberry.input
class ReplayWebhookInput(MutationInput):
    """From where on to send again."""

    webhook_id: strawberry.ID = strawberry.field(description="Which one.")
    after: str = strawberry.field(
        description="A cursor of an event, or `syncCursor`: what lies behind it is sent, in order."
    )


@strawberry.type
class CreateWebhookPayload(MutationPayload):
    """The new webhook with its secret, or why there is none."""

    webhook: Webhook | None = strawberry.field(default=None, description="As stored.")
    secret: str | None = strawberry.field(default=None, description=_SHOWN_ONCE)


@strawberry.type
class UpdateWebhookPayload(MutationPayload):
    """The webhook as changed, or why nothing changed."""

    webhook: Webhook | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class RotateWebhookSecretPayload(MutationPayload):
    """The new secret, or why there is none."""

    webhook: Webhook | None = strawberry.field(default=None, description="As stored.")
    secret: str | None = strawberry.field(default=None, description=_SHOWN_ONCE)


@strawberry.type
class DeleteWebhookPayload(MutationPayload):
    """What is gone, or why it is not."""

    deleted_webhook_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id that names nothing now."
    )


@strawberry.type
class ReplayWebhookPayload(MutationPayload):
    """The webhook as set back, or why it was not."""

    webhook: Webhook | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class WebhookMutations:
    @mutation
    async def create_webhook(
        self, info: Info, input: CreateWebhookInput
    ) -> CreateWebhookPayload | None:
        """Have every sync event of the account posted to an address, from now on, signed."""
        wish = NewWebhook(url=input.url, idempotency_key=input.idempotency_key)
        made = await webhooks.create_webhook(info.context.caller, wish)
        return CreateWebhookPayload(webhook=_shown(info, made.webhook), secret=made.secret)

    @mutation
    async def update_webhook(
        self, info: Info, input: UpdateWebhookInput
    ) -> UpdateWebhookPayload | None:
        """Change its address, disable it, or enable it again: it goes on behind its cursor."""
        updated = await webhooks.update_webhook(info.context.caller, input.to_domain())
        return UpdateWebhookPayload(webhook=_shown(info, updated))

    @mutation
    async def rotate_webhook_secret(
        self, info: Info, input: RotateWebhookSecretInput
    ) -> RotateWebhookSecretPayload | None:
        """Replace the secret. For 24 hours both sign, so a receiver can change over in peace."""
        wish = RotateSecret(
            webhook_id=_key(input.webhook_id), idempotency_key=input.idempotency_key
        )
        made = await webhooks.rotate_secret(info.context.caller, wish)
        return RotateWebhookSecretPayload(webhook=_shown(info, made.webhook), secret=made.secret)

    @mutation
    async def delete_webhook(
        self, info: Info, input: DeleteWebhookInput
    ) -> DeleteWebhookPayload | None:
        """Delete it with its log; nothing is sent to it any more."""
        key = _key(input.webhook_id)
        await webhooks.delete_webhook(info.context.caller, key)
        return DeleteWebhookPayload(deleted_webhook_id=global_id("Webhook", key))

    @mutation
    async def replay_webhook(
        self, info: Info, input: ReplayWebhookInput
    ) -> ReplayWebhookPayload | None:
        """Send again what lies behind a cursor, then go on; receivers know events by their id.

        CURSOR_EXPIRED tells that events behind it were pruned.
        """
        caller = info.context.caller
        after = _sequence(caller.principal.account_id, input.after)
        wish = webhooks.Replay(webhook_id=_key(input.webhook_id), after=after)
        return ReplayWebhookPayload(
            webhook=_shown(info, await webhooks.replay_webhook(caller, wish))
        )


def _key(webhook_id: str) -> UUID:
    return expect_id(webhook_id, "Webhook", ("webhook_id",))


def _sequence(account_id: UUID, cursor: str) -> int | None:
    try:
        return read_event_cursor(account_id, cursor)
    except GraphQLError:
        return None  # in an input it is a refusal, which comes behind that of the id


def _shown(info: Info, value: WebhookValue) -> Webhook:
    return Webhook.of(info.context.caller.principal.account_id, value)
