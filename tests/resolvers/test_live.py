"""Whoever follows misses no event and sees none twice, whenever they begin."""

import asyncio
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial

import pytest

from app.ids import new_id
from domain.errors import InvalidValue, NotFound
from domain.sync import SyncPhase
from domain.sync_status import SyncStatus
from resolvers.live import (
    follow_account,
    follow_connections,
    follow_invoice,
    read_event,
    read_events,
)
from tests.db.making import add_invoice, an_event
from tests.resolvers.asking import bypass, details

PATIENCE_SECONDS = 30


def everything(numbered):
    return True


class DeafBell:
    """Redis is away: it never rings, and waiting for it ends at once."""

    def clear(self):
        """There is nothing to forget."""

    async def wait(self):
        await asyncio.sleep(0)


class DeafDoorbell:
    @contextmanager
    def listen(self, account_id):
        yield DeafBell()


async def account_events(context, **options):
    async with (
        follow_account(context, **options) as follower,
        aclosing(follower.events()) as events,
    ):
        async for numbered in events:
            yield numbered


async def invoice_events(context, invoice_id, **options):
    async with (
        follow_invoice(context, invoice_id, **options) as follower,
        aclosing(follower.events()) as events,
    ):
        async for numbered in events:
            yield numbered


async def tell(office, invoice, *, times=1):
    """Commit so many events, each in a transaction of its own."""
    for _ in range(times):
        async with office.open_work() as work:
            work.record(an_event(invoice))


async def first_of(events, count):
    """The numbers of the first events of a subscription, which then ends."""
    found = []
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(events) as following:
        async for numbered in following:
            found.append(numbered)
            if len(found) == count:
                return [n.sequence for n in found]
    return found


async def test_what_was_missed_is_replayed_behind_a_number(office, olga):
    one, other = await add_invoice(office), await add_invoice(office)
    for invoice in (one, other, one, other, one):
        await tell(office, invoice)

    assert await first_of(account_events(olga, after=0, wants=everything), 5) == [1, 2, 3, 4, 5]
    assert await first_of(account_events(olga, after=3, wants=everything), 2) == [4, 5]
    assert await first_of(invoice_events(olga, one.id, after=1), 2) == [3, 5]


async def test_a_long_absence_is_replayed_page_by_page(office, olga):
    invoice = await add_invoice(office)
    async with office.open_work() as work:
        for _ in range(450):
            work.record(an_event(invoice))

    assert await first_of(account_events(olga, after=0, wants=everything), 450) == list(
        range(1, 451)
    )


async def test_without_a_number_an_account_is_followed_from_now_on(office, olga):
    invoice = await add_invoice(office)
    await tell(office, invoice, times=3)
    context, has_read = watched(olga)
    events = account_events(context, after=None, wants=everything)
    following = asyncio.create_task(first_of(events, 1))
    await has_read.wait()

    await tell(office, invoice)

    assert await following == [4]


def watched(context):
    """The request, and an event that is set once it has read where the account stands."""
    has_read = asyncio.Event()

    @asynccontextmanager
    async def open_work():
        async with context.open_work() as work:
            yield work
        has_read.set()

    return replace(context, open_work=open_work), has_read


async def test_without_a_number_an_invoice_begins_with_its_latest_event(office, olga):
    one, other = await add_invoice(office), await add_invoice(office)
    for invoice in (one, one, other):
        await tell(office, invoice)

    async with aclosing(invoice_events(olga, one.id, after=None)) as events:
        assert (await anext(events)).sequence == 2

        await tell(office, other)
        await tell(office, one)

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await anext(events)).sequence == 5


async def test_an_invoice_nobody_ever_told_of_is_followed_from_now_on(office, olga):
    silent, other = await add_invoice(office), await add_invoice(office)
    await tell(office, other)
    context, has_read = watched(olga)
    following = asyncio.create_task(first_of(invoice_events(context, silent.id, after=None), 1))
    await has_read.wait()

    await tell(office, silent)

    assert await following == [2]


async def test_only_what_is_wanted_is_told(office, olga):
    one, other = await add_invoice(office), await add_invoice(office)
    for invoice in (one, other, one):
        await tell(office, invoice)

    def of_other(numbered):
        return numbered.event.invoice_id == other.id

    following = asyncio.create_task(first_of(account_events(olga, after=0, wants=of_other), 2))
    await tell(office, other)

    assert await following == [2, 4]


@pytest.mark.parametrize("deaf", [False, True], ids=["rings", "no ring ever comes"])
async def test_the_hand_over_from_replay_to_live_has_no_hole_and_no_double(office, olga, deaf):
    """Eight writers commit while three listeners begin at different numbers."""
    invoice = await add_invoice(office)
    await tell(office, invoice, times=5)
    context = replace(olga, doorbell=DeafDoorbell()) if deaf else olga
    total = 5 + 8 * 5

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(tell(office, invoice, times=5)) for _ in range(8)]
        listeners = [
            group.create_task(
                first_of(account_events(context, after=after, wants=everything), total - after)
            )
            for after in (0, 3, 5)
        ]
        of_invoice = group.create_task(
            first_of(invoice_events(context, invoice.id, after=2), total - 2)
        )

    assert all(writer.done() for writer in writers)
    assert [task.result() for task in listeners] == [
        list(range(after + 1, total + 1)) for after in (0, 3, 5)
    ]
    assert of_invoice.result() == list(range(3, total + 1))


async def test_a_ring_that_was_lost_delays_an_event_and_loses_nothing(office, olga):
    """While Redis is away, the listener looks by itself."""
    invoice = await add_invoice(office)
    context = replace(olga, doorbell=DeafDoorbell())

    async with aclosing(account_events(context, after=0, wants=everything)) as events:
        for sequence in (1, 2, 3):
            await tell(office, invoice)
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert (await anext(events)).sequence == sequence


async def test_a_slow_listener_who_was_rung_many_times_still_gets_all(office, olga):
    invoice = await add_invoice(office)

    async with aclosing(account_events(olga, after=0, wants=everything)) as events:
        await tell(office, invoice)
        assert (await anext(events)).sequence == 1
        await tell(office, invoice, times=4)  # while the listener is busy with the first

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert [(await anext(events)).sequence for _ in range(4)] == [2, 3, 4, 5]


async def test_events_of_another_account_are_never_seen(office, olga, another_office):
    stranger = await another_office()
    ours, theirs = await add_invoice(office), await add_invoice(stranger)
    await tell(stranger, theirs, times=3)
    following = asyncio.create_task(first_of(account_events(olga, after=0, wants=everything), 2))

    await tell(stranger, theirs)
    await tell(office, ours, times=2)

    assert await following == [1, 2]
    async with office.open_work() as work:
        told = await work.sync_events.after(0, limit=9)
    assert {n.event.invoice_id for n in told} == {ours.id}
    async with stranger.open_work() as work:
        (foreign, *_) = await work.sync_events.after(0, limit=9)
    assert await read_event(olga, foreign.event.id) is None


async def test_a_number_that_the_account_has_not_reached_is_refused(office, olga):
    """It comes from another account, or from before a restore: waiting would lose events."""
    invoice = await add_invoice(office)
    await tell(office, invoice)

    for events in (
        account_events(olga, after=2, wants=everything),
        invoice_events(olga, invoice.id, after=2),
    ):
        with pytest.raises(InvalidValue) as refusal:
            await anext(events)

        assert refusal.value.where == ("after",)


async def test_an_invoice_of_nobody_or_of_another_account_cannot_be_followed(
    office, olga, another_office
):
    stranger = await another_office()
    theirs = await add_invoice(stranger)

    for invoice_id in (new_id(), theirs.id):
        with pytest.raises(NotFound):
            await anext(invoice_events(olga, invoice_id, after=None))


async def test_a_listener_who_leaves_is_forgotten(office, olga):
    invoice = await add_invoice(office)
    await tell(office, invoice)
    events = invoice_events(olga, invoice.id, after=None)
    await anext(events)

    await events.aclose()

    assert office.account_id not in office.resources.doorbell._bells  # noqa: SLF001 - who still listens


async def test_no_transaction_stays_open_while_a_listener_is_busy(office, olga):
    """Twenty-five listeners hold fewer connections than a process has: none at all."""
    invoice = await add_invoice(office)
    await tell(office, invoice, times=2)
    listeners = [invoice_events(olga, invoice.id, after=0) for _ in range(25)]

    for events in listeners:
        await anext(events)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await tell(office, invoice)
    for events in listeners:
        await events.aclose()


async def test_a_page_of_events_tells_whether_more_follow(office, olga):
    invoice = await add_invoice(office)
    await tell(office, invoice, times=3)

    page, more = await read_events(olga, after=0, first=2)
    rest, none_left = await read_events(olga, after=2, first=2, invoice_id=invoice.id)

    assert ([n.sequence for n in page], more) == ([1, 2], True)
    assert ([n.sequence for n in rest], none_left) == ([3], False)
    assert await read_event(olga, page[0].event.id) == page[0]


async def test_a_save_is_told_to_whoever_follows_its_invoice(office, side, olga, invoice):
    async with aclosing(invoice_events(olga, invoice.id, after=None)) as events:
        present = await anext(events)
        assert present.event.phase is SyncPhase.DONE

        await bypass(olga, invoice, details(summary="Told"))

        async with asyncio.timeout(PATIENCE_SECONDS):
            told = await anext(events)
        assert told.sequence == present.sequence + 1
        assert told.event.status is SyncStatus.BYPASSED
        assert told.event.actor.name == "Olga"


async def connections_of(context):
    """The first connection, and whatever changes."""
    async with aclosing(follow_connections(context)) as connections:
        async for connection in connections:
            yield connection


@pytest.mark.parametrize(
    "follow", [partial(account_events, after=None, wants=everything), connections_of]
)
async def test_whoever_is_sent_away_leaves_though_a_library_forgot_to_pass_it_on(
    office, olga, follow
):
    """`wait_for` of Python 3.11 does; the follower held its socket until the process was killed."""
    began = asyncio.Event()

    async def forgetful() -> None:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(PATIENCE_SECONDS)
        async for _ in follow(olga):
            pass

    task = asyncio.create_task(forgetful())
    await began.wait()
    task.cancel()

    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        await asyncio.wait([task])
    assert task.cancelled()
