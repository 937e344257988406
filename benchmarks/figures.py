"""How a measurement is told: lines with figure and target, percentiles, seconds of processors."""

import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_WIDTH = 66
_YARDSTICK = 10_000_000
_PROCESSES = Path("/proc")


def headline(text: str) -> None:
    """Begin a part."""
    print(f"\n{text}", flush=True)


def told(what: str, figure: str, target: str = "") -> None:
    """Print one figure, with the target that it is to be compared with."""
    print(f"  {what:{_WIDTH}} {figure:>12}   {target}".rstrip(), flush=True)


def note(text: str) -> None:
    """Print what one should know about the figures."""
    print(f"  ({text})", flush=True)


def milliseconds(seconds: float) -> str:
    """Show a duration."""
    return f"{seconds * 1000:,.1f} ms"


def rate(count: int, seconds: float) -> str:
    """Show how many were done in a second."""
    return f"{count / seconds:,.0f} /s"


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Processors:
    """Seconds of processors that named processes use, with their children; Linux tells them.

    On a machine that others use too they say more than the time on the wall.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids if _PROCESSES.is_dir() else {}
        self._begun = self._read()

    def restart(self) -> None:
        """Count from here."""
        self._begun = self._read()

    def used(self) -> dict[str, float]:
        """Give the seconds since the start, by the name of the process."""
        return {name: seconds - self._begun[name] for name, seconds in self._read().items()}

    def show(self, unit: str, count: int) -> None:
        """Print what one unit of work cost each process."""
        used = self.used()
        if used:
            costs = ", ".join(f"{name} {used[name] / count * 1000:.2f}" for name in used)
            note(f"milliseconds of processor per {unit}: {costs}")

    def _read(self) -> dict[str, float]:
        stats = _stats()
        return {name: _with_children(pid, stats) for name, pid in self._pids.items()}


def child_called(name: str) -> int:
    """Give the process id of our own child of this name; 0 where that cannot be seen."""
    for pid, (parent, _) in _stats().items():
        if parent == os.getpid() and (_PROCESSES / str(pid) / "comm").read_text().strip() == name:
            return pid
    return 0


def memory_of(pid: int) -> int:
    """Give how many bytes of memory a process has in use; 0 where that cannot be seen."""
    file = _PROCESSES / str(pid) / "statm"
    if not file.exists():
        return 0
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def surroundings() -> str:
    """Tell how busy the machine is, whoever made it so, and how fast Python runs on it."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    began, used = time.perf_counter(), time.process_time()
    sum(range(_YARDSTICK))
    on_the_wall = milliseconds(time.perf_counter() - began)
    return (
        f"{os.cpu_count()} processors; load of the last 1, 5 and 15 minutes: {loads}\n"
        f"adding {_YARDSTICK:,} numbers takes {on_the_wall},"
        f" {milliseconds(time.process_time() - used)} of it on a processor"
    )


def _stats() -> dict[int, tuple[int, float]]:
    """Read parent and seconds of each process, those of its ended children with it."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for file in _PROCESSES.glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        found[int(file.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / ticks)
    return found


def _with_children(pid: int, stats: Mapping[int, tuple[int, float]]) -> float:
    own = stats[pid][1] if pid in stats else 0.0
    children = [child for child, (parent, _) in stats.items() if parent == pid]
    return own + sum(_with_children(child, stats) for child in children)
