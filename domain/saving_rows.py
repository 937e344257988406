"""The catalogue's rows for what keeps QuickBooks from saving: locks, closed books, other copies."""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    BOOKS_CLOSED,
    BYPASS,
    LIST_CHANGED,
    NAME_IN_USE,
    NOT_PERMITTED,
    OTHER_TEXT,
    RECORD_IN_USE,
    RECORD_LOCKED,
    REFUSED,
    REFUSED_WITH_WORDS,
    RESYNC,
    TRANSACTION_IN_USE,
    UNKNOWN,
    UNPROCESSED,
    Row,
    administrator,
    bookkeeper,
    defect,
    in_short,
    office,
    outdated,
    passing,
    person,
    quickbooks_administrator,
    support,
    unconfirmed,
    verbatim,
)
from domain.issues import ObjectKind, Reach

_NOT_CHANGEABLE = person(
    "NOT_CHANGEABLE",
    "QuickBooks does not allow this change of the invoice or of something linked to it. It says:"
    " {says}",
    bookkeeper("Make the change in QuickBooks, if it allows it there."),
    office("Or leave the invoice as it was and create an adjustment invoice."),
    BYPASS,
)
_CREDIT_LIMIT = person(
    "CREDIT_LIMIT_EXCEEDED",
    "The invoice takes its customer over the credit limit that QuickBooks holds.",
    bookkeeper("Raise the customer's credit limit in QuickBooks."),
    RESYNC,
    BYPASS,
    words=("credit limit",),
)
_NUMBER_IN_USE = person(
    "INVOICE_NUMBER_IN_USE",
    "QuickBooks already has another transaction of this number. It says: {says}",
    office("Choose another Invoice # and sync again."),
    words=("number",),
)
_OTHER_FILE = replace(
    person(
        "CREATION_TIME_MISMATCH",
        "What Instep knows of the invoice may belong to another company file. QuickBooks says:"
        " {says}",
        quickbooks_administrator("See that the right company file is open in QuickBooks."),
        administrator(
            "If the file was restored or replaced and lacks the invoice, bypass its export, unlock"
            " it, and export it again."
        ),
        words=("creation", "company file"),
    ),
    about=ObjectKind.COMPANY_FILE,
)
_NOT_AUTHORIZED = replace(NOT_PERMITTED, words=("authorized", "permission"), reach=Reach.INVOICE)
_LOCK_WORDS = "… The internals could not be locked. They are in use by another user."
_LIST_WORDS = "… This list has been modified by another user."
_CLOSED_WORDS = "… with a date on or before the closing date of the company."
_INNER_WORDS = "… QuickBooks error message: … (any other text)"

#: With codes that mean a lock, unless QuickBooks' text says otherwise.
_NO_LOCK = (
    in_short(_CLOSED_WORDS, BOOKS_CLOSED),
    in_short(_INNER_WORDS, REFUSED_WITH_WORDS),
)

SAVING_ROWS: Mapping[int, tuple[Row, ...]] = {
    3160: (
        in_short(
            "It cannot be deleted: it is in use, or closed.",
            person(
                "IN_USE_CANNOT_DELETE",
                "QuickBooks cannot delete it while other records use it.",
                bookkeeper("Void it in QuickBooks instead."),
            ),
        ),
    ),
    3161: (in_short("It cannot be deleted: it is dated before the closing date.", BOOKS_CLOSED),),
    3170: (
        in_short(_LIST_WORDS, LIST_CHANGED),
        verbatim(_LOCK_WORDS, RECORD_LOCKED),
        in_short(_CLOSED_WORDS, BOOKS_CLOSED),
        verbatim("… Cannot merge list elements.", replace(NAME_IN_USE, words=("cannot merge",))),
        verbatim("There was an error when modifying “…”. QuickBooks error message: …", REFUSED),
    ),
    3171: (
        verbatim(
            "An attempt was made to modify a(n) Invoice with a date on or before the closing date"
            " of the company.",
            BOOKS_CLOSED,
        ),
    ),
    3172: (in_short("The object cannot be modified.", _NOT_CHANGEABLE),),
    3173: (in_short("A related object cannot be modified.", _NOT_CHANGEABLE),),
    3175: (
        verbatim(
            "The transaction could not be locked. It is in use by another user.", TRANSACTION_IN_USE
        ),
        *_NO_LOCK,
        verbatim(
            "There was an error adding, modifying or deleting “…” because it is already in use.",
            TRANSACTION_IN_USE,
        ),
    ),
    3176: (
        in_short(_LOCK_WORDS, RECORD_IN_USE),
        *_NO_LOCK,
        in_short("A related object is in use or locked.", RECORD_IN_USE),
    ),
    3177: (
        in_short(
            "One transaction is linked twice.",
            defect("LINKED_TWICE", "The request named one transaction twice."),
        ),
    ),
    3180: (
        verbatim(_LIST_WORDS, LIST_CHANGED),
        in_short(_LOCK_WORDS, RECORD_LOCKED),
        in_short(_CLOSED_WORDS, BOOKS_CLOSED),
        verbatim(
            "… The credit limit for the name on this transaction has been exceeded.", _CREDIT_LIMIT
        ),
        verbatim(
            "There was an error when saving a … list, element “…”. QuickBooks error message: …",
            REFUSED,
        ),
    ),
    3185: (
        in_short(
            "It cannot be voided.",
            person(
                "CANNOT_VOID",
                "QuickBooks cannot void it. It says: {says}",
                bookkeeper("Look in QuickBooks at what is linked to it, and void it there."),
            ),
        ),
    ),
    3200: (
        verbatim(
            "The provided edit sequence “…” is out-of-date.",
            outdated(
                "EDIT_SEQUENCE_OUTDATED",
                "Somebody changed the invoice in QuickBooks. It is read again and compared.",
            ),
        ),
    ),
    3220: (
        unconfirmed("The reference number is in use.", _NUMBER_IN_USE),
        unconfirmed("Not authorized.", _NOT_AUTHORIZED),
        unconfirmed(OTHER_TEXT, REFUSED),
    ),
    3230: (
        unconfirmed(
            "The status was rolled back.",
            replace(UNPROCESSED, words=("not been processed", "rolled back")),
        ),
        unconfirmed("The check of a status does not match, or any other text.", UNKNOWN),
    ),
    3231: (verbatim("The request has not been processed.", UNPROCESSED),),
    3240: (
        unconfirmed("The time of creation does not match.", _OTHER_FILE),
        unconfirmed(OTHER_TEXT, REFUSED),
    ),
    3290: (
        verbatim(
            "The item “…” is placed in the request in incorrect order.",
            outdated(
                "LINE_ORDER_OUTDATED",
                "The lines stand in another order in QuickBooks now. It is read again and sent"
                " anew.",
            ),
        ),
    ),
    3391: (
        verbatim(
            "The iteratorID … is not valid",
            passing(
                "QUERY_EXPIRED",
                "QuickBooks dropped a long question. It is asked anew.",
                support("If it stays so, report it with QuickBooks' own words."),
            ),
        ),
    ),
}
