"""The road of an edit, cut at every step: QuickBooks holds it exactly once, whoever dies.

Real processes and kill -9: `instep serve`, `instep worker`, a Web Connector. The simulated company
file's own journal tells what QuickBooks really wrote.
"""

import pytest

from app.processes import free_port
from app.resources import hold_engine, resources_on
from app.settings import load_settings
from app.web import BROKER_NAMESPACE
from simulator.faults import Fault, Kill, LoseAnswer, RaiseComError, RefuseToOpen
from sync_worker.broker import make_broker
from tests.conftest import JWT_SECRET, open_office
from tests.databases import own_database, owner_of
from tests.journeys.conftest import key
from tests.journeys.cutting import PATIENCE_SECONDS, Line, Moment, ServiceProcesses
from tests.journeys.roads import Point, Road, Victim
from tests.plain_http import http_client
from tests.quickbooks_side import QuickBooksSide


@pytest.fixture(scope="module")
def processes(settings, tmp_path_factory):
    """A service on a database of its own, for all cuts; what is killed is started again."""
    port = free_port()
    environment = {
        "DATABASE_URL": own_database(settings, "cut"),
        "REDIS_URL": settings.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
        "INSTEP_PORT": str(port),
        "INSTEP_PUBLIC_URL": f"http://localhost:{port}",
        "INSTEP_SWEEP_SECONDS": "1",
        "INSTEP_LINGER_SECONDS": "0",
        "INSTEP_DRIFT_MINUTES": "0",
    }
    folder = tmp_path_factory.mktemp("cuts")
    with ServiceProcesses(environment, folder).running() as service:
        yield service


POINTS = {
    "signed in, not told": Point("authenticate", Moment.ANSWERED),
    "before the set is committed": Point("sendRequestXML", Moment.ASKED, "exchange"),
    "handed out, not arrived": Point("sendRequestXML", Moment.ANSWERED, holding="newMessageSetID"),
    "executed, not reported": Point("receiveResponseXML", Moment.ASKED),
    "reported, not stored": Point("receiveResponseXML", Moment.ASKED, "exchange"),
    "stored, not booked": Point("receiveResponseXML", Moment.ASKED, "quickbooks_link"),
    "booked, not told": Point("receiveResponseXML", Moment.ANSWERED),
    "closing, not heard": Point("closeConnection", Moment.ASKED),
}
VICTIMS = {
    "the line": Victim.LINE,
    "the web process": Victim.WEB,
    "the connector": Victim.CONNECTOR,
    "all three processes": Victim.WEB | Victim.CONNECTOR | Victim.WORKER,
}
WORKS = {
    "an Add": {"adds": 1, "mods": 0},
    "a Mod": {"adds": 0, "mods": 1},
    "three Adds and three Mods": {"adds": 3, "mods": 3},
}
#: Whoever dies, with one edit and with many; all at once with many only.
CASES = [
    pytest.param(victim, work, id=f"{victim}-{work}")
    for victim in VICTIMS
    for work in WORKS
    if victim != "all three processes" or work == "three Adds and three Mods"
]


@pytest.fixture(scope="module")
async def engine(processes):
    """For all cuts: whoever makes the offices and judges them is never cut off himself."""
    async with hold_engine(load_settings(processes.environment)) as engine:
        yield engine


@pytest.fixture
async def road(processes, engine, tmp_path):
    await processes.ensure()
    settings = load_settings(processes.environment)
    broker = make_broker(settings.redis_url, namespace=BROKER_NAMESPACE)
    owner = owner_of(settings.database_url)
    async with (
        resources_on(engine, settings, broker) as resources,
        Line(processes.port).open() as line,
        http_client(timeout=PATIENCE_SECONDS) as http,
    ):
        office = await open_office(resources)
        yield Road(processes, line, http, owner, office, QuickBooksSide(office), tmp_path)
    broker.close()


@pytest.mark.parametrize(("victim", "work"), CASES)
@pytest.mark.parametrize("point", POINTS)
async def test_an_edit_arrives_exactly_once_wherever_its_road_is_cut(
    road: Road, point: str, victim: str, work: str
) -> None:
    await road.set_out(**WORKS[work])
    await road.until_built()

    await road.cut(POINTS[point], VICTIMS[victim])
    await road.settle()

    await road.assert_exactly_once()


#: What the line may do to an answer that QuickBooks forgets besides.
FORGOTTEN = {
    "executed": Point("receiveResponseXML", Moment.ASKED),
    "never executed": Point("sendRequestXML", Moment.ANSWERED, holding="newMessageSetID"),
}


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("point", FORGOTTEN)
async def test_an_answer_that_quickbooks_forgot_is_looked_up_invoice_by_invoice(
    road: Road, point: str, work: str
) -> None:
    """The worker is killed too, while it plans the questions."""
    await road.set_out(**WORKS[work])
    await road.until_built()
    await road.cut(FORGOTTEN[point], Victim.LINE)
    road.processes.worker.kill()
    road.side.company.message_sets.clear()
    await road.connector().run_update()
    assert await road.unknown_outcomes() == road.wanted.total()

    await road.kill_the_worker_while_it_plans()
    await road.settle()

    await road.assert_exactly_once()


@pytest.mark.parametrize("work", WORKS)
async def test_a_worker_killed_while_it_plans_only_delays(road: Road, work: str) -> None:
    road.processes.worker.kill()
    await road.set_out(**WORKS[work])

    await road.kill_the_worker_while_it_plans()
    await road.settle()

    await road.assert_exactly_once()


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((LoseAnswer(after_write=False),), id="gone before it ran"),
        pytest.param((LoseAnswer(after_write=True),), id="gone after it ran"),
        pytest.param((RaiseComError("0x80040402"),), id="error before it ran"),
        pytest.param((RaiseComError("0x8004041C", after_write=True),), id="error after it ran"),
        pytest.param((RefuseToOpen("0x80040414"),), id="not opened"),
        pytest.param(
            (RaiseComError("0x8004041C", after_write=True), Kill("receiveResponseXML", True)),
            id="error after it ran, told and killed",
        ),
    ],
)
async def test_an_hresult_never_loses_or_doubles_an_edit(
    road: Road, faults: tuple[Fault, ...], work: str
) -> None:
    await road.set_out(**WORKS[work])
    await road.until_built()

    await road.connector(*faults).run_update()
    await road.settle()

    await road.assert_exactly_once()


async def test_a_set_that_cannot_be_parsed_is_split_and_all_of_it_arrives(road: Road) -> None:
    """0x80040400 says that nothing ran, and not which request was at fault."""
    await road.set_out(adds=3, mods=3)
    await road.until_built()

    await road.connector(RaiseComError("0x80040400")).run_update()
    await road.settle()

    await road.assert_exactly_once()


@pytest.mark.parametrize("table", ["sync_event", None], ids=["before", "after"])
async def test_a_save_whose_web_process_is_killed_around_its_commit_counts_once(
    road: Road, table: str | None
) -> None:
    """The caller hears nothing, and asks again with the same key."""
    (invoice,) = await road.exported("M-0")
    road.expect("InvoiceModRq", [invoice])
    idempotency_key = key()

    await road.cut_a_save(invoice, idempotency_key, table)
    await road.processes.ensure()
    again = await road.save(invoice, idempotency_key)
    await road.settle()

    assert again["userErrors"] == []
    assert again["invoice"]["version"] == 2
    await road.assert_exactly_once()


@pytest.mark.parametrize("victim", ["the line", "the web process"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_credit_memo_arrives_exactly_once_wherever_its_road_is_cut(
    road: Road, point: str, victim: str
) -> None:
    """A new one and a change of one, in one message set."""
    await road.set_out_credit_memos()
    await road.until_built()

    await road.cut(POINTS[point], VICTIMS[victim])
    await road.settle()

    await road.assert_exactly_once()


@pytest.mark.parametrize("point", FORGOTTEN)
async def test_a_credit_memo_that_quickbooks_forgot_is_looked_up_among_credit_memos(
    road: Road, point: str
) -> None:
    await road.set_out_credit_memos()
    await road.until_built()
    await road.cut(FORGOTTEN[point], Victim.LINE)
    road.side.company.message_sets.clear()

    await road.settle()

    await road.assert_exactly_once()
    asked = road.side.company.journal.requests_named("CreditMemoQueryRq")
    assert any(query.find("EntityFilter") is not None for query in asked)
