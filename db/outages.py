"""The database is away: what that is called, and that it is told once and not at each attempt."""

import threading

import asyncpg  # type: ignore[import-untyped] # it ships no types
from sqlalchemy.exc import TimeoutError as PoolExhausted

from db.engine import APPLICATION_ROLE, NO_TABLES, driver_fault, is_outage


class Outage:
    """Remembers, for all threads of a process, that a server is away.

    Its going is news once, however many calls meet it, and so is its return.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False

    def begin(self) -> bool:
        """Note that the server failed; tell whether that is news."""
        with self._lock:
            was_on, self._is_on = self._is_on, True
        return not was_on

    def end(self) -> bool:
        """Note that the server answered; tell whether that is news."""
        if not self._is_on:  # nearly always, and without the lock
            return False
        with self._lock:
            was_on, self._is_on = self._is_on, False
        return was_on


def explain(fault: BaseException) -> str:
    """Give the trouble with PostgreSQL and its cure in a sentence; never the password."""
    cause = driver_fault(fault)
    text = _words(cause)
    if APPLICATION_ROLE in text:
        return NO_TABLES if "does not exist" in text else _NOT_GRANTED.format(text)
    for kinds, sentence in _SENTENCES:
        if isinstance(cause, kinds):
            return sentence.format(text)
    if is_outage(fault):
        return f"PostgreSQL cannot be used for now: {text}. {_AWAY}"
    return f"PostgreSQL refuses DATABASE_URL: {text}. Correct user, password or database in it."


_AWAY = "Check DATABASE_URL, and that the server runs."
_NOT_GRANTED = f"PostgreSQL says: {{}}. Run `GRANT {APPLICATION_ROLE} TO` DATABASE_URL's user."
_OVERLOADED = (
    "All connections of this process to PostgreSQL are in use: PostgreSQL is slow, or more"
    " processes must share the work."
)
_FULL = "PostgreSQL has no room: {}. Let it admit more connections, or run fewer processes."
_SLOW = (
    "PostgreSQL broke a statement off: {}. It is slow, or somebody holds what the statement waits"
    " for; INSTEP_DATABASE_SECONDS says how long one may take."
)
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (PoolExhausted, _OVERLOADED),
    (OSError, f"PostgreSQL cannot be reached: {{}}. {_AWAY}"),
    (asyncpg.InsufficientResourcesError, _FULL),
    (asyncpg.QueryCanceledError, _SLOW),
)


def _words(cause: BaseException) -> str:
    """The driver's last line: it names the trouble and never the password."""
    lines = str(cause).strip().splitlines()
    if not lines:
        return "no answer in time" if isinstance(cause, TimeoutError) else type(cause).__name__
    return lines[-1].split(">: ")[-1].rstrip(".")
