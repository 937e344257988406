"""qbwc-kit's service in a process of its own, to compare with; installed by `make bench` alone."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.processes import free_port
from benchmarks.figures import note
from benchmarks.site import ROOT, Site, process, wait_until_up

_PYTHON: Final = ROOT / "benchmarks" / ".venv" / "bin" / "python"
_SERVICE: Final = ROOT / "benchmarks" / "kit_service.py"


@dataclass(frozen=True, slots=True)
class Kit:
    port: int
    folder: Path
    #: As kit_service.py has them.
    user_name: str = "bench"
    password: str = field(default="bench", repr=False)

    def queue(self, documents: Sequence[str]) -> None:
        """Give it these message sets to hand out, one after the other, in its next session."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for number, document in enumerate(documents):
            (self.folder / f"{number:06}.xml").write_text(document, encoding="utf-8")


@contextmanager
def running_kit(site: Site) -> Iterator[Kit | None]:
    """Run it until the block is left; None, with a word to the reader, where it is missing."""
    if not _PYTHON.exists():
        note("qbwc-kit is not installed: `make bench` does that")
        yield None
        return
    port, folder = free_port(), site.folder / "kit"
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier part left there
    folder.mkdir()
    # -P: what stands beside the script must not be taken for the standard library's
    command = [str(_PYTHON), "-P", str(_SERVICE), str(port), str(folder)]
    with process(site.folder / "kit.log", command, {"PATH": os.defpath}) as pid:
        wait_until_up(f"http://127.0.0.1:{port}/qbwc")
        site.pids["qbwc-kit"] = pid
        try:
            yield Kit(port, folder)
        finally:
            del site.pids["qbwc-kit"]
