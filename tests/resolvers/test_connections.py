"""A connection's password and file are shown once, and nowhere again; changes lose no work."""

import asyncio

import pytest

from app.clock import now
from app.connector import connector_tools
from app.ids import new_id
from app.passwords import verify_secret
from domain.connections import ConnectionKind, ConnectionPatch, ConnectionState, connection_state
from domain.errors import IdempotencyKeyReused, InvalidValue, NotFound, TextTooLong, ValueRequired
from domain.sync_status import SyncStatus
from qbwc.calls import Authenticate
from qbwc.operations import answer
from resolvers.auditing import read_trail
from resolvers.connections import (
    KnownConnection,
    NewConnection,
    UpdateConnection,
    create_connection,
    create_connection_once,
    read_company_files,
    read_connections,
    rotate_password,
    update_connection,
)
from tests.db.making import stored_password
from tests.quickbooks_side import QuickBooksSide
from tests.resolvers.asking import bypass, details, save, standing, sync_again


def a_wish(**changes):
    wish = {"company_file_id": None, "company_file_name": "CF-2", "name": "Back office"}
    return NewConnection(**wish | changes)


async def test_the_password_is_given_once_and_kept_as_a_hash_only(office, adam):
    created = await create_connection(adam, a_wish())

    key = created.connection.id
    stored = await stored_password(office, created)
    again = (await read_connections(adam, [key]))[key]
    assert verify_secret(created.password, stored)
    assert created.password.encode() not in stored
    assert created.password not in created.qwc_file
    assert created.password not in repr(again)
    assert again == created.connection
    assert created.connection.user_name in created.qwc_file


async def test_whoever_missed_the_answer_gets_the_same_connection_and_a_new_password(office, adam):
    wish = a_wish(idempotency_key="k")
    lost = await create_connection_once(adam, wish)

    again = await create_connection_once(adam, wish)

    stored = await stored_password(office, again)
    assert again.connection == lost.connection
    assert again.qwc_file == lost.qwc_file
    assert verify_secret(again.password, stored)
    assert not verify_secret(lost.password, stored)
    assert len(await read_connections(adam)) == 2
    entries, _ = await read_trail(adam, before=None, first=2)
    assert [entry.action for entry in entries] == [
        "CONNECTION_PASSWORD_ROTATED",
        "CONNECTION_CREATED",
    ]


async def test_a_password_in_use_is_not_replaced_by_a_late_repetition(office, adam, change_row):
    wish = a_wish(idempotency_key="k")
    created = await create_connection_once(adam, wish)
    await change_row("connection", created.connection.id, last_contact_at=now())

    again = await create_connection_once(adam, wish)

    assert isinstance(again, KnownConnection)
    assert again.connection.id == created.connection.id
    assert verify_secret(created.password, await stored_password(office, created))


async def test_ten_equal_calls_at_once_make_one_connection(adam):
    wish = a_wish(idempotency_key="k")

    made = await asyncio.gather(*(create_connection_once(adam, wish) for _ in range(10)))

    assert len({one.connection.id for one in made}) == 1
    with pytest.raises(IdempotencyKeyReused):
        await create_connection_once(adam, a_wish(idempotency_key="k", name="Another"))


async def test_two_connections_share_neither_user_name_nor_password_nor_file(adam):
    made = [await create_connection(adam, a_wish()) for _ in range(2)]

    assert len({one.connection.user_name for one in made}) == 2
    assert len({one.password for one in made}) == 2
    assert len({one.connection.file_guid for one in made}) == 2


async def test_a_connection_reaches_a_known_company_file_or_a_new_one(office, adam):
    known = office.connection.connection.company_file_id

    to_known = await create_connection(adam, a_wish(company_file_id=known, company_file_name=None))
    to_new = await create_connection(adam, a_wish(company_file_name="  CF-2 ", name=" Branch "))

    files = await read_company_files(adam)
    assert to_known.connection.company_file_id == known
    assert files[to_new.connection.company_file_id].name == "CF-2"
    assert to_new.connection.name == "Branch"
    assert to_new.connection.kind is ConnectionKind.NEW
    assert len(files) == 2
    assert len(await read_connections(adam)) == 3


async def test_connections_made_at_once_for_one_new_company_file_share_it(adam):
    """Two files of one name would each take the other for a wrong company file."""
    names = ("CF-9", "cf-9", " CF-9", "CF-9")
    made = await asyncio.gather(
        *(create_connection(adam, a_wish(company_file_name=name)) for name in names)
    )

    assert len({one.connection.company_file_id for one in made}) == 1
    assert len(await read_company_files(adam)) == 2
    assert len(await read_connections(adam)) == 5


@pytest.mark.parametrize(
    ("changes", "kind", "where"),
    [
        ({"name": " "}, ValueRequired, ("name",)),
        ({"name": "n" * 81}, TextTooLong, ("name",)),
        ({"name": "Front\x01desk"}, InvalidValue, ("name",)),
        ({"company_file_name": ""}, ValueRequired, ("company_file_name",)),
        ({"company_file_name": "n" * 81}, TextTooLong, ("company_file_name",)),
        ({"company_file_name": None}, InvalidValue, ("company_file_id",)),
        ({"company_file_id": new_id()}, InvalidValue, ("company_file_id",)),
        (
            {"company_file_id": new_id(), "company_file_name": None},
            NotFound,
            ("company_file_id",),
        ),
    ],
)
async def test_a_wish_that_does_not_fit_is_refused_and_stores_nothing(adam, changes, kind, where):
    before = await read_connections(adam), await read_company_files(adam)

    with pytest.raises(kind) as refusal:
        await create_connection(adam, a_wish(**changes))

    assert refusal.value.where == where
    assert (await read_connections(adam), await read_company_files(adam)) == before


async def test_the_company_file_of_another_account_is_unknown(adam, another_office):
    stranger = await another_office()
    theirs = stranger.connection.connection.company_file_id

    with pytest.raises(NotFound):
        await create_connection(adam, a_wish(company_file_id=theirs, company_file_name=None))


def a_change(created, **patch):
    return UpdateConnection(created.connection.id, ConnectionPatch(**patch))


async def sign_in(office, user_name, password):
    """The second word of the answer: "nvu" for a user that is not valid."""
    call = Authenticate(user_name=user_name, password=password)
    reply = await answer(connector_tools(office.resources, version="test"), call)
    return reply.values[1]


async def test_a_rotated_password_is_given_once_and_the_old_one_stops_working(office, adam):
    created = office.connection

    rotated = await rotate_password(adam, created.connection.id)

    user_name = created.connection.user_name
    stored = await stored_password(office)
    assert verify_secret(rotated.password, stored)
    assert await sign_in(office, user_name, created.password) == "nvu"
    assert await sign_in(office, user_name, rotated.password) == "none"
    assert rotated.qwc_file == created.qwc_file
    assert rotated.password not in rotated.qwc_file


async def test_of_two_rotations_the_newest_holds(office, adam):
    first, second = [await rotate_password(adam, office.connection.connection.id) for _ in range(2)]

    user_name = office.connection.connection.user_name
    assert await sign_in(office, user_name, first.password) == "nvu"
    assert await sign_in(office, user_name, second.password) == "none"


async def test_a_session_that_is_open_outlives_its_password(office, side, olga, adam, invoice):
    saved = (await save(olga, invoice, details(summary="Before the rotation"))).invoice
    await side.plan_all()
    fetched = await side.fetch()

    await rotate_password(adam, office.connection.connection.id)
    await side.deliver(fetched)

    assert (await standing(office, saved)).status is SyncStatus.SYNCED


async def test_the_file_is_given_as_the_connection_has_it_now(office, adam):
    await update_connection(adam, a_change(office.connection, name="Back office"))

    rotated = await rotate_password(adam, office.connection.connection.id)

    assert "Instep: Back office" in rotated.qwc_file
    assert office.connection.connection.user_name in rotated.qwc_file


async def test_only_what_is_named_is_changed(office, adam):
    created = office.connection
    before = (await read_connections(adam))[created.connection.id]

    renamed = await update_connection(adam, a_change(created, name="Back office"))
    lingering = await update_connection(adam, a_change(created, linger_seconds=9))
    as_usual = await update_connection(adam, a_change(created, linger_seconds=None))

    assert (before.name, renamed.name, lingering.name) == (
        "Front desk",
        "Back office",
        "Back office",
    )
    assert (lingering.linger_seconds, as_usual.linger_seconds) == (9, None)
    assert (await read_connections(adam))[created.connection.id] == as_usual


async def test_a_disabled_connection_signs_nobody_in_and_its_work_waits(
    office, side, olga, adam, invoice
):
    saved = (await save(olga, invoice, details(summary="Waits"))).invoice
    await side.plan_all()
    disabled = await update_connection(adam, a_change(office.connection, disabled=True))
    assert connection_state(disabled, adam.now()) is ConnectionState.DISABLED
    assert (await side.update()).requests_sent == 0
    assert (await standing(office, saved)).status is SyncStatus.SYNCING

    await update_connection(adam, a_change(office.connection, disabled=False))
    await side.settle()

    assert (await standing(office, saved)).status is SyncStatus.SYNCED
    assert (await side.held(saved)).memo.endswith("Waits")


async def test_work_of_a_disabled_connection_can_go_through_another_one(
    office, side, olga, adam, invoice
):
    """Bypassed here, then re-synced with the other connection: sent once, and by that one."""
    same_file = office.connection.connection.company_file_id
    other = await create_connection(
        adam, a_wish(company_file_id=same_file, company_file_name=None, name="Spare")
    )
    saved = (
        await save(
            olga, invoice, details(summary="Moves"), connection_id=office.connection.connection.id
        )
    ).invoice
    await side.plan_all()
    await update_connection(adam, a_change(office.connection, disabled=True))

    await bypass(olga, saved)
    moved = await sync_again(olga, saved, connection_id=other.connection.id)
    await QuickBooksSide(office, side.company, connection=other).settle()

    assert moved.connection_id == other.connection.id
    assert (await standing(office, saved)).status is SyncStatus.SYNCED
    assert side.writes().count("InvoiceModRq") == 1


async def test_a_connection_of_nobody_or_of_another_account_cannot_be_changed(adam, another_office):
    stranger = await another_office()

    for connection_id in (new_id(), stranger.connection.connection.id):
        for attempt in (
            rotate_password(adam, connection_id),
            update_connection(adam, UpdateConnection(connection_id, ConnectionPatch(name="Mine"))),
        ):
            with pytest.raises(NotFound) as refusal:
                await attempt
            assert refusal.value.where == ("connection_id",)

    async with stranger.open_work() as work:
        (theirs,) = await work.connections.all()
    stored = await stored_password(stranger)
    assert theirs.name == "Front desk"
    assert verify_secret(stranger.connection.password, stored)


async def test_a_change_that_does_not_fit_stores_nothing(office, adam):
    before = await read_connections(adam)

    with pytest.raises(InvalidValue):
        await update_connection(adam, a_change(office.connection, name="x", linger_seconds=21))

    assert await read_connections(adam) == before
