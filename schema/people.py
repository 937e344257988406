"""Employees and the account: who may, and what is switched on."""

from datetime import date
from typing import Self

import strawberry

from domain.access import LABELS
from domain.access import Permission as PermissionValue
from domain.account import Account as AccountValue
from domain.account import AccountPatch
from domain.lists import AccountingPeriod as AccountingPeriodValue
from domain.people import Employee as EmployeeValue
from domain.people import EmployeePatch, Role
from resolvers.people import NewEmployee, PeriodWish, PermissionWish, UpdateEmployee, read_employees
from schema.context import Info
from schema.edits import given
from schema.ids import Node, expect_id, global_id
from schema.positions import MutationInput

strawberry.enum(Role, name="EmployeeRole", description="What somebody is in the office.")

#: Descriptions of the values of EmployeeRole, for `schema.descriptions`.
ROLE_MEANINGS = {
    Role.ADMINISTRATOR: "Has every permission, and alone makes other administrators.",
    Role.MANAGER: "Runs the office; may do what was granted.",
    Role.OFFICE_EMPLOYEE: "Works in the office; may do what was granted.",
    Role.ACCOUNTANT: "Keeps the accounts; may do what was granted.",
    Role.BOOKKEEPER: "Keeps the books in QuickBooks; may do what was granted.",
}


@strawberry.type
class Permission:
    """Something that an administrator can allow an employee to do."""

    name: str = strawberry.field(description="What `setPermission` takes.")
    label: str = strawberry.field(description="What screens call it.")
    granted: bool = strawberry.field(description="Whether this employee has it now.")


@strawberry.type
class Employee(Node):
    """Somebody of the office who signs in."""

    name: str = strawberry.field(description="As histories and refusals show it.")
    role: Role = strawberry.field(description="What the employee is in the office.")
    active: bool = strawberry.field(description="False: left, and is refused at sign-in.")
    permissions: list[Permission] = strawberry.field(
        description="Every permission there is, and whether this employee has it."
    )

    @classmethod
    def of(cls, value: EmployeeValue) -> Self:
        """Show an employee."""
        held = value.permissions
        return cls(
            id=global_id("Employee", value.id),
            name=value.name,
            role=value.role,
            active=value.is_active,
            permissions=[
                Permission(name=permission, label=LABELS[permission], granted=permission in held)
                for permission in PermissionValue
            ],
        )


@strawberry.type
class Account:
    """The business that all data belongs to, with its switches."""

    name: str = strawberry.field(description="The business's name.")
    edit_exported_enabled: bool = strawberry.field(
        description="Whether exported invoices can be edited and synced at all."
    )
    accounting_periods_enabled: bool = strawberry.field(
        description="Whether accounting periods are kept: closed ones refuse edits, open ones"
        " remind that the invoice is in the accounting software already."
    )
    strict_zero_total: bool = strawberry.field(
        description="Whether a total of zero is refused after any edit, not only after adding or"
        " removing tasks."
    )

    @strawberry.field
    async def administrators(self, info: Info) -> list[Employee]:
        """Those who can grant permissions and change settings, by name."""
        people = (await read_employees(info.context.caller)).values()
        return [Employee.of(person) for person in people if person.is_administrator]

    @classmethod
    def of(cls, value: AccountValue) -> Self:
        """Show the account."""
        return cls(
            name=value.name,
            edit_exported_enabled=value.edit_exported_enabled,
            accounting_periods_enabled=value.accounting_periods_enabled,
            strict_zero_total=value.strict_zero_total,
        )


@strawberry.type
class AccountingPeriod:
    """A stretch of dates that the office can close. It is not QuickBooks' closing date."""

    first_day: date = strawberry.field(description="The first day that belongs to it.")
    last_day: date = strawberry.field(description="The last day that belongs to it.")
    closed: bool = strawberry.field(
        description="Closed: of its invoices only the summary can be edited."
    )

    @classmethod
    def of(cls, value: AccountingPeriodValue) -> Self:
        """Show a period."""
        return cls(first_day=value.first_day, last_day=value.last_day, closed=value.is_closed)


@strawberry.input
class AddEmployeeInput(MutationInput):
    """A new employee, who is granted nothing but what the role gives."""

    name: str = strawberry.field(description="At most 100 characters.")
    role: Role = strawberry.field(description="Only an administrator can name ADMINISTRATOR.")
    idempotency_key: str = strawberry.field(description="Repeating it adds nobody twice.")

    def to_domain(self) -> NewEmployee:
        """Give the wish."""
        return NewEmployee(name=self.name, role=self.role, idempotency_key=self.idempotency_key)


@strawberry.input
class UpdateEmployeeInput(MutationInput):
    """Absent leaves a field as it is; none may be null."""

    employee_id: strawberry.ID = strawberry.field(description="Whose entry to change.")
    name: strawberry.Maybe[str | None] = strawberry.field(description="The new name.")
    role: strawberry.Maybe[Role | None] = strawberry.field(
        description="The new role; only an administrator makes or changes an administrator."
    )
    active: strawberry.Maybe[bool | None] = strawberry.field(
        description="False when somebody left: refused from then on, drafts stay to be discarded."
    )

    def place(self, where: tuple[str, ...]) -> tuple[str, ...]:
        """The domain's word for active is another."""
        return ("active",) if where == ("is_active",) else super().place(where)

    def to_domain(self) -> UpdateEmployee:
        """Raise NotFound for an id that is none."""
        patch = EmployeePatch(
            name=given(self.name), role=given(self.role), is_active=given(self.active)
        )
        employee_id = expect_id(self.employee_id, "Employee", ("employee_id",))
        return UpdateEmployee(employee_id=employee_id, patch=patch)


@strawberry.input
class SetPermissionInput(MutationInput):
    """What an employee may do."""

    employee_id: strawberry.ID = strawberry.field(
        description="Whom it is granted to or taken from."
    )
    permission: str = strawberry.field(
        description="A name of `Employee.permissions`, such as EDIT_EXPORTED_TRANSACTIONS:"
        " “Allow edit and update of previously exported transactions”."
    )
    granted: bool = strawberry.field(description="True grants it, false takes it away.")

    def to_domain(self) -> PermissionWish:
        """Raise NotFound for an id that is none."""
        employee_id = expect_id(self.employee_id, "Employee", ("employee_id",))
        return PermissionWish(
            employee_id=employee_id, permission=self.permission, granted=self.granted
        )


@strawberry.input
class UpdateAccountInput(MutationInput):
    """Absent leaves a switch as it is; none may be null."""

    edit_exported_enabled: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether exported invoices can be edited and synced at all."
    )
    accounting_periods_enabled: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether accounting periods are kept."
    )
    strict_zero_total: strawberry.Maybe[bool | None] = strawberry.field(
        description="Whether a total of zero is refused after any edit."
    )

    def to_domain(self) -> AccountPatch:
        """Give the patch; the domain judges it."""
        return AccountPatch(
            edit_exported_enabled=given(self.edit_exported_enabled),
            accounting_periods_enabled=given(self.accounting_periods_enabled),
            strict_zero_total=given(self.strict_zero_total),
        )


@strawberry.input
class SetAccountingPeriodInput(MutationInput):
    """A period by its days; one that the account does not have yet is made."""

    first_day: date = strawberry.field(description="The first day that belongs to it.")
    last_day: date = strawberry.field(description="The last day that belongs to it.")
    closed: bool = strawberry.field(description="True closes it, false opens it again.")

    def to_domain(self) -> PeriodWish:
        """Give the wish."""
        return PeriodWish(first_day=self.first_day, last_day=self.last_day, is_closed=self.closed)
