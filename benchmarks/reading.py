"""GraphQL reads: ours, plain Strawberry, Apollo Server and graphql-yoga on the same tables."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Final

import orjson

from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import connected, request_of
from benchmarks.office import open_bench_office
from benchmarks.peers import OURS, Server, ours, peers, tell_ratios
from benchmarks.site import Site
from domain.invoice import Invoice
from schema.ids import global_id

_CALLERS: Final = 16
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


async def measure_reading(site: Site, *, rounds: int) -> None:
    """Print reads a second of one process each, in turn, and the ratios to ours."""
    headline(f"GraphQL reads over HTTP, {_CALLERS} callers, one process each")
    async with open_bench_office(site.settings) as office:
        invoice = (await office.exportable(60))[0]
        token = await office.token()
        with peers(site, office.account_id) as others:
            servers = {OURS: ours(site, token), **others}
            for what, (document, calls) in _READS.items():
                requests = {
                    name: _request(server, document, _named(invoice, name))
                    for name, server in servers.items()
                }
                await _compare(site, what, requests, calls, servers, rounds)
    note("ours signs each call in and is bound by row-level security; the others do neither")


async def _compare(
    site: Site,
    what: str,
    requests: Mapping[str, bytes],
    calls: int,
    servers: Mapping[str, Server],
    rounds: int,
) -> None:
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for name, server in servers.items():
        await _read(server.port, requests[name], calls // 4)
    processors = Processors(site.pids)
    for _ in range(rounds):
        for name, server in servers.items():
            taken[name].append(await _read(server.port, requests[name], calls))
    for name, seconds in taken.items():
        told(f"{what}, {name}", rate(calls, median(seconds)))
    tell_ratios(what, {name: median(seconds) for name, seconds in taken.items()})
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
            if b'"errors"' in reply[:200] or b'"total"' not in reply:
                raise RuntimeError(f"No invoice: {reply[:500]!r}")


def _named(invoice: Invoice, server: str) -> str:
    """Give the invoice's id as this server shows it."""
    return global_id("Invoice", invoice.id) if server == OURS else str(invoice.id)


def _request(server: Server, document: str, invoice_id: str) -> bytes:
    variables = {"id": invoice_id} if "$id" in document else {}
    body = orjson.dumps({"query": document, "variables": variables})
    return request_of("/graphql", body, server.headers)
