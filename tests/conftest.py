"""Real PostgreSQL and Redis for every test that wants them: one pair per run, one database a worker."""

import asyncio
import gc
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvloop
from hypothesis import settings as hypothesis_settings
from pytest_asyncio import is_async_test
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app import administration
from app.account_file import SAMPLE, read_account_file
from app.embedded import Servers, private_servers
from app.ids import new_id
from app.logging import configure_logging
from app.processes import StartFailed
from app.resources import Resources, hold_engine, resources_on
from app.settings import Settings, environment_with, load_settings
from db.migrate import migrate
from domain.access import Permission
from domain.people import Employee, Role
from sync_worker.broker import make_broker
from tests.chromium import CHROMIUM, KEPT, MISSING, Kept
from tests.databases import TEMPLATE, owner_of
from tests.dealing import dealt
from tests.people import Office

DATA = Path(__file__).parent.parent / ".instep"
METRICS_TOKEN = "a token of the tests"
JWT_SECRET = "a secret of the tests, thirty-two bytes or more"
ON_INTERRUPT = signal.getsignal(signal.SIGINT)

hypothesis_settings.register_profile("instep", deadline=None)  # the machine may be busy
#: For a night, chosen by `--hypothesis-profile=deep`; a failure tells the seed that repeats it.
hypothesis_settings.register_profile(
    "deep", deadline=None, max_examples=1000, stateful_step_count=80, print_blob=True
)
hypothesis_settings.load_profile("instep")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-services", action="store_true", help="start no PostgreSQL and Redis")
    parser.addoption("--write-examples", action="store_true", help="write the API's answers anew")
    parser.addoption("--fuzz", type=int, default=1, help="documents that fuzzing makes for a field")


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the servers and builds the template; the workers are told where."""
    if hasattr(config, "workerinput") or config.getoption("--no-services"):
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    servers = _start(stack)
    config.stash[SERVERS] = servers
    asyncio.run(_make_template(servers))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are: there is none, and what stays need never be looked at."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each worker begin with some of the long tests: else one ends with them, alone."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = dealt(items, workers)


def pytest_configure_node(node) -> None:
    servers = node.config.stash.get(SERVERS, None)
    if servers is not None:
        node.workerinput["servers"] = (servers.database_url, servers.redis_url)


def pytest_terminal_summary(terminalreporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(MISSING, red=True, bold=True)


SERVERS = pytest.StashKey[Servers]()
LEAVE = """update sync_job set next_attempt_at = 'infinity' where id in (select id from sync_job
 where state in ('QUEUED', 'UNKNOWN', 'RETRY_WAIT') for no key update skip locked)"""


def _start(stack: ExitStack) -> Servers:
    """Yours when DATABASE_URL and REDIS_URL are set, private ones otherwise."""
    given = environment_with({})
    if "DATABASE_URL" in given and "REDIS_URL" in given:
        return Servers(given["DATABASE_URL"], given["REDIS_URL"])
    try:
        return stack.enter_context(private_servers(DATA / "test", durable=False))
    except StartFailed:  # another `make test` of this checkout is running
        folder = DATA / f"test-{new_id()}"
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return stack.enter_context(private_servers(folder, durable=False))


async def _make_template(servers: Servers) -> None:
    await _administer(servers, f"drop database if exists {TEMPLATE} with (force)")
    await _administer(servers, f"create database {TEMPLATE}")
    await migrate(_database(servers, TEMPLATE))


async def _administer(servers: Servers, statement: str) -> None:
    url = load_settings(_environment(servers)).database_url
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _environment(servers: Servers) -> dict[str, str]:
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
        "INSTEP_METRICS_TOKEN": METRICS_TOKEN,
        "INSTEP_SWEEP_SECONDS": "1",
        "INSTEP_CONNECTOR_POLL_SECONDS": "1",
        "INSTEP_LINGER_SECONDS": "0",  # tests of lingering say so themselves
        "INSTEP_DRIFT_MINUTES": "0",  # and so do those of the drift watch
        "INSTEP_INTROSPECTION": "true",  # tests of hiding the schema say so themselves
    }


def _database(servers: Servers, name: str) -> str:
    url = make_url(load_settings(_environment(servers)).database_url)
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """Where the servers of this run listen."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    if given is not None:
        return Servers(*given)
    found = request.config.stash.get(SERVERS, None)
    if found is None:
        pytest.fail("This test needs PostgreSQL and Redis; run without --no-services.")
    return found


@pytest.fixture(scope="session")
def settings(settings_of_process: Settings) -> Settings:
    """Those of this test process; some tests say otherwise, though never of the database."""
    return settings_of_process


@pytest.fixture(scope="session")
def settings_of_process(servers: Servers, request: pytest.FixtureRequest) -> Settings:
    """Settings with a database of this test process's own, made from the migrated template."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    name = f"instep_{worker}"
    asyncio.run(_administer(servers, f"drop database if exists {name} with (force)"))
    asyncio.run(_administer(servers, f"create database {name} template {TEMPLATE}"))
    configure_logging("json")
    environment = _environment(servers)
    environment["DATABASE_URL"] = _database(servers, name)
    redis = servers.redis_url.rsplit("/", 1)[0]
    environment["REDIS_URL"] = f"{redis}/{1 + int(worker.removeprefix('gw'))}"
    return load_settings(environment)


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The event loop of production, which uvicorn chooses; it is the quicker one besides.

    pytest-asyncio's own hook makes a parameter of it, and then tests without an event loop end the
    one of all others.
    """
    return uvloop.new_event_loop


@pytest.fixture
def namespace() -> str:
    """A Dramatiq namespace that no other test looks into."""
    return f"test-{new_id()}"


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C ends the run again, whatever servers within a test made of it.

    A server gives back the handler that it found: of an event loop that was running a fixture. With
    that one left behind, Python would print the fixture's whole result each time it looks at it.
    """
    yield
    signal.signal(signal.SIGINT, ON_INTERRUPT)


@pytest.fixture(autouse=True)
def own_tasks(request: pytest.FixtureRequest) -> None:
    """All tests of a process share an event loop; what one leaves running there ends with it."""
    if is_async_test(request.node):
        request.getfixturevalue("nothing_left_running")


@pytest.fixture
async def nothing_left_running(kept: Kept) -> AsyncIterator[None]:
    yield
    left = asyncio.all_tasks() - kept.tasks - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(scope="session")
async def kept() -> AsyncIterator[Kept]:
    """What outlives a test all the same, up to the end of the event loop."""
    async with KEPT.stack:
        yield KEPT


@pytest.fixture(scope="session")
async def shared_engine(settings_of_process: Settings) -> AsyncIterator[AsyncEngine]:
    """What all tests of a process share: its connections have their statements prepared.

    PostgreSQL was measured to spend twice as long on tests that each brought new connections.
    """
    async with hold_engine(settings_of_process) as engine:
        yield engine


@pytest.fixture
async def resources(
    shared_engine: AsyncEngine, settings: Settings, namespace: str
) -> AsyncIterator[Resources]:
    """What a web process holds."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    async with resources_on(shared_engine, settings, broker) as held:
        yield held
    broker.close()


@pytest.fixture
async def office(resources: Resources) -> AsyncIterator[Office]:
    """A fresh account with the sample lists, Olga who may edit, Nick who may not, and a connection."""
    opened = await open_office(resources)
    yield opened
    await leave_nothing_due(opened)


async def leave_nothing_due(office: Office) -> None:
    """Else the workers of all later tests would find its jobs, and plan them."""
    async with office.open_work() as work:
        await work._transaction.wire.fetch(LEAVE)  # noqa: SLF001 - no repository has a use for it


async def open_office(resources: Resources) -> Office:
    lists = read_account_file(SAMPLE, new_id)
    created = await administration.create_account(
        resources, name="Fixture Heating & Air", administrator="Adam", lists=lists
    )
    olga, nick = new_id(), new_id()
    async with resources.open_work(created.account_id) as work:
        granted = {Permission.EDIT_EXPORTED_TRANSACTIONS, Permission.EXPORT_INVOICES}
        await work.people.add(
            Employee(id=olga, name="Olga", role=Role.MANAGER, granted=frozenset(granted))
        )
        await work.people.add(Employee(id=nick, name="Nick", role=Role.OFFICE_EMPLOYEE))
    connection = await administration.add_connection(
        resources, account_id=created.account_id, company_file="CF-1", name="Front desk"
    )
    return Office(
        resources=resources,
        account_id=created.account_id,
        entries={entry.name: entry for entry in lists.entries},
        people={"Adam": created.administrator_id, "Olga": olga, "Nick": nick},
        connection=connection,
    )


@pytest.fixture
def another_office(resources: Resources) -> Callable[[], Awaitable[Office]]:
    """Makes further accounts: `await another_office()`."""
    return lambda: open_office(resources)


@pytest.fixture
async def change_row(settings: Settings, office: Office) -> Callable[..., Awaitable[None]]:
    """`await change_row("account", column=value)`, of one row of the account or of all of them."""
    engine = owner_of(settings.database_url)

    async def change(table: str, key: UUID | None = None, **columns: Any) -> None:
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        chosen = "" if key is None else " and id = :key"
        statement = f"update {table} set {changes} where account_id = :account{chosen}"  # noqa: S608 - names of our own
        parameters = columns | {"account": office.account_id, "key": key}
        if key is None:
            del parameters["key"]
        async with engine.begin() as connection:
            await connection.execute(text(statement), parameters)

    return change
