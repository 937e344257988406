"""The service as in production: processes of its own, on private servers, over real sockets."""

import asyncio
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app import private_postgres
from app.embedded import private_servers
from app.processes import free_port, guarded
from app.settings import Settings, environment_with, load_settings
from benchmarks.figures import child_called
from db.migrate import migrate
from resolvers.connections import CreatedConnection
from simulator.company_file import DEMO_COMPANY

ROOT = Path(__file__).parent.parent
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything is; the web process runs, the rest is started when it is needed."""

    folder: Path
    settings: Settings
    environment: Mapping[str, str] = field(repr=False)
    #: By name: the web process, PostgreSQL, and what else was started.
    pids: dict[str, int]

    @property
    def port(self) -> int:
        return self.settings.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Run so many `instep worker` until the block is left."""
        with ExitStack() as stack:
            for number in range(1, count + 1):
                name = f"worker {number}"
                stack.enter_context(self._running(name, ["-m", "app", "worker"]))
            for number in range(1, count + 1):
                self._await_log(f"worker {number}", "worker.started")
            yield

    @contextmanager
    def quickbooks(self, created: CreatedConnection, *, every_seconds: int) -> Iterator[None]:
        """Run `instep simulate` on an empty company file until the block is left."""
        qwc, company = self.folder / "bench.qwc", self.folder / "company.json"
        qwc.write_text(created.qwc_file, encoding="utf-8")
        company.write_text(json.dumps(empty_company()), encoding="utf-8")
        options = ["--qwc", str(qwc), "--password", created.password]
        options += ["--company-file", str(company), "--every", str(every_seconds)]
        with self._running("simulator", ["-m", "app", "simulate", *options]):
            yield

    @contextmanager
    def _running(self, name: str, arguments: Sequence[str]) -> Iterator[None]:
        with process(self._log(name), [sys.executable, *arguments], self.environment) as pid:
            self.pids[name] = pid
            try:
                yield
            finally:
                del self.pids[name]

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.log"

    def _await_log(self, name: str, word: str) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while word not in self._log(name).read_text(encoding="utf-8"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"The {name} did not start: see {self._log(name)}.")
            time.sleep(0.1)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run PostgreSQL, Redis and `instep serve` until the block is left."""
    with private_servers(folder / "servers") as servers, ExitStack() as stack:
        port = free_port()
        environment = {
            **environment_with({}),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "INSTEP_JWT_SECRET": secrets.token_hex(32),
            "INSTEP_LOG_FORMAT": "json",
            "INSTEP_COST_PER_MINUTE": "1000000000",  # counted, and never met
            "INSTEP_COST_BURST": "1000000000",
            "INSTEP_PORT": str(port),
            "INSTEP_PUBLIC_URL": f"http://localhost:{port}",
        }
        settings = load_settings(environment)
        asyncio.run(migrate(settings.database_url))
        site = Site(folder, settings, environment, {"PostgreSQL": child_called("postgres")})
        stack.callback(private_postgres.remove, folder / "servers")
        stack.enter_context(site._running("web", ["-m", "app", "serve"]))  # noqa: SLF001 - its maker
        wait_until_up(f"{site.url}/healthz")
        yield site


@contextmanager
def process(log: Path, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """Run a program until the block is left; give its process id."""
    with log.open("w") as output:
        program = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            env=dict(environment),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the benchmark, which stops its parts in order
        )
        try:
            with guarded([program.pid]):
                yield program.pid
        finally:
            program.terminate()
            try:
                program.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def wait_until_up(url: str) -> None:
    """Return once the address answers. Raises RuntimeError after a minute."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer.")


def empty_company() -> dict[str, object]:
    """Give the sample company before its first invoice, as the simulator reads it."""
    described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
    return {**described, "invoices": []}
