"""Many who follow one account cost one read; nobody is told more, less or sooner for it."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from db.pruning import Prunable
from domain.errors import CursorExpired
from resolvers.live import follow_account, follow_invoice
from resolvers.tails import Source, Tails
from tests.builders import NOW
from tests.db.making import add_invoice, an_event
from tests.resolvers.test_live import PATIENCE_SECONDS, everything, tell


class Counted:
    """A request that counts the transactions it opens, with a tail of its own."""

    def __init__(self, context):
        self.opened = 0
        self._open_work = context.open_work
        self.context = replace(context, open_work=self._count, tails=Tails())

    @asynccontextmanager
    async def _count(self):
        self.opened += 1
        async with self._open_work() as work:
            yield work


class Listener:
    """One follower that notes each number it is told, and how many it has."""

    def __init__(self, follower):
        self.heard = []
        self._follower, self._news = follower, asyncio.Event()

    async def listen(self):
        async for numbered in self._follower.events():
            self.heard.append(numbered.sequence)
            self._news.set()

    async def heard_up_to(self, number):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.heard or self.heard[-1] < number:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(*followings):
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        listeners = [Listener(await stack.enter_async_context(each)) for each in followings]
        tasks = [group.create_task(listener.listen()) for listener in listeners]
        await asyncio.sleep(0)
        yield listeners
        for task in tasks:
            task.cancel()


async def test_an_event_that_fifty_wait_for_is_read_once(office, olga):
    invoice, counted = await add_invoice(office), Counted(olga)
    followings = [follow_account(counted.context, after=0, wants=everything) for _ in range(25)]
    followings += [follow_invoice(counted.context, invoice.id, after=0) for _ in range(25)]
    async with listening(*followings) as listeners:
        await tell(office, invoice)
        await listeners[0].heard_up_to(1)
        before = counted.opened

        for number in (2, 3, 4):
            await tell(office, invoice)
            for listener in listeners:
                await listener.heard_up_to(number)

        heartbeats = 1  # the tail may look once by itself meanwhile
        assert counted.opened - before <= 3 + heartbeats
    assert {tuple(listener.heard) for listener in listeners} == {(1, 2, 3, 4)}


async def test_who_follows_another_invoice_is_not_woken_and_misses_nothing_later(office, olga):
    loud, silent = await add_invoice(office), await add_invoice(office)
    counted = Counted(olga)
    async with listening(
        follow_account(counted.context, after=0, wants=everything),
        follow_invoice(counted.context, silent.id, after=0),
    ) as (everybody, patient):
        await tell(office, loud, times=1200)  # more than a tail keeps
        await everybody.heard_up_to(1200)
        before = counted.opened
        await tell(office, silent)
        await patient.heard_up_to(1201)

        assert counted.opened - before <= 2
    assert patient.heard == [1201]


async def test_who_fell_behind_the_tail_reads_what_it_keeps_no_longer(office, olga):
    invoice = await add_invoice(office)
    async with (
        follow_account(olga, after=0, wants=everything) as slow,
        listening(follow_account(olga, after=0, wants=everything)) as (quick,),
    ):
        events = slow.events()
        await tell(office, invoice)
        heard = [(await anext(events)).sequence]
        async with office.open_work() as work:
            for _ in range(1500):
                work.record(an_event(invoice))
        await quick.heard_up_to(1501)

        async with asyncio.timeout(PATIENCE_SECONDS):
            heard += [(await anext(events)).sequence for _ in range(1500)]
        await events.aclose()

    assert heard == quick.heard == list(range(1, 1502))


async def test_who_resumes_shortly_behind_reads_nothing(office, olga):
    invoice, counted = await add_invoice(office), Counted(olga)
    async with listening(follow_account(counted.context, after=0, wants=everything)) as (first,):
        await tell(office, invoice, times=5)
        await first.heard_up_to(5)
        before = counted.opened

        async with listening(follow_account(counted.context, after=2, wants=everything)) as (
            second,
        ):
            await second.heard_up_to(5)

        heartbeats = 1
        assert counted.opened - before <= heartbeats
    assert second.heard == [3, 4, 5]


async def test_after_a_restart_whoever_resumes_behind_the_newest_events_costs_no_read(office, olga):
    invoice, counted = await add_invoice(office), Counted(olga)
    await tell(office, invoice, times=150)
    followings = [
        follow_account(counted.context, after=n, wants=everything) for n in (150, 149, 120, 1)
    ]
    async with listening(*followings) as listeners:
        for listener in listeners[1:]:
            await listener.heard_up_to(150)

        the_tail, heartbeats = 1, 1
        assert counted.opened <= the_tail + heartbeats
        await tell(office, invoice)
        for listener in listeners:
            await listener.heard_up_to(151)
    assert [listener.heard for listener in listeners] == [
        list(range(n + 1, 152)) for n in (150, 149, 120, 1)
    ]


async def test_the_more_accounts_are_followed_the_less_is_kept_of_each(office, another_office):
    """Else thousands of accounts would cost gigabytes, a thousand events each."""
    invoice, tails, another = (
        await add_invoice(office),
        Tails(kept_altogether=60),
        await another_office(),
    )

    def seat_in(account):
        source = Source(account.account_id, account.open_work, account.resources.doorbell)
        return tails.seat(source, everything)

    async def reach(seat, number):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while seat.tail_reached < number:
                await seat.news()
                seat.take()

    with seat_in(office) as seat:
        await seat.begin()
        await tell(office, invoice, times=100)
        await reach(seat, 100)
        assert (seat.holds(39), seat.holds(40)) == (False, True)

        with seat_in(another) as other:
            await other.begin()
            await tell(office, invoice)
            await reach(seat, 101)
            assert (seat.holds(50), seat.holds(51)) == (False, True)


async def test_a_log_with_holes_is_replayed_from_the_table(office, olga):
    """What was pruned leaves holes below the number that is still whole."""
    silent, loud = await add_invoice(office), await add_invoice(office)
    await tell(office, silent)
    await tell(office, loud, times=4)
    async with office.open_work() as work:
        moment = NOW + timedelta(days=1)
        assert await work.pruning.drop(Prunable.EVENTS, before=moment, at_most=2) == 2

    async with listening(
        follow_account(olga, after=3, wants=everything),
        follow_account(olga, after=4, wants=everything),
    ) as (one, other):
        await tell(office, loud)
        await one.heard_up_to(6)
        await other.heard_up_to(6)
        with pytest.raises(CursorExpired):
            async with follow_account(olga, after=1, wants=everything):
                pass

    assert (one.heard, other.heard) == ([4, 5, 6], [5, 6])


async def test_an_event_is_told_once_it_is_committed_and_not_before(office, olga):
    """A ring may come early, from another commit of the account."""
    invoice = await add_invoice(office)
    async with listening(follow_account(olga, after=0, wants=everything)) as (listener,):
        async with office.open_work() as work:
            await work.sync_events.append([an_event(invoice)])
            await office.resources.doorbell.ring(office.account_id)
            async with office.open_work() as early:
                assert await early.sync_events.after(0, limit=9) == []
            await asyncio.sleep(0.2)
            assert listener.heard == []
            work.ring()
        await listener.heard_up_to(1)

    assert listener.heard == [1]


async def test_accounts_share_no_tail(office, olga, another_office):
    stranger = await another_office()
    hers = replace(await stranger.as_person(), tails=olga.tails)
    ours, theirs = await add_invoice(office), await add_invoice(stranger)
    async with listening(
        follow_account(olga, after=0, wants=everything),
        follow_account(hers, after=0, wants=everything),
    ) as (here, there):
        await tell(office, ours, times=3)
        await tell(stranger, theirs)
        await here.heard_up_to(3)
        await there.heard_up_to(1)

    assert (here.heard, there.heard) == ([1, 2, 3], [1])


async def test_a_fault_of_the_tail_is_told_to_all_and_the_next_one_begins_anew(office, olga):
    is_broken = True

    @asynccontextmanager
    async def open_work():
        if is_broken:
            raise RuntimeError("a fault")
        async with olga.open_work() as work:
            yield work

    context = replace(olga, open_work=open_work, tails=Tails())
    with pytest.raises(RuntimeError, match="a fault"):
        async with follow_account(context, after=None, wants=everything):
            pass

    is_broken = False
    invoice = await add_invoice(office)
    async with listening(follow_account(context, after=0, wants=everything)) as (listener,):
        await tell(office, invoice)
        await listener.heard_up_to(1)


async def test_a_fault_while_they_listen_ends_every_one_of_them(office, olga):
    invoice, is_broken = await add_invoice(office), False

    @asynccontextmanager
    async def open_work():
        if is_broken:
            raise RuntimeError("a fault")
        async with olga.open_work() as work:
            yield work

    context = replace(olga, open_work=open_work, tails=Tails())
    async with (
        follow_account(context, after=0, wants=everything) as one,
        follow_invoice(context, invoice.id, after=0) as other,
    ):
        following = [asyncio.create_task(anext(each.events())) for each in (one, other)]
        await asyncio.sleep(0)
        is_broken = True
        await tell(office, invoice)
        async with asyncio.timeout(PATIENCE_SECONDS):
            ends = await asyncio.gather(*following, return_exceptions=True)

    assert [type(end) for end in ends] == [RuntimeError, RuntimeError]


class ImpatientBell:
    """Nobody rings, and waiting ends at once."""

    def clear(self):
        """There is nothing to forget."""

    async def wait(self):
        await asyncio.sleep(0)
        return False


class ImpatientDoorbell:
    @contextmanager
    def listen(self, account_id):
        yield ImpatientBell()


async def test_in_silence_a_tail_looks_by_itself_only_where_nobody_else_does(office, olga):
    is_watched, invoice = True, await add_invoice(office)
    counted = Counted(olga)
    context = replace(
        counted.context, doorbell=ImpatientDoorbell(), tails=Tails(lambda: is_watched)
    )
    async with listening(follow_account(context, after=0, wants=everything)) as (listener,):
        await tell(office, invoice)
        before = counted.opened
        for _ in range(200):
            await asyncio.sleep(0)
        assert (counted.opened, listener.heard) == (before, [])

        is_watched = False
        await listener.heard_up_to(1)
    assert counted.opened > before
