"""The catalogue's table for statuses of qbXML responses and message sets; `answers` reads it.

Several rows of one code are tried in their order: the first that fits QuickBooks' text is taken,
and the last stands for every other text. A code without an entry falls into a range, else its
severity decides. Source: qbXML status codes; wordings as seen in public integrations.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    APPLIED,
    FIND_INVOICE,
    INVOICE_GONE,
    UNKNOWN,
    WARNED,
    Row,
    administrator,
    bookkeeper,
    defect,
    done,
    in_short,
    office,
    passing,
    person,
    quickbooks_administrator,
    support,
    telling,
    unconfirmed,
    unknown,
    verbatim,
)
from domain.issues import AnswerClass, Reach, Retry
from domain.reference_rows import REFERENCE_ROWS
from domain.saving_rows import SAVING_ROWS
from domain.value_rows import VALUE_FORMAT, VALUE_ROWS

_NOTHING_FOUND = done(AnswerClass.NOT_FOUND, "NO_MATCH", "QuickBooks has nothing that matches.")
_REQUIRED_GONE = Row(
    kind=AnswerClass.NOT_FOUND,
    code=INVOICE_GONE,
    reason="QuickBooks no longer has what was asked for{name}: it was deleted or entered anew.",
    retry=Retry.ON_RESYNC,
    steps=FIND_INVOICE,
)
_FIELD_IGNORED = done(
    AnswerClass.WARNING,
    "FIELD_NOT_SUPPORTED",
    "QuickBooks saved it, but its edition has no place for a field: {says}",
)
_LINK_NOT_MADE = replace(
    done(
        AnswerClass.WARNING,
        "LINK_NOT_MADE",
        "QuickBooks saved it, but could not link it to another transaction: {says}",
    ),
    steps=(bookkeeper("Look in QuickBooks at the credit or payment that should be linked to it."),),
)
_STUMBLED = replace(
    passing(
        "QUICKBOOKS_INTERNAL_ERROR",
        "QuickBooks stumbled over the request or took too long. It is tried again.",
        bookkeeper("If it stays so, restart QuickBooks and run File > Utilities > Verify Data."),
    ),
    retry=Retry.TWICE,
)
_NOT_READY = replace(
    passing(
        "QUICKBOOKS_NOT_READY",
        "QuickBooks is starting or busy. It is tried again.",
        office("If it stays so, look at QuickBooks on its computer and answer what it asks."),
    ),
    reach=Reach.CONNECTION,
)
_NOT_REACHED = replace(_NOT_READY, reason="QuickBooks could not be reached. It is tried again.")
_NOT_OF_THIS_YEAR = replace(
    defect("REQUEST_NOT_SUPPORTED", "This QuickBooks does not know the request Instep sent."),
    steps=(
        quickbooks_administrator("Update QuickBooks, if it is an old year."),
        support("Else report it: Instep must speak an older qbXML. Your edit is kept."),
    ),
)
_EDITION = person(
    "NOT_SUPPORTED",
    "This edition of QuickBooks cannot do it. It says: {says}",
    administrator("Turn the feature off in Instep's settings, or upgrade QuickBooks."),
)
_SET_STATUS = telling(
    unknown(
        "MESSAGE_SET_STATUS",
        "QuickBooks could not tell what became of a message set.",
        support("If it comes again, report it with QuickBooks' own words."),
    )
)
_MACRO = defect(
    "MACRO_INVALID",
    "A request referred to another one of its message set in a way QuickBooks does not accept.",
)

#: 0 with the severity of a warning.
OK_WITH_WARNING = in_short("Status OK with a warning: a rate was ignored, for example.", WARNED)

STATUS_ROWS: Mapping[int, tuple[Row, ...]] = {
    0: (verbatim("Status OK", APPLIED),),
    1: (verbatim("A query request did not find a matching object in QuickBooks", _NOTHING_FOUND),),
    500: (
        verbatim(
            "The query request has not been fully completed. There was a required element (“…”)"
            " that could not be found in QuickBooks.",
            _REQUIRED_GONE,
        ),
    ),
    501: (in_short("A filter is not valid.", WARNED),),
    510: (in_short("An object came back incomplete.", WARNED),),
    530: (in_short("This edition does not support a field; it was ignored.", _FIELD_IGNORED),),
    531: (in_short("A value of a list of values was ignored.", WARNED),),
    550: (in_short("Notes were not saved.", WARNED),),
    560: (in_short("A field is deprecated.", WARNED),),
    570: (
        unconfirmed("Unable to link to transaction, it has already been closed.", _LINK_NOT_MADE),
    ),
    600: (in_short("Nothing is stored for this message set.", _SET_STATUS),),
    1000: (verbatim("There has been an internal error when processing the request.", _STUMBLED),),
    1010: (verbatim("System not available.", _NOT_READY),),
    1020: (in_short("No connection.", _NOT_REACHED),),
    1030: (verbatim("Request is not supported by this implementation.", _NOT_OF_THIS_YEAR),),
    1060: (
        in_short(
            "The requestID is too long.",
            defect("REQUEST_ID_TOO_LONG", "QuickBooks refused the number Instep gave a request."),
        ),
    ),
    **VALUE_ROWS,
    **REFERENCE_ROWS,
    **SAVING_ROWS,
    9001: (in_short("The message set's id was used for other content.", _SET_STATUS),),
    9002: (in_short("No stored answer was found.", _SET_STATUS),),
    9003: (in_short("Not used.", _SET_STATUS),),
    9004: (in_short("The message set's id is too long or not valid.", _SET_STATUS),),
    9005: (in_short("The answer could not be stored.", _SET_STATUS),),
}

STATUS_RANGES: tuple[tuple[range, tuple[Row, ...]], ...] = (
    (range(2, 500), (in_short("A remark; the request was done.", APPLIED),)),
    (range(502, 600), (in_short("A warning; the request was done, perhaps in part.", WARNED),)),
    (range(2000, 3000), (in_short("This edition or country does not support it.", _EDITION),)),
    (range(3006, 3070), (in_short("A value could not be read.", VALUE_FORMAT),)),
    (range(9100, 9200), (in_short("A macro is not valid.", _MACRO),)),
)

#: For codes that neither table has.
SEVERITY_ROWS: Mapping[str, tuple[Row, ...]] = {
    "info": (in_short("Any text.", APPLIED),),
    "warn": (in_short("Any text.", WARNED),),
}
UNKNOWN_STATUS_ROWS: tuple[Row, ...] = (in_short("Any text.", UNKNOWN),)
