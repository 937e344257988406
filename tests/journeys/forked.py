"""The service's processes, forked from one that has imported everything: they start at once."""

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from app.cli import main
from app.settings import load_settings
from app.worker import run_worker

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["app.cli", "app.web", "tests.journeys.built", "uvicorn.loops.auto",
     "uvicorn.protocols.http.auto", "tests.journeys.cutting"]
)  # fmt: skip
_GRACE_SECONDS = 15


class Part:
    """`instep serve` or `instep worker`, as a process of its own."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        self._name = name
        self._environment = environment
        self._log = log
        self._process = None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        self._process = PROCESSES.Process(
            target=_run, args=(self._name, self._environment, str(self._log))
        )
        self._process.start()

    def kill(self) -> None:
        """End it by SIGKILL: nothing of it is finished, nothing is closed."""
        kill(self._process)

    def ask_to_end(self) -> None:
        """Send SIGTERM, as who runs the service does; one that does not run hears nothing."""
        if self.is_alive:
            self._process.terminate()

    def until_ended(self) -> None:
        """Wait until it has ended by itself; one that does not is killed, and fails the test."""
        if self._process is not None:
            self._process.join(_GRACE_SECONDS)
        if self.is_alive:
            self.kill()
            raise AssertionError(f"{self._name} did not end:\n{self.told()}")

    def told(self) -> str:
        """What it wrote, for a test that fails."""
        return self._log.read_text(errors="replace")


def work(environment: dict[str, str], namespace: str) -> None:
    """Be a worker on this queue, as long as this process lives."""
    end_with_the_tests()
    os.environ.update(environment)  # noqa: TID251 - that of a process of its own
    run_worker(load_settings(), namespace=namespace, threads=2)


def end_with_the_tests() -> None:
    """Let this process not outlive tests that were killed themselves."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def kill(process) -> None:
    """End a process by SIGKILL."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def _run(name: str, environment: dict[str, str], log: str) -> None:
    end_with_the_tests()
    with Path(log).open("ab") as stream:
        os.dup2(stream.fileno(), sys.stdout.fileno())
        os.dup2(stream.fileno(), sys.stderr.fileno())
    os.environ.update(environment)  # noqa: TID251 - that of a process of its own
    sys.exit(main([name]))
