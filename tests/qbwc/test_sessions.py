"""Tickets: whose they are, how they are kept, and what they never reach."""

import asyncio

from app import administration
from app.ids import new_id
from app.passwords import fingerprint
from db.directory import SessionEntry
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.exporting import Export, export_invoices
from tests.sync_worker.connector import PlayedConnector, is_status_check, names_in, refusal


async def a_waiting_export(office):
    invoice = await office.new_invoice()
    await office.export(invoice)
    return invoice


async def test_a_ticket_is_stored_as_a_hash_only(played):
    await a_waiting_export(played.office)
    await played.plan()
    await played.sign_in()

    [session] = await played.sessions()
    assert session.ticket_hash == fingerprint(played.ticket)
    [dump] = await played.rows(
        "select cast(s as text) as row from connector_session s where id = :id", id=session.id
    )
    assert played.ticket not in dump.row
    assert played.ticket.encode().hex() not in dump.row


async def test_a_password_is_stored_as_a_salted_hash_only(played, another_office):
    first, second = played.office.connection, (await another_office()).connection
    found = await played.rows(
        "select password_hash from connection where id in (:first, :second)",
        first=first.connection.id,
        second=second.connection.id,
    )

    assert len({row.password_hash for row in found}) == 2
    for row in found:
        assert first.password.encode() not in row.password_hash
        assert fingerprint(first.password) not in row.password_hash


async def test_another_account_s_password_does_not_open_a_connection(played, another_office):
    await a_waiting_export(played.office)
    await played.plan()
    stranger = await another_office()

    assert await played.sign_in(password=stranger.connection.password) == "nvu"


async def test_a_ticket_reaches_its_own_account_alone(played, another_office):
    """Even an answer that names another account's request changes nothing there."""
    theirs = PlayedConnector(await another_office())
    ours_invoice = await a_waiting_export(played.office)
    their_invoice = await a_waiting_export(theirs.office)
    ours, foreign = await played.fetch(), await theirs.fetch()
    their_standing = await theirs.standing(their_invoice)

    assert await played.tell(refusal(foreign, 3140)) == 100

    assert await theirs.standing(their_invoice) == their_standing
    assert [exchange.state for exchange in await theirs.exchanges()] == ["OWED"]
    assert (await played.standing(ours_invoice)).job.state is JobState.UNKNOWN
    assert names_in(ours) == names_in(foreign) == ["InvoiceAddRq"]


async def test_a_session_serves_its_own_connection_alone(played):
    """Two computers of one office, each with its own queue."""
    office = played.office
    second = await _second_connection(office)
    other = PlayedConnector(office, connection=second)
    await a_waiting_export_through(office, "1", played)
    await a_waiting_export_through(office, "2", other)
    await played.plan()

    await played.sign_in()
    await other.sign_in()

    assert [b"<RefNumber>1<" in await played.send(), b"<RefNumber>2<" in await other.send()] == [
        True,
        True,
    ]
    assert [session.state for session in await played.sessions()] == ["OPEN", "OPEN"]


async def test_calls_that_cross_hand_out_each_request_once(played):
    for number in ("1", "2", "3"):
        await played.office.export(await played.office.new_invoice(number))
    await played.plan()
    await played.sign_in()

    bodies = await asyncio.gather(*(played.send() for _ in range(4)))

    assert sorted(len(names_in(body)) for body in bodies if body) == [0, 0, 0, 3]
    assert sum(is_status_check(body) for body in bodies) == 3
    [sent] = [exchange for exchange in await played.exchanges() if exchange.kind == "REQUESTS"]
    assert {request.exchange_id for request in await played.queue()} == {sent.id}


async def test_answers_that_cross_are_booked_once(played):
    """A proxy repeated the call; only one of them finds that the answer is owed."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())

    progress = await asyncio.gather(*(played.tell(answer) for _ in range(4)))

    assert set(progress) <= {99, 100}
    events = await played.events(invoice)
    assert sum(event.status is SyncStatus.SYNCED for event in events) == 1


async def test_an_answer_that_crosses_with_the_end_of_its_session_is_not_lost(played):
    """Booked, or asked after in the next session: it depends on who came first."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())

    await asyncio.gather(played.close(), played.tell(answer))

    await played.settle()
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_sign_ins_that_cross_leave_one_session_open(played):
    await a_waiting_export(played.office)
    await played.plan()

    verdicts = await asyncio.gather(*(played.sign_in() for _ in range(4)))

    assert verdicts == ["", "", "", ""]
    states = [session.state for session in await played.sessions()]
    assert sorted(states) == ["FENCED", "FENCED", "FENCED", "OPEN"]


async def test_a_ticket_whose_session_was_pruned_is_dead(played):
    """The directory may still know what the account's own tables have lost."""
    await a_waiting_export(played.office)
    await played.plan()
    await played.sign_in()
    ghosts = _FindsGhosts(played.office)

    assert await played.send(ticket="ghost", find=ghosts) == b""


class _FindsGhosts:
    """A directory that knows a session which no longer exists."""

    def __init__(self, office):
        self._account_id = office.account_id
        self._connection_id = office.connection.connection.id

    async def session(self, ticket_hash):
        return SessionEntry(
            account_id=self._account_id, id=new_id(), connection_id=self._connection_id
        )


async def _second_connection(office):
    return await administration.add_connection(
        office.resources, account_id=office.account_id, company_file="CF-1", name="Back office"
    )


async def a_waiting_export_through(office, number, played):
    invoice = await office.new_invoice(number)
    wish = Export(
        invoice_ids=(invoice.id,),
        batch_name="Batch",
        connection_id=played.side.connection.connection.id,
        idempotency_key=str(new_id()),
    )
    await export_invoices(await office.as_person(), wish)
