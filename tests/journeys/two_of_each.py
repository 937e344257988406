"""The service as it runs in production: two web processes and two workers, one of everything else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.graphql_client import GraphQLClient, GraphQLFailure
from app.processes import free_port
from app.settings import Settings
from schema.pagination import read_event_cursor
from simulator.company_file import CompanyFile
from simulator.web_connector import WebConnector
from tests.conftest import JWT_SECRET
from tests.journeys.forked import Part
from tests.people import Office
from tests.plain_http import http_client

PATIENCE_SECONDS = 60
FOLLOW = """subscription ($after: String) {
  syncStatusChanged(after: $after) { cursor }
}"""


@dataclass
class Subscriber:
    """Somebody who listens, and comes again behind the last event after an outage."""

    client: GraphQLClient
    account_id: UUID
    #: The numbers of the events, as they came.
    heard: list[int] = field(default_factory=list)
    cursor: str | None = None
    came_again: int = 0

    async def listen(self, until: asyncio.Event) -> None:
        """Listen until that is set."""
        listening = asyncio.create_task(self._listen())
        await until.wait()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening

    async def _listen(self) -> None:
        while True:
            with suppress(
                ConnectionClosed, InvalidHandshake, OSError, GraphQLFailure, TimeoutError
            ):
                async with self.client.subscribe(FOLLOW, after=self.cursor) as events:
                    async for event in events:
                        told = event["syncStatusChanged"]
                        self.cursor = told["cursor"]
                        self.heard.append(read_event_cursor(self.account_id, self.cursor))
            self.came_again += 1
            await asyncio.sleep(0.1)


@dataclass
class Fleet:
    """Processes of their own, which share PostgreSQL and Redis and nothing else."""

    office: Office
    company: CompanyFile
    http: httpx.AsyncClient
    urls: Sequence[str]
    logs: Sequence[Path]
    processes: Sequence[Part]
    runs: int = 0

    def client(self, n: int) -> GraphQLClient:
        """Somebody who calls the n-th web process, counted round."""
        url = self.urls[n % len(self.urls)]
        return GraphQLClient(self.http, f"{url}/graphql", self.office.token())

    async def connect_until(self, is_over: asyncio.Event) -> None:
        """Let the Web Connector run again and again, at each web process in turn."""
        while not is_over.is_set():
            self.runs += 1
            url = self.urls[self.runs % len(self.urls)]
            created = self.office.connection
            connector = WebConnector(
                f"{url}/qbwc",
                created.connection.user_name,
                created.password,
                self.company,
                client=self.http,
                noop_seconds=0,
            )
            await connector.run_update()
            await asyncio.sleep(0.05)

    def logged(self, *levels: str) -> list[str]:
        """The log lines of these levels, of all processes."""
        marks = [f'"level": "{level}"' for level in levels]
        lines = [line for log in self.logs for line in log.read_text().splitlines()]
        return [line for line in lines if any(mark in line for mark in marks)]


@asynccontextmanager
async def fleet(
    settings: Settings, office: Office, company: CompanyFile, folder: Path
) -> AsyncIterator[Fleet]:
    """Run `instep serve` twice and `instep worker` twice until the block is left."""
    ports = [free_port(), free_port()]
    parts = [("serve", str(ports[0])), ("serve", str(ports[1])), ("worker", ""), ("worker", "")]
    logs = [folder / f"{n}-{part}.log" for n, (part, _) in enumerate(parts)]
    processes = [
        Part(part, _environment(settings, port), log)
        for (part, port), log in zip(parts, logs, strict=True)
    ]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, _stop, processes)
        for process in processes:
            process.start()
        http = await stack.enter_async_context(http_client(timeout=PATIENCE_SECONDS))
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url in urls:
            await until_ready(http, url)
        yield Fleet(office, company, http, urls, logs, processes)


async def until_ready(http: httpx.AsyncClient, url: str) -> None:
    """Return once the process says that it can work."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get(f"{url}/readyz")).is_success:
                    return
            await asyncio.sleep(0.1)


def _environment(settings: Settings, port: str) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "INSTEP_JWT_SECRET": JWT_SECRET,
        "INSTEP_LOG_FORMAT": "json",
        "INSTEP_SWEEP_SECONDS": "1",
        "INSTEP_CONNECTOR_POLL_SECONDS": "1",
        "INSTEP_LINGER_SECONDS": "0",
        "INSTEP_COST_PER_MINUTE": "0",
        "INSTEP_DRIFT_MINUTES": "0",
        "INSTEP_PORT": port,
    }


def _stop(parts: Sequence[Part]) -> None:
    for part in parts:
        part.ask_to_end()
    for part in parts:
        part.until_ended()
