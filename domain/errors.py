"""Refusals: what the office may not do now, in a sentence the office understands.

They carry facts as attributes and know no protocol; each door translates them.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.actor import Actor

#: Where in the input: names and list positions, as in ("edit_tasks", "0", "patch", "quantity").
Where = tuple[str, ...]


class DomainError(Exception):
    """A refusal; its text is fit to be shown to the office."""

    def __init__(self, message: str, *, where: Where = ()) -> None:
        super().__init__(message)
        self.where = where


class Forbidden(DomainError):
    """The caller lacks a permission."""


class PermissionMissing(Forbidden):
    """An administrator of the account can grant it."""

    def __init__(self, label: str) -> None:
        super().__init__(self._told(label, ()))
        self._label = label

    def naming(self, administrators: Sequence[str]) -> str:
        """Give the sentence for the office, with whom to ask by name."""
        return self._told(self._label, administrators)

    @staticmethod
    def _told(label: str, administrators: Sequence[str]) -> str:
        return f"This needs the permission “{label}”. {whom_to_ask(administrators)}"


def whom_to_ask(administrators: Sequence[str]) -> str:
    """Send somebody who lacks a permission to those who can grant it."""
    names = f" ({' or '.join(administrators)})" if administrators else ""
    return f"Contact your account administrator{names} to have it enabled."


class NotFound(DomainError):
    """What was named does not exist in this account."""


class InvalidValue(DomainError):
    """A value does not fit its field."""


class ValueRequired(InvalidValue):
    """The field must have a value and null was given."""


class TextTooLong(InvalidValue):
    """The text is longer than the field."""

    def __init__(self, label: str, *, longest: int, actual: int, where: Where = ()) -> None:
        super().__init__(
            f"{label} may have at most {longest} characters; this has {actual}. Shorten it.",
            where=where,
        )
        self.longest = longest


class ValueOutOfRange(InvalidValue):
    """A number or date lies outside what QuickBooks can hold."""


class VersionConflict(DomainError):
    """The invoice moved on since the caller last read it."""

    def __init__(
        self, *, invoice_id: UUID, expected: int, actual: int, changed_fields: Sequence[str] = ()
    ) -> None:
        super().__init__(
            f"This invoice is at version {actual}; you edited version {expected}."
            " Read it again and repeat your change."
        )
        self.invoice_id = invoice_id
        self.actual = actual
        self.changed_fields = tuple(changed_fields)


class BeingEdited(DomainError):
    """Somebody else has this invoice open for editing."""

    def __init__(self, *, editor: Actor, since: datetime, expires_at: datetime) -> None:
        super().__init__(
            f"{editor.name} is editing this invoice since {since:%Y-%m-%d %H:%M} UTC."
            " Wait until they save or discard their draft; untouched, it gives way at"
            f" {expires_at:%Y-%m-%d %H:%M} UTC."
        )
        self.editor = editor
        self.since = since
        self.expires_at = expires_at


class AnotherInvoiceOpen(DomainError):
    """One exported invoice at a time per person."""

    def __init__(self, *, invoice_number: str) -> None:
        super().__init__(
            f"You are already editing the exported invoice {invoice_number}."
            " Save or discard that draft first."
        )
        self.invoice_number = invoice_number


class NothingToSave(DomainError):
    """The draft changes nothing."""


class NothingToSync(DomainError):
    """QuickBooks already holds what there is."""


class ConnectionNeeded(DomainError):
    """More than one connection could carry it; the caller must name one."""


class IdempotencyKeyReused(DomainError):
    """The key was used before for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotencyKey {key!r} was already used for a different request."
            " Use a new key for a new request.",
            where=("idempotency_key",),
        )


class CursorExpired(DomainError):
    """Events behind it were pruned, so going on there would leave some out without a word."""

    def __init__(self) -> None:
        super().__init__(
            "Events behind this cursor are kept no longer. Read the invoices as they are now, with"
            " syncCursor in the same query, and go on behind that one.",
            where=("after",),
        )


class UnlockRefused(DomainError):
    """It is not locked, or not yet to be unlocked; the sentence names the way that is open."""


class PinRefused(DomainError):
    """The PIN was wrong, or its owner has none."""


class PinLocked(DomainError):
    """It was tried too often; until then no PIN is looked at."""

    def __init__(self, until: datetime, where: Where = ()) -> None:
        super().__init__(
            f"This PIN was tried too often and is locked until {until:%Y-%m-%d %H:%M} UTC.",
            where=where,
        )
        self.until = until


class ExportOnItsWay(DomainError):
    """QuickBooks may be storing the invoice at this moment."""

    def __init__(self, number: str, where: Where = ()) -> None:
        super().__init__(
            f"Invoice {number} is on its way to QuickBooks. Wait for the answer: what QuickBooks"
            " has stored cannot be bypassed.",
            where=where,
        )


class PaymentOnItsWay(DomainError):
    """QuickBooks may be storing the payment at this moment."""

    def __init__(self, name: str, where: Where = ()) -> None:
        super().__init__(
            f"The {name} is on its way to QuickBooks. Wait for the answer: what QuickBooks has"
            " stored is neither bypassed nor sent again.",
            where=where,
        )


class PaymentExceedsBalance(DomainError):
    """It is more than the invoice leaves to be paid, and nobody has said to know that."""

    def __init__(self, number: str, *, amount: Decimal, left: Decimal) -> None:
        super().__init__(
            f"Invoice {number} leaves {max(left, Decimal('0.00'))} to be paid, and the payment is"
            f" {amount}. Correct the amount, or acknowledge the overpayment: QuickBooks will keep"
            " the rest as a credit of the customer.",
            where=("amount",),
        )
        self.left = left
