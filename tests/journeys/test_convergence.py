"""Random edits, random faults, bookkeepers at random: in the end both ledgers agree or say why."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from simulator.faults import LoseAnswer
from tests.journeys.converging import Chaos
from tests.journeys.judging import judge
from tests.quickbooks_side import QuickBooksSide
from tests.resolvers.asking import of_task, save, standing

SEEDS = (1, 2)
EDITS = 60


@pytest.mark.parametrize("seed", SEEDS)
async def test_both_ledgers_agree_in_the_end_or_an_open_issue_says_why(office, seed: int) -> None:
    """`python -m benchmarks.convergence --seed SEED --edits 60 --invoices 12` plays it again."""
    chaos = Chaos(office, seed=seed, invoices=12)

    await chaos.run(edits=EDITS)

    assert await judge(chaos) == [], f"seed {seed}: {dict(chaos.counts)}"


async def test_a_line_that_the_bookkeeper_took_out_stays_out_behind_a_lost_answer(office) -> None:
    """Our edit of another line never arrived; asking after it shows that a line is gone."""
    side = QuickBooksSide(office)
    invoice = await side.export(await office.new_invoice())
    held = await side.held(invoice)
    _, filters = held.flat_lines()
    Bookkeeper(side.company).delete_line(held.txn_id, filters.txn_line_id)
    await let_a_minute_pass(office, invoice)
    price = of_task(invoice.content.tasks[0], unit_price=Decimal(42))
    await save(await office.as_person(), invoice, price)
    await side.plan_all()
    side.faults.add(LoseAnswer(after_write=False))
    await side.update()

    await side.settle()

    (left,) = (await side.held(invoice)).flat_lines()
    after = await standing(office, invoice)
    assert left.rate == Decimal(42)
    assert after.status is SyncStatus.SYNCED
    assert [task.description for task in after.invoice.content.tasks] == ["Seasonal tune-up"]


async def let_a_minute_pass(office, invoice) -> None:
    """Behind a write of ours the copy is trusted, and our next write goes without a question."""
    async with office.open_work() as work:
        link = await work.links.get(invoice.id)
        earlier = link.verified_at - timedelta(minutes=1)
        await work.links.save(invoice.id, replace(link, verified_at=earlier))
