"""When a passing trouble is tried again, and when it is no longer passing."""

from datetime import datetime, timedelta

#: 2 s, 8 s, 30 s, then once a minute. Source: design, section 6.
_DELAYS_SECONDS = (2, 8, 30)
_LATER_SECONDS = 60
#: Tries, not waiting for an offline connector, count against it.
GIVE_UP_AFTER = timedelta(minutes=15)


def retry_delay(attempts: int) -> timedelta:
    """Give how long to wait after this many tries (1 = the first)."""
    known = 1 <= attempts <= len(_DELAYS_SECONDS)
    return timedelta(seconds=_DELAYS_SECONDS[attempts - 1] if known else _LATER_SECONDS)


def is_exhausted(delayed_since: datetime, now: datetime) -> bool:
    """Tell whether the trouble has lasted so long that a person must look."""
    return now - delayed_since >= GIVE_UP_AFTER
