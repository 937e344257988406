"""A statement is of one account, and names what it is given."""

import pytest
from sqlalchemy import Uuid, select

from app.ids import new_id
from db.rows import BatchRow
from db.statements import Statement, given, mine, one_of


class Heard:
    """Stands for the connection and keeps what it is asked."""

    def __init__(self):
        self.asked = []

    async def fetch(self, query, *arguments):
        self.asked.append((query, arguments))
        return []


async def test_a_statement_that_forgets_its_account_is_never_run():
    wire = Heard()
    forgetful = Statement(select(BatchRow.name).where(BatchRow.id == given("batch_id", Uuid)))

    with pytest.raises(TypeError, match="forgets its account"):
        await forgetful.run(wire, new_id(), {"batch_id": new_id()})

    assert wire.asked == []


async def test_a_parameter_that_is_not_given_is_told_by_its_name():
    """A null would find nothing, and nobody would know why."""
    statement = Statement(
        select(BatchRow.name).where(mine(BatchRow), BatchRow.id == given("batch_id", Uuid))
    )

    with pytest.raises(KeyError, match="batch_id"):
        await statement.run(Heard(), new_id(), {})


async def test_states_are_written_out_for_the_partial_indexes():
    wire, account_id = Heard(), new_id()
    statement = Statement(
        select(BatchRow.name).where(mine(BatchRow), one_of(BatchRow.status, {"POSTED", "PENDING"}))
    )

    await statement.run(wire, account_id, {})

    [(query, arguments)] = wire.asked
    assert "IN ('PENDING', 'POSTED')" in query
    assert arguments == (account_id,)
