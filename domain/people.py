"""Employees: their role, what they were granted, and the rules of granting."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.access import Permission
from domain.edits import UNSET, Unset
from domain.errors import Forbidden, InvalidValue, ValueRequired


class Role(StrEnum):
    """What somebody is in the office. Source: seed 000, who the workflow is for."""

    ADMINISTRATOR = "ADMINISTRATOR"
    MANAGER = "MANAGER"
    OFFICE_EMPLOYEE = "OFFICE_EMPLOYEE"
    ACCOUNTANT = "ACCOUNTANT"
    BOOKKEEPER = "BOOKKEEPER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    id: UUID
    name: str
    role: Role
    is_active: bool = True
    #: What was granted one by one; an administrator needs none of it.
    granted: frozenset[Permission] = frozenset()

    @property
    def is_administrator(self) -> bool:
        """Whether this person may do everything now."""
        return self.is_active and self.role is Role.ADMINISTRATOR

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this person may do: an administrator has every permission there is."""
        return frozenset(Permission) if self.role is Role.ADMINISTRATOR else self.granted


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeePatch:
    """Changes of one person; nothing of it may be empty."""

    name: str | Unset | None = UNSET
    role: Role | Unset | None = UNSET
    is_active: bool | Unset | None = UNSET


def permitted(employee: Employee, permission: Permission, *, granted: bool) -> Employee:
    """Give the person with the permission granted, or taken away; either may be so already.

    Raises InvalidValue for an administrator, who has all of them by the role.
    """
    if employee.role is Role.ADMINISTRATOR and not granted:
        raise InvalidValue(
            f"{employee.name} is an administrator and has every permission by that."
            " Change the role first.",
            where=("permission",),
        )
    others = employee.granted - {permission}
    return replace(employee, granted=others | {permission} if granted else others)


def changed(employee: Employee, patch: EmployeePatch) -> Employee:
    """Give the person as changed. Raises ValueRequired for a field that was emptied."""
    values = {}
    for name in ("name", "role", "is_active"):
        value = getattr(patch, name)
        if value is None:
            raise ValueRequired("This must have a value.", where=(name,))
        if value is not UNSET:
            values[name] = value
    return replace(employee, **values)


def check_change(
    before: Employee | None, after: Employee, people: Iterable[Employee], *, by_administrator: bool
) -> None:
    """Raise a refusal for a change that would open or shut a door it must not.

    Only an administrator makes, changes or unmakes administrators, and one of them always stays:
    without one nobody could grant anything again.
    """
    touches = after.role is Role.ADMINISTRATOR or (
        before is not None and before.role is Role.ADMINISTRATOR
    )
    if touches and before != after and not by_administrator:
        raise Forbidden("Only an administrator can make or change an administrator.")
    was_one = before is not None and before.is_administrator
    left = [person for person in people if person.is_administrator and person.id != after.id]
    if was_one and not after.is_administrator and not left:
        raise InvalidValue(
            f"{after.name} is the account's last administrator."
            " Make somebody else an administrator first.",
            where=("role",) if after.is_active else ("is_active",),
        )
