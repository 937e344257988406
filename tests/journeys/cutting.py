"""Stops a service of real processes at an exact step: kill -9, a line that is cut, a table held.

The processes are `instep serve` and `instep worker`; the Web Connector calls them through a
`Line`, which sees every request and every answer. To stop inside a transaction the test locks a
table, waits until somebody wants to write it, and strikes then.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import count
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import now
from simulator.company_json import read_company, write_company
from simulator.journal import Journal, JournalLines
from simulator.web_connector import WebConnector
from tests.journeys.forked import PROCESSES, Part, end_with_the_tests, kill
from tests.plain_http import http_client

PATIENCE_SECONDS = 30
_PAUSE_SECONDS = 0.01

_WANTED = text(
    "select count(*) from pg_locks where not granted and relation = cast(:name as regclass)"
)


async def until(
    condition: Callable[[], Awaitable[bool]], *, pause_seconds: float = _PAUSE_SECONDS
) -> None:
    """Return as soon as the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(pause_seconds)


class ServiceProcesses:
    """The web process and the worker of one service; either may be killed and started again."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.port = int(environment["INSTEP_PORT"])
        self.web = Part("serve", environment, folder / "serve.log")
        self.worker = Part("worker", environment, folder / "worker.log")

    @contextmanager
    def running(self) -> Iterator["ServiceProcesses"]:
        try:
            yield self
        finally:
            for part in (self.web, self.worker):
                if part.is_alive:
                    part.kill()

    async def ensure(self) -> None:
        """Start what does not run, and return when the web process answers."""
        for part in (self.worker, self.web):
            if not part.is_alive:
                part.start()
        await until(self._answers)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


class Moment(Enum):
    """When a call is cut: before the service sees it, or when its answer is on the way back."""

    ASKED = auto()
    ANSWERED = auto()


class LineCut(Exception):
    """The line is dead; neither side hears why."""


#: What happens at the cut; it raises LineCut when the call ends with it.
Strike = Callable[[], Awaitable[None]]


@dataclass
class Cut:
    """The first call of that operation, at that moment, whose bytes hold that text."""

    operation: str
    moment: Moment
    strike: Strike
    holding: str = ""


class Line:
    """The connection between the Web Connector and the service: carries calls, cuts one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cut: Cut | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Line"]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self
            self.drop()

    def plan(self, cut: Cut) -> None:
        self._cut = cut

    def drop(self) -> None:
        """Break every connection off, as a router does that is switched off."""
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                request = await _message(reader)
                operation = _operation(request)
                await self._pass(operation, Moment.ASKED, request)
                answer = await self._ask(request)
                await self._pass(operation, Moment.ANSWERED, answer)
                writer.write(answer)
                await writer.drain()
        except (LineCut, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._writers.discard(writer)

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()

    async def _pass(self, operation: str, moment: Moment, message: bytes) -> None:
        cut = self._cut
        if cut is None or (cut.operation, cut.moment) != (operation, moment):
            return
        if cut.holding.encode() in message:
            self._cut = None
            await cut.strike()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *([0-9]+)", head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


def _operation(request: bytes) -> str:
    action = re.search(rb'(?im)^soapaction: *"?[^"\r\n]*/([A-Za-z]+)', request)
    return action[1].decode() if action else "graphql"


@asynccontextmanager
async def held(owner: AsyncEngine, table: str) -> AsyncIterator[None]:
    """Let nobody write the table; reading goes on."""
    async with owner.connect() as connection:
        await connection.execute(text(f"lock table {table} in share mode"))
        yield
        await connection.rollback()


async def until_wanted(owner: AsyncEngine, table: str) -> None:
    """Return when somebody waits to write the table that is held."""
    async with owner.connect() as watcher:

        async def is_wanted() -> bool:
            found = (await watcher.execute(_WANTED, {"name": table})).scalar_one()
            await watcher.rollback()
            return found > 0

        await until(is_wanted)


def later_clock(hours: int) -> Callable[[], datetime]:
    """QuickBooks' clock so many hours later; every look is a second on, and an EditSequence too."""
    begun, seconds = now() + timedelta(hours=hours), count()
    return lambda: begun + timedelta(seconds=next(seconds))


class ConnectorProcess:
    """A Web Connector as a process of its own, for one update, next to a company file on disk.

    Like the real one, the company file keeps what QuickBooks has saved whoever is killed.
    """

    def __init__(self, url: str, user_name: str, password: str, path: Path) -> None:
        self._path = path
        self._process = PROCESSES.Process(
            target=_run_connector, args=(url, user_name, password, str(path))
        )

    def start(self) -> None:
        self._process.start()

    def kill(self) -> None:
        kill(self._process)

    def writes(self) -> list[dict]:
        """What QuickBooks wrote in that update, oldest first."""
        journal = self._path.with_suffix(".journal")
        lines = journal.read_text().splitlines() if journal.exists() else []
        return [line for line in map(json.loads, lines) if line["event"] == "write"]


@dataclass
class _DurableJournal(Journal):
    """Saves the company file before an answer leaves it."""

    keep: Callable[[], None] = field(default=lambda: None)

    @contextmanager
    def stamping(self, at: datetime, session: int) -> Iterator[None]:
        with Journal.stamping(self, at, session):
            yield
        self.keep()


def _run_connector(url: str, user_name: str, password: str, path: str) -> None:
    end_with_the_tests()
    company = read_company(Path(path), later_clock(1))
    journal = _DurableJournal()
    company.journal = journal
    lines = JournalLines(journal)

    def keep() -> None:
        with Path(path).with_suffix(".journal").open("a") as file:
            file.writelines(f"{line}\n" for line in lines.new())
        write_company(company, Path(path))

    journal.keep = keep

    async def update() -> None:
        async with http_client(timeout=PATIENCE_SECONDS) as client:
            connector = WebConnector(url, user_name, password, company, client=client)
            await connector.run_update()

    asyncio.run(update())
    keep()
