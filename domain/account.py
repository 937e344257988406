"""The tenant and its feature switches."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.edits import UNSET, Unset
from domain.errors import InvalidValue, ValueRequired
from domain.lists import AccountingPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: UUID
    name: str
    #: "Account configuration is required to use this feature" (seed 000).
    edit_exported_enabled: bool = True
    accounting_periods_enabled: bool = False
    #: Off: a zero total is refused after adding or removing tasks only; on: after any edit.
    strict_zero_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPatch:
    """Changes of the switches; none may be empty."""

    edit_exported_enabled: bool | Unset | None = UNSET
    accounting_periods_enabled: bool | Unset | None = UNSET
    strict_zero_total: bool | Unset | None = UNSET


SWITCHES = ("edit_exported_enabled", "accounting_periods_enabled", "strict_zero_total")


def switched(account: Account, patch: AccountPatch) -> Account:
    """Give the account with these switches. Raises ValueRequired for one that is null."""
    values = {}
    for name in SWITCHES:
        value = getattr(patch, name)
        if value is None:
            raise ValueRequired("Say true or false.", where=(name,))
        if value is not UNSET:
            values[name] = value
    return replace(account, **values)


def check_period(first_day: date, last_day: date, known: Iterable[AccountingPeriod]) -> bool:
    """Tell whether the account has this very period already.

    Raises InvalidValue for one that ends before it begins, or shares a day with another.
    """
    if last_day < first_day:
        raise InvalidValue("A period ends on or after its first day.", where=("last_day",))
    for period in known:
        if (period.first_day, period.last_day) == (first_day, last_day):
            return True
        if period.first_day <= last_day and first_day <= period.last_day:
            raise InvalidValue(
                f"The period {period.first_day} to {period.last_day} holds some of these days"
                " already; name that one, or days outside of it.",
                where=("first_day",),
            )
    return False
