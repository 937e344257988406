"""GraphQL reads: ours, plain Strawberry, Apollo Server and graphql-yoga on the same tables."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

import orjson

from app.processes import free_port
from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import connected, request_of
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.site import ROOT, Site, process, wait_until_up
from domain.invoice import Invoice
from schema.ids import global_id

_CALLERS: Final = 16
_RIVALS: Final = ROOT / "benchmarks" / "rivals"
_PLAIN: Final = "plain Strawberry"
_APOLLO: Final = "Apollo Server"
_YOGA: Final = "graphql-yoga"
_OURS: Final = "ours"
_INVOICE_FIELDS: Final = (
    "id version invoiceNumber invoiceDate summary subtotal salesTax total balance"
    " isApplicationForPayment exportStatus syncStatus createdAt updatedAt"
)
_TASK_FIELDS: Final = "tasks { id position description quantity unitPrice cost taxable }"
_PAGE: Final = "{{ invoices(first: 50) {{ edges {{ cursor node {{ {fields} }} }} }} }}"
#: By what is read: the document, and how many calls make a round.
_READS: Final[Mapping[str, tuple[str, int]]] = {
    "one invoice with 10 tasks": (
        f"query($id: ID!) {{ invoice(id: $id) {{ {_INVOICE_FIELDS} {_TASK_FIELDS} }} }}",
        1200,
    ),
    "50 invoices": (_PAGE.format(fields=_INVOICE_FIELDS), 400),
    "50 invoices with 10 tasks each": (
        _PAGE.format(fields=f"{_INVOICE_FIELDS} {_TASK_FIELDS}"),
        120,
    ),
}
_TARGETS: Final = {_PLAIN: "target >= 5", _APOLLO: "target >= 1"}
_ENVIRONMENT: Final = {"PATH": os.defpath, "NODE_ENV": "production"}
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Server:
    """One of those compared."""

    port: int
    headers: Mapping[str, str]
    #: The invoice that all of them read, as this one names it.
    invoice_id: str


async def measure_reading(site: Site, *, rounds: int) -> None:
    """Print reads a second of one process each, in turn, and the ratios to ours."""
    headline(f"GraphQL reads over HTTP, {_CALLERS} callers, one process each")
    async with open_bench_office(site.settings) as office:
        invoices = await office.exportable(60)
        token = await office.token()
        ours = Server(
            site.port,
            {**_JSON, "Authorization": f"Bearer {token}"},
            global_id("Invoice", invoices[0].id),
        )
        with _rivals(site, office, invoices[0]) as rivals:
            servers = {_OURS: ours, **rivals}
            for what, (document, calls) in _READS.items():
                await _compare(site, what, document, calls, servers, rounds)
    note("ours signs each call in and is bound by row-level security; the others do neither")


async def _compare(
    site: Site,
    what: str,
    document: str,
    calls: int,
    servers: Mapping[str, Server],
    rounds: int,
) -> None:
    taken: dict[str, list[float]] = {name: [] for name in servers}
    requests = {name: _request(server, document) for name, server in servers.items()}
    for name, server in servers.items():
        await _read(server.port, requests[name], calls // 4)
    processors = Processors(site.pids)
    for _ in range(rounds):
        for name, server in servers.items():
            taken[name].append(await _read(server.port, requests[name], calls))
    for name, seconds in taken.items():
        told(f"{what}, {name}", rate(calls, median(seconds)))
    for name in servers:
        if name != _OURS:
            ratio = median(taken[name]) / median(taken[_OURS])
            told(f"{what}, ours : {name}", f"{ratio:.2f}", _TARGETS.get(name, ""))
    processors.show("call", rounds * calls)


async def _read(port: int, request: bytes, calls: int) -> float:
    todo = iter(range(calls))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as callers:
        for _ in range(_CALLERS):
            callers.create_task(_read_on(port, request, todo))
    return time.perf_counter() - began


async def _read_on(port: int, request: bytes, todo: Iterator[int]) -> None:
    with connected(port) as line:
        for _ in todo:
            reply = await line.post(request)
            if b'"errors"' in reply[:200]:
                raise RuntimeError(f"It was refused: {reply[:500]!r}")


def _request(server: Server, document: str) -> bytes:
    variables = {"id": server.invoice_id} if "$id" in document else {}
    body = orjson.dumps({"query": document, "variables": variables})
    return request_of("/graphql", body, server.headers)


@contextmanager
def _rivals(site: Site, office: BenchOffice, invoice: Invoice) -> Iterator[dict[str, Server]]:
    """Run those that can be run until the block is left; what is missing is told."""
    database_url = site.settings.database_url
    python = str(ROOT / ".venv" / "bin" / "python")
    programs: dict[str, tuple[Sequence[str], str]] = {
        _PLAIN: ((python, "-P", str(ROOT / "benchmarks" / "plain_strawberry.py")), database_url)
    }
    node = shutil.which("node")
    if node is None or not (_RIVALS / "node_modules").is_dir():
        note("Apollo Server and graphql-yoga need Node.js: `make bench` then installs them")
    else:
        url = database_url.replace("postgresql+asyncpg", "postgresql")
        programs[_APOLLO] = ((node, str(_RIVALS / "apollo.mjs")), url)
        programs[_YOGA] = ((node, str(_RIVALS / "yoga.mjs")), url)
    with ExitStack() as stack:
        servers = {}
        for name, (command, url) in programs.items():
            port = free_port()
            arguments = [*command, str(port), url, str(office.account_id)]
            log = site.folder / f"{name.replace(' ', '-')}.log"
            pid = stack.enter_context(process(log, arguments, _ENVIRONMENT))
            site.pids[name] = pid
            stack.callback(site.pids.pop, name)
            wait_until_up(f"http://127.0.0.1:{port}/healthz")
            servers[name] = Server(port, _JSON, str(invoice.id))
        yield servers
