"""The account itself: its switches, people, keys and periods."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from db.rows import AccountingPeriodRow, AccountRow, ApiKeyRow, EmployeeRow
from db.scoped import Scoped
from db.wire_rows import EventCounterRow
from domain.access import Permission, Principal
from domain.account import Account
from domain.actor import Actor, ActorKind
from domain.lists import AccountingPeriod


class Accounts(Scoped):
    async def get(self) -> Account:
        """Give the account of this unit of work."""
        query = select(AccountRow).where(self._mine(AccountRow))
        row = (await self._session.scalars(query)).one()
        return Account(
            id=row.account_id,
            name=row.name,
            edit_exported_enabled=row.edit_exported_enabled,
            accounting_periods_enabled=row.accounting_periods_enabled,
            strict_zero_total=row.strict_zero_total,
        )

    async def add(self, account: Account, *, next_batch_number: int, now: datetime) -> None:
        """Store a new account and start its event counter at 0."""
        values: dict[str, Any] = {
            "account_id": account.id,
            "name": account.name,
            "edit_exported_enabled": account.edit_exported_enabled,
            "accounting_periods_enabled": account.accounting_periods_enabled,
            "strict_zero_total": account.strict_zero_total,
            "next_batch_number": next_batch_number,
            "created_at": now,
        }
        await self._session.execute(insert(AccountRow).values(values))
        await self._session.execute(insert(EventCounterRow).values(account_id=account.id, last=0))

    async def take_batch_number(self) -> int:
        """Give the next batch number and count on."""
        query = (
            update(AccountRow)
            .where(self._mine(AccountRow))
            .values(next_batch_number=AccountRow.next_batch_number + 1)
            .returning(AccountRow.next_batch_number)
        )
        return (await self._session.execute(query)).scalar_one() - 1

    async def periods(self) -> list[AccountingPeriod]:
        """Give the account's accounting periods."""
        query = select(AccountingPeriodRow).where(self._mine(AccountingPeriodRow))
        return [
            AccountingPeriod(row.first_day, row.last_day, row.is_closed)
            for row in await self._session.scalars(query)
        ]

    async def add_period(self, period_id: UUID, period: AccountingPeriod) -> None:
        """Store an accounting period."""
        await self._session.execute(
            insert(AccountingPeriodRow).values(
                account_id=self._account_id,
                id=period_id,
                first_day=period.first_day,
                last_day=period.last_day,
                is_closed=period.is_closed,
            )
        )

    async def add_employee(
        self, employee_id: UUID, name: str, *, is_admin: bool, permissions: Iterable[Permission]
    ) -> None:
        """Store a person."""
        await self._session.execute(
            insert(EmployeeRow).values(
                account_id=self._account_id,
                id=employee_id,
                name=name,
                is_admin=is_admin,
                is_active=True,
                permissions=list(permissions),
            )
        )

    async def employees(self) -> dict[str, UUID]:
        """Give the ids of the active people by name."""
        query = select(EmployeeRow).where(self._mine(EmployeeRow), EmployeeRow.is_active)
        return {row.name: row.id for row in await self._session.scalars(query)}

    async def lock_employee(self, employee_id: UUID) -> None:
        """Let one transaction at a time act for this person, until the commit."""
        query = select(EmployeeRow.id).where(self._mine(EmployeeRow), EmployeeRow.id == employee_id)
        await self._session.scalar(query.with_for_update(key_share=True))

    async def employee_principal(self, employee_id: UUID) -> Principal | None:
        """Give what an active person may do now, None when there is no such person."""
        query = select(EmployeeRow).where(
            self._mine(EmployeeRow), EmployeeRow.id == employee_id, EmployeeRow.is_active
        )
        row = (await self._session.scalars(query)).first()
        if row is None:
            return None
        actor = Actor(ActorKind.EMPLOYEE, row.id, row.name)
        return Principal(self._account_id, actor, _permissions(row.permissions))

    async def add_api_key(
        self,
        key_id: UUID,
        name: str,
        *,
        secret_hash: bytes,
        permissions: Iterable[Permission],
        now: datetime,
    ) -> None:
        """Store a partner's key by the SHA-256 of its secret."""
        await self._session.execute(
            insert(ApiKeyRow).values(
                account_id=self._account_id,
                id=key_id,
                name=name,
                secret_hash=secret_hash,
                permissions=list(permissions),
                created_at=now,
            )
        )

    async def api_key_principal(self, key_id: UUID, now: datetime) -> Principal | None:
        """Give what a key may do now, None when it is unknown or has expired."""
        query = select(ApiKeyRow).where(self._mine(ApiKeyRow), ApiKeyRow.id == key_id)
        row = (await self._session.scalars(query)).first()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        actor = Actor(ActorKind.API_KEY, row.id, row.name)
        return Principal(self._account_id, actor, _permissions(row.permissions))


def _permissions(stored: Iterable[str]) -> frozenset[Permission]:
    known = set(Permission)
    return frozenset(Permission(name) for name in stored if name in known)
