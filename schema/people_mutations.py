"""Mutations of who may: employees, permissions, the account's switches and periods."""

import strawberry

from resolvers import people
from schema.context import Info
from schema.payloads import MutationPayload
from schema.people import (
    Account,
    AccountingPeriod,
    AddEmployeeInput,
    Employee,
    SetAccountingPeriodInput,
    SetPermissionInput,
    UpdateAccountInput,
    UpdateEmployeeInput,
)
from schema.user_errors import mutation


@strawberry.type
class AddEmployeePayload(MutationPayload):
    """The new employee, or why there is none."""

    employee: Employee | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class UpdateEmployeePayload(MutationPayload):
    """The employee as changed, or why nothing changed."""

    employee: Employee | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class SetPermissionPayload(MutationPayload):
    """What the employee may do from the next request on, or why nothing changed."""

    permissions: list[str] | None = strawberry.field(
        default=None, description="Names of all permissions that the employee has now."
    )
    employee: Employee | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class UpdateAccountPayload(MutationPayload):
    """The account as changed, or why nothing changed."""

    account: Account | None = strawberry.field(default=None, description="As stored.")


@strawberry.type
class SetAccountingPeriodPayload(MutationPayload):
    """All periods as they are now, or why nothing changed."""

    accounting_periods: list[AccountingPeriod] | None = strawberry.field(
        default=None, description="Oldest first."
    )


@strawberry.type
class PeopleMutations:
    @mutation
    async def add_employee(self, info: Info, input: AddEmployeeInput) -> AddEmployeePayload | None:
        """Add somebody of the office, who then signs in with a token of their own."""
        added = await people.add_employee(info.context.caller, input.to_domain())
        return AddEmployeePayload(employee=Employee.of(added))

    @mutation
    async def update_employee(
        self, info: Info, input: UpdateEmployeeInput
    ) -> UpdateEmployeePayload | None:
        """Rename an employee, change the role, or let the employee leave or return.

        The last administrator stays one: without any nobody could grant a permission again.
        """
        updated = await people.update_employee(info.context.caller, input.to_domain())
        return UpdateEmployeePayload(employee=Employee.of(updated))

    @mutation
    async def set_permission(
        self, info: Info, input: SetPermissionInput
    ) -> SetPermissionPayload | None:
        """Allow an employee something, or take it back; it holds from the next request on."""
        changed = await people.set_permission(info.context.caller, input.to_domain())
        return SetPermissionPayload(
            permissions=sorted(changed.permissions), employee=Employee.of(changed)
        )

    @mutation
    async def update_account(
        self, info: Info, input: UpdateAccountInput
    ) -> UpdateAccountPayload | None:
        """Switch features of the account on or off."""
        updated = await people.update_account(info.context.caller, input.to_domain())
        return UpdateAccountPayload(account=Account.of(updated))

    @mutation
    async def set_accounting_period(
        self, info: Info, input: SetAccountingPeriodInput
    ) -> SetAccountingPeriodPayload | None:
        """Close an accounting period, or open it again; a period not known yet is made."""
        periods = await people.set_period(info.context.caller, input.to_domain())
        shown = [AccountingPeriod.of(period) for period in periods]
        return SetAccountingPeriodPayload(accounting_periods=shown)
