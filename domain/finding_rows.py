"""The catalogue's rows for what Instep itself finds, without a code of QuickBooks'.

The issues say it with the invoice's own names and amounts; this is what they have in common.
"""

from collections.abc import Mapping

from domain.answer_rows import (
    BYPASS,
    OUR_FAULT,
    RESYNC,
    Row,
    administrator,
    bookkeeper,
    done,
    in_short,
    office,
    person,
    quickbooks_administrator,
    support,
)
from domain.issues import AnswerClass

FINDING_ROWS: Mapping[str, Row] = {
    row.code: row
    for row in (
        in_short(
            "QuickBooks' copy and the edit differ in the same field.",
            person(
                "EDIT_CONFLICT",
                "Somebody changed the same field in QuickBooks. Nothing was overwritten.",
                office("Compare the three values and choose, field by field, ours or QuickBooks'."),
                BYPASS,
            ),
        ),
        in_short(
            "What QuickBooks returned is not what was sent.",
            person(
                "READ_BACK_DIFFERS",
                "QuickBooks saved the invoice, but its copy differs from ours in some field.",
                bookkeeper("Look at the invoice in QuickBooks."),
                RESYNC,
                BYPASS,
            ),
        ),
        in_short(
            "QuickBooks computed another sales tax.",
            done(
                AnswerClass.WARNING,
                "TAX_PARITY",
                "The edit is in QuickBooks, but its sales tax differs from ours by some cents. A"
                " later payment of the whole amount may be refused.",
            ),
        ),
        in_short(
            "QuickBooks' copy is void.",
            person(
                "INVOICE_VOIDED",
                "The invoice was voided in QuickBooks. A void is never overwritten.",
                bookkeeper("If it was voided by mistake, undo that in QuickBooks."),
                RESYNC,
                BYPASS,
            ),
        ),
        in_short(
            "QuickBooks no longer has the invoice.",
            person(
                "INVOICE_DELETED",
                "The invoice was deleted in QuickBooks, or entered there anew. It is never created"
                " again by itself.",
                bookkeeper(
                    "Look for it by number and customer; Reports > Accountant & Taxes > Audit Trail"
                    " shows who deleted it."
                ),
                BYPASS,
            ),
        ),
        in_short(
            "Before an unlocked invoice is sent again, QuickBooks holds one that looks like it.",
            person(
                "ALREADY_IN_QUICKBOOKS",
                "QuickBooks holds an invoice of the customer with the same number, memo, or date"
                " and amounts. Nothing was sent, and nothing was taken for ours.",
                bookkeeper("Compare the two invoices in QuickBooks."),
                office(
                    "If they are the same, bypass the export of ours; if not, give one of them"
                    " another number, date or memo and export again."
                ),
            ),
        ),
        in_short(
            "A QuickBooks name is missing in Instep's lists.",
            person(
                "NAME_MISSING",
                "Something that the invoice names has no name in QuickBooks yet, so nothing could"
                " be sent.",
                administrator("Give each entry that is listed its QuickBooks name."),
                RESYNC,
            ),
        ),
        in_short(
            "A value cannot be written as qbXML.",
            person(
                "NOT_SENDABLE",
                "A field holds something that QuickBooks cannot store, so nothing was sent.",
                office("Change the field that is named and save again."),
                quickbooks_administrator(
                    "If QuickBooks is too old for the field: update it, or leave the field empty."
                ),
                OUR_FAULT,
            ),
        ),
        in_short(
            "Many attempts came to no end.",
            person(
                "NO_PROGRESS",
                "The invoice was sent many times, and QuickBooks never came to an end with it.",
                bookkeeper("Look at the invoice in QuickBooks."),
                RESYNC,
                BYPASS,
                support("If it comes again, report it."),
            ),
        ),
    )
}
