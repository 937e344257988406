"""A private PostgreSQL and Redis from Python wheels, for the demo and the tests."""

import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

from app import private_postgres, private_redis, processes
from app.processes import StartFailed

_ATTEMPTS = 3  # another process may take a port between our look and the server's start
_PATIENCE_SECONDS = 30.0

Running = TypeVar("Running")


@dataclass(frozen=True)
class Servers:
    """Where the private servers listen; both addresses contain a password."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@contextlib.contextmanager
def private_servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Run both servers until the block is left, their data and logs in the folder.

    They listen on loopback ports behind random passwords, and end with this process however it
    ends. What an earlier run left behind is stopped first. Without `durable`, each run begins with
    an empty database that would not survive a power cut. Raises StartFailed with a sentence for
    the user, also while another process uses the folder.
    """
    folder = folder.resolve()
    with _sole_use(folder), ExitStack() as stack:
        _stop_leftovers(folder)
        cluster = private_postgres.prepare(folder, durable=durable)
        redis = _on_a_free_port(stack, lambda port: private_redis.redis_on(port, folder))
        log = folder / "postgres.log"
        postgres = _on_a_free_port(
            stack, lambda port: private_postgres.postgres_on(port, cluster, log, durable=durable)
        )
        stack.enter_context(processes.guarded([postgres.pid, redis.pid]))
        yield Servers(database_url=postgres.url, redis_url=redis.url)


def remove_servers(data: Path) -> None:
    """Stop the servers of the folder's subfolders with the processes that use them; remove all."""
    for lock in data.resolve().glob("*/lock"):
        folder = lock.parent
        _end_owner(folder)
        _stop_leftovers(folder)
        private_postgres.remove(folder)
    shutil.rmtree(data, ignore_errors=True)


def _on_a_free_port(
    stack: ExitStack, serve: Callable[[int], AbstractContextManager[Running]]
) -> Running:
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(StartFailed):
            return stack.enter_context(serve(processes.free_port()))
    return stack.enter_context(serve(processes.free_port()))


def _stop_leftovers(folder: Path) -> None:
    private_redis.stop_leftover(folder)
    private_postgres.stop_leftover(folder)


@contextlib.contextmanager
def _sole_use(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system lets go when this process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as reason:
        raise StartFailed(f"The servers' folder cannot be used: {reason}.") from reason
    with lock:
        if not _lock(lock):
            raise StartFailed(
                f"Process {_owner(lock)} keeps its servers in {folder}: "
                "end it first, or choose another folder."
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(lock: TextIO) -> int:
    lock.seek(0)
    return int(lock.read().strip() or 0)


def _end_owner(folder: Path) -> None:
    """Ask the process that holds the lock to end, and wait for it; nobody holds it: done."""
    with (folder / "lock").open() as lock:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        asked = False
        while not _lock(lock):
            owner = _owner(lock)
            if time.monotonic() > deadline or not owner:
                raise StartFailed(f"Process {owner} still uses {folder} and does not end.")
            if not asked:
                os.kill(owner, signal.SIGTERM)
                asked = True
            time.sleep(0.1)
