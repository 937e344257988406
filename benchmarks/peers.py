"""Those that are compared: plain Strawberry, Apollo Server, graphql-yoga, one process each."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.processes import free_port
from benchmarks.figures import note, told
from benchmarks.site import ROOT, Site, process, wait_until_up

OURS: Final = "ours"
_RIVALS: Final = ROOT / "benchmarks" / "rivals"
_PLAIN: Final = "plain Strawberry"
_APOLLO: Final = "Apollo Server"
_YOGA: Final = "graphql-yoga"
_TARGETS: Final = {_PLAIN: "target >= 5", _APOLLO: "target >= 1"}
_ENVIRONMENT: Final = {"PATH": os.defpath, "NODE_ENV": "production"}
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Server:
    """One of those compared."""

    port: int
    headers: Mapping[str, str]


def ours(site: Site, token: str) -> Server:
    """Give our own."""
    return Server(site.port, {**_JSON, "Authorization": f"Bearer {token}"})


def tell_ratios(what: str, seconds: Mapping[str, float], *, has_target: bool = True) -> None:
    """Print how many times as many of the calls we answer as each of the others."""
    for name, taken in seconds.items():
        if name != OURS:
            target = _TARGETS.get(name, "") if has_target else ""
            told(f"{what}, ours : {name}", f"{taken / seconds[OURS]:.2f}", target)


@contextmanager
def peers(site: Site, account_id: UUID) -> Iterator[dict[str, Server]]:
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
            arguments = [*command, str(port), url, str(account_id)]
            log = site.folder / f"{name.replace(' ', '-')}.log"
            pid = stack.enter_context(process(log, arguments, _ENVIRONMENT))
            site.pids[name] = pid
            stack.callback(site.pids.pop, name)
            wait_until_up(f"http://127.0.0.1:{port}/healthz")
            servers[name] = Server(port, _JSON)
        yield servers
