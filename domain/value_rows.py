"""The catalogue's rows for what QuickBooks cannot read: numbers, dates, texts, elements."""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    NAME_IN_USE,
    RESYNC,
    Row,
    administrator,
    bookkeeper,
    defect,
    in_short,
    missing,
    office,
    person,
    quickbooks_administrator,
    verbatim,
)
from domain.issues import ObjectKind, Retry

VALUE_FORMAT = defect(
    "VALUE_FORMAT_INVALID",
    "QuickBooks could not read the value{name}, a number, date or text that Instep sent.",
)
_ELEMENT = defect(
    "ELEMENT_INVALID",
    "QuickBooks could not accept how the request was put together. It says: {says}",
)
_TEXT_REFUSED = person(
    "TEXT_NOT_ACCEPTED",
    "QuickBooks does not accept the text in the field{name}.",
    office("Remove unusual characters; names hold no colon and no blank at either end."),
    RESYNC,
    quoted=1,
)
_TOO_LONG = person(
    "TEXT_TOO_LONG",
    "A text is longer than QuickBooks' field{name} can hold.",
    office(
        "Shorten it: an Invoice # holds 11 characters, an item's name 31, a summary or description"
        " 4,095."
    ),
    RESYNC,
    quoted=1,
)
_UNKNOWN_ID = missing(
    ObjectKind.BY_ID,
    "OBJECT_ID_INVALID",
    "QuickBooks does not know the identity{name} that Instep has stored; it may come from another"
    " company file.",
    quickbooks_administrator("See that the right company file is open in QuickBooks."),
    administrator(
        "Map the customer or item anew. If QuickBooks lacks the invoice, bypass its export, unlock"
        " it, and export it again."
    ),
    RESYNC,
)
_ID_TEXT = "The given object ID “…” in the field “…” is invalid."
_PAYMENT_TOO_LARGE = replace(
    person(
        "PAYMENT_EXCEEDS_DUE",
        "The payment is larger than what QuickBooks' copy of the invoice leaves to be paid.",
        office("Sync the invoice first, then the payment."),
        bookkeeper("Compare the sales tax of the invoice on both sides."),
        words=("cannot pay more",),
    ),
    retry=Retry.ON_EXPORT,
)

_FORMATS = {
    3005: "A yes or no could not be read.",
    3010: "A yes or no could not be read.",
    3020: "A date could not be read.",
    3030: "A range of dates makes no sense.",
    3031: "A range of texts makes no sense.",
    3035: "A time interval could not be read.",
    3040: "An amount could not be read.",
    3050: "A percentage could not be read.",
    3060: "A quantity could not be read.",
    3065: "A GUID could not be read.",
    3110: "An argument is none of those that are allowed.",
}

VALUE_ROWS: Mapping[int, tuple[Row, ...]] = {
    **{code: (in_short(says, VALUE_FORMAT),) for code, says in _FORMATS.items()},
    3000: (
        verbatim(_ID_TEXT, replace(_UNKNOWN_ID, about=ObjectKind.INVOICE)),
        verbatim(_ID_TEXT, _UNKNOWN_ID),
    ),
    3045: (verbatim("There was an error when converting the price …", VALUE_FORMAT),),
    3070: (verbatim("The string “…” in the field “…” is too long.", _TOO_LONG),),
    3080: (in_short("A text holds characters that QuickBooks refuses.", _TEXT_REFUSED),),
    3085: (in_short("A number is not valid in its field.", _TEXT_REFUSED),),
    3090: (
        verbatim(
            "There was an error when storing “…” in the “…” field. … Names in this list cannot"
            " contain a colon.",
            _TEXT_REFUSED,
        ),
    ),
    3100: (verbatim("The name “…” of the list element is already in use.", NAME_IN_USE),),
    3150: (verbatim("There is a missing element: “…”", _ELEMENT),),
    3151: (in_short("An element cannot be set here.", _ELEMENT),),
    3152: (in_short("An element is missing.", _ELEMENT),),
    3153: (in_short("Two elements exclude each other.", _ELEMENT),),
    3154: (in_short("An element is wrong together with another.", _ELEMENT),),
    3190: (
        in_short(
            "An element cannot be cleared.",
            person(
                "VALUE_REQUIRED",
                "QuickBooks does not let the field{name} be empty.",
                office("Enter a value."),
                RESYNC,
            ),
        ),
    ),
    3205: (
        in_short(
            "An address is not valid: it has too many lines, for example.",
            person(
                "ADDRESS_NOT_ACCEPTED",
                "QuickBooks does not accept the address. It says: {says}",
                office("Shorten the address or give it fewer lines."),
                RESYNC,
            ),
        ),
    ),
    3210: (
        verbatim(
            "… QuickBooks error message: You cannot pay more than the amount due.",
            _PAYMENT_TOO_LARGE,
        ),
        verbatim(
            "The “…” field has an invalid value “…”. QuickBooks error message: …",
            person(
                "VALUE_REFUSED",
                "QuickBooks refuses the value of the field{name}. It says: {says}",
                office("Correct the value."),
                RESYNC,
            ),
        ),
    ),
    3310: (in_short("Renaming it would merge two entries.", NAME_IN_USE),),
}
