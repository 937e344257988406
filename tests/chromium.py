"""Debian's Chromium, if it is there; begun once for all tests of a process."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from typing import Any

CHROMIUM = shutil.which("chromium")
#: Told at the end of the run, so that nobody takes a skipped test for one that passed.
MISSING = "Chromium is not installed: the tests of the console in a browser DID NOT RUN."


class Kept:
    """What is begun within one test and stays for the later ones: the browser, and its tasks."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.browser: Any = None


KEPT = Kept()
