"""Employees, and what each may do now."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Boolean, Text, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from db.rows import EmployeeRow
from db.scoped import Scoped
from db.statements import Record, Statement, given, mine
from domain.access import Permission, Principal
from domain.actor import Actor, ActorKind
from domain.people import Employee, Role

_EMPLOYEE = select(*EmployeeRow.__table__.columns).where(mine(EmployeeRow))
_THIS = EmployeeRow.id == given("employee_id", Uuid)

_ADD = Statement(insert(EmployeeRow))
_SAVE = Statement(
    update(EmployeeRow)
    .where(mine(EmployeeRow), _THIS)
    .values(
        name=given("new_name", Text),
        role=given("new_role", Text),
        is_active=given("is_still_here", Boolean),
        permissions=given("granted", ARRAY(Text)),
    )
)
#: Everybody, by name.
_ALL = Statement(_EMPLOYEE.order_by(EmployeeRow.name, EmployeeRow.id))
#: The same, locked, always in one order.
_LOCK_ALL = Statement(_EMPLOYEE.order_by(EmployeeRow.id).with_for_update(key_share=True))
_LOCK = Statement(_EMPLOYEE.where(_THIS).with_for_update(key_share=True))


class People(Scoped):
    async def add(self, employee: Employee) -> None:
        """Store a person."""
        await self._run(
            _ADD,
            id=employee.id,
            name=employee.name,
            role=employee.role,
            is_active=employee.is_active,
            permissions=sorted(employee.granted),
        )

    async def save(self, employee: Employee) -> None:
        """Store a person as changed; take it only while all of them are locked."""
        await self._run(
            _SAVE,
            employee_id=employee.id,
            new_name=employee.name,
            new_role=employee.role,
            is_still_here=employee.is_active,
            granted=sorted(employee.granted),
        )

    async def all(self) -> dict[UUID, Employee]:
        """Give everybody by id, in the order of their names, those who left too."""
        return {row["id"]: _employee(row) for row in await self._run(_ALL)}

    async def lock_all(self) -> dict[UUID, Employee]:
        """Let one transaction at a time change who may do what, and give everybody by id."""
        return {row["id"]: _employee(row) for row in await self._run(_LOCK_ALL)}

    async def lock(self, employee_id: UUID) -> None:
        """Let one transaction at a time act for this person, until the commit."""
        await self._run(_LOCK, employee_id=employee_id)


def principal_of(account_id: UUID, employee_id: UUID, row: Record) -> Principal:
    """Give what an active person with this name, role and permissions may do."""
    person = Employee(
        id=employee_id,
        name=row["name"],
        role=Role(row["role"]),
        granted=read_permissions(row["permissions"]),
    )
    actor = Actor(ActorKind.EMPLOYEE, person.id, person.name)
    return Principal(
        account_id, actor, person.permissions, is_administrator=person.is_administrator
    )


def read_permissions(stored: Iterable[str]) -> frozenset[Permission]:
    """Give the permissions of these names; those that only a newer version knows are left out."""
    known = set(Permission)
    return frozenset(Permission(name) for name in stored if name in known)


def _employee(row: Record) -> Employee:
    return Employee(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        is_active=row["is_active"],
        granted=read_permissions(row["permissions"]),
    )
