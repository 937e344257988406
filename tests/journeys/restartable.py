"""Servers of one test alone, which it may stop and start again."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path

from app import private_postgres, private_redis
from app.processes import free_port


class RestartableServers:
    """A PostgreSQL and a Redis of this test's own, each at an address that stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cluster = private_postgres.prepare(folder, durable=False)
        self._ports = free_port(), free_port()
        self._stacks = {"postgres": ExitStack(), "redis": ExitStack()}
        self._pids: dict[str, int] = {}
        self.urls: dict[str, str] = {}

    def start(self, which: str) -> None:
        if which == "postgres":
            log = self._folder / "postgres.log"
            served = private_postgres.postgres_on(self._ports[0], self._cluster, log, durable=False)
        else:
            served = private_redis.redis_on(self._ports[1], self._folder, password="of-this-test")
        running = self._stacks[which].enter_context(served)
        self.urls[which], self._pids[which] = running.url, running.pid

    def stop(self, which: str, *, at_once: bool = False) -> None:
        """Let it shut down in order; or at once, as PostgreSQL's immediate mode does."""
        if at_once:
            os.kill(self._pids[which], signal.SIGQUIT)
        self._stacks[which].close()

    def remove(self) -> None:
        private_postgres.remove(self._folder)
