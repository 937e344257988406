"""The words of guards: errors refuse a save, reminders ask to be acknowledged, the rest informs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import DomainError, Where


class GuardSeverity(StrEnum):
    """What a guard does to a save. In this order guards are told."""

    ERROR = "ERROR"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    INFO = "INFO"


class GuardCode(StrEnum):
    TOTAL_WOULD_BE_ZERO = "TOTAL_WOULD_BE_ZERO"
    SIGN_WOULD_CHANGE = "SIGN_WOULD_CHANGE"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    PERIOD_OPEN_REMINDER = "PERIOD_OPEN_REMINDER"
    QUICKBOOKS_CLOSING_DATE = "QUICKBOOKS_CLOSING_DATE"
    INVOICE_NUMBER_TOO_LONG = "INVOICE_NUMBER_TOO_LONG"
    INVOICE_NUMBER_IN_USE = "INVOICE_NUMBER_IN_USE"
    CLASS_MISSING = "CLASS_MISSING"
    SITE_MISSING = "SITE_MISSING"
    TAX_ITEM_MISSING = "TAX_ITEM_MISSING"
    CUSTOMER_MISSING = "CUSTOMER_MISSING"
    ITEM_MISSING = "ITEM_MISSING"
    COGS_ACCOUNT_MISSING = "COGS_ACCOUNT_MISSING"
    TAX_PARITY = "TAX_PARITY"
    TOTAL_BELOW_PAYMENTS = "TOTAL_BELOW_PAYMENTS"
    TEXT_NOT_STORABLE = "TEXT_NOT_STORABLE"
    CLASS_TRACKING_OFF = "CLASS_TRACKING_OFF"
    INVENTORY_SITES_OFF = "INVENTORY_SITES_OFF"
    DEFAULT_TRUCK_USED = "DEFAULT_TRUCK_USED"
    EXPORTED_TRANSACTIONS_AFFECTED = "EXPORTED_TRANSACTIONS_AFFECTED"
    CUSTOMER_MAPPING_CHANGES = "CUSTOMER_MAPPING_CHANGES"


@dataclass(frozen=True, slots=True)
class Guard:
    """One finding; `path` is the field in the invoice as it would become."""

    code: GuardCode
    severity: GuardSeverity
    message: str
    steps: tuple[str, ...] = ()
    path: Where = ()


class GuardRefused(DomainError):
    """At least one guard forbids the save."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        super().__init__(" ".join(guard.message for guard in guards))
        self.guards = tuple(guards)


class AcknowledgementNeeded(DomainError):
    """The save goes through when the caller repeats it with these codes acknowledged."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        codes = ", ".join(dict.fromkeys(guard.code for guard in guards))
        messages = " ".join(guard.message for guard in guards)
        super().__init__(f"{messages} Repeat the call with acknowledge: [{codes}].")
        self.guards = tuple(guards)


def enforce(guards: Iterable[Guard], acknowledged: Iterable[GuardCode]) -> tuple[Guard, ...]:
    """Give the guards that were acknowledged; raise GuardRefused or AcknowledgementNeeded."""
    guards, codes = tuple(guards), frozenset(acknowledged)
    errors = [guard for guard in guards if guard.severity is GuardSeverity.ERROR]
    if errors:
        raise GuardRefused(errors)
    asked = [guard for guard in guards if guard.severity is GuardSeverity.ACKNOWLEDGE]
    missing = [guard for guard in asked if guard.code not in codes]
    if missing:
        raise AcknowledgementNeeded(missing)
    return tuple(asked)


def reminder(code: GuardCode, message: str, *steps: str, path: Where = ("tasks",)) -> Guard:
    """Give a guard that asks to be acknowledged."""
    return Guard(code, GuardSeverity.ACKNOWLEDGE, message, steps, path)


def by_severity(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """Give the guards, errors first."""
    return tuple(sorted(guards, key=lambda guard: list(GuardSeverity).index(guard.severity)))
