"""The rows of the catalogue for statuses of qbXML responses; `answers` reads them.

Several rows of one code are tried in their order: the first whose words QuickBooks' text holds is
taken, and the last stands for every other text. A code without an entry falls into a range, else
its severity decides. Source: qbXML status codes; wordings as seen in public integrations.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.answer_rows import (
    APPLIED,
    BOOKS_CLOSED,
    BYPASS,
    CLASS_MISSING,
    CUSTOMER_MISSING,
    ELEMENT_INVALID,
    FIND_INVOICE,
    INVOICE_GONE,
    ITEM_MISSING,
    LIST_CHANGED,
    MODE,
    NAME_IN_USE,
    NOT_CHANGEABLE,
    NOT_PERMITTED,
    RECORD_IN_USE,
    RECORD_LOCKED,
    REFUSED,
    REFUSED_WITH_WORDS,
    RESYNC,
    SITE_MISSING,
    TAX_ITEM_MISSING,
    TEXT_REFUSED,
    UNKNOWN,
    UNPROCESSED,
    VALUE_FORMAT,
    WARNED,
    Row,
    administrator,
    bookkeeper,
    defect,
    office,
    passing,
    person,
    quickbooks_administrator,
    warning,
)
from domain.issues import AnswerClass

STATUS_ROWS: Mapping[int, tuple[Row, ...]] = {
    0: (APPLIED,),
    1: (Row(AnswerClass.NOT_FOUND, "NO_MATCH", "QuickBooks has nothing that matches."),),
    500: (
        Row(
            AnswerClass.NOT_FOUND,
            INVOICE_GONE,
            "QuickBooks no longer has what was asked for{name}: it was deleted or entered anew.",
            FIND_INVOICE,
        ),
    ),
    530: (
        warning(
            "FIELD_NOT_SUPPORTED",
            "QuickBooks saved it, but its edition has no place for a field: {says}",
        ),
    ),
    570: (
        warning(
            "LINK_NOT_MADE",
            "QuickBooks saved it, but could not link it to another transaction: {says}",
        ),
    ),
    1000: (
        passing(
            "QUICKBOOKS_INTERNAL_ERROR",
            "QuickBooks stumbled over the request or took too long. It is tried again.",
            bookkeeper(
                "If it stays so, restart QuickBooks and run File > Utilities > Verify Data."
            ),
        ),
    ),
    1010: (passing("QUICKBOOKS_NOT_READY", "QuickBooks is starting or busy. It is tried again."),),
    1020: (passing("QUICKBOOKS_NOT_READY", "QuickBooks could not be reached. It is tried again."),),
    1030: (
        defect("REQUEST_NOT_SUPPORTED", "This QuickBooks does not know the request Instep sent."),
    ),
    1060: (defect("REQUEST_ID_TOO_LONG", "QuickBooks refused the number Instep gave a request."),),
    3000: (
        person(
            "OBJECT_ID_INVALID",
            "QuickBooks does not know the identity{name} that Instep has stored; it may come from"
            " another company file.",
            quickbooks_administrator("See that the right company file is open in QuickBooks."),
            administrator("Map the customer or item anew, or link the invoice anew."),
            RESYNC,
        ),
    ),
    3070: (
        person(
            "TEXT_TOO_LONG",
            "A text is longer than QuickBooks' field{name} can hold.",
            office("Shorten the text."),
            RESYNC,
            quoted=1,
        ),
    ),
    3080: (TEXT_REFUSED,),
    3085: (TEXT_REFUSED,),
    3090: (TEXT_REFUSED,),
    3100: (NAME_IN_USE,),
    3110: (VALUE_FORMAT,),
    3120: (
        person(
            INVOICE_GONE,
            "QuickBooks no longer has the invoice, or something it names{name}: it was deleted,"
            " made inactive or entered anew.",
            *FIND_INVOICE,
        ),
    ),
    3130: (
        CUSTOMER_MISSING,
        ITEM_MISSING,
        CLASS_MISSING,
        person(
            "PARENT_MISSING",
            "The entry{name}, under which another one stands, is missing in QuickBooks.",
            bookkeeper("Create it in QuickBooks, or make it active."),
            RESYNC,
        ),
    ),
    3140: (
        TAX_ITEM_MISSING,
        CUSTOMER_MISSING,
        ITEM_MISSING,
        CLASS_MISSING,
        SITE_MISSING,
        person(
            "REFERENCE_MISSING",
            "The invoice names an entry{name} that QuickBooks does not have or has made inactive.",
            bookkeeper("Create it in QuickBooks under exactly this name, or make it active."),
            RESYNC,
        ),
    ),
    3160: (
        person(
            "IN_USE_CANNOT_DELETE",
            "QuickBooks cannot delete it while other records use it.",
            bookkeeper("Void it in QuickBooks instead."),
        ),
    ),
    3161: (BOOKS_CLOSED,),
    3162: (MODE,),
    3170: (
        LIST_CHANGED,
        RECORD_LOCKED,
        BOOKS_CLOSED,
        replace(NAME_IN_USE, words=("cannot merge",)),
        REFUSED,
    ),
    3171: (BOOKS_CLOSED,),
    3172: (NOT_CHANGEABLE,),
    3173: (NOT_CHANGEABLE,),
    3175: (RECORD_IN_USE, BOOKS_CLOSED, REFUSED_WITH_WORDS, RECORD_IN_USE),
    3176: (RECORD_IN_USE, BOOKS_CLOSED, REFUSED_WITH_WORDS, RECORD_IN_USE),
    3177: (defect("LINKED_TWICE", "The request named one transaction twice."),),
    3180: (
        LIST_CHANGED,
        RECORD_LOCKED,
        BOOKS_CLOSED,
        person(
            "CREDIT_LIMIT_EXCEEDED",
            "The invoice takes its customer over the credit limit that QuickBooks holds.",
            bookkeeper("Raise the customer's credit limit in QuickBooks."),
            RESYNC,
            BYPASS,
            words=("credit limit",),
        ),
        REFUSED,
    ),
    3185: (
        person(
            "CANNOT_VOID",
            "QuickBooks cannot void it. It says: {says}",
            bookkeeper("Look in QuickBooks at what is linked to it, and void it there."),
        ),
    ),
    3190: (
        person(
            "VALUE_REQUIRED",
            "QuickBooks does not let the field{name} be empty.",
            office("Enter a value."),
            RESYNC,
        ),
    ),
    3200: (
        Row(
            AnswerClass.OUTDATED,
            "EDIT_SEQUENCE_OUTDATED",
            "Somebody changed the invoice in QuickBooks. It is read again and compared.",
        ),
    ),
    3205: (
        person(
            "ADDRESS_NOT_ACCEPTED",
            "QuickBooks does not accept the address. It says: {says}",
            office("Shorten the address or give it fewer lines."),
            RESYNC,
        ),
    ),
    3210: (
        person(
            "PAYMENT_EXCEEDS_DUE",
            "The payment is larger than what QuickBooks' copy of the invoice leaves to be paid.",
            office("Sync the invoice first, then the payment."),
            bookkeeper("Compare the sales tax of the invoice on both sides."),
            words=("cannot pay more",),
        ),
        person(
            "VALUE_REFUSED",
            "QuickBooks refuses the value of the field{name}. It says: {says}",
            office("Correct the value."),
            RESYNC,
        ),
    ),
    3220: (  # sources differ on this code, so QuickBooks' text decides
        person(
            "INVOICE_NUMBER_IN_USE",
            "QuickBooks already has another transaction of this number.",
            office("Choose another Invoice # and sync again."),
            words=("number",),
        ),
        NOT_PERMITTED,
    ),
    3230: (replace(UNPROCESSED, words=("not been processed", "rolled back")), UNKNOWN),
    3231: (UNPROCESSED,),
    3240: (  # sources differ on this code
        person(
            "CREATION_TIME_MISMATCH",
            "What Instep knows of the invoice belongs to another company file. QuickBooks says:"
            " {says}",
            quickbooks_administrator("See that the right company file is open in QuickBooks."),
            administrator("If the file was restored or replaced, link its invoices anew."),
        ),
    ),
    3250: (
        person(
            "FEATURE_OFF",
            "The invoice needs something that is turned off in QuickBooks or missing in its"
            " edition: classes, sites, sales tax or price levels.",
            quickbooks_administrator("Turn it on in QuickBooks (Edit > Preferences)."),
            administrator("Or take the mapping out of Instep's settings."),
            RESYNC,
        ),
    ),
    3251: (MODE,),
    3252: (MODE,),
    3253: (MODE,),
    3260: (NOT_PERMITTED,),
    3261: (NOT_PERMITTED,),
    3262: (NOT_PERMITTED,),
    3263: (NOT_PERMITTED,),
    3270: (
        person(
            "POSTING_ACCOUNT_MISSING",
            "An item of the invoice{name} lacks an account in QuickBooks; materials and equipment"
            " need one for cost of goods sold.",
            bookkeeper("Give the item its accounts in QuickBooks."),
            RESYNC,
        ),
    ),
    3280: (
        person(
            "ITEM_TYPE_NOT_ALLOWED",
            "QuickBooks does not allow an item of this type{name} on an invoice line.",
            administrator("Map it to a service, part or other-charge item."),
            RESYNC,
        ),
    ),
    3290: (
        Row(
            AnswerClass.OUTDATED,
            "LINE_ORDER_OUTDATED",
            "The lines stand in another order in QuickBooks now. It is read again and sent anew.",
        ),
    ),
    3300: (
        person(
            "LIST_FULL",
            "A list of the company file is full. QuickBooks says: {says}",
            quickbooks_administrator("Delete or merge entries nobody uses, or start a new file."),
        ),
    ),
    3310: (NAME_IN_USE,),
    3391: (passing("QUERY_EXPIRED", "QuickBooks dropped a long question. It is asked anew."),),
}

STATUS_RANGES: tuple[tuple[range, tuple[Row, ...]], ...] = (
    (range(2, 500), (APPLIED,)),
    (range(501, 600), (WARNED,)),
    (
        range(2000, 3000),
        (
            person(
                "NOT_SUPPORTED",
                "This edition of QuickBooks cannot do it. It says: {says}",
                administrator("Turn the feature off in Instep's settings, or upgrade QuickBooks."),
            ),
        ),
    ),
    (range(3005, 3070), (VALUE_FORMAT,)),
    (range(3150, 3155), (ELEMENT_INVALID,)),
)

#: For codes that neither table has.
SEVERITY_ROWS: Mapping[str, tuple[Row, ...]] = {"info": (APPLIED,), "warn": (WARNED,)}
UNKNOWN_STATUS_ROWS: tuple[Row, ...] = (UNKNOWN,)
