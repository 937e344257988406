"""Private server processes start or say why not, and only our own are ever stopped."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import processes
from app.processes import Program, StartFailed


def shell(script: str, log: Path) -> Program:
    return Program("The server", ("/bin/sh", "-c", script), log)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing for a minute, unless it is stopped."""
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        shown = Path(f"/proc/{process.pid}/cmdline")
        deadline = time.monotonic() + 5
        while shown.exists() and not shown.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.01)  # for a moment within exec a process has no command line
        yield process
        process.kill()


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    dying = shell("echo one; echo port taken >&2; exit 1", tmp_path / "log")

    with (
        pytest.raises(StartFailed, match=r"(?s)The server did not start: .*port taken"),
        processes.running(dying, lambda _: False),
    ):
        pass


def test_a_server_that_is_never_ready_is_stopped_and_reported(tmp_path: Path) -> None:
    dawdling = shell("exec sleep 60", tmp_path / "log")

    with (
        pytest.raises(StartFailed, match="log is empty"),
        processes.running(dawdling, lambda _: False, at_most_seconds=0),
    ):
        pass


def test_a_program_that_is_missing_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="No such file"):
        processes.run(Program("The server", ("/nowhere/server",), tmp_path / "log"))


def test_a_program_that_fails_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=r"(?s)The server failed: .*no room"):
        processes.run(shell("echo no room; exit 2", tmp_path / "log"))


def test_a_leftover_is_known_by_its_command_line_and_stopped(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{sleeper.pid}\nmore lines\n")

    processes.stop_leftover(pid_file, mark="sleep 60")

    assert sleeper.wait(timeout=5) != 0
    assert not pid_file.exists()


def test_a_stranger_with_the_leftovers_process_id_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{sleeper.pid}\n")

    processes.stop_leftover(pid_file, mark="postgres -D /somewhere")

    assert sleeper.poll() is None
    assert not pid_file.exists()


@pytest.mark.parametrize("content", ["", "\n", "not a number"])
def test_a_damaged_process_id_file_means_nothing_runs(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)

    processes.stop_leftover(tmp_path / "pid", mark="anything")


def test_two_free_ports_in_a_row_can_both_be_used() -> None:
    assert all(0 < processes.free_port() < 65536 for _ in range(2))
