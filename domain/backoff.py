"""When a passing trouble is tried again, and when it is no longer passing.

A run of trouble is one job's: it begins with the first try that meets a passing trouble, goes on
with every further one, and ends as soon as QuickBooks works on the request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.issues import Retry, Verdict

#: 2 s, 8 s, 30 s, then each session. Source: design, section 6.
_DELAYS_SECONDS = (2, 8, 30)
GIVE_UP_AFTER = timedelta(minutes=15)
#: Between two tries further apart the connector was away, and nothing was tried.
_LONGEST_GAP = timedelta(minutes=2)
_MOST_TRIES = 3
_MOST_REOPENINGS = 1
#: By how many sessions in a row could not open QuickBooks; the last stands for all further ones.
_PAUSES_SECONDS = (0, 0, 10, 30, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A run of passing trouble that a job has met."""

    #: How many tries met it.
    tries: int
    #: For how long it was tried; a gap counts two minutes at most.
    tried_for: timedelta
    last_try_at: datetime

    @classmethod
    def first_met(cls, now: datetime) -> "Trouble":
        return cls(tries=1, tried_for=timedelta(), last_try_at=now)

    def met_again(self, now: datetime) -> "Trouble":
        """Give the run with one more try."""
        gap = max(now - self.last_try_at, timedelta())
        return Trouble(
            tries=self.tries + 1,
            tried_for=self.tried_for + min(gap, _LONGEST_GAP),
            last_try_at=max(now, self.last_try_at),
        )


def next_try(tries: int) -> timedelta | None:
    """Give how long to wait after this many tries of a run; None: until a session begins.

    A job that waits for a session has no time of its own. It counts as work when the Web Connector
    signs in, and is due as soon as that session has opened.
    """
    known = 1 <= tries <= len(_DELAYS_SECONDS)
    return timedelta(seconds=_DELAYS_SECONDS[tries - 1]) if known else None


def needs_person(trouble: Trouble, retry: Retry) -> bool:
    """Tell whether the trouble was met so long or so often that a person must look.

    A weekend with a closed connector is long, but it is no try; and no invoice is blamed for its
    connection.
    """
    match retry:
        case Retry.TWICE:
            return trouble.tries >= _MOST_TRIES
        case Retry.BACK_OFF:
            return trouble.tried_for >= GIVE_UP_AFTER
        case _:
            return False


def reopens(verdict: Verdict, failures: int) -> bool:
    """Tell whether to ask the Web Connector to open QuickBooks once more in this session.

    `failures` counts the connectionError calls of the session, the present one included.
    """
    return verdict.may_reopen and failures <= _MOST_REOPENINGS


def opening_pause(failures: int, failed_at: datetime, now: datetime) -> int:
    """Give for how many more seconds a connection is not asked to open QuickBooks; 0: open it.

    `failures` counts its sessions in a row that could not, the last of them at `failed_at`. The
    answer is what authenticate's third element says.
    """
    pause = _PAUSES_SECONDS[min(max(failures, 0), len(_PAUSES_SECONDS) - 1)]
    elapsed = max(now - failed_at, timedelta()) // timedelta(seconds=1)
    return max(pause - elapsed, 0)
