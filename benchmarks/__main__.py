"""`make bench`: how fast the queue drains and how cheap an idle poll is, on private servers."""

import asyncio
import tempfile
from pathlib import Path

from app.embedded import private_servers
from app.logging import configure_logging
from app.settings import load_settings
from benchmarks.office import open_bench_office
from benchmarks.queue import measure_idle_polls, measure_queue
from db.migrate import migrate


async def _measure(environment: dict[str, str]) -> None:
    settings = load_settings(environment)
    await migrate(settings.database_url)
    async with open_bench_office(settings) as office:
        await measure_queue(office, invoices=200)
        await measure_idle_polls(office, polls=400)


def main() -> None:
    """Run every measurement and print its figures."""
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as folder:
        log = Path(folder) / "bench.log"
        with private_servers(Path(folder) / "servers") as servers, log.open("w") as stream:
            configure_logging("json", stream=stream)
            addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            asyncio.run(_measure(addresses))


if __name__ == "__main__":
    main()
