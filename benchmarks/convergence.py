"""`python -m benchmarks.convergence`: 5,000 random edits amid faults; both ledgers must agree.

A run is decided by its seed: `--seed 7 --edits 200` plays that one again.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from app.embedded import private_servers
from app.logging import configure_logging
from app.resources import hold_resources
from app.settings import load_settings
from db.migrate import migrate
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.journeys.converging import Chaos
from tests.journeys.judging import judge

_EDITS = 5_000
#: So many edits are made in one office; then the next seed opens another.
_EDITS_PER_OFFICE = 500


def main() -> int:
    """Run it, print what happened, and give 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=_EDITS)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--invoices", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instep-convergence-") as folder:
        log = Path(folder) / "log"
        with (
            private_servers(Path(folder) / "servers", durable=False) as servers,
            log.open("w") as s,
        ):
            configure_logging("json", stream=s)
            addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            faults = asyncio.run(_run(addresses, given))
    return 1 if faults else 0


async def _run(addresses: dict[str, str], given: argparse.Namespace) -> int:
    settings = load_settings(addresses | {"INSTEP_JWT_SECRET": "x" * 32})
    await migrate(settings.database_url)
    faults, seed, left = 0, given.seed, given.edits
    while left > 0:
        edits = min(left, _EDITS_PER_OFFICE)
        broker = make_broker(settings.redis_url, namespace=f"convergence-{seed}")
        async with hold_resources(settings, broker) as resources:
            chaos = Chaos(await open_office(resources), seed=seed, invoices=given.invoices)
            began = time.perf_counter()
            await chaos.run(edits=edits)
            found = await judge(chaos)
        _print(chaos, found, time.perf_counter() - began)
        faults, seed, left = faults + len(found), seed + 1, left - edits
    print(f"\n{given.edits} edits, {faults} broken promises")
    return faults


def _print(chaos: Chaos, found: list[str], seconds: float) -> None:
    print(f"\nseed {chaos.seed}: {seconds:.0f} s")
    for name, times in sorted(chaos.counts.items()):
        print(f"  {times:6} {name}")
    for desk in chaos.desks:
        acts = ", ".join(
            f"{times} x {name}" for name, times in sorted(desk.bookkeeper.acts.items())
        )
        print(f"  bookkeeper of {desk.books.name}: {acts}")
        print(f"    {len(desk.books.overwritten)} of their values were written over")
    for fault in found:
        print(f"  BROKEN: {fault}")


if __name__ == "__main__":
    raise SystemExit(main())
