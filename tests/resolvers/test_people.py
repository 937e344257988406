"""Who may: an administrator grants it, it holds at once, and nobody shuts the last door."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from domain.access import Permission
from domain.account import AccountPatch
from domain.audit import AuditAction
from domain.eligibility import EligibilityCode, NotEligible
from domain.errors import Forbidden, IdempotencyKeyReused, InvalidValue, NotFound, ValueRequired
from domain.guards import GuardRefused
from domain.people import EmployeePatch, Role
from resolvers.auditing import read_trail
from resolvers.people import (
    NewEmployee,
    PeriodWish,
    PermissionWish,
    UpdateEmployee,
    add_employee,
    read_administrators,
    read_employees,
    read_periods,
    set_period,
    set_permission,
    update_account,
    update_employee,
)
from schema.build import schema
from schema.context import GraphQLContext
from schema.ids import global_id
from tests.resolvers.asking import details, save

EDIT = details(summary="New")
MAY_EDIT = Permission.EDIT_EXPORTED_TRANSACTIONS
NOVEMBER = PeriodWish(first_day=date(2026, 11, 1), last_day=date(2026, 11, 30), is_closed=True)
GRANT = """mutation($input: SetPermissionInput!) { setPermission(input: $input) {
  permissions employee { name permissions { name granted } } userErrors { code message field } } }"""


def wish_for(office, name, *, granted=True, permission=MAY_EDIT):
    return PermissionWish(employee_id=office.people[name], permission=permission, granted=granted)


def change(office, person, /, **changes):
    return UpdateEmployee(employee_id=office.people[person], patch=EmployeePatch(**changes))


async def test_a_permission_is_granted_by_an_administrator_and_holds_at_once(
    office, invoice, nick, adam
):
    with pytest.raises(Forbidden, match="account administrator"):
        await save(nick, invoice, EDIT)

    await set_permission(adam, wish_for(office, "Nick"))

    saved = await save(await office.as_person("Nick"), invoice, EDIT)
    assert saved.invoice.version == 2


async def test_a_permission_taken_away_is_gone_at_once(office, invoice, adam):
    await set_permission(adam, wish_for(office, "Olga", granted=False))

    with pytest.raises(Forbidden):
        await save(await office.as_person("Olga"), invoice, EDIT)


async def test_granting_is_told_in_the_trail_once(office, adam):
    for _ in range(2):
        await set_permission(adam, wish_for(office, "Nick"))

    told, _ = await read_trail(adam, before=None, first=100)
    (entry,) = [e for e in told if e.action is AuditAction.PERMISSION_CHANGED]
    assert entry.subject.id == office.people["Nick"]
    assert [(c.path, c.before, c.after) for c in entry.changes] == [
        (("permissions",), None, "EDIT_EXPORTED_TRANSACTIONS")
    ]


async def test_nobody_grants_without_the_permission_to(office, olga):
    for act in (
        set_permission(olga, wish_for(office, "Olga", permission=Permission.UNLOCK_BATCH)),
        update_employee(olga, change(office, "Olga", role=Role.ADMINISTRATOR)),
        add_employee(olga, NewEmployee(name="Eve", role=Role.MANAGER, idempotency_key="k")),
        update_account(olga, AccountPatch(strict_zero_total=True)),
        set_period(olga, NOVEMBER),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_who_manages_people_makes_no_administrators(office, adam):
    """Else the permission would be worth all others."""
    await set_permission(adam, wish_for(office, "Olga", permission=Permission.MANAGE_EMPLOYEES))
    olga = await office.as_person("Olga")

    for act in (
        update_employee(olga, change(office, "Olga", role=Role.ADMINISTRATOR)),
        update_employee(olga, change(office, "Adam", role=Role.MANAGER)),
        update_employee(olga, change(office, "Adam", is_active=False)),
        add_employee(olga, NewEmployee(name="Eve", role=Role.ADMINISTRATOR, idempotency_key="k")),
    ):
        with pytest.raises(Forbidden, match="Only an administrator"):
            await act
    added = await add_employee(
        olga, NewEmployee(name="Bea", role=Role.BOOKKEEPER, idempotency_key="k")
    )
    assert added.permissions == frozenset()


@pytest.mark.parametrize("changes", [{"role": Role.MANAGER}, {"is_active": False}])
async def test_the_last_administrator_stays_one(office, adam, changes):
    with pytest.raises(InvalidValue, match="last administrator"):
        await update_employee(adam, change(office, "Adam", **changes))

    assert await read_administrators(adam) == ("Adam",)


async def test_two_administrators_cannot_unmake_each_other_at_once(office, adam):
    await update_employee(adam, change(office, "Olga", role=Role.ADMINISTRATOR))
    olga = await office.as_person("Olga")

    done = await asyncio.gather(
        update_employee(adam, change(office, "Olga", role=Role.MANAGER)),
        update_employee(olga, change(office, "Adam", role=Role.MANAGER)),
        return_exceptions=True,
    )

    assert [isinstance(one, InvalidValue) for one in done].count(True) == 1
    assert len(await read_administrators(adam)) == 1


async def test_an_administrators_permissions_come_with_the_role(office, adam):
    with pytest.raises(InvalidValue, match="Change the role first"):
        await set_permission(adam, wish_for(office, "Adam", granted=False))

    await update_employee(adam, change(office, "Nick", role=Role.ADMINISTRATOR))
    assert (await office.as_person("Nick")).principal.permissions == frozenset(Permission)


async def test_who_left_is_nobody_and_may_come_back(office, adam):
    await update_employee(adam, change(office, "Olga", is_active=False))
    person = office.resources.directory.person
    assert await person(office.account_id, office.people["Olga"]) is None

    await update_employee(adam, change(office, "Olga", is_active=True, name="Olga B."))

    principal = (await office.as_person("Olga")).principal
    assert principal.actor.name == "Olga B."
    assert principal.may(MAY_EDIT)


async def test_the_same_key_adds_nobody_twice(office, adam):
    wish = NewEmployee(name="Bea", role=Role.BOOKKEEPER, idempotency_key="k")

    added = await asyncio.gather(*(add_employee(adam, wish) for _ in range(5)))

    assert len({person.id for person in added}) == 1
    assert [p.name for p in (await read_employees(adam)).values()] == [
        "Adam",
        "Bea",
        "Nick",
        "Olga",
    ]
    with pytest.raises(IdempotencyKeyReused):
        await add_employee(adam, replace(wish, name="Eve"))


async def test_people_of_another_account_are_nobody_here(office, another_office, adam):
    stranger = await another_office()

    with pytest.raises(NotFound):
        await set_permission(adam, wish_for(stranger, "Nick"))
    with pytest.raises(NotFound):
        await update_employee(adam, change(stranger, "Nick", name="Nobody"))


async def test_a_wrong_permission_or_an_empty_field_is_named(office, adam):
    with pytest.raises(InvalidValue, match="EDIT_EXPORTED_TRANSACTIONS") as refusal:
        await set_permission(adam, wish_for(office, "Nick", permission="FLY"))
    assert refusal.value.where == ("permission",)
    with pytest.raises(ValueRequired):
        await update_employee(adam, change(office, "Nick", name=None))
    with pytest.raises(InvalidValue):
        await update_employee(adam, change(office, "Nick", name="  "))
    with pytest.raises(ValueRequired):
        await update_account(adam, AccountPatch(strict_zero_total=None))


async def test_a_feature_that_is_off_refuses_every_edit(office, invoice, olga, adam):
    """Account configuration is required to use this feature."""
    await update_account(adam, AccountPatch(edit_exported_enabled=False))

    with pytest.raises(NotEligible) as refusal:
        await save(olga, invoice, EDIT)

    assert EligibilityCode.FEATURE_OFF in refusal.value.eligibility.reasons
    await update_account(adam, AccountPatch(edit_exported_enabled=True))
    assert (await save(olga, invoice, EDIT)).invoice.version == 2


async def test_a_closed_period_refuses_and_an_opened_one_does_not(office, invoice, olga, adam):
    await update_account(adam, AccountPatch(accounting_periods_enabled=True))
    await set_period(adam, NOVEMBER)
    edit = details(number="21260")

    with pytest.raises(GuardRefused, match="closed"):
        await save(olga, invoice, edit)

    await set_period(adam, replace(NOVEMBER, is_closed=False))
    await update_account(adam, AccountPatch(accounting_periods_enabled=False))
    assert (await save(olga, invoice, edit)).invoice.version == 2
    assert [p.is_closed for p in await read_periods(adam)] == [False]


@pytest.mark.parametrize(
    ("first_day", "last_day", "where"),
    [
        (date(2026, 11, 30), date(2026, 12, 31), "first_day"),
        (date(2026, 10, 1), date(2026, 11, 1), "first_day"),
        (date(2026, 12, 2), date(2026, 12, 1), "last_day"),
    ],
)
async def test_periods_share_no_day(adam, first_day, last_day, where):
    await set_period(adam, NOVEMBER)

    with pytest.raises(InvalidValue) as refusal:
        await set_period(adam, PeriodWish(first_day=first_day, last_day=last_day, is_closed=True))

    assert refusal.value.where == (where,)


async def ask(office, person, document, **wish):
    context = GraphQLContext(await office.as_person(person))
    result = await schema().execute(
        document, variable_values={"input": wish}, context_value=context
    )
    assert result.errors is None, result.errors
    return result.data["setPermission"]


async def test_a_refusal_names_whom_to_ask(office):
    nick = global_id("Employee", office.people["Nick"])
    wish = {"employeeId": nick, "permission": MAY_EDIT, "granted": True}

    refused = await ask(office, "Nick", GRANT, **wish)
    granted = await ask(office, "Adam", GRANT, **wish)

    (error,) = refused["userErrors"]
    assert error["code"] == "FORBIDDEN"
    assert "Contact your account administrator (Adam)" in error["message"]
    assert (granted["userErrors"], granted["permissions"]) == ([], [MAY_EDIT])
    shown = {p["name"]: p["granted"] for p in granted["employee"]["permissions"]}
    assert [name for name, is_granted in shown.items() if is_granted] == [MAY_EDIT]
