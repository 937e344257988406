"""Rules about Web Connectors: whose turn it is, how far a run has come, which version may call."""

import re
from datetime import datetime, timedelta

from domain.queue import ConnectorSession

#: A session that was not heard for so long is over, though nobody said so.
_QUIET = timedelta(minutes=1)
#: While QuickBooks works on a message set its session has nothing to say.
AT_WORK = timedelta(minutes=10)

_ALL = 100
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")


def is_elsewhere(
    session: ConnectorSession, peer: str, *, is_answer_owed: bool, now: datetime
) -> bool:
    """Tell whether the open session is alive on another computer, so that this one has to wait.

    The same computer that signs in again has lost its session: a Web Connector runs one update at a
    time. Computers are told apart by their network address; behind one address QuickBooks' own lock
    of the company file keeps the second one out.
    """
    if not peer or not session.peer or peer == session.peer:
        return False
    patience = AT_WORK if is_answer_owed else _QUIET
    return now - session.last_call_at < patience


def progress(*, answered: int, waiting: int) -> int:
    """Give the percentage of a run; 100 ends it, so it is said only when nothing waits."""
    if waiting <= 0:
        return _ALL
    return max(1, min(_ALL - 1, _ALL * answered // (answered + waiting)))


def is_older(version: str, least: str) -> bool:
    """Tell whether a version such as "2.3.0.215" is older; one that cannot be read is not."""
    if not _VERSION.fullmatch(version) or not _VERSION.fullmatch(least):
        return False
    return _parts(version) < _parts(least)


def _parts(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
