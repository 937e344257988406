"""What QuickBooks says when it will not do something: of one request, or of a whole document."""

from typing import Final

PARSE_ERROR: Final = "0x80040400"

#: Texts of the SDK for the HRESULTs the simulator raises by itself or on request.
HRESULT_TEXTS: Final = {
    PARSE_ERROR: "QuickBooks found an error when parsing the provided XML text stream.",
    "0x80040401": "Could not access QuickBooks.",
    "0x80040402": (
        "Unexpected error. Check the qbsdklog.txt file for possible, additional information."
    ),
    "0x80040408": "Could not start QuickBooks.",
    "0x8004040A": (
        "QuickBooks company data file is already open and it is different from the one requested."
    ),
    "0x8004040D": "The ticket parameter is invalid",
    "0x80040410": (
        "The QuickBooks company data file is currently open in a mode other than the one "
        "specified by your application."
    ),
    "0x80040414": (
        "A modal dialog box is showing in the QuickBooks user interface. Your application "
        "cannot access QuickBooks until the user dismisses the dialog box."
    ),
    "0x8004041A": (
        "This application does not have permission to access this QuickBooks company data file. "
        "The QuickBooks administrator can grant access permission through the Integrated "
        "Application preferences."
    ),
    "0x8004041C": (
        "An internal QuickBooks error occurred while trying to access the QuickBooks company "
        "data file."
    ),
    "0x80040423": "The version of qbXML that was requested is not supported or is unknown.",
}


class ComError(Exception):
    """QuickBooks threw instead of answering; the Web Connector reports it as an HRESULT."""

    def __init__(self, hresult: str, message: str = "") -> None:
        self.hresult = hresult
        self.message = message or HRESULT_TEXTS.get(hresult, "Unspecified error")
        super().__init__(f"{hresult}: {self.message}")


class Refusal(Exception):
    """One request was refused with a qbXML status code; the others are not touched by it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def unparsable() -> ComError:
    """Return what a document that breaks the schema gets: no hint which element is at fault."""
    return ComError(PARSE_ERROR)


def cannot_be_found(what: str) -> Refusal:
    """Status 3120: the object named by an id does not exist (any more)."""
    return Refusal(
        3120,
        f'Object "{what}" specified in the request cannot be found.  QuickBooks error message: '
        "Invalid argument.  The specified record does not exist in the list.",
    )


def not_simulated(what: str) -> Refusal:
    """Status 1030: QuickBooks can do this and the simulator cannot, so it says so."""
    return Refusal(1030, f"The simulator does not support {what}.")
