"""When a passing trouble is tried again, and when it is no longer passing."""

from datetime import datetime, timedelta

#: 2 s, 8 s, 30 s, then once a minute. Source: design, section 6.
_DELAYS_SECONDS = (2, 8, 30)
_LATER_SECONDS = 60
GIVE_UP_AFTER = timedelta(minutes=15)
_FEWEST_TRIES = 6


def retry_delay(attempts: int) -> timedelta:
    """Give how long to wait after this many tries (1 = the first)."""
    known = 1 <= attempts <= len(_DELAYS_SECONDS)
    return timedelta(seconds=_DELAYS_SECONDS[attempts - 1] if known else _LATER_SECONDS)


def is_exhausted(delayed_since: datetime, now: datetime, attempts: int) -> bool:
    """Tell whether the trouble was met so long and so often that a person must look.

    A weekend with a closed connector is long, but it is no try.
    """
    return now - delayed_since >= GIVE_UP_AFTER and attempts >= _FEWEST_TRIES
