"""Refusals as `userErrors`: one table of codes, one translation, one decorator for mutations."""

import inspect
import warnings
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from domain import errors
from domain.eligibility import NotEligible
from domain.guards import AcknowledgementNeeded, GuardRefused
from resolvers.people import read_administrators
from schema.actors import Actor
from schema.context import Info
from schema.drafts import EditEligibility
from schema.guards import Guard
from schema.ids import known, public_path
from schema.invoices import Invoice
from schema.positions import check_storable, input_path, path_given
from schema.refusal_codes import UnlistedRefusal, is_listed


@strawberry.enum
class UserErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_FOUND = "NOT_FOUND"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    BEING_EDITED = "BEING_EDITED"
    ANOTHER_INVOICE_OPEN = "ANOTHER_INVOICE_OPEN"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    GUARD_REFUSED = "GUARD_REFUSED"
    ACKNOWLEDGEMENT_NEEDED = "ACKNOWLEDGEMENT_NEEDED"
    NOTHING_TO_SAVE = "NOTHING_TO_SAVE"
    NOTHING_TO_SYNC = "NOTHING_TO_SYNC"
    CONNECTION_NEEDED = "CONNECTION_NEEDED"
    EXPORT_ON_ITS_WAY = "EXPORT_ON_ITS_WAY"
    UNLOCK_REFUSED = "UNLOCK_REFUSED"
    PIN_REFUSED = "PIN_REFUSED"
    PIN_LOCKED = "PIN_LOCKED"
    PAYMENT_EXCEEDS_BALANCE = "PAYMENT_EXCEEDS_BALANCE"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    FORBIDDEN = "FORBIDDEN"


#: What codes mean beyond their names.
ERROR_MEANINGS = {
    UserErrorCode.EXPORT_ON_ITS_WAY: (
        "QuickBooks may be storing the invoice or payment at this moment: wait for its answer."
    ),
    UserErrorCode.PAYMENT_EXCEEDS_BALANCE: (
        "The payment is more than the invoice leaves to be paid; it can be acknowledged."
    ),
    UserErrorCode.UNLOCK_REFUSED: (
        "It is not locked, or QuickBooks has not proven that it holds nothing of it; the message"
        " names the way that is open."
    ),
    UserErrorCode.CURSOR_EXPIRED: (
        "Events behind the cursor were pruned: read the invoices, then go on behind `syncCursor`."
    ),
    UserErrorCode.PIN_REFUSED: "The administrator's PIN was wrong, or there is none.",
    UserErrorCode.PIN_LOCKED: "It was tried too often; no PIN is looked at for a while.",
}

#: Every refusal of the domain has its row here; a test looks for the missing ones.
CODES: Mapping[type[errors.DomainError], UserErrorCode] = {
    errors.Forbidden: UserErrorCode.FORBIDDEN,
    errors.PermissionMissing: UserErrorCode.FORBIDDEN,
    errors.NotFound: UserErrorCode.NOT_FOUND,
    errors.InvalidValue: UserErrorCode.INVALID,
    errors.ValueRequired: UserErrorCode.REQUIRED,
    errors.TextTooLong: UserErrorCode.TOO_LONG,
    errors.ValueOutOfRange: UserErrorCode.OUT_OF_RANGE,
    errors.VersionConflict: UserErrorCode.VERSION_CONFLICT,
    errors.BeingEdited: UserErrorCode.BEING_EDITED,
    errors.AnotherInvoiceOpen: UserErrorCode.ANOTHER_INVOICE_OPEN,
    errors.NothingToSave: UserErrorCode.NOTHING_TO_SAVE,
    errors.NothingToSync: UserErrorCode.NOTHING_TO_SYNC,
    errors.ConnectionNeeded: UserErrorCode.CONNECTION_NEEDED,
    errors.ExportOnItsWay: UserErrorCode.EXPORT_ON_ITS_WAY,
    errors.UnlockRefused: UserErrorCode.UNLOCK_REFUSED,
    errors.PinRefused: UserErrorCode.PIN_REFUSED,
    errors.PinLocked: UserErrorCode.PIN_LOCKED,
    errors.PaymentOnItsWay: UserErrorCode.EXPORT_ON_ITS_WAY,
    errors.PaymentExceedsBalance: UserErrorCode.PAYMENT_EXCEEDS_BALANCE,
    errors.CursorExpired: UserErrorCode.CURSOR_EXPIRED,
    errors.IdempotencyKeyReused: UserErrorCode.IDEMPOTENCY_KEY_REUSED,
    NotEligible: UserErrorCode.NOT_ELIGIBLE,
    GuardRefused: UserErrorCode.GUARD_REFUSED,
    AcknowledgementNeeded: UserErrorCode.ACKNOWLEDGEMENT_NEEDED,
}


@strawberry.interface
class UserError:
    """A refusal that the user can do something about."""

    code: UserErrorCode
    message: str = strawberry.field(description="Fit to show to the user.")
    field: list[str] | None = strawberry.field(
        description='Path in the input, e.g. ["input", "patch", "invoiceNumber"].'
    )


@strawberry.type
class InputError(UserError):
    """A refusal that its code and message say completely."""


@strawberry.type
class VersionConflictError(UserError):
    """The invoice moved on; here is its newest version and what changed since."""

    current: Invoice
    changed_fields: list[str]


@strawberry.type
class BeingEditedError(UserError):
    """Somebody else has the invoice open."""

    editor: Actor
    since: datetime
    expires_at: datetime = strawberry.field(
        description="Untouched until then, the other draft gives way."
    )


@strawberry.type
class NotEligibleError(UserError):
    """The invoice cannot be edited, or not be synced."""

    eligibility: EditEligibility


@strawberry.type
class GuardError(UserError):
    """Guards forbid the save, or ask to be acknowledged."""

    guards: list[Guard]


#: Reachable through the interface only, so the schema must be told of them.
CONCRETE_ERRORS = (
    InputError,
    VersionConflictError,
    BeingEditedError,
    NotEligibleError,
    GuardError,
)


class _Payload(Protocol):
    def __call__(self, *, user_errors: list[UserError]) -> object: ...


class UserErrors(FieldExtension):
    """Turns a refusal into the payload's `userErrors`; faults pass through."""

    _payload: _Payload

    def apply(self, field: StrawberryField) -> None:
        """Learn the payload's class; it is nullable, so that a fault spares its siblings."""
        if not isinstance(field.type, StrawberryOptional):
            raise TypeError(f"The payload of {field.python_name} must be nullable.")
        # The class that the resolver returns: Strawberry only promises some type.
        self._payload = cast("_Payload", field.type.of_type)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Run the mutation on a clean slate: nothing read before it is shown behind it."""
        wish = kwargs.get("input")
        info.context.forget()
        try:
            check_storable(wish)
            return await next_(source, info, **kwargs)
        except errors.DomainError as refusal:
            told = await user_error(refusal, wish, info)
            if not is_listed(info.field_name, told.code):
                listing = f"List {told.code} of {info.field_name} in schema/refusal_codes.py."
                warnings.warn(listing, UnlistedRefusal, stacklevel=2)
            return self._payload(user_errors=[told])


def mutation(resolver: Callable[..., Awaitable[object]]) -> Any:
    """Make a mutation whose refusals become `userErrors`; its docstring describes it."""
    return strawberry.mutation(
        resolver, description=inspect.getdoc(resolver), extensions=[UserErrors()]
    )


def code_of(refusal: errors.DomainError) -> UserErrorCode:
    """Give the code of the refusal, or of the nearest class it is one of."""
    return next(CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)


async def user_error(refusal: errors.DomainError, wish: object, info: Info) -> UserError:
    """Translate a refusal of the wish."""
    shown: dict[str, Any] = {
        "code": code_of(refusal),
        "message": str(refusal),
        "field": input_path(wish, refusal.where),
    }
    match refusal:
        case errors.VersionConflict():
            current = known(await info.context.loaders.invoices.load(refusal.invoice_id))
            changed = [public_path(path.split(".")) for path in refusal.changed_fields]
            return VersionConflictError(
                **shown, current=Invoice.of(current), changed_fields=changed
            )
        case errors.BeingEdited():
            editor = Actor.of(refusal.editor)
            return BeingEditedError(
                **shown, editor=editor, since=refusal.since, expires_at=refusal.expires_at
            )
        case errors.PermissionMissing():
            administrators = await read_administrators(info.context.caller)
            return InputError(**shown | {"message": refusal.naming(administrators)})
        case NotEligible():
            return NotEligibleError(**shown, eligibility=EditEligibility.of(refusal.eligibility))
        case GuardRefused() | AcknowledgementNeeded():
            shown["field"] = path_given(wish, refusal.guards[0].path)
            return GuardError(**shown, guards=[Guard.of(guard) for guard in refusal.guards])
        case _:
            return InputError(**shown)
