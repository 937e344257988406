"""What a million invoices do to a page, a save, a poll and a reader of events."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from app.web import BROKER_NAMESPACE
from benchmarks.figures import headline, milliseconds, note, told
from benchmarks.http_line import Line, connected, request_of
from benchmarks.lean_connector import poll_requests
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.saving import save
from benchmarks.site import Site, running_site
from domain.invoice import Invoice
from domain.search import InvoiceSort
from domain.sync import JobState
from schema.pagination import event_cursor, write_cursor
from schema.scalars import print_date_time

_PRICE: Final = Decimal("42.00")
_WARM_UP: Final = 5
_EDGES: Final = "edges { node { id invoiceNumber total syncStatus tasks { id quantity } } }"
_PAGE: Final = (
    "query($after: String, $filter: InvoiceFilter)"
    f" {{ invoices(first: 50, after: $after, filter: $filter) {{ {_EDGES} }} }}"
)
_EVENTS: Final = (
    "query($after: String) { syncEvents(first: 20, after: $after)"
    " { edges { node { sequence status invoice { id } } } } }"
)
_TARGET: Final = "target <= 1.3"
#: What stands in the tables for each invoice, and what differs from the one that is copied.
_COPIES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "invoice": (
        "t.id = $1",
        {
            "id": "c.invoice_id",
            "number": "'G' || c.n",
            "batch_id": "null",
            "invoice_date": "t.invoice_date - (c.n % 700)::int",
            "created_at": "t.created_at - c.n * interval '1 second'",
            "updated_at": "t.updated_at - c.n * interval '1 second'",
        },
    ),
    "task": (
        "t.invoice_id = $1 and t.position <= 2",
        {"id": "uuidv7()", "invoice_id": "c.invoice_id"},
    ),
    "quickbooks_link": (
        "t.invoice_id = $1",
        {"invoice_id": "c.invoice_id", "txn_id": "'G-' || c.n"},
    ),
    "sync_job": ("t.invoice_id = $1", {"id": "c.job_id", "invoice_id": "c.invoice_id"}),
    "sync_event": (
        "t.invoice_id = $1 and t.phase = 'DONE'",
        {
            "id": "uuidv7()",
            "invoice_id": "c.invoice_id",
            "sequence": "c.n + (select last from event_counter where account_id = t.account_id)",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Grown:
    """A site with so many invoices, and what is measured there."""

    site: Site
    office: BenchOffice
    token: str
    saved: list[Invoice]
    #: The cursor behind the invoice in the middle.
    middle: str
    #: The cursor behind which a few events stand.
    nearly_last: str


Measured = Callable[[Grown, Line, int], Awaitable[None]]


async def measure_growth(site: Site, *, few: int, many: int, rounds: int) -> None:
    """Print what each costs with few and with many invoices, in turns, and the ratios."""
    headline(f"{few:,} invoices and {many:,} on a site of its own, in turns")
    async with AsyncExitStack() as stack:
        folder = site.folder / "many"
        folder.mkdir()
        running = running_site(folder)
        large = await asyncio.to_thread(running.__enter__)  # it runs an event loop of its own
        stack.push_async_callback(asyncio.to_thread, running.__exit__, None, None, None)
        saves = _WARM_UP + rounds  # each of another invoice
        one = await stack.enter_async_context(grown(site, few, saves))
        other = await stack.enter_async_context(grown(large, many, saves))
        taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in _MEASURES}
        for number in range(-_WARM_UP, rounds):
            for name, measure in _MEASURES.items():
                for where, seconds in zip((one, other), taken[name], strict=True):
                    spent = await _timed(measure, where, number + _WARM_UP)
                    if number >= 0:
                        seconds.append(spent)
    for name, (with_few, with_many) in taken.items():
        before, after = median(with_few), median(with_many)
        told(name, f"{after / before:.2f} x", _TARGET)
        note(f"{milliseconds(before)} with {few:,}, {milliseconds(after)} with {many:,}")


async def _timed(measure: Measured, where: Grown, number: int) -> float:
    with connected(where.site.port) as line:
        began = time.perf_counter()
        await measure(where, line, number)
        return time.perf_counter() - began


@asynccontextmanager
async def grown(site: Site, size: int, saves: int) -> AsyncIterator[Grown]:
    """Give the site with so many invoices for as long as the block runs, some of them for saves."""
    async with open_bench_office(site.settings, namespace=BROKER_NAMESPACE) as office:
        with site.workers(1), site.quickbooks(office.connection, every_seconds=1):
            made = await office.exportable(saves)
            await office.export(made)
            await office.until(JobState.APPLIED, made)
        url = site.settings.database_url.replace("postgresql+asyncpg", "postgresql")
        database = await asyncpg.connect(url)
        try:
            await _multiply(database, made[0].id, size - saves)
            middle = await _cursor_of(database, office.account_id, size // 2)
            last = await database.fetchval(
                "select last from event_counter where account_id = $1", office.account_id
            )
        finally:
            await database.close()
        nearly_last = event_cursor(office.account_id, last - 10)
        yield Grown(site, office, await office.token(), made, middle, nearly_last)


async def _multiply(database: asyncpg.Connection, template: UUID, count: int) -> None:
    """Store copies of an invoice that was synced, with what hangs on it; nobody checks them."""
    await database.execute("set session_replication_role = replica")
    await database.execute(
        "create temp table clone as select n, uuidv7() as invoice_id, uuidv7() as job_id"  # noqa: S608 - a number
        f" from generate_series(1, {count:d}) as n"
    )
    for table, (which, changes) in _COPIES.items():
        rows = await database.fetch(
            "select column_name from information_schema.columns"
            " where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'",
            table,
        )
        names = [row["column_name"] for row in rows]
        given = ", ".join(changes.get(name, f"t.{name}") for name in names)
        copying = (
            f"insert into {table} ({', '.join(names)})"  # noqa: S608 - our own names
            f" select {given} from clone as c cross join {table} as t where {which}"
        )
        await database.execute(copying, template)
    await database.execute(
        "update event_counter set last = last + $1"
        " where account_id = (select account_id from invoice where id = $2)",
        count,
        template,
    )
    await database.execute("vacuum analyze")
    await database.execute("checkpoint")


async def _cursor_of(database: asyncpg.Connection, account_id: UUID, place: int) -> str:
    row = await database.fetchrow(
        "select id, updated_at from invoice where account_id = $1"
        " order by updated_at desc, id desc offset $2 limit 1",
        account_id,
        place,
    )
    if row is None:
        raise RuntimeError("There are not as many invoices as were made.")
    moment = print_date_time(row["updated_at"])
    return write_cursor(InvoiceSort.UPDATED_AT_DESC.value, moment, str(row["id"]))


async def _ask(where: Grown, line: Line, document: str, **variables: Any) -> None:
    body = orjson.dumps({"query": document, "variables": variables})
    headers = {"Authorization": f"Bearer {where.token}", "Content-Type": "application/json"}
    reply = await line.post(request_of("/graphql", body, headers))
    if b'"errors"' in reply[:200] or b'"node"' not in reply:
        raise RuntimeError(f"No page: {reply[:500]!r}")


async def _newest(where: Grown, line: Line, _: int) -> None:
    await _ask(where, line, _PAGE)


async def _middle(where: Grown, line: Line, _: int) -> None:
    await _ask(where, line, _PAGE, after=where.middle)


async def _found(where: Grown, line: Line, number: int) -> None:
    await _ask(where, line, _PAGE, filter={"invoiceNumberPrefix": f"G{number % 9 + 1}"})


async def _events(where: Grown, line: Line, _: int) -> None:
    await _ask(where, line, _EVENTS, after=where.nearly_last)


async def _save(where: Grown, line: Line, number: int) -> None:
    await save(line, where.token, where.saved[number], _PRICE)


async def _poll(where: Grown, line: Line, _: int) -> None:
    created = where.office.connection
    for request in poll_requests(created.connection.user_name, created.password):
        await line.post(request)


_MEASURES: Final[Mapping[str, Measured]] = {
    "the newest 50 invoices with their tasks": _newest,
    "50 invoices from the middle": _middle,
    "50 invoices whose number begins so": _found,
    "an idle poll": _poll,
    "a saveAndSync": _save,
    "the newest events behind a cursor": _events,
}
