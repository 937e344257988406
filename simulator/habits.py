"""What differs between QuickBooks releases or is not published: each a choice of the test.

No default here is a claim about QuickBooks; each is the better attested of two readings.
"""

from dataclasses import dataclass
from enum import StrEnum


class Recovered(StrEnum):
    """What the stored answer of a message set holds when it is asked for again."""

    WHOLE = "whole"
    ERROR_RECOVERY_ONLY = "ErrorRecovery only"


class StoreFailure(StrEnum):
    """What becomes of a message set whose answer cannot be stored (9005)."""

    NOTHING_RUNS = "nothing runs"
    RUNS = "runs without being stored"


@dataclass(slots=True)
class Habits:
    """The choices; a test sets what it wants to see."""

    #: Answers to writes in qbXML 11.0 and later end with ErrorRecovery.
    error_recovery: bool = True
    recovered: Recovered = Recovered.WHOLE
    #: Set: answers cannot be stored, and every new message set id gets 9005.
    store_failure: StoreFailure | None = None
    #: The most message sets kept for an application; the oldest go first.
    kept_message_sets: int | None = None
    #: A 3200 answer carries the invoice as it stands now.
    stale_answer_shows_invoice: bool = False
