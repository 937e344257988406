"""What helps a connection that is not well, and what an error of the Web Connector means.

Sources: seed 001 (keep the Web Connector open, look at its light), the guide of the Web Connector,
and what others learned of computers that work unattended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from domain.answer_rows import administrator, office, quickbooks_administrator
from domain.answers import judge_connector, judge_opening
from domain.connections import Connection, ConnectionState, connection_state
from domain.issues import Step


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error means, and the way out in order."""

    reason: str
    steps: tuple[Step, ...]


_ALIKE = office(
    "Run QuickBooks and the Web Connector with the same privileges: both with Run as administrator"
    " or neither. Otherwise a second, hidden QuickBooks may start and hold the company file."
)
_SAME_USER = office(
    "Start QuickBooks and the Web Connector as the same Windows user, the one who set this"
    " connection up."
)
_AWAKE = administrator("Keep that computer from going to sleep, and its Windows user signed in.")
_AUTO_RUN = office("Tick Auto-Run for Instep in the Web Connector.")
_SINGLE_USER = office(
    "If only one computer exports to this company file, single-user mode works better."
)

_SET_UP = (
    quickbooks_administrator(
        "On the computer that runs QuickBooks log in to the company file as Admin, in single-user"
        " mode, and leave it open."
    ),
    office("Open the .qwc file there; the Web Connector adds Instep to its list."),
    quickbooks_administrator(
        "When QuickBooks asks, allow access, also while QuickBooks is not running, so that Instep"
        " works unattended."
    ),
    office("Type the password that was shown with the .qwc file into the Web Connector."),
    _AUTO_RUN,
    _ALIKE,
    _AWAKE,
    office("Do not sort the customer list in QuickBooks by hand; Lists > Re-sort List undoes it."),
)
_REOPEN = (
    office(
        "On the computer that runs QuickBooks type QBWC in the search bar, run the Web Connector"
        " that is found and keep it open (Pin to taskbar). While it is closed nothing can be sent;"
        " what was saved waits."
    ),
    _AUTO_RUN,
    _ALIKE,
    _SAME_USER,
    _AWAKE,
    administrator(
        "If the Web Connector is open and shows an error, look its code up here; QBWC1012 and"
        " QBWC1048 mean that it cannot reach Instep."
    ),
)
_ENABLE = (
    administrator(
        "Enable the connection again; what waits in its queue is sent then, and nothing is lost."
    ),
    office(
        "Or send an edit through another connection of the same company file: bypass the invoice,"
        " then Re-Sync it and choose that connection."
    ),
)
_RIGHT_FILE = office("Nothing was sent. It goes by itself once the right company file is open.")

#: How the computer must be set up, beyond what the catalogue says of each HRESULT.
_SET_UP_ADVICE: Mapping[str, tuple[Step, ...]] = {
    "0x80040401": (_ALIKE, _SAME_USER),
    "0x80040408": (_SAME_USER,),
    "0x80040410": (_SINGLE_USER,),
    "0x80040416": (_SAME_USER,),
    "0x80040417": (_SAME_USER,),
    "0x80040422": (_SINGLE_USER,),
}


def diagnose(connection: Connection, now: datetime) -> tuple[Step, ...]:
    """Give what is wrong and what to do, in order; nothing when the connection is well."""
    match connection_state(connection, now):
        case ConnectionState.ONLINE | ConnectionState.IN_SESSION:
            return ()
        case ConnectionState.NEVER_CONNECTED:
            return _SET_UP
        case ConnectionState.OFFLINE:
            return (_silence(connection), *_REOPEN)
        case ConnectionState.DISABLED:
            return _ENABLE
        case ConnectionState.WRONG_COMPANY_FILE:
            return (_trouble(connection), *_way_out(connection), _RIGHT_FILE)
        case ConnectionState.PERMISSION_NEEDED | ConnectionState.QUICKBOOKS_UNAVAILABLE:
            return (_trouble(connection), *_way_out(connection), *_next_try(connection))
        case unknown:
            assert_never(unknown)


def explain(code: str) -> Explanation:
    """Give what a code means that the Web Connector shows or logs: QBWC1012, or an HRESULT."""
    if not code.strip().casefold().startswith("0x"):
        verdict = judge_connector(code)
        return Explanation(verdict.reason, verdict.steps)
    verdict = judge_opening(code, "")
    advice = _SET_UP_ADVICE.get(code.strip().casefold(), ())
    return Explanation(verdict.reason, (*verdict.steps, *advice))


def _silence(connection: Connection) -> Step:
    heard = _at(connection.heard_at, otherwise="never")
    expected = _at(connection.expected_contact_at, otherwise="as soon as QuickBooks was done")
    return office(f"The Web Connector was last heard {heard} and was expected again {expected}.")


def _trouble(connection: Connection) -> Step:
    return office(connection.trouble or "QuickBooks could not be opened.")


def _way_out(connection: Connection) -> tuple[Step, ...]:
    if connection.trouble_hresult is None:
        return ()
    verdict = judge_opening(connection.trouble_hresult, connection.trouble or "")
    advice = _SET_UP_ADVICE.get(connection.trouble_hresult.strip().casefold(), ())
    return (*verdict.steps, *advice)


def _next_try(connection: Connection) -> tuple[Step, ...]:
    if connection.retry_at is None:
        return ()
    moment = f"{connection.retry_at:%Y-%m-%d %H:%M} UTC"
    return (office(f"QuickBooks is tried again by itself, at {moment} or later."),)


def _at(moment: datetime | None, *, otherwise: str) -> str:
    return otherwise if moment is None else f"at {moment:%Y-%m-%d %H:%M} UTC"
