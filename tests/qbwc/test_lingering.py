"""An empty queue keeps the session open for a while: what is saved next leaves at once."""

import asyncio
from contextlib import contextmanager
from datetime import timedelta

import pytest

from app import administration
from domain.sync_status import SyncStatus
from qbwc.sessions import Lingering
from resolvers.drafts import Stage, stage
from tests.sync_worker.connector import (
    PlayedConnector,
    is_status_check,
    names_in,
    new_price,
    save,
)

PATIENCE_SECONDS = 20
HOLD, CAP = timedelta(seconds=15), timedelta(seconds=60)


class Watched:
    """The real doorbell, and a way to know that somebody has begun to wait for it."""

    def __init__(self, office):
        self._listen = office.resources.doorbell.listen
        self._waiting = asyncio.Event()

    @contextmanager
    def __call__(self, account_id):
        with self._listen(account_id) as bell:
            yield _WatchedBell(bell, self._waiting)

    async def until_held(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._waiting.wait()
        self._waiting.clear()


class _WatchedBell:
    def __init__(self, bell, waiting):
        self._bell, self._waiting = bell, waiting
        self.clear = bell.clear

    async def wait(self):
        self._waiting.set()
        await self._bell.wait()


class _Held:
    """A sendRequestXML that is being held."""

    def __init__(self, played, task, watched):
        self._played, self._task, self._watched = played, task, watched

    @property
    def is_answered(self):
        return self._task.done()

    async def until_looked_again(self):
        """It has looked into the queue once more, and waits again."""
        await self._watched.until_held()

    async def document(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._task

    async def pass_by(self, seconds):
        """Let time pass, and wake it to see what time it is."""
        self._played.ahead += timedelta(seconds=seconds)
        office = self._played.office
        await office.resources.doorbell.ring(office.account_id)


async def hold(played):
    """Ask for the next message set, and give the call once it is held."""
    watched = Watched(played.office)
    task = asyncio.create_task(played.send(listen=watched))
    await watched.until_held()
    return _Held(played, task, watched)


@pytest.fixture
def lingering(played):
    played.linger = Lingering(hold=HOLD, cap=CAP)
    return played


async def at_rest(played):
    """An invoice that was just written in a session that stays; its clock is past that write."""
    invoice = await played.exported()
    await save(played.office, invoice)
    assert await played.tell(played.run(await played.fetch())) == 99
    played.ahead += timedelta(seconds=2)
    return (await played.standing(invoice)).invoice


async def open_draft(office, invoice):
    wish = Stage(invoice_id=invoice.id, version=invoice.version, edits=new_price(invoice, "50.00"))
    await stage(await office.as_person(), "updateInvoiceDetails", wish)


async def test_what_is_saved_while_the_call_is_held_leaves_at_once(lingering):
    invoice = await at_rest(lingering)
    held = await hold(lingering)

    await save(lingering.office, invoice, new_price(invoice, "43.00"))
    await lingering.plan()
    document = await held.document()

    assert names_in(document) == ["InvoiceModRq"]
    assert await lingering.tell(lingering.run(document)) == 99
    assert (await lingering.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_news_that_bring_no_request_keep_it_waiting(lingering):
    """Other people of the account save and look all the time."""
    invoice = await at_rest(lingering)
    held = await hold(lingering)

    await save(lingering.office, invoice, new_price(invoice, "43.00"))  # and nobody planned it yet
    await held.until_looked_again()

    assert not held.is_answered
    await lingering.plan()
    assert names_in(await held.document()) == ["InvoiceModRq"]


async def test_a_ring_that_is_lost_costs_a_moment_and_no_more(lingering):
    """Redis was away for the very second: whoever is held looks by itself."""
    invoice = await at_rest(lingering)

    @contextmanager
    def deaf(_account_id):
        yield _DeafBell()

    call = asyncio.create_task(lingering.send(listen=deaf))
    await save(lingering.office, invoice, new_price(invoice, "43.00"))
    await lingering.plan()

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert names_in(await call) == ["InvoiceModRq"]


class _DeafBell:
    def clear(self):
        """Nothing was heard."""

    async def wait(self):
        await asyncio.sleep(0.02)


async def test_a_call_that_was_held_for_nothing_ends_with_a_goodbye_and_100(lingering):
    await at_rest(lingering)
    held = await hold(lingering)

    await held.pass_by(HOLD.total_seconds() - 1)
    await held.until_looked_again()
    early = held.is_answered
    await held.pass_by(1)
    goodbye = await held.document()

    assert not early
    assert names_in(goodbye) == ["HostQueryRq"]
    assert await lingering.tell(lingering.run(goodbye)) == 100
    assert await lingering.close() == "OK"


async def test_while_somebody_edits_the_session_stays_after_the_goodbye(lingering):
    invoice = await at_rest(lingering)
    await open_draft(lingering.office, invoice)
    held = await hold(lingering)
    await held.pass_by(HOLD.total_seconds())
    goodbye = await held.document()

    progress = await lingering.tell(lingering.run(goodbye))
    again = await hold(lingering)

    assert names_in(goodbye) == ["HostQueryRq"]
    assert progress == 99
    await again.pass_by(HOLD.total_seconds())
    await again.document()


async def test_a_draft_makes_the_next_poll_a_session_that_lingers(lingering):
    """The office begins to edit; until it saves, the connector is there already."""
    invoice = await lingering.exported()
    idle = await lingering.sign_in()
    await open_draft(lingering.office, invoice)

    verdict = await lingering.sign_in()
    held = await hold(lingering)
    await save(lingering.office, invoice, new_price(invoice))
    await lingering.plan()

    assert idle == "none"
    assert verdict not in ("none", "busy", "nvu")
    assert names_in(await held.document()) == ["InvoiceModRq"]


async def test_a_draft_that_was_forgotten_for_half_an_hour_holds_nothing(lingering):
    invoice = await lingering.exported()
    await open_draft(lingering.office, invoice)
    lingering.ahead += timedelta(minutes=31)

    assert await lingering.sign_in() == "none"


async def test_a_draft_of_an_invoice_in_another_company_file_opens_no_session(lingering):
    invoice = await lingering.exported()
    elsewhere = await administration.add_connection(
        lingering.office.resources,
        account_id=lingering.office.account_id,
        company_file="CF-2",
        name="Shop",
    )
    other = PlayedConnector(lingering.office, connection=elsewhere)
    other.linger = lingering.linger
    await open_draft(lingering.office, invoice)

    assert await other.sign_in() == "none"


async def test_a_session_stays_no_longer_than_its_cap(lingering):
    """Other programs wait for QuickBooks, and its users for the company file."""
    lingering.linger = Lingering(hold=HOLD, cap=timedelta(seconds=20))
    invoice = await at_rest(lingering)
    held = await hold(lingering)
    lingering.ahead += timedelta(seconds=10)
    await save(lingering.office, invoice, new_price(invoice, "43.00"))
    await lingering.plan()

    progress = await lingering.tell(lingering.run(await held.document()))

    assert progress == 100


async def test_a_call_is_not_held_beyond_the_cap_of_its_session(lingering):
    lingering.linger = Lingering(hold=HOLD, cap=timedelta(seconds=20))
    invoice = await at_rest(lingering)
    await open_draft(lingering.office, invoice)
    lingering.ahead += timedelta(seconds=10)
    held = await hold(lingering)

    await held.pass_by(9)

    assert names_in(await held.document()) == ["HostQueryRq"]


async def set_linger(played, seconds):
    await played.rows(
        "update connection set linger_seconds = :seconds where id = :id",
        seconds=seconds,
        id=played.side.connection.connection.id,
    )


async def test_a_connection_that_must_not_linger_ends_at_once(lingering):
    await set_linger(lingering, 0)
    invoice = await lingering.exported()
    await save(lingering.office, invoice)

    progress = await lingering.tell(lingering.run(await lingering.fetch()))
    goodbye = await lingering.send()

    assert progress == 100
    assert names_in(goodbye) == ["HostQueryRq"]
    await lingering.close()
    await open_draft(lingering.office, (await lingering.standing(invoice)).invoice)
    assert await lingering.sign_in() == "none"


async def test_a_connection_lingers_as_long_as_it_is_told_itself(lingering):
    await set_linger(lingering, 3)
    await at_rest(lingering)
    held = await hold(lingering)

    await held.pass_by(3)

    assert names_in(await held.document()) == ["HostQueryRq"]


async def test_a_connection_may_linger_though_the_service_does_not(played):
    """Its own setting decides, for what was just done and for a draft alike."""
    await set_linger(played, 5)
    invoice = await at_rest(played)
    await played.close()
    await open_draft(played.office, invoice)

    assert await played.sign_in() not in ("none", "busy", "nvu")
    held = await hold(played)
    await held.pass_by(5)
    assert names_in(await held.document()) == ["HostQueryRq"]


async def test_nothing_is_held_while_an_answer_is_owed(lingering):
    """Asked again without an answer, it asks QuickBooks at once what became of it."""
    invoice = await lingering.exported()
    await save(lingering.office, invoice)
    await lingering.lose()

    check = await lingering.send()

    assert is_status_check(check)
    assert await lingering.tell(lingering.run(check)) == 99


async def test_a_newer_sign_in_ends_a_call_that_is_held(lingering):
    """Its connector has died, and came again."""
    invoice = await at_rest(lingering)
    held, older = await hold(lingering), lingering.ticket
    await open_draft(lingering.office, invoice)

    await lingering.sign_in()

    assert await held.document() == b""
    assert (await lingering.last_error(older)).startswith("This session has ended")


async def test_a_connection_that_is_disabled_meanwhile_gets_nothing(lingering):
    await at_rest(lingering)
    held = await hold(lingering)
    await lingering.rows(
        "update connection set is_disabled = true where id = :id",
        id=lingering.side.connection.connection.id,
    )
    await held.pass_by(1)

    assert await held.document() == b""
    assert "disabled" in await lingering.last_error()


async def test_each_connection_of_an_account_is_handed_its_own_work(lingering):
    """All of them hear the bell; the other one goes on waiting."""
    invoice = await at_rest(lingering)
    second = await administration.add_connection(
        lingering.office.resources,
        account_id=lingering.office.account_id,
        company_file="CF-1",
        name="Back office",
    )
    other = PlayedConnector(lingering.office, connection=second)
    other.linger, other.ahead = lingering.linger, lingering.ahead
    await open_draft(lingering.office, invoice)
    await other.sign_in()
    theirs, ours = await hold(other), await hold(lingering)

    await save(lingering.office, invoice, new_price(invoice, "43.00"))
    await lingering.plan()
    document = await ours.document()
    await theirs.until_looked_again()

    assert names_in(document) == ["InvoiceModRq"]
    assert not theirs.is_answered
    await theirs.pass_by(HOLD.total_seconds())
    assert names_in(await theirs.document()) == ["HostQueryRq"]


async def test_calls_that_are_held_hold_no_database_connection(lingering):
    """More of them than the pool has connections, and the office saves as ever."""
    invoice = await lingering.exported()
    await open_draft(lingering.office, invoice)
    waiting = []
    for n in range(22):
        created = await administration.add_connection(
            lingering.office.resources,
            account_id=lingering.office.account_id,
            company_file="CF-1",
            name=f"Computer {n}",
        )
        other = PlayedConnector(lingering.office, connection=created)
        other.linger, other.ahead = lingering.linger, lingering.ahead
        await other.sign_in()
        waiting.append(await hold(other))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await save(lingering.office, invoice, new_price(invoice, "43.00"))

    assert not any(held.is_answered for held in waiting)
    for held in waiting:
        await held.pass_by(HOLD.total_seconds())
        assert names_in(await held.document()) == ["HostQueryRq"]
