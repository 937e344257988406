"""Who may: employees, what they are granted, and the switches of the account."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.account import SWITCHES, Account, AccountPatch, check_period, switched
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.connections import checked_name
from domain.errors import InvalidValue, NotFound
from domain.lists import AccountingPeriod
from domain.people import Employee, EmployeePatch, Role, changed, check_change, permitted
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmployee:
    """The wish for a new person, who is granted nothing but what the role gives."""

    name: str
    role: Role
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEmployee:
    employee_id: UUID
    patch: EmployeePatch


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionWish:
    """The wish that a person has, or has not, this permission."""

    employee_id: UUID
    permission: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWish:
    """The wish that these days are closed, or open again; both ends belong to the period."""

    first_day: date
    last_day: date
    is_closed: bool


async def read_employees(context: RequestContext) -> dict[UUID, Employee]:
    """Give the account's people by id, in the order of their names, those who left too."""
    async with context.open_work() as work:
        return await work.people.all()


async def read_administrators(context: RequestContext) -> tuple[str, ...]:
    """Give the names of those who can grant what a caller lacks."""
    people = (await read_employees(context)).values()
    return tuple(person.name for person in people if person.is_administrator)


async def add_employee(context: RequestContext, wish: NewEmployee) -> Employee:
    """Store a new person. Raises Forbidden, and InvalidValue for a name that does not fit."""
    context.principal.require(Permission.MANAGE_EMPLOYEES)
    name = checked_name(wish.name, "name")
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "addEmployee", wish.idempotency_key, wish)
        if earlier is not None:
            return (await work.people.all())[UUID(earlier["employee_id"])]
        people = await work.people.lock_all()
        person = Employee(id=context.new_id(), name=name, role=wish.role)
        _check(context, None, person, people)
        await work.people.add(person)
        _note_person(context, work, AuditAction.EMPLOYEE_ADDED, None, person)
        answer = {"employee_id": str(person.id)}
        await keep_answer(work, "addEmployee", wish.idempotency_key, answer)
        return person


async def update_employee(context: RequestContext, wish: UpdateEmployee) -> Employee:
    """Rename a person, change the role, or let the person leave or return.

    Who left is refused at once, also on open sockets. Raises Forbidden, NotFound, InvalidValue.
    """
    context.principal.require(Permission.MANAGE_EMPLOYEES)
    async with context.open_work() as work:
        people = await work.people.lock_all()
        before = _known(people, wish.employee_id)
        after = changed(before, wish.patch)
        checked_name(after.name, "name")
        _check(context, before, after, people)
        await work.people.save(after)
        _note_person(context, work, AuditAction.EMPLOYEE_CHANGED, before, after)
        return after


async def set_permission(context: RequestContext, wish: PermissionWish) -> Employee:
    """Grant a permission to a person or take it away; it holds from the next request on.

    Doing it again changes nothing. Raises Forbidden, NotFound, and InvalidValue for a permission
    that does not exist or that the person has by the role.
    """
    context.principal.require(Permission.MANAGE_EMPLOYEES)
    permission = _permission(wish.permission)
    async with context.open_work() as work:
        people = await work.people.lock_all()
        before = _known(people, wish.employee_id)
        after = permitted(before, permission, granted=wish.granted)
        if after != before:
            await work.people.save(after)
            _note_person(context, work, AuditAction.PERMISSION_CHANGED, before, after)
        return after


async def update_account(context: RequestContext, patch: AccountPatch) -> Account:
    """Set the account's switches. Raises Forbidden and InvalidValue."""
    context.principal.require(Permission.MANAGE_ACCOUNT)
    async with context.open_work() as work:
        before = await work.accounts.lock()
        after = switched(before, patch)
        await work.accounts.save(after)
        old, new = _switches(before), _switches(after)
        subject = Subject(SubjectKind.ACCOUNT, after.id)
        note(context, work, AuditAction.ACCOUNT_CHANGED, subject, changes_between(old, new))
        return after


async def set_period(context: RequestContext, wish: PeriodWish) -> list[AccountingPeriod]:
    """Close or open a period, which is made when the account has none of these days.

    Gives all periods, oldest first. Raises Forbidden and InvalidValue for days that overlap.
    """
    context.principal.require(Permission.CLOSE_PERIODS)
    period = AccountingPeriod(wish.first_day, wish.last_day, wish.is_closed)
    async with context.open_work() as work:
        account = await work.accounts.lock()
        if check_period(wish.first_day, wish.last_day, await work.accounts.periods()):
            await work.accounts.set_closed(period)
        else:
            await work.accounts.add_period(context.new_id(), period)
        days, word = f"{wish.first_day} to {wish.last_day}", "closed" if wish.is_closed else "open"
        subject = Subject(SubjectKind.ACCOUNT, account.id)
        told = changes_between({}, {"period": days, "status": word})
        note(context, work, AuditAction.PERIOD_CHANGED, subject, told)
        return await work.accounts.periods()


async def read_periods(context: RequestContext) -> list[AccountingPeriod]:
    """Give the account's accounting periods, oldest first."""
    async with context.open_work() as work:
        return await work.accounts.periods()


def _check(
    context: RequestContext, before: Employee | None, after: Employee, people: dict[UUID, Employee]
) -> None:
    by_administrator = context.principal.is_administrator
    check_change(before, after, people.values(), by_administrator=by_administrator)


def _known(people: dict[UUID, Employee], employee_id: UUID) -> Employee:
    if employee_id not in people:
        raise NotFound("There is no such employee.", where=("employee_id",))
    return people[employee_id]


def _permission(name: str) -> Permission:
    try:
        return Permission(name)
    except ValueError:
        known = ", ".join(Permission)
        raise InvalidValue(
            f"There is no such permission; there are: {known}.", where=("permission",)
        ) from None


def _note_person(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    before: Employee | None,
    after: Employee,
) -> None:
    old = {} if before is None else _shown(before)
    subject = Subject(SubjectKind.EMPLOYEE, after.id)
    note(context, work, action, subject, changes_between(old, _shown(after)))


def _shown(person: Employee) -> dict[str, str | None]:
    return {
        "name": person.name,
        "role": person.role,
        "active": "true" if person.is_active else "false",
        "permissions": ", ".join(sorted(person.granted)) or None,
    }


def _switches(account: Account) -> dict[str, str | None]:
    return {name: "true" if getattr(account, name) else "false" for name in SWITCHES}
