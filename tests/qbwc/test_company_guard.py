"""The first call of a session: which company file is open, and what does it tell of itself?"""

from dataclasses import replace
from datetime import date

import pytest
import structlog

from app.ids import new_id
from domain.company_file import CompanyFile
from domain.connections import ConnectionState, connection_state
from domain.queue import ConnectorSession, SessionState
from domain.quickbooks import Ref
from qbwc.calls import SendRequestXML
from qbwc.company_guard import check_company_file
from qbwc.qbxml.host_facts import rendering_version
from resolvers.connections import NewConnection, create_connection
from simulator import hcp
from simulator.faults import OtherCompanyOpen
from tests.builders import NOW
from tests.counting import Said, listening
from tests.quickbooks_side import OWNER, QuickBooksSide, empty_company

OWN_PATH, OTHER_PATH = r"C:\QuickBooks\CF-1.qbw", r"C:\QuickBooks\Other.qbw"


class Machine:
    """A Web Connector's computer, for the lock; with the FileID of a connection's .qwc file."""

    machine = "OFFICE-PC"

    def __init__(self, created):
        self.file_id = f"{{{created.connection.file_guid}}}"


def connection_id(office):
    return office.connection.connection.id


class Meeting:
    """First calls of sessions, of the office's connection or another one."""

    def __init__(self, office):
        self.office = office
        self.company = empty_company()

    def told(self, created=None):
        """What QuickBooks tells, with what is in the file after this connection locked it."""
        if created is not None:
            hcp.lock(self.company, OWNER, Machine(created))
        return hcp.answers(self.company, OWNER)

    async def judge(self, *, path=OWN_PATH, told=None, created=None, now=NOW, work=None):
        """The guard's word: why nothing may be sent, or None."""
        created = created or self.office.connection
        session = ConnectorSession(
            id=new_id(),
            connection_id=created.connection.id,
            state=SessionState.OPEN,
            opened_at=now,
            last_call_at=now,
        )
        call = SendRequestXML(
            ticket="T",
            hcp_response=self.told(created) if told is None else told,
            company_file_name=path,
            qbxml_major_version=16,
            qbxml_minor_version=0,
        )
        if work is not None:
            return await check_company_file(work, session, call)
        async with self.office.open_work() as own:
            return await check_company_file(own, session, call)

    async def known(self, created=None):
        """The company file as it is stored."""
        created = created or self.office.connection
        async with self.office.open_work() as work:
            return await work.company_files.of_connection(created.connection.id)


@pytest.fixture
def meeting(office):
    return Meeting(office)


@pytest.fixture
async def elsewhere(office):
    """A connection of the office to another company file, CF-2."""
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Shop")
    return await create_connection(await office.as_person("Adam"), wish)


@pytest.fixture
async def sister(office):
    """A second connection of the office to its company file."""
    key = office.connection.connection.company_file_id
    wish = NewConnection(company_file_id=key, company_file_name=None, name="Back office")
    return await create_connection(await office.as_person("Adam"), wish)


async def test_the_first_session_binds_and_keeps_what_quickbooks_tells(meeting):
    meeting.company.preferences.closing_date = date(2026, 10, 31)
    meeting.company.preferences.inventory_sites = False

    assert await meeting.judge() is None

    known = await meeting.known()
    assert (known.name, known.path) == ("CF-1", OWN_PATH)
    assert known.company_name == "Fixture Heating & Air"
    assert known.facts.read_at == NOW
    assert known.quickbooks_version == "QuickBooks Desktop Enterprise Solutions (simulated) (34.0)"
    assert known.host.file_mode == "SingleUser"
    assert known.preferences.closing_date == date(2026, 10, 31)
    assert (known.preferences.uses_classes, known.preferences.uses_sites) == (True, False)
    assert known.preferences.default_tax_item == Ref(
        "FW", known.preferences.default_tax_item.list_id
    )
    assert rendering_version(known.facts) == (13, 0)


async def test_a_file_that_was_moved_or_renamed_stays_the_connection_s_own(meeting):
    """A restored backup or a copy too: it has our FileID and the company's name."""
    await meeting.judge()

    assert await meeting.judge(path=r"D:\Books\new.qbw") is None
    meeting.company.name = "Fixture & Daughters"
    assert await meeting.judge(path=r"D:\Books\new.qbw") is None

    known = await meeting.known()
    assert (known.path, known.company_name) == (r"D:\Books\new.qbw", "Fixture & Daughters")


async def test_another_file_is_refused_though_our_file_id_came_into_it(meeting):
    """The Web Connector writes the FileID before it asks us for anything."""
    await meeting.judge()
    before = await meeting.known()
    meeting.company = replace(empty_company(), name="Somebody Else's", private_data={})

    said = await meeting.judge(path=OTHER_PATH)

    assert f"“Somebody Else's” ({OTHER_PATH})" in said
    assert f"“Fixture Heating & Air” ({OWN_PATH})" in said
    assert "nothing was sent" in said
    assert await meeting.known() == before


async def test_a_web_connector_beside_another_company_sends_it_nothing(office):
    """From end to end, where the path is not known that would keep QuickBooks from opening it."""
    side = QuickBooksSide(office)
    await side.export(await office.new_invoice())
    async with office.open_work() as work:
        known = await work.company_files.of_connection(connection_id(office))
        await work.company_files.save(replace(known, path=None))
    await office.export(await office.new_invoice("21260"))
    await side.plan_all()
    other = replace(empty_company(), name="Somebody Else Inc", path=OTHER_PATH, private_data={})

    async with side.connector() as connector:
        connector.file_id = Machine(office.connection).file_id
        connector.faults.add(OtherCompanyOpen(other))
        report = await connector.run_update()

    async with office.open_work() as work:
        stored = (await work.connections.get_many([connection_id(office)]))[connection_id(office)]
    assert report.requests_sent == 0
    assert other.journal.entries == []
    assert "Somebody Else Inc" in stored.trouble
    assert connection_state(stored, stored.last_contact_at) is ConnectionState.WRONG_COMPANY_FILE


async def test_a_file_with_the_file_id_of_another_company_file_s_connection_is_refused(
    meeting, elsewhere
):
    """Even in the first session: the other one was here before."""
    said = await meeting.judge(told=meeting.told(elsewhere))

    assert "carries the FileID of the connection “Shop” to “CF-2”" in said
    assert "“CF-1”, which was never opened yet" in said
    assert (await meeting.known()).path is None


async def test_the_file_id_of_a_sister_connection_is_as_good_as_our_own(meeting, sister):
    """Two computers, one company file: whoever came first left the mark."""
    assert await meeting.judge(created=sister) is None

    assert await meeting.judge() is None


async def test_the_first_session_does_not_take_the_file_of_another_company_file(meeting, elsewhere):
    """Both .qwc files were added while the first company was open, and it has our FileID only."""
    await meeting.judge()

    said = await meeting.judge(created=elsewhere)

    assert "carries the FileID of the connection “Front desk” to “CF-1”" in said
    meeting.company.private_data.clear()
    said = await meeting.judge(created=elsewhere)
    assert "is that of “CF-1” and its connection “Front desk”" in said
    assert (await meeting.known(elsewhere)).facts is None


@pytest.mark.parametrize(("told", "reason"), [("", "missing"), ("<QBXML><Half", "unreadable")])
async def test_without_words_of_quickbooks_the_path_alone_decides(meeting, told, reason):
    """Old connectors and QBWC1014. What was told before stays."""
    await meeting.judge()
    before = await meeting.known()

    with structlog.testing.capture_logs() as logs:
        same = await meeting.judge(told=told)
        other = await meeting.judge(told=told, path=OTHER_PATH)

    assert same is None
    assert f"“unnamed” ({OTHER_PATH})" in other
    assert await meeting.known() == before
    assert [entry["event"] for entry in logs] == [
        "company_file.untold",
        "company_file.untold",
        "company_file.refused",
    ]
    assert logs[0]["reason"] == reason


async def test_a_first_session_without_words_of_quickbooks_binds_the_path(meeting):
    assert await meeting.judge(told="") is None

    assert await meeting.known() == CompanyFile(
        id=meeting.office.connection.connection.company_file_id, name="CF-1", path=OWN_PATH
    )


async def test_the_log_tells_bindings_and_moves_without_names(meeting):
    with structlog.testing.capture_logs() as logs:
        await meeting.judge()
        await meeting.judge()
        await meeting.judge(path=r"D:\new.qbw")

    assert [entry["event"] for entry in logs] == [
        "company_file.bound",
        "company_file.moved_or_renamed",
    ]
    assert "Fixture" not in str(logs)


async def test_settings_are_told_anew_with_each_session(meeting):
    await meeting.judge()
    meeting.company.preferences.class_tracking = False
    meeting.company.preferences.default_sales_tax_item = ""

    await meeting.judge()

    preferences = (await meeting.known()).preferences
    assert (preferences.uses_classes, preferences.uses_sales_tax) == (False, False)


async def test_the_guard_costs_a_session_three_statements(meeting):
    """One reads and locks, one keeps what was told, one the computer that holds the file."""
    said = Said()

    async with listening(meeting.office, said) as work:
        await meeting.judge(work=work)

    assert [statement.split()[0].upper() for statement in said.statements] == [
        "SELECT",
        "UPDATE",
        "UPDATE",
    ]


async def test_a_connection_of_another_account_says_nothing(meeting, another_office):
    """Its marks are behind row-level security; path and name decide."""
    stranger = await another_office()

    assert await meeting.judge(told=meeting.told(stranger.connection)) is None
    assert connection_id(stranger) != connection_id(meeting.office)
