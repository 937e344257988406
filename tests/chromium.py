"""Debian's Chromium, if it is there."""

import shutil

CHROMIUM = shutil.which("chromium")
#: Told at the end of the run, so that nobody takes a skipped test for one that passed.
MISSING = "Chromium is not installed: the tests of the console in a browser DID NOT RUN."
