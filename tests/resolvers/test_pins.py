"""An administrator vouches with a PIN: few guesses, none in the clear, and all of them told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.pins import PINS
from domain.audit import AuditAction, TrailFilter
from domain.errors import Forbidden, InvalidValue, PinLocked, PinRefused, ValueRequired
from domain.pins import WINDOW
from resolvers.pins import NewPin, set_admin_pin, vouch
from tests.sync_worker.connector import PlayedConnector

PIN, WRONG = "493857", "493858"


@pytest.fixture
async def pinned(adam):
    """Adam, who has a PIN."""
    await set_admin_pin(adam, NewPin(pin=PIN))
    return adam


async def guesses(context, office, *pins):
    """What each guess at Adam's PIN comes to."""
    said = []
    for pin in pins:
        try:
            said.append((await vouch(context, office.people["Adam"], pin)).name)
        except (PinRefused, PinLocked) as refusal:
            said.append(type(refusal).__name__)
    return said


async def test_the_right_pin_names_its_administrator(office, olga, pinned):
    assert await guesses(olga, office, PIN) == ["Adam"]
    assert (await vouch(pinned, None, PIN)).name == "Adam"


async def test_three_wrong_pins_lock_even_the_right_one_for_a_while(office, olga, pinned):
    """G3: wrong three times, locked, told in the audit trail."""
    told = await guesses(olga, office, WRONG, WRONG, WRONG, PIN)

    assert told == ["PinRefused", "PinRefused", "PinLocked", "PinLocked"]
    async with office.open_work() as work:
        trail = await work.audit.page(
            wanted=TrailFilter(subject_id=office.people["Adam"]), behind=None, limit=9
        )
    assert [entry.action for entry in trail] == [AuditAction.PIN_REFUSED] * 3 + [
        AuditAction.PIN_SET
    ]
    assert [c.path for c in trail[0].changes] == [("tries_left",), ("locked_until",)]
    assert {entry.actor.name for entry in trail[:3]} == {"Olga"}


async def test_after_a_while_it_can_be_tried_again(office, olga, pinned):
    await guesses(olga, office, WRONG, WRONG, WRONG)
    later = olga.now() + WINDOW + timedelta(seconds=1)

    assert await guesses(replace(olga, now=lambda: later), office, PIN) == ["Adam"]


async def test_guesses_at_one_moment_are_no_more_than_in_a_row(office, olga, pinned):
    """A try is counted before the PIN is looked at."""
    many = await asyncio.gather(*(guesses(olga, office, WRONG) for _ in range(8)))

    async with office.open_work() as work:
        stored = await work.admin_pins.tries(olga.now() - WINDOW)
    assert len(stored) == 3
    assert sorted(said for (said,) in many).count("PinLocked") >= 5
    assert await guesses(olga, office, PIN) == ["PinLocked"]


async def test_a_try_that_was_broken_off_counts(office, olga, pinned):
    """Whoever hangs up before the answer gains nothing."""

    class BreaksOff:
        async def verify(self, pin, pin_hash):
            raise ConnectionResetError

        hash = PINS.hash

    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            await vouch(replace(olga, pins=BreaksOff()), office.people["Adam"], PIN)

    assert await guesses(olga, office, PIN) == ["PinLocked"]


async def test_who_is_no_administrator_cannot_vouch(office, olga, pinned):
    for who in (office.people["Olga"], None):
        with pytest.raises(Forbidden, match="administrator must be present"):
            await vouch(olga, who, PIN)
    with pytest.raises(Forbidden, match="Only an administrator"):
        await set_admin_pin(olga, NewPin(pin=PIN))


async def test_a_partner_needs_a_person(office, partner, pinned):
    with pytest.raises(Forbidden, match="administrator must be present"):
        await vouch(partner, None, PIN)
    assert (await vouch(partner, office.people["Adam"], PIN)).name == "Adam"


async def test_an_administrator_of_another_account_does_not_count(office, another_office, pinned):
    stranger = await (await another_office()).as_person("Adam")

    with pytest.raises(Forbidden):
        await vouch(stranger, office.people["Adam"], PIN)


async def test_without_a_pin_nobody_is_let_through(office, olga):
    with pytest.raises(PinRefused, match="no PIN yet"):
        await vouch(olga, office.people["Adam"], PIN)


async def test_another_pin_needs_the_present_one(office, olga, pinned):
    with pytest.raises(ValueRequired) as refusal:
        await set_admin_pin(pinned, NewPin(pin="594837"))
    assert refusal.value.where == ("current_pin",)
    with pytest.raises(PinRefused) as refusal:
        await set_admin_pin(pinned, NewPin(pin="594837", current_pin=WRONG))
    assert refusal.value.where == ("current_pin",)

    await set_admin_pin(pinned, NewPin(pin="594837", current_pin=PIN))

    assert await guesses(olga, office, PIN, "594837") == ["PinRefused", "Adam"]


async def test_a_bad_pin_is_refused_before_anything_else(pinned):
    with pytest.raises(InvalidValue):
        await set_admin_pin(pinned, NewPin(pin="123456", current_pin=PIN))


async def test_the_pin_is_nowhere_in_clear(office, olga, pinned):
    """Not in a log, not in the audit trail, not in any table, not in a wish that is printed."""
    with capture_logs() as logs:
        await guesses(olga, office, PIN, WRONG)

    assert PIN not in str(logs)
    assert PIN not in repr(NewPin(pin=PIN, current_pin=PIN))
    played = PlayedConnector(office)
    for table in ("admin_pin", "pin_try", "audit_entry", "idempotency_key"):
        rows = await played.rows(f"select {table}::text from {table}")  # noqa: S608 - names of our own
        assert rows or table == "idempotency_key"
        assert not any(PIN in str(row) or WRONG in str(row) for row in rows)


async def test_the_same_pin_is_stored_otherwise_each_time_and_the_loop_goes_on():
    """Salted and slow, in a thread: while one is hashed, others are served."""
    beats = 0

    async def heart():
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.001)

    beating = asyncio.create_task(heart())
    one, two = [await PINS.hash(PIN) for _ in range(2)]
    beating.cancel()

    assert one != two
    assert one.startswith("$argon2id$")
    assert beats > 5
    assert await PINS.verify(PIN, one)
    assert not await PINS.verify(PIN, "no hash")
