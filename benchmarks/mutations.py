"""A saveAndSync over HTTP: ours with all that it keeps, the others with the least that saves."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import orjson

from app.ids import new_id
from app.web import BROKER_NAMESPACE
from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import connected, request_of
from benchmarks.office import open_bench_office
from benchmarks.peers import OURS, Server, ours, peers, tell_ratios
from benchmarks.site import Site
from domain.invoice import Invoice
from domain.sync import JobState
from schema.ids import global_id

_CALLERS: Final = 16
_SAVES_EACH: Final = 12
_OURS: Final = """mutation ($input: SaveAndSyncInput!) {
  saveAndSync(input: $input) { invoice { version } userErrors { message } }
}"""
_THEIRS: Final = """mutation ($id: ID!, $version: Int!, $task: ID!, $price: Decimal!) {
  saveAndSync(invoiceId: $id, version: $version, taskId: $task, unitPrice: $price) {
    invoice { version }
  }
}"""


@dataclass(slots=True)
class _Edited:
    """An invoice, and the version that its server told last."""

    invoice: Invoice
    version: int = 1


async def measure_mutations(site: Site, *, rounds: int) -> None:
    """Print saves a second of one process each, in turn, and the ratios to ours."""
    headline(f"A saveAndSync over HTTP, {_CALLERS} callers, one process each")
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(
            open_bench_office(site.settings, namespace=BROKER_NAMESPACE)
        )
        others = stack.enter_context(peers(site, office.account_id))
        servers = {OURS: ours(site, await office.token()), **others}
        with site.workers(1), site.quickbooks(office.connection, every_seconds=1):
            made = await office.exportable(_CALLERS * len(servers))
            await office.export(made)
            await office.until(JobState.APPLIED, made)
        edited = {
            name: [_Edited(invoice) for invoice in made[start :: len(servers)]]
            for start, name in enumerate(servers)
        }
        taken: dict[str, list[float]] = {name: [] for name in servers}
        processors = Processors(site.pids)
        for number in range(rounds + 1):  # the first one warms up
            if number == 1:
                processors.restart()
            for name, server in servers.items():
                seconds = await _save_all(name, server, edited[name], number)
                if number:
                    taken[name].append(seconds)
        saves = _CALLERS * _SAVES_EACH
        for name, seconds_each in taken.items():
            told(f"saveAndSync, {name}", rate(saves, median(seconds_each)))
        middle = {name: median(seconds_each) for name, seconds_each in taken.items()}
        tell_ratios("saveAndSync", middle, has_target=False)
        note("ours checks and proves, keeps history, audit, key and event, and has it sent;")
        note("the others change a price, the version and the total, and store a job")
        processors.show("save", rounds * saves)


async def _save_all(name: str, server: Server, edited: Sequence[_Edited], number: int) -> float:
    began = time.perf_counter()
    async with asyncio.TaskGroup() as callers:
        for one in edited:
            callers.create_task(_save_some(name, server, one, number))
    return time.perf_counter() - began


async def _save_some(name: str, server: Server, edited: _Edited, number: int) -> None:
    with connected(server.port) as line:
        for turn in range(_SAVES_EACH):
            price = f"{40 + number}.{turn:02d}"
            wish = _our_wish(edited, price) if name == OURS else _their_wish(edited, price)
            body = orjson.dumps(wish)
            answer = orjson.loads(await line.post(request_of("/graphql", body, server.headers)))
            payload = (answer.get("data") or {}).get("saveAndSync")
            if payload is None or payload["invoice"] is None or payload.get("userErrors"):
                raise RuntimeError(f"{name} saved nothing: {answer}")
            edited.version = payload["invoice"]["version"]


def _our_wish(edited: _Edited, price: str) -> Mapping[str, Any]:
    invoice = edited.invoice
    task = global_id("Task", invoice.content.tasks[0].id)
    wish = {
        "invoiceId": global_id("Invoice", invoice.id),
        "version": edited.version,
        "idempotencyKey": str(new_id()),
        "edits": {"editTasks": [{"taskId": task, "patch": {"unitPrice": price}}]},
    }
    return {"query": _OURS, "variables": {"input": wish}}


def _their_wish(edited: _Edited, price: str) -> Mapping[str, Any]:
    invoice = edited.invoice
    given = {
        "id": str(invoice.id),
        "version": edited.version,
        "task": str(invoice.content.tasks[0].id),
        "price": price,
    }
    return {"query": _THEIRS, "variables": given}
