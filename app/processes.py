"""Server processes that a program starts for itself and that never outlive it."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_CLEAN_ENVIRONMENT: Mapping[
    str, str
] = {  # a broken locale or a PGPORT of the caller must not matter
    "LC_ALL": "C",
    "TZ": "UTC",
}
_STOP_SECONDS = 20.0
_PAUSE_SECONDS = 0.02
_TAIL_LINES = 6
_GUARD = 'read -r _; for pid in "$@"; do kill -s INT "$pid"; done'


class StartFailed(Exception):
    """A private server could not be started; the message says why and what helps."""


class _Identity(TypedDict, total=False):
    """Popen's arguments that say as whom a process runs; none for the caller's own account."""

    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True)
class Program:
    """What to run, where its output goes, and as whom (None: as ourselves)."""

    name: str
    command: tuple[str, ...]
    log: Path
    account: pwd.struct_passwd | None = None


def run(program: Program) -> None:
    """Run the program to its end. Raises StartFailed with the log's last lines if it fails."""
    if _spawn(program).wait() != 0:
        raise StartFailed(f"{program.name} failed: {_tail(program.log)}")


@contextlib.contextmanager
def running(
    program: Program, is_ready: Callable[[int], bool], *, at_most_seconds: float = 30
) -> Iterator[int]:
    """Run a server, its process id given once it is ready, until the block is left.

    Raises StartFailed with the log's last lines if it ends or dawdles before it is ready.
    """
    process = _spawn(program)
    try:
        deadline = time.monotonic() + at_most_seconds
        while not is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"{program.name} did not start: {_tail(program.log)}")
            time.sleep(_PAUSE_SECONDS)
        yield process.pid
    finally:
        _stop(process)


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    try:
        with program.log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own words, no shell
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_CLEAN_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for the owner, which stops its servers itself
                **_identity(program.account),
            )
    except OSError as reason:
        raise StartFailed(f"{program.name} did not start: {reason}.") from reason


def _identity(account: pwd.struct_passwd | None) -> _Identity:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-_TAIL_LINES:]
    return "\n".join([f"the end of {log} says", *lines] if lines else [f"{log} is empty"])


@contextlib.contextmanager
def guarded(pids: Sequence[int]) -> Iterator[None]:
    """Have the processes stopped even if this one is killed outright.

    A shell reads from a pipe that only we hold open: when we are gone it wakes up and stops them.
    """
    guard = subprocess.Popen(  # noqa: S603 - our own words and process ids
        ("/bin/sh", "-c", _GUARD, "guard", *map(str, pids)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    with guard:
        try:
            yield
        finally:
            guard.kill()  # before its pipe closes: the servers are stopped in order from here


def stop_leftover(pid_file: Path, mark: str) -> None:
    """Stop the server whose id begins the file, if it still runs.

    `mark` is text that only this server's command line contains: it tells the server from a
    stranger that was given the same process id later.
    """
    try:
        pid = int(pid_file.read_text().split(maxsplit=1)[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        while mark in _command_line(pid):
            if time.monotonic() > deadline:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            time.sleep(_PAUSE_SECONDS * 5)
        else:
            break
    pid_file.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    """Read how a process was called; empty if there is none. A zombie counts as none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    listing = subprocess.run(  # noqa: S603 - a fixed program and a process id
        ("/bin/ps", "-o", "args=", "-p", str(pid)), capture_output=True, text=True, check=False
    )
    return listing.stdout


def free_port() -> int:
    """Give a loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
