"""The catalogue's rows for what becomes of payments, and the ways out that they share.

The problems of payments say it with their own numbers and amounts (`payment_problems`).
"""

from collections.abc import Iterable
from dataclasses import replace

from domain.answer_rows import (
    BYPASS,
    INVOICE_GONE,
    RESYNC,
    Row,
    administrator,
    bookkeeper,
    done,
    in_short,
    office,
    person,
)
from domain.issues import AnswerClass, Retry, Step

EXPORT_AGAIN = office("Then export the payment again (exportPayments).")
BYPASS_PAYMENT = office("Or bypass the payment here, and enter it in QuickBooks by hand.")
#: It may be there, and nothing that looks like it was seen.
LOOK = bookkeeper(
    "Look for the payment in QuickBooks (Customers > Receive Payments). If it is there, bypass it"
    " here; if not, export it again: QuickBooks is asked once more first."
)
MAY_EXIST = (
    bookkeeper(
        "Compare the payment that QuickBooks shows with this one (Customers > Receive Payments)."
    ),
    office("If both are the same money, bypass the payment here."),
    office(
        "If not, bypass it all the same and record it here anew: the new one is sent. As long as"
        " QuickBooks shows the other, this one is never sent."
    ),
)
DELETED = (
    bookkeeper(
        "Reports > Accountant & Taxes > Audit Trail shows who deleted the payment in QuickBooks."
    ),
    office("If that was on purpose, or it was entered there anew, bypass the payment here."),
    office(
        "If QuickBooks shall have it, bypass it all the same and record it here anew: the new one"
        " is sent, this one never again."
    ),
)
#: Of the invoice that it pays.
INVOICE_NOT_FOUND = (
    bookkeeper(
        "Look for the invoice in QuickBooks by number; Reports > Accountant & Taxes > Audit Trail"
        " shows who deleted it or gave it to another customer."
    ),
    bookkeeper(
        "If it was deleted or entered anew, receive the payment in QuickBooks by hand (Customers >"
        " Receive Payments), and bypass it here."
    ),
    office("If it is there as it was, export the payment again (exportPayments)."),
)
#: Of something else that it names.
ENTRY_NOT_FOUND = (
    bookkeeper("Look for the customer and the payment method in QuickBooks."),
    administrator("If the customer was merged or entered anew there, map it to the new name."),
    EXPORT_AGAIN,
)
CUSTOMER_UNKNOWN = (
    bookkeeper("Make the customer active in QuickBooks, or give it its name of before."),
    LOOK,
)
COMPARE = bookkeeper("Compare the payment in QuickBooks with this one.")
NAME_IT = (administrator("Give the customer its QuickBooks name."), EXPORT_AGAIN)
CORRECT = (
    administrator("If it is the customer's name, correct it, and let the payment be exported."),
    office("Else bypass the payment, and record it here anew with a value that fits."),
)
PAYMENT_MAY_EXIST, PAYMENT_DELETED = "PAYMENT_MAY_EXIST", "PAYMENT_DELETED"


def steps_of_payment(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Give the steps of an answer as they help a payment: no invoice is to be re-synced for it."""
    return tuple(BYPASS_PAYMENT if step == BYPASS else step for step in steps if step != RESYNC)


def _of_payment(says: str, code: str, reason: str, *steps: Step) -> Row:
    return in_short(says, replace(person(code, reason, *steps), retry=Retry.ON_EXPORT))


#: Some codes have an article for invoices as well: both stand under it.
PAYMENT_ROWS: tuple[Row, ...] = (
    _of_payment(
        "The answer to a payment was lost, and QuickBooks shows one that looks like it.",
        PAYMENT_MAY_EXIST,
        "The answer to the payment was lost, and QuickBooks shows one of this customer with the"
        " same amount, and the same day or number, that does not bear our mark. It may be the"
        " payment, entered by hand. Nothing was sent again.",
        *MAY_EXIST,
    ),
    _of_payment(
        "QuickBooks had stored a payment and shows it no more.",
        PAYMENT_DELETED,
        "QuickBooks had stored the payment, its answer was lost, and it is not there any more:"
        " somebody deleted it in QuickBooks. It is never sent again by itself.",
        *DELETED,
    ),
    _of_payment(
        "QuickBooks does not find the invoice that a payment is applied to.",
        INVOICE_GONE,
        "QuickBooks does not find the invoice that the payment is applied to among those of its"
        " customer: it was deleted, entered anew or given to another customer there. The payment is"
        " not in QuickBooks.",
        *INVOICE_NOT_FOUND,
    ),
    _of_payment(
        "QuickBooks does not find something else that a payment names.",
        INVOICE_GONE,
        "QuickBooks does not find something that the payment names, such as its customer: it was"
        " deleted, merged or entered anew there. The payment is not in QuickBooks.",
        *ENTRY_NOT_FOUND,
    ),
    _of_payment(
        "The answer to a payment was lost, and QuickBooks does not know the customer to ask for.",
        "CUSTOMER_MISSING",
        "The answer to the payment was lost, and QuickBooks, asked what its customer paid, does not"
        " know the customer. Nothing was sent again.",
        *CUSTOMER_UNKNOWN,
    ),
    in_short(
        "QuickBooks shows another amount for a payment.",
        replace(
            done(
                AnswerClass.WARNING,
                "READ_BACK_DIFFERS",
                "QuickBooks holds the payment, but shows another amount for it than was received.",
            ),
            steps=(COMPARE,),
        ),
    ),
    _of_payment(
        "The customer of a payment has no QuickBooks name.",
        "NAME_MISSING",
        "The customer of the payment has no name in QuickBooks yet, so nothing could be sent.",
        *NAME_IT,
    ),
    _of_payment(
        "A value of a payment cannot be written as qbXML.",
        "NOT_SENDABLE",
        "A field of the payment holds something that QuickBooks cannot store, so nothing was sent.",
        *CORRECT,
    ),
    _of_payment(
        "Many attempts to send a payment came to no end.",
        "NO_PROGRESS",
        "The payment was sent many times, and QuickBooks never came to an end with it.",
        LOOK,
    ),
)
