"""`instep demo`: everything on one machine, one edit end to end, every step with its time."""

import asyncio
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from app import administration
from app.account_file import read_account_file
from app.demo_day import (
    ACCOUNT,
    ADMINISTRATOR,
    PIN,
    Office,
    company_of_the_demo,
    open_in_the_morning,
    work_through_the_day,
)
from app.demo_journey import Journey, JourneyFailed, travel
from app.embedded import private_servers
from app.graphql_client import GraphQLClient
from app.ids import new_id
from app.logging import configure_logging
from app.processes import free_port, guarded
from app.resources import Resources, end, hold_resources
from app.settings import Settings, environment_with, load_settings
from app.web import BROKER_NAMESPACE
from db.migrate import migrate
from simulator.company_file import CompanyFile
from simulator.web_connector import WebConnector
from sync_worker.broker import make_broker

FOLDER = Path(__file__).parent.parent / ".instep" / "demo"
#: What the demo account of the console signs in with; read when somebody presses its button.
_CREDENTIAL = FOLDER / "console-credential"
_POLL_SECONDS = 1
_USUAL_PORT = 8080
_TERMINATED = 128 + signal.SIGTERM
_PATIENCE_SECONDS = 30
_LAST_CALL_SECONDS = 1
_TOKEN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    """The demo's account: who may call, and what the Web Connector needs."""

    account_id: UUID
    token: str
    api_key: str
    qwc_file: Path
    user_name: str
    password: str


def run_demo(*, once: bool) -> int:
    """Run the demo; give 0 when the journey ended in SYNCED. Stays up unless `once`."""
    started = time.perf_counter()
    FOLDER.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # unwinds, as Ctrl-C does
    with ExitStack() as stack:
        environment = _prepare(stack)
        settings = load_settings(environment)
        _CREDENTIAL.unlink(missing_ok=True)  # of an earlier demo, whose account is gone
        if not once:
            _say(_console(_url(settings)))
        log = stack.enter_context((FOLDER / "demo.log").open("w"))
        configure_logging(settings.log_format, stream=log)
        asyncio.run(migrate(settings.database_url))
        _say(f"PostgreSQL and Redis are up, tables are made ({_since(started)})")
        for part in ("serve", "worker"):
            stack.enter_context(_running(part, environment))
        try:
            asyncio.run(_demonstrate(settings, once=once))
        except JourneyFailed as failure:
            _say(f"\nThe journey failed: {failure}\nLogs: {FOLDER}")
            return 1
        except KeyboardInterrupt:
            _say("\nStopping ...")
    return 0


def _prepare(stack: ExitStack) -> dict[str, str]:
    """Yours when DATABASE_URL and REDIS_URL are set, private servers otherwise."""
    given = environment_with({})
    defaults = {
        "INSTEP_JWT_SECRET": secrets.token_hex(32),
        "INSTEP_CONNECTOR_POLL_SECONDS": str(_POLL_SECONDS),
        "INSTEP_PORT": str(_usual_or_free_port()),
        "INSTEP_INTROSPECTION": "true",
        "INSTEP_GRAPHIQL": "true",
        "INSTEP_CONSOLE_DEMO_FILE": str(_CREDENTIAL),
        "INSTEP_DRIFT_MINUTES": "1",
    }
    if not (given.get("DATABASE_URL") and given.get("REDIS_URL")):
        # anew each time: the office of an earlier demo is of no use, and its tables may be older
        servers = stack.enter_context(private_servers(FOLDER, durable=False))
        defaults |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    environment = environment_with(defaults)
    environment.setdefault("INSTEP_PUBLIC_URL", f"http://localhost:{environment['INSTEP_PORT']}")
    return environment


def _usual_or_free_port() -> int:
    """The one that README's examples name, unless somebody else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _USUAL_PORT))
        except OSError:
            return free_port()
    return _USUAL_PORT


@contextmanager
def _running(part: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Run `instep PART` as a process of its own until the block is left."""
    with (FOLDER / f"{part}.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "app", part],
            env=dict(environment),
            cwd=Path(__file__).parent.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the demo, which stops its parts in order
        )
        try:
            with guarded([process.pid]):
                yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


async def _demonstrate(settings: Settings, *, once: bool) -> None:
    url = _url(settings)
    broker = make_broker(settings.redis_url, namespace=BROKER_NAMESPACE)
    async with (
        hold_resources(settings, broker) as resources,
        httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as http,
    ):
        await _wait_until_up(http, f"{url}/healthz")
        office = await _open_office(resources)
        _CREDENTIAL.write_text(office.token, encoding="ascii")
        company = company_of_the_demo()

        async def sign_in(person: str) -> GraphQLClient:
            token = await _make_token(resources, office.account_id, person)
            return GraphQLClient(http, f"{url}/graphql", token)

        day = Office(sign_in=sign_in, company=company, olga=await sign_in(ADMINISTRATOR))
        await open_in_the_morning(day)
        async with _polling(url, office, company):
            await travel(Journey(client=day.olga, company=company, say=_say))
            if not once:
                await _live_through(day)
                _print_addresses(url, office)
                await asyncio.Event().wait()


async def _live_through(day: Office) -> None:
    started = time.perf_counter()
    _say("\nThe office has its day: invoices synced, bypassed, in conflict, held up, edited ...")
    await work_through_the_day(day)
    _say(f"  {len(day.invoices) + 1} invoices in {_since(started)}")


async def _open_office(resources: Resources) -> _Office:
    lists = read_account_file(ACCOUNT, new_id)
    account = await administration.create_account(
        resources, name="Fixture Heating & Air", administrator=ADMINISTRATOR, lists=lists
    )
    created = await administration.add_connection(
        resources, account_id=account.account_id, company_file="CF-1", name="Front desk"
    )
    qwc_file = FOLDER / "demo.qwc"
    qwc_file.write_text(created.qwc_file, encoding="utf-8")
    return _Office(
        account_id=account.account_id,
        token=await _make_token(resources, account.account_id, ADMINISTRATOR),
        api_key=await administration.make_api_key(
            resources,
            account_id=account.account_id,
            name="Demo partner",
            permissions=administration.EVERYTHING,
        ),
        qwc_file=qwc_file,
        user_name=created.connection.user_name,
        password=created.password,
    )


async def _make_token(resources: Resources, account_id: UUID, person: str) -> str:
    return await administration.make_token(
        resources, account_id=account_id, person=person, lifetime=_TOKEN_LIFETIME
    )


@asynccontextmanager
async def _polling(url: str, office: _Office, company: CompanyFile) -> AsyncIterator[None]:
    """Let a simulated Web Connector call the SOAP endpoint as long as the block runs."""
    connector = WebConnector(f"{url}/qbwc", office.user_name, office.password, company)
    stop = asyncio.Event()
    polling = asyncio.create_task(connector.run_forever(_POLL_SECONDS, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([polling], timeout=_LAST_CALL_SECONDS)
        await end(polling)  # a call that is merely held open would keep us for as long


async def _wait_until_up(http: httpx.AsyncClient, url: str) -> None:
    for _ in range(_PATIENCE_SECONDS * 10):
        with suppress(httpx.TransportError):
            if (await http.get(url)).is_success:
                return
        await asyncio.sleep(0.1)
    raise JourneyFailed(f"the service did not answer within {_PATIENCE_SECONDS} s.")


def _print_addresses(url: str, office: _Office) -> None:
    _say(
        f"""
Everything stays up until Ctrl-C; the simulated Web Connector goes on polling every second.
{_console(url)}
  GraphQL        {url}/graphql   (WebSocket: {url.replace("http", "ws")}/graphql)
                 (in a browser: a page to try documents on, and to read the schema)
  SOAP           {url}/qbwc      (WSDL: {url}/qbwc?wsdl)
  .qwc file      {office.qwc_file}
  token of Olga  {office.token}
  her PIN        {PIN}   (unlocking what was bypassed asks for it)
  API key        {office.api_key}
  logs           {FOLDER}

Try:
  curl -s {url}/graphql -H 'Authorization: Bearer {office.api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{{"query": "{{ invoices {{ nodes {{ id version invoiceNumber total syncStatus }} }} }}"}}'
"""
    )


def _url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"


def _console(url: str) -> str:
    return f'  Console        {url}/console   (in a browser: press "Try the demo account")'


def _say(text: str) -> None:
    print(text, flush=True)


def _since(started: float) -> str:
    return f"{time.perf_counter() - started:.1f} s"
