"""How an update ended, in the words of the Web Connector's window."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """The end of one update."""

    DONE = "done"
    NO_WORK = "no work"
    INVALID_USER = "invalid user"
    BUSY = "busy"
    POSTPONED = "postponed"
    VERSION_REFUSED = "version refused"
    NOT_OPENED = "company file not opened"
    #: The service ended the session with a text of its own.
    STOPPED = "stopped by the service"
    INTERACTIVE = "interaction declined"
    #: A call failed: the codes name which.
    FAILED = "failed"
    #: A scripted fault closed the connector before the answer was handed over.
    ANSWER_LOST = "answer lost"
    #: Not an end: the session may begin its work.
    GO_ON = "go on"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a session ends with."""

    outcome: Outcome
    text: str = ""
    code: str = ""
    next_run_in: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What the Web Connector shows of one update."""

    outcome: Outcome
    #: Message sets given to QuickBooks.
    requests_sent: int
    #: The text of the Status column.
    status_text: str
    #: "QBWC1041" and the like.
    error_codes: tuple[str, ...]
    seconds: float
    #: Seconds until the next run when the service asked for a pause.
    next_run_in: int | None

    def __str__(self) -> str:
        """One line for a terminal."""
        parts = [str(self.outcome), f"{self.requests_sent} message sets", f"{self.seconds:.2f} s"]
        parts += self.error_codes
        if self.status_text:
            parts.append(self.status_text)
        return " · ".join(parts)


_WORDS: Final = {
    "nvu": Ending(Outcome.INVALID_USER, "Invalid user name or password"),
    "none": Ending(Outcome.NO_WORK, "No data exchange required"),
    "busy": Ending(Outcome.BUSY, "Application busy"),
}
_POSTPONE: Final = 2
_MINIMUM: Final = 3


def verdict(strings: Sequence[str]) -> Ending:
    """Return what authenticate means: GO_ON, or how the update ends. Source: guide p.21."""
    known = _WORDS.get(strings[1].casefold())
    postponed, minimum = _seconds(strings, _POSTPONE), _seconds(strings, _MINIMUM)
    next_run_in = postponed or minimum
    if known is not None:
        return Ending(known.outcome, known.text, next_run_in=next_run_in)
    if postponed:
        text = "Update postponed by application"
        return Ending(Outcome.POSTPONED, text, next_run_in=postponed)
    return Ending(Outcome.GO_ON, next_run_in=minimum)


def _seconds(strings: Sequence[str], position: int) -> int | None:
    text = strings[position] if len(strings) > position else ""
    return int(text) if text.isdigit() else None
