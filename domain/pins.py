"""An administrator's PIN: what it looks like, and how often it may be tried.

People choose PINs, so few tries must be enough to stop whoever guesses. Every try is counted before
it is looked at, and only a right one is taken back: many at one moment are as few as in a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from domain.errors import InvalidValue

SHORTEST, LONGEST = 4, 12
#: Wrong tries of one person's PIN, and of all PINs of the account, until no more are looked at.
MOST_OF_PERSON, MOST_OF_ACCOUNT = 3, 10
#: How long a wrong try counts.
WINDOW = timedelta(minutes=15)

_STEPS = (1, -1)


@dataclass(frozen=True, slots=True)
class PinTry:
    """Somebody tried the PIN of this person."""

    employee_id: UUID
    tried_at: datetime
    is_right: bool


def check_new_pin(pin: str) -> None:
    """Raise InvalidValue for a PIN that somebody would guess, without repeating it."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise InvalidValue(f"A PIN has {SHORTEST} to {LONGEST} digits.", where=("pin",))
    if len(set(pin)) == 1 or _is_run(pin):
        raise InvalidValue(
            "This PIN is too easy to guess: use no run such as 1234 and no single digit.",
            where=("pin",),
        )


def tries_left(tries: Iterable[PinTry], employee_id: UUID, now: datetime) -> int:
    """Give how many more wrong tries of this person's PIN are looked at; 0 while it is locked."""
    recent = [one for one in tries if one.tried_at > now - WINDOW]
    of_person = _wrong_since_right(one for one in recent if one.employee_id == employee_id)
    of_account = [one for one in recent if not one.is_right]
    return max(0, min(MOST_OF_PERSON - len(of_person), MOST_OF_ACCOUNT - len(of_account)))


def locked_until(tries: Iterable[PinTry], employee_id: UUID, now: datetime) -> datetime | None:
    """Give until when no PIN of this person is looked at; None while it may be tried."""
    known = list(tries)
    if tries_left(known, employee_id, now):
        return None
    wrong = sorted(one.tried_at for one in known if not one.is_right)
    for moment in wrong:  # the earliest moment at which enough of them have run out
        if tries_left(known, employee_id, moment + WINDOW):
            return moment + WINDOW
    return now + WINDOW


def _wrong_since_right(tries: Iterable[PinTry]) -> list[PinTry]:
    found: list[PinTry] = []
    for one in sorted(tries, key=lambda one: one.tried_at):
        found = [] if one.is_right else [*found, one]
    return found


def _is_run(pin: str) -> bool:
    digits = [int(digit) for digit in pin]
    pairs = list(pairwise(digits))
    return any(all((b - a) % 10 == step % 10 for a, b in pairs) for step in _STEPS)
