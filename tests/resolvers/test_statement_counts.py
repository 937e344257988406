"""What a save and its plan say to the database: little, and no more for a longer invoice."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.clock import now
from app.ids import new_id
from sync_worker.planner import plan
from tests.counting import Said, listening
from tests.resolvers.asking import of_task, save

MOST_OF_A_SAVE = 22
MOST_OF_A_PLAN = 11


@pytest.fixture
async def invoices(office, side):
    """Two exported invoices: of two tasks, and of twelve."""
    short = await office.new_invoice("21259")
    long = await office.new_invoice("21260", tasks=office.tasks() * 6)
    return await side.export(short, long)


def listened_to(office, context, said):
    return replace(context, open_work=lambda: listening(office, said))


async def test_a_save_says_as_much_for_twelve_tasks_as_for_two(office, invoices, olga):
    counts = []
    for invoice in invoices:
        said = Said()
        edits = of_task(invoice.content.tasks[0], unit_price=Decimal("42.00"))

        await save(listened_to(office, olga, said), invoice, edits)

        counts.append(len(said))

    assert counts[0] == counts[1] <= MOST_OF_A_SAVE, said.statements


async def test_a_plan_says_as_much_for_twelve_tasks_as_for_two(office, invoices, olga):
    counts = []
    for invoice in invoices:
        said = Said()
        await save(olga, invoice, of_task(invoice.content.tasks[0], unit_price=Decimal("42.00")))
        async with office.open_work() as work:
            job = (await work.sync_jobs.latest([invoice.id]))[invoice.id]

        async with listening(office, said) as work:
            await plan(work, job.id, now=now(), new_id=new_id)

        counts.append(len(said))

    assert counts[0] == counts[1] <= MOST_OF_A_PLAN, said.statements
