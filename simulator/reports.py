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
    #: Another machine holds the lock in the company file.
    LOCKED = "company file locked"
    #: The service ended the session with a text of its own.
    STOPPED = "stopped by the service"
    INTERACTIVE = "interaction declined"
    #: A call failed: the codes name which.
    FAILED = "failed"
    #: A scripted fault closed the connector before the answer was handed over.
    ANSWER_LOST = "answer lost"
    #: A scripted fault closed the connector in the middle of a call.
    KILLED = "killed"
    #: A scripted fault ended the session without closeConnection.
    CUT = "cut off"
    #: Not an end: the session may begin its work.
    GO_ON = "go on"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a session ends with."""

    outcome: Outcome
    text: str = ""
    code: str = ""
    #: authenticate's third string: seconds until the next run, once.
    postponed_seconds: int | None = None
    #: authenticate's fourth string: seconds between runs from now on, unless there are more.
    minimum_seconds: int | None = None


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
    postponed_seconds: int | None = None
    minimum_seconds: int | None = None
    #: What receiveResponseXML returned, in order: the percentages of the progress bar.
    progress: tuple[int, ...] = ()
    #: What was shown in a dialog.
    messages: tuple[str, ...] = ()

    @property
    def next_run_in(self) -> int | None:
        """Seconds until the next run when the service asked for a pause."""
        return self.postponed_seconds or self.minimum_seconds

    def __str__(self) -> str:
        """One line for a terminal."""
        parts = [str(self.outcome), f"{self.requests_sent} message sets", f"{self.seconds:.2f} s"]
        parts += self.error_codes
        if self.status_text:
            parts.append(self.status_text)
        return " · ".join(parts)


class SessionEnded(Exception):
    """The session is over at once, and the service hears nothing more of it."""

    def __init__(self, ending: Ending, *, connector_lives: bool = True) -> None:
        super().__init__(ending.text)
        self.ending = ending
        #: Else nobody is left to unlock the company file.
        self.connector_lives = connector_lives


class CallFailed(SessionEnded):
    """The service gave no answer to a call, or one that makes no sense."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Ending(Outcome.FAILED, text, code))


_WORDS: Final = {
    "nvu": Ending(Outcome.INVALID_USER, "Invalid user name or password"),
    "none": Ending(Outcome.NO_WORK, "No data exchange required"),
    "busy": Ending(Outcome.BUSY, "Application busy"),
}
_POSTPONE: Final = 2
_MINIMUM: Final = 3


def verdict(strings: Sequence[str]) -> Ending:
    """Return what authenticate means: GO_ON, or how the update ends. Source: guide p.21."""
    word = _WORDS.get(strings[1].casefold(), Ending(Outcome.GO_ON))
    postponed = _seconds(strings, _POSTPONE)
    if word.outcome is Outcome.GO_ON and postponed:
        word = Ending(Outcome.POSTPONED, "Update postponed by application")
    return Ending(
        word.outcome,
        word.text,
        postponed_seconds=postponed,
        minimum_seconds=_seconds(strings, _MINIMUM),
    )


def _seconds(strings: Sequence[str], position: int) -> int | None:
    text = strings[position] if len(strings) > position else ""
    return int(text) or None if text.isdecimal() else None
