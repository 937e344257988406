"""`make bench`: figures beside their targets; `python -m benchmarks drain` for a part of it."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from app.logging import configure_logging
from benchmarks.drain import measure_drain
from benchmarks.figures import surroundings
from benchmarks.growth import measure_growth
from benchmarks.idle import measure_idle
from benchmarks.latency import measure_latency
from benchmarks.mutations import measure_mutations
from benchmarks.queue import measure_steps
from benchmarks.reading import measure_reading
from benchmarks.site import Site, running_site
from benchmarks.subscribers import measure_subscribers
from benchmarks.throughput import measure_throughput

Measure = Callable[[Site], Coroutine[Any, Any, None]]

PARTS: Final[Mapping[str, Measure]] = {
    "latency": lambda site: measure_latency(site, saves=200, polling_saves=30),
    "warm": lambda site: measure_latency(site, saves=200, polling_saves=0),
    "drain": lambda site: measure_drain(site, invoices=400, rounds=3),
    "throughput": lambda site: measure_throughput(site, invoices=400, workers=2),
    "idle": lambda site: measure_idle(site, polls=1000, rounds=3),
    "reading": lambda site: measure_reading(site, rounds=5),
    "mutations": lambda site: measure_mutations(site, rounds=5),
    "growth": lambda site: measure_growth(site, few=1_000, many=1_000_000, rounds=60),
    "subscribers": lambda site: measure_subscribers(site, subscribers=8000, events=20),
    "steps": lambda site: measure_steps(site, invoices=200),
}
_USUAL: Final = ("latency", "drain", "throughput", "idle", "reading", "mutations", "subscribers")
_TERMINATED: Final = 128 + signal.SIGTERM


def main() -> None:
    """Measure what was asked for, on private servers, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)}")
    asked = parser.parse_args().parts or _USUAL
    for part in asked:
        if part not in PARTS:
            parser.error(f"there is no part {part}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # unwinds, as Ctrl-C does
    began = time.perf_counter()
    print(surroundings())
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_site(folder) as site, (folder / "bench.log").open("w") as log:
            configure_logging("json", stream=log)
            for part in asked:
                asyncio.run(PARTS[part](site))
    print(f"\n{surroundings()}\nall of it took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
