"""Mutations that unlock, and the PIN that they need."""

import strawberry

from resolvers import pins, unlocking
from schema.context import Info
from schema.ids import expect_id, expect_id_or_none, expect_ids
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.unlocking import UnlockRequest
from schema.user_errors import mutation


@strawberry.input
class RequestUnlockInput(MutationInput):
    """A batch or single invoices, one of both."""

    batch_id: strawberry.ID | None = strawberry.field(default=None, description="A bypassed batch.")
    invoice_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Invoices that were imported or bypassed; unlocked, they leave their batch.",
    )
    exclude_invoice_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Invoices of the batch that stay bypassed, because QuickBooks holds them.",
    )
    connection_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Through which QuickBooks is asked; needed where it could be several books.",
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same request and asks QuickBooks no second time."
    )

    def to_domain(self) -> unlocking.RequestUnlock:
        """Raise NotFound for an id that is none."""
        excluded = self.exclude_invoice_ids or ()
        return unlocking.RequestUnlock(
            batch_id=expect_id_or_none(self.batch_id, "Batch", ("batch_id",)),
            invoice_ids=expect_ids(self.invoice_ids or (), "Invoice", ("invoice_ids",)),
            exclude_invoice_ids=expect_ids(excluded, "Invoice", ("exclude_invoice_ids",)),
            connection_id=expect_id_or_none(self.connection_id, "Connection", ("connection_id",)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class ConfirmUnlockInput(MutationInput):
    """The consent, vouched for by an administrator."""

    request_id: strawberry.ID = strawberry.field(description="A request that is READY.")
    consent_version: str = strawberry.field(description="Of the text that was shown and agreed to.")
    admin_pin: str = strawberry.field(
        description="The administrator's PIN. It is never stored in clear, logged or shown."
    )
    admin_employee_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whose PIN it is; an administrator who confirms alone leaves it out.",
    )

    def to_domain(self) -> unlocking.ConfirmUnlock:
        """Raise NotFound for an id that is none."""
        return unlocking.ConfirmUnlock(
            request_id=expect_id(self.request_id, "UnlockRequest", ("request_id",)),
            consent_version=self.consent_version,
            admin_pin=self.admin_pin,
            admin_employee_id=expect_id_or_none(
                self.admin_employee_id, "Employee", ("admin_employee_id",)
            ),
        )


@strawberry.input
class SetAdminPinInput(MutationInput):
    """An administrator's own new PIN."""

    pin: str = strawberry.field(description="4 to 12 digits, no run and not one digit alone.")
    current_pin: str | None = strawberry.field(
        default=None, description="The present PIN, once there is one."
    )

    def to_domain(self) -> pins.NewPin:
        """Give the wish; the domain judges it."""
        return pins.NewPin(pin=self.pin, current_pin=self.current_pin)


@strawberry.type
class RequestUnlockPayload(MutationPayload):
    """The request, whose questions are on their way to QuickBooks, or why there is none."""

    request: UnlockRequest | None = strawberry.field(
        default=None, description="Read it again with `unlockRequest` until it is not CHECKING."
    )


@strawberry.type
class ConfirmUnlockPayload(MutationPayload):
    """The request as confirmed, or why nothing was unlocked."""

    request: UnlockRequest | None = strawberry.field(
        default=None, description="With batch and invoices as they are now."
    )


@strawberry.type
class SetAdminPinPayload(MutationPayload):
    """Whether the PIN was set, or why not."""

    is_set: bool | None = strawberry.field(default=None, description="True once it holds.")


@strawberry.type
class UnlockMutations:
    @mutation
    async def request_unlock(
        self, info: Info, input: RequestUnlockInput
    ) -> RequestUnlockPayload | None:
        """Ask QuickBooks whether it holds what is to be unlocked; nothing changes yet.

        The answer shows the advice to enter the invoices by hand instead, with the list of them,
        and the consent text. QuickBooks is asked for each by TxnID where one is known, by number,
        and by the batch in the memo.
        """
        view = await unlocking.request_unlock(info.context.caller, input.to_domain())
        return RequestUnlockPayload(request=UnlockRequest.of(view))

    @mutation
    async def confirm_unlock(
        self, info: Info, input: ConfirmUnlockInput
    ) -> ConfirmUnlockPayload | None:
        """Unlock what QuickBooks proved not to hold: editable and exportable again.

        It needs complete evidence that is at most 15 minutes old, the consent to the present text,
        and an administrator's PIN: the caller's own, or that of an administrator beside the caller.
        Three wrong PINs lock that PIN for a quarter of an hour. Confirming again changes nothing.
        """
        view = await unlocking.confirm_unlock(info.context.caller, input.to_domain())
        return ConfirmUnlockPayload(request=UnlockRequest.of(view))

    @mutation
    async def set_admin_pin(self, info: Info, input: SetAdminPinInput) -> SetAdminPinPayload | None:
        """Set the calling administrator's own PIN, which unlocking asks for."""
        await pins.set_admin_pin(info.context.caller, input.to_domain())
        return SetAdminPinPayload(is_set=True)
