"""The rows of the catalogue for HRESULTs, in lower case; `answers` reads them.

They come instead of an answer: nothing is known of the set but what the code itself says. Source:
texts of the QuickBooks SDK, and public reports of what was saved nevertheless.
"""

from collections.abc import Mapping

from domain.answer_rows import OUR_FAULT, Row, office, quickbooks_administrator, support
from domain.issues import AnswerClass, Step

_REPORT = support("If it stays so, report it with QuickBooks' own words.")
_OPEN = office("Open QuickBooks and the company file on the computer of the Web Connector.")
_RESTART = office("Restart QuickBooks and the Web Connector.")
_LOG_IN = "Log in to the company file as Admin; in Edit > Preferences > Integrated Applications "


def _connection(code: str, reason: str, *steps: Step) -> Row:
    return Row(AnswerClass.CONNECTION, code, reason, steps)


def _unknown(code: str, reason: str) -> Row:
    return Row(
        AnswerClass.UNKNOWN_OUTCOME,
        code,
        f"{reason} It may or may not have saved the change; its copy is looked up before anything"
        " is sent again.",
        (_RESTART, _REPORT),
    )


_INSTALLATION = _connection(
    "QUICKBOOKS_INSTALLATION",
    "QuickBooks is not completely installed, or too old for this company file or for Instep.",
    quickbooks_administrator("Update or repair QuickBooks on the computer of the Web Connector."),
)
_SESSION = _connection(
    "SESSION_OUT_OF_ORDER",
    "The Web Connector and QuickBooks lost step before anything was sent. It is tried again.",
    _RESTART,
)
_NO_FILE_OPEN = _connection(
    "NO_COMPANY_FILE_OPEN",
    "QuickBooks has no company file open, and the connection names none.",
    _OPEN,
    quickbooks_administrator("To work unattended, let Instep log in to the file automatically."),
)
_ACCESS = _connection(
    "ACCESS_NOT_GRANTED",
    "QuickBooks does not let Instep into the company file.",
    quickbooks_administrator(_LOG_IN + "allow Instep to read and change the file."),
)
_LOGIN = _connection(
    "AUTOMATIC_LOGIN_NOT_ALLOWED",
    "QuickBooks lets Instep in only while somebody has the company file open.",
    quickbooks_administrator(_LOG_IN + "tick that Instep may log in automatically."),
    office("Or keep the company file open in QuickBooks."),
)
_REVOKED = _connection(
    "ACCESS_EXPIRED",
    "QuickBooks no longer trusts Instep's certificate.",
    quickbooks_administrator(_LOG_IN + "remove Instep, and allow it again when QuickBooks asks."),
)
_FILE_MODE = _connection(
    "FILE_MODE",
    "The company file is open in another mode (single-user or multi-user) than the Web Connector"
    " needs.",
    quickbooks_administrator(
        "Switch the mode in QuickBooks (File menu), or end the other program."
    ),
)
_BUSY = _connection(
    "QUICKBOOKS_NOT_READY",
    "QuickBooks is still starting or busy with the company file. It is tried again.",
    _OPEN,
)
_CRASHED = _unknown("QUICKBOOKS_STOPPED", "QuickBooks stopped while it was at work.")

HRESULT_ROWS: Mapping[str, Row] = {
    "0x80040400": Row(
        AnswerClass.DEFECT,
        "PARSE_ERROR",
        "QuickBooks could not read what Instep sent, and did nothing of it.",
        (OUR_FAULT,),
    ),
    "0x80040401": _connection(
        "QUICKBOOKS_NOT_REACHED",
        "The Web Connector cannot reach QuickBooks.",
        _OPEN,
        quickbooks_administrator("If that does not help, repair the QuickBooks installation."),
    ),
    "0x80040402": _unknown("QUICKBOOKS_UNEXPECTED_ERROR", "QuickBooks met an unexpected error."),
    "0x80040403": _connection(
        "COMPANY_FILE_NOT_OPENED",
        "QuickBooks could not open the company file.",
        office("See that the file is where the connection says, and that you may open it."),
    ),
    "0x80040404": _INSTALLATION,
    "0x80040405": _INSTALLATION,
    "0x80040406": _INSTALLATION,
    "0x80040407": _INSTALLATION,
    "0x80040408": _connection(
        "QUICKBOOKS_NOT_STARTED",
        "QuickBooks could not be started.",
        office("Start QuickBooks by hand and answer what it asks, an update for example."),
        office("Run it and the Web Connector alike: both as administrator or neither."),
    ),
    "0x80040409": _INSTALLATION,
    "0x8004040a": _connection(
        "WRONG_COMPANY_FILE",
        "Another company file is open in QuickBooks. Nothing was sent.",
        office("Open the company file of this connection."),
    ),
    "0x8004040b": _BUSY,
    "0x8004040c": _SESSION,
    "0x8004040d": _unknown("SESSION_LOST", "The Web Connector's session with QuickBooks ended."),
    "0x8004040e": _unknown("QUICKBOOKS_OUT_OF_MEMORY", "QuickBooks ran out of memory."),
    "0x8004040f": _SESSION,
    "0x80040410": _FILE_MODE,
    "0x80040411": _SESSION,
    "0x80040412": _SESSION,
    "0x80040414": _connection(
        "DIALOG_OPEN",
        "A window in QuickBooks waits for an answer and holds everything up.",
        office("Answer or close that window on the computer of the Web Connector."),
    ),
    "0x80040416": _NO_FILE_OPEN,
    "0x80040417": _NO_FILE_OPEN,
    "0x80040418": _ACCESS,
    "0x8004041a": _ACCESS,
    "0x8004041b": _BUSY,
    "0x8004041c": _unknown("SESSION_BROKEN", "QuickBooks broke off with an internal error."),
    "0x8004041d": _LOGIN,
    "0x8004041e": _REVOKED,
    "0x8004041f": _INSTALLATION,
    "0x80040420": _ACCESS,
    "0x80040422": _FILE_MODE,
    "0x80040423": Row(
        AnswerClass.DEFECT,
        "QBXML_VERSION_NOT_SUPPORTED",
        "This QuickBooks does not know the version of qbXML that Instep used; it did nothing.",
        (OUR_FAULT,),
    ),
    "0x80040424": _BUSY,
    "0x80040427": _connection(
        "QUICKBOOKS_NOT_REGISTERED",
        "This QuickBooks is not registered.",
        quickbooks_administrator("Register QuickBooks (Help menu)."),
    ),
    "0x8004042a": _connection(
        "REMOTE_ACCESS_NOT_ALLOWED",
        "QuickBooks does not allow remote access.",
        office("Run the Web Connector on the computer on which QuickBooks runs."),
        quickbooks_administrator(_LOG_IN + "see what Instep is allowed to do."),
    ),
    "0x8004042c": _REVOKED,
    "0x800401f0": _CRASHED,
    "0x80010105": _CRASHED,
    "0x800706ba": _CRASHED,
    "0x800706be": _CRASHED,
}

UNKNOWN_HRESULT_ROW = _unknown(
    "UNKNOWN_HRESULT", "QuickBooks broke off with the error {code}. It says: {says}"
)
