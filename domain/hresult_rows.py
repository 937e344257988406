"""The catalogue's table for HRESULTs, in lower case; `answers` reads it.

They come instead of an answer: nothing is known of the set but what the code itself says. Source:
texts of the QuickBooks SDK, and public reports of what was saved nevertheless.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    COMPANY_PREFERENCES,
    OUR_FAULT,
    Row,
    connection,
    defect,
    in_short,
    office,
    quickbooks_administrator,
    support,
    telling,
    unconfirmed,
    unknown,
    verbatim,
)
from domain.issues import ObjectKind, Reach, Retry

_REPORT = support("If it stays so, report it with QuickBooks' own words.")
_OPEN = office("Open QuickBooks and the company file on the computer of the Web Connector.")
_RESTART = office("Restart QuickBooks and the Web Connector.")
_LOG_IN = f"Log in to the company file as Admin; in {COMPANY_PREFERENCES} "


def _broken(code: str, reason: str) -> Row:
    return replace(telling(unknown(code, reason, _RESTART, _REPORT)), reach=Reach.CONNECTION)


def _reopens(row: Row) -> Row:
    return replace(row, may_reopen=True)


_INSTALLATION = connection(
    "QUICKBOOKS_INSTALLATION",
    "QuickBooks is not completely installed, or too old for this company file or for Instep.",
    quickbooks_administrator("Update or repair QuickBooks on the computer of the Web Connector."),
)
_NOT_REACHED = connection(
    "QUICKBOOKS_NOT_REACHED",
    "The Web Connector cannot reach QuickBooks.",
    _OPEN,
    quickbooks_administrator("If that does not help, repair the QuickBooks installation."),
)
_NOT_STARTED = connection(
    "QUICKBOOKS_NOT_STARTED",
    "QuickBooks could not be started.",
    office("Start QuickBooks by hand and answer what it asks, an update for example."),
    office("Run it and the Web Connector alike: both as administrator or neither."),
)
_FILE_NOT_OPENED = replace(
    connection(
        "COMPANY_FILE_NOT_OPENED",
        "QuickBooks could not open the company file.",
        office("See that the file is where the connection says, and that you may open it."),
    ),
    about=ObjectKind.COMPANY_FILE,
)
OTHER_FILE_OPEN = replace(
    connection(
        "WRONG_COMPANY_FILE",
        "Another company file is open in QuickBooks. Nothing was sent.",
        office("Open the company file of this connection."),
    ),
    about=ObjectKind.COMPANY_FILE,
)
_SESSION = connection(
    "SESSION_OUT_OF_ORDER",
    "The Web Connector and QuickBooks lost step before anything was sent. It is tried again.",
    _RESTART,
)
_NO_FILE_OPEN = connection(
    "NO_COMPANY_FILE_OPEN",
    "QuickBooks has no company file open, and the connection names none.",
    _OPEN,
    quickbooks_administrator("To work unattended, let Instep log in to the file automatically."),
)
_DIALOG = connection(
    "DIALOG_OPEN",
    "A window in QuickBooks waits for an answer and holds everything up.",
    office("Answer or close that window on the computer of the Web Connector."),
)
_ACCESS = connection(
    "ACCESS_NOT_GRANTED",
    "QuickBooks does not let Instep into the company file.",
    quickbooks_administrator(_LOG_IN + "allow Instep to read and change the file."),
)
_DENIED = replace(
    _ACCESS,
    reason="Somebody refused Instep access to the company file, or QuickBooks asks each time.",
    steps=(quickbooks_administrator(_LOG_IN + "allow Instep access and automatic login."),),
)
_LOGIN = connection(
    "AUTOMATIC_LOGIN_NOT_ALLOWED",
    "QuickBooks lets Instep in only while somebody has the company file open.",
    quickbooks_administrator(_LOG_IN + "tick that Instep may log in automatically."),
    office("Or keep the company file open in QuickBooks."),
)
_EXPIRED = connection(
    "ACCESS_EXPIRED",
    "QuickBooks no longer trusts Instep's certificate.",
    quickbooks_administrator(_LOG_IN + "remove Instep; when QuickBooks asks, allow it always."),
)
_FILE_MODE = connection(
    "FILE_MODE",
    "The company file is open in another mode (single-user or multi-user) than the Web Connector"
    " needs.",
    quickbooks_administrator(
        "Switch the mode in QuickBooks (File menu), or end the other program."
    ),
    office("With one exporter, single-user mode is better."),
)
_BUSY = connection(
    "QUICKBOOKS_NOT_READY",
    "QuickBooks is still starting or busy with the company file. It is tried again.",
    _OPEN,
)
_NOT_REGISTERED = connection(
    "QUICKBOOKS_NOT_REGISTERED",
    "This QuickBooks is not registered.",
    quickbooks_administrator("Register QuickBooks (Help menu)."),
)
_REMOTE = connection(
    "REMOTE_ACCESS_NOT_ALLOWED",
    "QuickBooks does not allow remote access.",
    office("Run the Web Connector on the computer on which QuickBooks runs."),
    quickbooks_administrator(_LOG_IN + "see what Instep is allowed to do."),
)
_UNEXPECTED = _broken("QUICKBOOKS_UNEXPECTED_ERROR", "QuickBooks met an unexpected error.")
_LOST = _broken("SESSION_LOST", "The Web Connector's session with QuickBooks ended.")
_BROKEN = _broken("SESSION_BROKEN", "QuickBooks broke off with an internal error.")
_CRASHED = _reopens(_broken("QUICKBOOKS_STOPPED", "QuickBooks stopped while it was at work."))
_TOLD = _broken("QUICKBOOKS_BROKE_OFF", "QuickBooks broke off.")
_UNREADABLE = replace(
    defect("PARSE_ERROR", "QuickBooks could not read what Instep sent, and did nothing of it."),
    retry=Retry.SPLIT,
)
_VERSION = replace(
    defect(
        "QBXML_VERSION_NOT_SUPPORTED",
        "This QuickBooks does not know the version of qbXML that Instep used; it did nothing.",
    ),
    reach=Reach.CONNECTION,
    steps=(quickbooks_administrator("Update QuickBooks, if it is an old year."), OUR_FAULT),
)

HRESULT_ROWS: Mapping[str, Row] = {
    "0x80040400": verbatim(
        "QuickBooks found an error when parsing the provided XML text stream.", _UNREADABLE
    ),
    "0x80040401": verbatim("Could not access QuickBooks.", _reopens(_NOT_REACHED)),
    "0x80040402": verbatim(
        "Unexpected error. Check the qbsdklog.txt file for possible, additional information.",
        _reopens(_UNEXPECTED),
    ),
    "0x80040403": in_short("The company file could not be opened.", _FILE_NOT_OPENED),
    "0x80040404": in_short("This QuickBooks does not know qbXML.", _INSTALLATION),
    "0x80040405": in_short("Components are missing.", _INSTALLATION),
    "0x80040406": in_short("The company file needs a newer QuickBooks.", _INSTALLATION),
    "0x80040407": in_short("The installation is incomplete.", _INSTALLATION),
    "0x80040408": verbatim("Could not start QuickBooks.", _reopens(_NOT_STARTED)),
    "0x80040409": in_short("This version cannot open the company file.", _INSTALLATION),
    "0x8004040a": verbatim(
        "QuickBooks company data file is already open and it is different from the one requested.",
        OTHER_FILE_OPEN,
    ),
    "0x8004040b": in_short("The current company file has no name to tell.", _reopens(_BUSY)),
    "0x8004040c": in_short("A session was begun out of order.", _reopens(_SESSION)),
    "0x8004040d": verbatim("The ticket parameter is invalid", _LOST),
    "0x8004040e": in_short(
        "There is not enough memory.",
        _broken("QUICKBOOKS_OUT_OF_MEMORY", "QuickBooks ran out of memory."),
    ),
    "0x8004040f": in_short("A session was begun out of order.", _reopens(_SESSION)),
    "0x80040410": verbatim(
        "The QuickBooks company data file is currently open in a mode other than the one specified"
        " by your application.",
        _FILE_MODE,
    ),
    "0x80040411": in_short("A connection was opened out of order.", _reopens(_SESSION)),
    "0x80040412": in_short("A connection was opened out of order.", _reopens(_SESSION)),
    "0x80040414": verbatim(
        "A modal dialog box is showing in the QuickBooks user interface. …", _DIALOG
    ),
    "0x80040416": in_short("QuickBooks is not running, and no file was named.", _NO_FILE_OPEN),
    "0x80040417": in_short("No company file is open.", _NO_FILE_OPEN),
    "0x80040418": verbatim(
        "This application has not accessed this QuickBooks company data file before. …", _ACCESS
    ),
    "0x8004041a": verbatim(
        "This application does not have permission to access this QuickBooks company data file. …",
        _ACCESS,
    ),
    "0x8004041b": verbatim(
        "Unable to lock the necessary information to allow this application to access this company"
        " data file. Try again later.",
        _reopens(_BUSY),
    ),
    "0x8004041c": unconfirmed(
        "An internal QuickBooks error occurred while trying to access the QuickBooks company data"
        " file.",
        _BROKEN,
    ),
    "0x8004041d": verbatim(
        "This application is not allowed to log into this QuickBooks company data file"
        " automatically. …",
        _LOGIN,
    ),
    "0x8004041e": verbatim("This applications certificate is expired. …", _EXPIRED),
    "0x8004041f": verbatim("QuickBooks Basic cannot accept XML requests. …", _INSTALLATION),
    "0x80040420": verbatim("The QuickBooks user has denied access.", _DENIED),
    "0x80040421": in_short("Text that QuickBooks passes on.", _TOLD),
    "0x80040422": verbatim(
        "This application requires Single User file access mode and there is already another"
        " application sharing data with this QuickBooks company data file.",
        _FILE_MODE,
    ),
    "0x80040423": verbatim(
        "The version of qbXML that was requested is not supported or is unknown.", _VERSION
    ),
    "0x80040424": verbatim(
        "QuickBooks did not finish its initialization. Please try again later.", _reopens(_BUSY)
    ),
    "0x80040427": verbatim("Unregistered QuickBooks.", _NOT_REGISTERED),
    "0x8004042a": verbatim("Remote access is not allowed.", _REMOTE),
    "0x8004042c": verbatim("Certificate has been revoked", _EXPIRED),
    "0x800401f0": in_short("COM is not initialised.", _CRASHED),
    "0x80010105": in_short("The server threw a fault.", _CRASHED),
    "0x800706ba": in_short("The server is not there: QuickBooks stopped.", _CRASHED),
    "0x800706be": in_short("The call broke: QuickBooks stopped.", _CRASHED),
}

UNKNOWN_HRESULT_ROW = in_short(
    "Any text.",
    _broken("UNKNOWN_HRESULT", "QuickBooks broke off with the error {code}."),
)
