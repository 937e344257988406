"""The account itself: its switches and periods."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, insert, select, update
from sqlalchemy.exc import NoResultFound

from db.rows import AccountingPeriodRow, AccountRow
from db.scoped import Scoped
from db.statements import Statement, given, mine
from db.wire_rows import EventCounterRow
from domain.account import Account
from domain.lists import AccountingPeriod

#: The account.
_GET = Statement(select(*AccountRow.__table__.columns).where(mine(AccountRow)))
_ADD = Statement(insert(AccountRow))
_SAVE = Statement(
    update(AccountRow)
    .where(mine(AccountRow))
    .values(
        edit_exported_enabled=given("may_edit", Boolean),
        accounting_periods_enabled=given("has_periods", Boolean),
        strict_zero_total=given("is_strict", Boolean),
    )
)
_LOCK = Statement(
    select(*AccountRow.__table__.columns).where(mine(AccountRow)).with_for_update(key_share=True)
)
_ADD_COUNTER = Statement(insert(EventCounterRow))
#: Count on, and give the number that is next then.
_TAKE_BATCH_NUMBER = Statement(
    update(AccountRow)
    .where(mine(AccountRow))
    .values(next_batch_number=AccountRow.next_batch_number + 1)
    .returning(AccountRow.next_batch_number)
)
#: The accounting periods.
_PERIODS = Statement(
    select(*AccountingPeriodRow.__table__.columns)
    .where(mine(AccountingPeriodRow))
    .order_by(AccountingPeriodRow.first_day)
)
_ADD_PERIOD = Statement(insert(AccountingPeriodRow))
_SET_PERIOD = Statement(
    update(AccountingPeriodRow)
    .where(mine(AccountingPeriodRow), AccountingPeriodRow.first_day == given("period_begins", Date))
    .values(is_closed=given("shut", Boolean))
)


class Accounts(Scoped):
    async def get(self) -> Account:
        """Give the account of this unit of work; raise NoResultFound when there is none."""
        return await self._read(_GET)

    async def lock(self) -> Account:
        """Let one transaction at a time change the account's switches and periods."""
        return await self._read(_LOCK)

    async def save(self, account: Account) -> None:
        """Store the switches anew."""
        await self._run(
            _SAVE,
            may_edit=account.edit_exported_enabled,
            has_periods=account.accounting_periods_enabled,
            is_strict=account.strict_zero_total,
        )

    async def _read(self, statement: Statement) -> Account:
        row = await self._first(statement)
        if row is None:
            raise NoResultFound
        return Account(
            id=row["account_id"],
            name=row["name"],
            edit_exported_enabled=row["edit_exported_enabled"],
            accounting_periods_enabled=row["accounting_periods_enabled"],
            strict_zero_total=row["strict_zero_total"],
        )

    async def add(self, account: Account, *, next_batch_number: int, now: datetime) -> None:
        """Store a new account and start its event counter at 0."""
        await self._run(
            _ADD,
            name=account.name,
            edit_exported_enabled=account.edit_exported_enabled,
            accounting_periods_enabled=account.accounting_periods_enabled,
            strict_zero_total=account.strict_zero_total,
            next_batch_number=next_batch_number,
            created_at=now,
        )
        await self._run(_ADD_COUNTER, last=0, pruned=0)

    async def take_batch_number(self) -> int:
        """Give the next batch number and count on."""
        (row,) = await self._run(_TAKE_BATCH_NUMBER)
        next_number: int = row["next_batch_number"]
        return next_number - 1

    async def periods(self) -> list[AccountingPeriod]:
        """Give the account's accounting periods."""
        return [
            AccountingPeriod(row["first_day"], row["last_day"], row["is_closed"])
            for row in await self._run(_PERIODS)
        ]

    async def add_period(self, period_id: UUID, period: AccountingPeriod) -> None:
        """Store an accounting period."""
        await self._run(
            _ADD_PERIOD,
            id=period_id,
            first_day=period.first_day,
            last_day=period.last_day,
            is_closed=period.is_closed,
        )

    async def set_closed(self, period: AccountingPeriod) -> None:
        """Close or open the period that begins on this one's first day."""
        await self._run(_SET_PERIOD, period_begins=period.first_day, shut=period.is_closed)
