"""One transaction, one account; its events are numbered without a gap, in the order of commits."""

import asyncio
import random
from contextlib import asynccontextmanager, suppress

import pytest
from asyncpg import ForeignKeyViolationError

from app.ids import new_id
from domain.errors import NotFound
from tests.db.making import add_invoice, an_event, an_invoice_of

WRITERS = 8
TRANSACTIONS = 6


class TheWriterDied(Exception):
    """Something went wrong in the middle of a transaction."""


@asynccontextmanager
async def dying_work(office):
    """A unit of work that does what the block does and then dies before its commit."""
    with suppress(TheWriterDied):
        async with office.open_work() as work:
            yield work
            raise TheWriterDied


async def all_events(office):
    async with office.open_work() as work:
        return await work.sync_events.after(0, limit=1000)


async def sequences(office):
    return [numbered.sequence for numbered in await all_events(office)]


async def test_a_clean_exit_keeps_rows_and_events_together(office):
    invoice = an_invoice_of(office)
    event = an_event(invoice)

    async with office.open_work() as work:
        await work.invoices.add(invoice)
        work.record(event)

    async with office.open_work() as later:
        assert await later.invoices.get(invoice.id) == invoice
    (told,) = await all_events(office)
    assert (told.sequence, told.event) == (1, event)
    assert work.events == [told]


async def test_an_exception_leaves_neither_rows_nor_events_nor_a_hole(office):
    kept = await add_invoice(office)
    lost = an_invoice_of(office)

    async with dying_work(office) as work:
        await work.invoices.add(lost)
        work.record(an_event(lost))
    async with office.open_work() as work:
        work.record(an_event(kept))

    async with office.open_work() as later:
        assert await later.invoices.get(lost.id) is None
    assert await sequences(office) == [1]


async def test_a_number_taken_just_before_the_crash_is_given_again(office):
    """The counter goes back with the transaction that died after counting."""
    invoice = await add_invoice(office)

    async with dying_work(office) as work:
        work.record(an_event(invoice))
        await work.write_events()
    async with office.open_work() as work:
        work.record(an_event(invoice))

    assert await sequences(office) == [1]


async def test_events_that_cannot_be_stored_take_the_whole_transaction_with_them(office):
    """The events are the last thing written; when that fails, nothing else stays either."""
    invoice, never_stored = an_invoice_of(office), an_invoice_of(office)

    async def add_and_tell():
        async with office.open_work() as work:
            await work.invoices.add(invoice)
            work.record(an_event(never_stored))

    with pytest.raises(ForeignKeyViolationError, match="fk_sync_event_account_id_invoice_id"):
        await add_and_tell()

    async with office.open_work() as later:
        assert await later.invoices.get(invoice.id) is None
        assert await later.sync_events.last_sequence() == 0


async def test_several_events_of_one_transaction_keep_their_order(office):
    invoice = await add_invoice(office)
    events = [an_event(invoice, invoice_version=n) for n in range(1, 6)]

    async with office.open_work() as work:
        for event in events:
            work.record(event)

    told = await all_events(office)
    assert [numbered.event for numbered in told] == events
    assert [numbered.sequence for numbered in told] == [1, 2, 3, 4, 5]


async def test_a_reader_behind_concurrent_writers_misses_no_event_and_sees_none_twice(office):
    """Numbers appear in commit order: a reader who is at n never finds anything below n later."""
    invoice = await add_invoice(office)
    written, seen, reached = [], [], 0

    async def write(chance):
        for _ in range(TRANSACTIONS):
            if chance.random() < 0.25:
                async with dying_work(office) as work:
                    work.record(an_event(invoice))
                    await dawdle(chance)
                    await work.write_events()
                    await dawdle(chance)
                continue
            async with office.open_work() as work:
                for _ in range(chance.randint(1, 3)):
                    work.record(an_event(invoice))
                await dawdle(chance)
            written.extend(work.events)

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(write(random.Random(n))) for n in range(WRITERS)]  # noqa: S311 - repeatable
        while not all(writer.done() for writer in writers):
            async with office.open_work() as work:
                news = await work.sync_events.after(reached, limit=5)
            seen.extend(news)
            reached = news[-1].sequence if news else reached
    async with office.open_work() as work:
        seen.extend(await work.sync_events.after(reached, limit=1000))

    assert [numbered.sequence for numbered in seen] == list(range(1, len(written) + 1))
    assert {n.event.id for n in seen} == {n.event.id for n in written}
    async with office.open_work() as work:
        assert await work.sync_events.last_sequence() == len(written)


async def dawdle(chance):
    for _ in range(chance.randint(0, 20)):
        await asyncio.sleep(0)


async def test_each_account_counts_for_itself(office, another_office):
    stranger = await another_office()
    ours, theirs = await add_invoice(office), await add_invoice(stranger)

    for _ in range(3):
        async with office.open_work() as work:
            work.record(an_event(ours))
    async with stranger.open_work() as work:
        work.record(an_event(theirs))

    assert await sequences(office) == [1, 2, 3]
    assert await sequences(stranger) == [1]


async def test_a_transaction_without_events_does_not_wait_for_one_that_has_some(office):
    """Only whoever tells something takes the counter."""
    invoice, added = await add_invoice(office), an_invoice_of(office)

    async with office.open_work() as talkative:
        await talkative.sync_events.append([an_event(invoice)])  # the counter is held from here
        async with asyncio.timeout(20), office.open_work() as silent:
            await silent.invoices.add(added)

    assert await sequences(office) == [1]


async def test_an_event_is_found_by_its_id_and_as_the_latest_of_its_invoice(office):
    one, other = await add_invoice(office), await add_invoice(office)
    events = [an_event(one), an_event(one), an_event(other)]
    async with office.open_work() as work:
        for event in events:
            work.record(event)

    async with office.open_work() as work:
        latest = await work.sync_events.latest(one.id)
        by_id = await work.sync_events.get(events[0].id)
        of_other = await work.sync_events.after(0, limit=9, invoice_id=other.id)

        assert (latest.sequence, latest.event) == (2, events[1])
        assert (by_id.sequence, by_id.event) == (1, events[0])
        assert [numbered.sequence for numbered in of_other] == [3]
        assert await work.sync_events.get(new_id()) is None
        assert await work.sync_events.latest(new_id()) is None


async def test_locking_an_unknown_invoice_says_so(office):
    async with office.open_work() as work:
        with pytest.raises(NotFound) as refusal:
            await work.invoices.lock(new_id())

    assert refusal.value.where == ("invoice_id",)
