"""What QuickBooks says when it will not do something: of one request, or of a whole document."""

from typing import Final

from lxml import etree

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
    "0x80040418": (
        "This application has not accessed this QuickBooks company data file before. Only the "
        "QuickBooks administrator can grant an application permission to access a QuickBooks "
        "company data file for the first time."
    ),
    "0x8004041B": (
        "Unable to lock the necessary information to allow this application to access this company "
        "data file. Try again later."
    ),
    "0x8004041C": (
        "An internal QuickBooks error occurred while trying to access the QuickBooks company "
        "data file."
    ),
    "0x80040420": "The QuickBooks user has denied access.",
    "0x80040422": (
        "This application requires Single User file access mode and there is already another "
        "application sharing data with this QuickBooks company data file."
    ),
    "0x80040423": "The version of qbXML that was requested is not supported or is unknown.",
    "0x80040424": "QuickBooks did not finish its initialization. Please try again later.",
}


class ComError(Exception):
    """QuickBooks threw instead of answering; the Web Connector reports it as an HRESULT."""

    def __init__(self, hresult: str, message: str = "") -> None:
        self.hresult = hresult
        self.message = message or HRESULT_TEXTS.get(hresult, "Unspecified error")
        super().__init__(f"{hresult}: {self.message}")


class Refusal(Exception):
    """One request was refused with a qbXML status code; the others are not touched by it."""

    def __init__(self, code: int, message: str, objects: tuple[etree._Element, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        #: What the answer shows beside the status, usually nothing.
        self.objects = objects


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


def not_enabled() -> Refusal:
    """Status 3250: a preference is off."""
    return Refusal(
        3250, "This feature is not enabled or not available in this version of QuickBooks."
    )


def not_permitted() -> Refusal:
    """Status 3260: the QuickBooks user of the application may not do this."""
    return Refusal(3260, "Insufficient permission level to perform this action.")


def outdated(edit_sequence: str, objects: tuple[etree._Element, ...] = ()) -> Refusal:
    """Status 3200, word for word, the blank at its end included."""
    message = f'The provided edit sequence "{edit_sequence}" is out-of-date. '
    return Refusal(3200, message, objects)
