"""Polls that find nothing due: what most calls of most Web Connectors are."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import connected
from benchmarks.kit import running_kit
from benchmarks.lean_connector import poll_requests
from benchmarks.office import open_bench_office
from benchmarks.site import Site

_CONNECTORS: Final = 8
_NOTHING_DUE: Final = b"<string>none</string>"


async def measure_idle(site: Site, *, polls: int, rounds: int) -> None:
    """Print how many idle polls a second one process answers, ours and qbwc-kit's in turn."""
    headline(
        f"Idle poll (serverVersion, clientVersion, authenticate, closeConnection),"
        f" {_CONNECTORS} connectors"
    )
    with running_kit(site) as kit:
        async with open_bench_office(site.settings) as office:
            created = office.connection
            ours = poll_requests(created.connection.user_name, created.password)
            await _poll(site.port, ours, _CONNECTORS)
            processors = Processors(site.pids)
            mine, theirs = [], []
            for _ in range(rounds):
                mine.append(await _poll(site.port, ours, polls))
                if kit is not None:
                    kits = poll_requests(kit.user_name, kit.password)
                    theirs.append(await _poll(kit.port, kits, polls))
        told("one process of Instep", rate(polls, median(mine)), "target >= 400 /s")
        if theirs:
            told("one process of qbwc-kit 0.1.3", rate(polls, median(theirs)))
            told("ours : qbwc-kit's", f"{median(theirs) / median(mine):.2f}")
        note(f"median of {rounds} rounds of {polls} polls; ours reads PostgreSQL in each")
        processors.show("poll", rounds * polls)


async def _poll(port: int, requests: Sequence[bytes], polls: int) -> float:
    todo = iter(range(polls))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as connectors:
        for _ in range(_CONNECTORS):
            connectors.create_task(_poll_on(port, requests, todo))
    return time.perf_counter() - began


async def _poll_on(port: int, requests: Sequence[bytes], todo: Iterator[int]) -> None:
    with connected(port) as line:
        for _ in todo:
            replies = [await line.post(request) for request in requests]
            if _NOTHING_DUE not in replies[2]:
                raise RuntimeError(f"Something was due: {replies[2]!r}")
