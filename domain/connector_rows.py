"""The catalogue's table for what the Web Connector shows on its own window, and for its silence.

The service is never told these numbers: whoever sits at the QuickBooks computer reads them out.
Source: appendix of the Web Connector's guide, and public support pages.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    Row,
    administrator,
    connection,
    in_short,
    office,
    support,
    unconfirmed,
    unknown,
    verbatim,
)
from domain.hresult_rows import OTHER_FILE_OPEN
from domain.issues import Reach

_ADDRESS = connection(
    "CONNECTOR_ADDRESS_INVALID",
    "The .qwc file holds an address that the Web Connector does not accept.",
    administrator(
        "Set the service's public address: https, a name and no IP number, the same domain for the"
        " support page."
    ),
    office("Then download the .qwc file again and add it to the Web Connector."),
)
_SUPPORT_PAGE = connection(
    "SUPPORT_PAGE_NOT_REACHED",
    "The Web Connector cannot open the service's support page, and does not add the file.",
    office("Open the support page in a browser on the computer of the Web Connector."),
    administrator("See that the service runs and can be reached from that computer."),
)
_LOG_FILE = connection(
    "CONNECTOR_LOG_UNUSABLE",
    "The Web Connector could not start: its log file is missing or locked, or the address in the"
    " .qwc file is not valid.",
    office("Close the Web Connector, rename its file QWCLog.txt, and start it again."),
    office("If that does not help, download the .qwc file again and add it."),
)
_SIGN_IN = connection(
    "CONNECTOR_NOT_SIGNED_IN",
    "The Web Connector could not sign in: the service failed or cannot be reached.",
    office("See that the computer is online; the Web Connector comes again by itself."),
    administrator("Look whether the service runs; compare its log of that minute."),
    office("If the password is refused, type it into the Web Connector again."),
)
_NOT_OPENED = connection(
    "QUICKBOOKS_NOT_OPENED",
    "The Web Connector could not open QuickBooks or the company file.",
    office("Open QuickBooks and the company file on the computer of the Web Connector."),
    office("Look up the 0x… number that is shown with it on this page."),
)
_FILE_FACTS = connection(
    "COMPANY_FILE_NOT_MARKED",
    "The Web Connector could not read the company file's facts or put its mark into it.",
    office("If it names another computer, end the Web Connector on that computer."),
    office("Close the windows that wait for an answer in QuickBooks; the next run tries again."),
)
_FILE_ID = connection(
    "CONNECTION_ALREADY_IN_FILE",
    "The company file already belongs to a connection with this .qwc file's FileID.",
    administrator("Make a .qwc file of its own for each company file and connection."),
)
_QWC_FILE = connection(
    "CONNECTOR_FILE_INCOMPLETE",
    "The .qwc file is incomplete, or it was added before.",
    office("Download the .qwc file again and add that one."),
)
_CERTIFICATE = connection(
    "CERTIFICATE_NOT_TRUSTED",
    "The Web Connector does not trust the service's TLS certificate, or cannot check it.",
    administrator("Renew or complete the certificate of the service's address."),
)
_BROKEN_CALL = replace(
    unknown(
        "CONNECTOR_CALL_FAILED",
        "The line dropped, or the service failed, while a message set was under way.",
        office("Leave the Web Connector open; the next run asks what became of it."),
        support("If it stays so, look at the service's log of that minute."),
    ),
    reach=Reach.CONNECTION,
)
_BROKEN_END = connection(
    "CONNECTOR_RUN_ENDED",
    "The line dropped, or the service failed, while a run was ending. Nothing was under way.",
    office("Leave the Web Connector open; the next run goes on."),
)

CONNECTOR_ROWS: Mapping[str, Row] = {
    "QBWC1000": in_short("The support page is of another domain.", _ADDRESS),
    "QBWC1001": in_short("The address is an IP number.", _ADDRESS),
    "QBWC1002": in_short("The address is an IP number.", _ADDRESS),
    "QBWC1003": in_short("The support page does not answer.", _SUPPORT_PAGE),
    "QBWC1004": in_short("The support page does not answer with 200 or 202.", _SUPPORT_PAGE),
    "QBWC1005": unconfirmed("Web Connector failed to run, see QWCLog.txt.", _LOG_FILE),
    "QBWC1006": in_short("The address is not valid.", _ADDRESS),
    "QBWC1010": in_short("The address is not https.", _ADDRESS),
    "QBWC1012": verbatim("Authentication failed due to error message …", _SIGN_IN),
    "QBWC1013": verbatim("Error connecting to QuickBooks", _NOT_OPENED),
    "QBWC1014": in_short("The company file's facts could not be read.", _FILE_FACTS),
    "QBWC1026": in_short("The FileID is already in use.", _FILE_ID),
    "QBWC1039": verbatim("Problem adding the application to registry", _QWC_FILE),
    "QBWC1041": in_short("sendRequestXML failed.", _BROKEN_CALL),
    "QBWC1042": in_short("receiveResponseXML failed.", _BROKEN_CALL),
    "QBWC1043": in_short("getLastError failed.", _BROKEN_END),
    "QBWC1044": in_short("closeConnection failed.", _BROKEN_END),
    "QBWC1045": in_short("connectionError failed.", _BROKEN_END),
    "QBWC1048": verbatim("Could not verify the web application server certificate", _CERTIFICATE),
}

#: A number that no source explains.
UNKNOWN_CONNECTOR_ROW = connection(
    "CONNECTOR_ERROR",
    "The Web Connector showed an error that is not in the catalogue.",
    office(
        "Press Update Selected; if it happens again, look into the Web Connector's log"
        " (QWCLog.txt)."
    ),
    support("If it stays so, report it with the lines of that log."),
)

#: What has no number.
SILENCE_ROWS: Mapping[str, Row] = {
    "no call": in_short(
        "Nothing: the Web Connector does not call.",
        connection(
            "CONNECTOR_SILENT",
            "The Web Connector is closed, asleep or offline. Everything saved waits and is sent"
            " when it calls again.",
            office(
                "On the computer that runs QuickBooks type QBWC in the search bar, run the Web"
                " Connector that is found, keep it open (Pin to taskbar) and tick Auto-Run."
            ),
            office(
                "Run QuickBooks and the Web Connector with the same privileges: both with Run as"
                " administrator or neither. Otherwise a second, hidden QuickBooks may start and"
                " hold the company file."
            ),
            administrator("Keep that computer from going to sleep."),
        ),
    ),
    "no answer": in_short(
        "Nothing: no receiveResponseXML came after a message set was fetched.",
        replace(
            unknown("ANSWER_LOST", "The line dropped while QuickBooks was at work."),
            reach=Reach.CONNECTION,
        ),
    ),
    "another file": in_short(
        "Its first sendRequestXML tells of another company file.", OTHER_FILE_OPEN
    ),
}
