"""How many subscribers one process holds, what each costs, and how soon all have an event."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.clock import now
from app.ids import new_id
from app.processes import guarded
from benchmarks.figures import (
    Processors,
    headline,
    memory_of,
    milliseconds,
    note,
    percentile,
    told,
)
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.site import ROOT, Site
from domain.access import Scope
from domain.events import SyncStatusChanged
from domain.invoice import Invoice
from domain.outcome import status_event
from domain.standing import standing_of
from domain.sync_status import SyncStatus
from resolvers.api_keys import NewApiKey, create_api_key
from schema.floor import LiveTerms
from schema.pagination import event_cursor

_FOLLOW: Final = """subscription ($after: String) {
  syncStatusChanged(after: $after) {
    sequence cursor status phase occurredAt actor { kind name }
    invoice { id version invoiceNumber syncStatusLabel total }
  }
}"""
_GROUPS: Final = 4
#: Before them the process has neither loaded nor prepared what every subscriber shares.
_WARM_UP: Final = 100
_IDLE_SECONDS: Final = 20
_PATIENCE_SECONDS: Final = 300
_EACH: Final = LiveTerms().most_each
_LINE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class _Group:
    """Subscribers of one account."""

    office: BenchOffice
    invoice: Invoice
    keys: Sequence[str]


async def measure_subscribers(site: Site, *, subscribers: int, events: int) -> None:
    """Print memory, processor and the time until an event has reached all of a group."""
    each = subscribers // _GROUPS
    headline(f"{subscribers:,} subscribers of {_GROUPS} accounts, WebSocket, one process")
    async with AsyncExitStack() as stack:
        groups = [await _group(site, stack, each) for _ in range(_GROUPS)]
        async with _listeners(site, await _wishes(site, groups[:1], _WARM_UP)):
            empty = memory_of(site.pids["web"])
        processors, began = Processors({"web": site.pids["web"]}), time.monotonic()
        held = [
            await stack.enter_async_context(_listeners(site, await _wishes(site, [group], each)))
            for group in groups
        ]
        seconds = time.monotonic() - began
        used = memory_of(site.pids["web"]) - empty
        told("subscribers that began in a second", f"{subscribers / seconds:,.0f} /s")
        processors.show("subscriber that begins", subscribers)
        told("memory of one subscriber", f"{used / subscribers / 1024:.1f} kB", "target <= 50 kB")
        await _measure_idle(processors)
        await _measure_events(groups, held, events, processors)
        used = memory_of(site.pids["web"]) - empty
        told("memory of one subscriber afterwards", f"{used / subscribers / 1024:.1f} kB")
    note(f"an API key holds {_EACH} connections, so there are {subscribers // _EACH} of them")


async def _measure_idle(processors: Processors) -> None:
    processors.restart()
    await asyncio.sleep(_IDLE_SECONDS)
    for seconds in processors.used().values():
        told("processor while nothing happens", f"{seconds / _IDLE_SECONDS:.1%}")


async def _measure_events(
    groups: Sequence[_Group], held: Sequence["_Held"], events: int, processors: Processors
) -> None:
    waits = []
    processors.restart()
    for number in range(events):
        group, listeners = groups[number % _GROUPS], held[number % _GROUPS]
        committed, sequence = await _happen(group)
        heard = await listeners.all_heard(sequence)
        waits.append(heard["last"] - committed)
        await asyncio.sleep(0.2)
    size = len(held[0].subscribers)
    what = f"one event until the last of {size:,} has it"
    told(f"{what}, p50", milliseconds(percentile(waits, 0.5)), "target <= 300 ms")
    told(f"{what}, worst of {events}", milliseconds(max(waits)))
    processors.show("event told to one of them", events * size)


async def _happen(group: _Group) -> tuple[float, int]:
    """Commit an event; give when its commit began, and its number."""
    async with group.office.open_work() as work:
        work.record(_event(group))
        began = time.monotonic()
    return began, work.events[0].sequence


def _event(group: _Group) -> SyncStatusChanged:
    return status_event(
        standing_of(group.invoice),
        None,
        previous=SyncStatus.NOT_APPLICABLE,
        actor=group.office.context.principal.actor,
        now=now(),
        event_id=new_id(),
    )


async def _group(site: Site, stack: AsyncExitStack, subscribers: int) -> _Group:
    office = await stack.enter_async_context(open_bench_office(site.settings))
    [invoice] = await office.exportable(1)
    keys = [await _key(office) for _ in range(-(-subscribers // _EACH))]
    group = _Group(office, invoice, keys)
    await _happen(group)  # it tells each subscriber that it has begun
    return group


async def _key(office: BenchOffice) -> str:
    wish = NewApiKey(
        name="Screen", scopes=(Scope.READ,), expires_at=None, idempotency_key=str(new_id())
    )
    given = await create_api_key(office.context, wish)
    if given.secret is None:
        raise RuntimeError("A new key comes with its secret.")
    return given.secret


async def _wishes(site: Site, groups: Sequence[_Group], each: int) -> dict[str, Any]:
    """Give what a program of listeners is to hold: so many of each group."""
    subscribers = []
    for group in groups:
        async with group.office.open_work() as work:
            last = await work.sync_events.last_sequence()
        after = event_cursor(group.office.account_id, last - 1)
        subscribers += [
            {"group": 0, "token": f"Bearer {group.keys[n // _EACH]}", "after": after}
            for n in range(each)
        ]
    return {"port": site.port, "query": _FOLLOW, "subscribers": subscribers}


@dataclass(frozen=True, slots=True)
class _Held:
    """Subscribers that another process holds."""

    subscribers: Sequence[Any]
    lines: asyncio.StreamReader

    async def all_heard(self, sequence: int) -> dict[str, Any]:
        """Give when the first and the last of them had the event. Raises TimeoutError."""
        while True:
            heard: dict[str, Any] = json.loads(await self.line())
            if heard["sequence"] == sequence:
                return heard

    async def line(self) -> str:
        """Give what the process says next. Raises TimeoutError, and RuntimeError at its end."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            line = await self.lines.readline()
        if not line:
            raise RuntimeError("The listeners have ended: see the lines above.")
        return line.decode()


@asynccontextmanager
async def _listeners(site: Site, wishes: dict[str, Any]) -> AsyncIterator[_Held]:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / Path("benchmarks") / "listeners.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    if program.stdin is None or program.stdout is None:
        raise RuntimeError("Both are pipes.")
    try:
        with guarded([program.pid]):
            program.stdin.write(json.dumps(wishes).encode() + b"\n")
            held = _Held(wishes["subscribers"], program.stdout)
            while "ready" not in await held.line():
                pass
            yield held
    finally:
        program.kill()
        await program.wait()
