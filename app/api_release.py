"""What a release of the API may change: `make compare` looks, `make released` keeps the result."""

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.clock import now
from schema.build import schema
from schema.evolution import Comparison, compare, short_notices, untold

_ROOT = Path(__file__).parent.parent
#: The SDL that partners have: that of the last release.
RELEASED = _ROOT / "schema" / "released.graphql"
#: Breaks that were decided all the same.
ACCEPTED = _ROOT / "schema" / "accepted_breaks.toml"

CURE = (
    "Keep it, and deprecate it first: @deprecated with what to use instead, since which release,"
    " and until when it is kept. Where that cannot be, record the sentence with a reason and the"
    " version in schema/accepted_breaks.toml. docs/api/evolution.md tells the policy."
)
_HEAD = "# The API as partners have it since {version} ({today}); written by `make released`.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedBreak:
    """One break that was decided, with who it is good for."""

    change: str
    reason: str
    version: str


def read_accepted(text: str) -> list[AcceptedBreak]:
    """Read the list. Raises ValueError for an entry without change, reason or version."""
    entries = tomllib.loads(text).get("accepted", [])
    try:
        accepted = [AcceptedBreak(**entry) for entry in entries]
    except TypeError as fault:
        raise ValueError(f"An entry has a change, a reason and a version: {fault}.") from None
    for entry in accepted:
        if not entry.reason.strip() or not re.fullmatch(r"\d+\.\d+\.\d+", entry.version):
            raise ValueError(f'"{entry.change}" needs a reason, and a version such as 0.2.0.')
    return accepted


def faults(comparison: Comparison, accepted: Sequence[AcceptedBreak], present: str) -> list[str]:
    """Give what stands between this schema and a release, each with its cure."""
    decided = {entry.change for entry in accepted}
    return [
        *(f"{text} {CURE}" for text in comparison.breaking if text not in decided),
        *(
            f'schema/accepted_breaks.toml records "{text}", which breaks nothing now: remove it.'
            for text in sorted(decided.difference(comparison.breaking))
        ),
        *untold(present),
    ]


def look(today: date) -> int:
    """Print what changed since the last release; give 1 when something breaks clients."""
    present = schema().as_str()
    comparison = compare(RELEASED.read_text("utf-8"), present, today=today)
    for text in comparison.announced:
        print(f"to announce: {text}")
    wrong = faults(comparison, read_accepted(ACCEPTED.read_text("utf-8")), present)
    for text in wrong:
        print(f"breaks: {text}", file=sys.stderr)
    print("The API breaks its promises." if wrong else "Nothing breaks what partners have.")
    return 1 if wrong else 0


def keep(today: date) -> int:
    """Make the present schema the released one, unless something speaks against it."""
    present = schema().as_str()
    short = short_notices(RELEASED.read_text("utf-8"), present, today=today)
    for text in short:
        print(text, file=sys.stderr)
    if short or look(today):
        return 1
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    head = _HEAD.format(version=project["version"], today=today)
    RELEASED.write_text(f"{head}{present}\n", encoding="utf-8")
    if read_accepted(ACCEPTED.read_text("utf-8")):
        print("Now take the breaks out of schema/accepted_breaks.toml: they are released.")
    return 0


if __name__ == "__main__":
    sys.exit({"compare": look, "keep": keep}[sys.argv[1]](now().date()))
