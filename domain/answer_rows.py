"""What a row of the catalogue of answers holds, and the rows that several codes share."""

from dataclasses import dataclass, replace

from domain.issues import AnswerClass, Step, StepActor


@dataclass(frozen=True, slots=True)
class Row:
    """What one answer means.

    In the reason `{name}` stands for what QuickBooks' text quotes (with a blank before it, nothing
    when it quotes nothing), `{says}` for QuickBooks' own explanation, `{code}` for its code.
    """

    kind: AnswerClass
    code: str
    reason: str
    steps: tuple[Step, ...] = ()
    #: Fits when QuickBooks' text holds one of these, in lower case.
    words: tuple[str, ...] = ()
    #: Which of the quoted texts is the name, counted from 0.
    quoted: int = 0


def office(text: str) -> Step:
    return Step(StepActor.OFFICE, text)


def bookkeeper(text: str) -> Step:
    return Step(StepActor.BOOKKEEPER, text)


def administrator(text: str) -> Step:
    return Step(StepActor.ADMINISTRATOR, text)


def quickbooks_administrator(text: str) -> Step:
    return Step(StepActor.QUICKBOOKS_ADMINISTRATOR, text)


def support(text: str) -> Step:
    return Step(StepActor.SUPPORT, text)


RESYNC = office("Then Re-Sync the invoice.")
BYPASS = office("Or bypass the invoice, and correct QuickBooks by hand.")
OUR_FAULT = support("This fault is Instep's: report it. Your edit is kept.")
READ = bookkeeper("Read QuickBooks' own words above and correct what they name.")


def person(
    code: str, reason: str, *steps: Step, words: tuple[str, ...] = (), quoted: int = 0
) -> Row:
    return Row(AnswerClass.PERSON, code, reason, steps, words, quoted)


def passing(code: str, reason: str, *steps: Step, words: tuple[str, ...] = ()) -> Row:
    return Row(AnswerClass.TRANSIENT, code, reason, steps, words)


def defect(code: str, reason: str) -> Row:
    return Row(AnswerClass.DEFECT, code, reason, (OUR_FAULT,))


def warning(code: str, reason: str) -> Row:
    return Row(AnswerClass.WARNING, code, reason)


LOCKED = ("could not be locked", "unable to lock", "failed to lock", "by another user")

APPLIED = Row(AnswerClass.APPLIED, "APPLIED", "QuickBooks did it.")
WARNED = warning("DONE_WITH_WARNING", "QuickBooks did it, with a remark: {says}")

RECORD_LOCKED = passing(
    "RECORD_LOCKED",
    "Somebody has the record{name}, or one it belongs to, open in QuickBooks. It is tried again.",
    bookkeeper("Close the windows of this invoice, its customer and its payments in QuickBooks."),
    words=LOCKED,
)
#: For codes that by themselves mean a lock.
RECORD_IN_USE = replace(RECORD_LOCKED, words=(*LOCKED, "in use", "locked"))
BOOKS_CLOSED = person(
    "BOOKS_CLOSED",
    "The invoice is dated in a time for which QuickBooks' books are closed.",
    quickbooks_administrator(
        "Move the closing date in QuickBooks (Edit > Preferences > Accounting > Company"
        " Preferences > Set Date/Password) for as long as the sync takes, and Re-Sync."
    ),
    office("Or give the invoice a date that is still open."),
    office("Or leave the invoice as it was and create an adjustment invoice."),
    BYPASS,
    words=("closing date", "closed period", "books are closed"),
)
REFUSED = person(
    "QUICKBOOKS_REFUSED",
    "QuickBooks refused the change. It says: {says}",
    READ,
    RESYNC,
)
REFUSED_WITH_WORDS = replace(REFUSED, words=("quickbooks error message:",))
INVOICE_GONE = "INVOICE_NOT_IN_QUICKBOOKS"
FIND_INVOICE = (
    bookkeeper("Look in QuickBooks for an invoice with this number and customer."),
    office("If there is one, link it. If there is none, export the invoice again, or bypass it."),
)
CUSTOMER_MISSING = person(
    "CUSTOMER_MISSING",
    "The customer{name} is missing in QuickBooks, inactive there, or has another name.",
    bookkeeper("Make the customer active in QuickBooks, or create it under exactly this name."),
    administrator("Or map the customer to the name that QuickBooks uses."),
    RESYNC,
    words=('reference to quickbooks customer "', "in the customers list"),
)
ITEM_MISSING = person(
    "ITEM_MISSING",
    "The item{name} is missing in QuickBooks, inactive there, or has another name.",
    bookkeeper("Make the item active in QuickBooks, or create it under exactly this name."),
    administrator("Or map the item to one that QuickBooks has."),
    RESYNC,
    words=('reference to quickbooks item "', "in the items list"),
)
CLASS_MISSING = person(
    "CLASS_MISSING",
    "The class{name} of a business unit is missing in QuickBooks or inactive there.",
    bookkeeper("Create the class in QuickBooks, or make it active."),
    administrator("Or choose another class in Settings > Business Units."),
    RESYNC,
    words=('reference to quickbooks class "', "in the classes list"),
)
TAX_ITEM_MISSING = person(
    "TAX_ITEM_MISSING",
    "The sales tax{name} of a tax zone or task is missing in QuickBooks or inactive there.",
    bookkeeper("Create the sales tax item or code in QuickBooks, or make it active."),
    administrator("Or map the tax zone in Settings > Tax Zones."),
    RESYNC,
    words=(
        "reference to quickbooks itemsalestax",
        "reference to quickbooks item sales tax",
        "reference to quickbooks sales tax",
        "reference to quickbooks salestax",
    ),
)
SITE_MISSING = person(
    "SITE_MISSING",
    "The inventory site{name} of a truck or warehouse is missing in QuickBooks,"
    " or sites are turned off there.",
    bookkeeper("Create the site in QuickBooks, or turn multiple inventory sites on."),
    administrator("Or choose another site in Settings > Inventory Locations."),
    RESYNC,
    words=("reference to quickbooks inventorysite", "reference to quickbooks inventory site"),
)
NAME_IN_USE = person(
    "NAME_IN_USE",
    "QuickBooks already has another entry with this name{name}.",
    bookkeeper("Rename one of the two in QuickBooks, or link to the one that is there."),
    RESYNC,
)
NOT_PERMITTED = person(
    "NOT_PERMITTED",
    "QuickBooks does not let the Web Connector's user do this. It says: {says}",
    quickbooks_administrator(
        "Give the Web Connector's QuickBooks user a role that may change sales and accounting."
    ),
    RESYNC,
)
LIST_CHANGED = passing(
    "LIST_CHANGED",
    "QuickBooks' lists were changed while it was saving. It is tried again.",
    bookkeeper("If this comes often, re-sort the list in QuickBooks, in single-user mode."),
    words=("list has been modified by another user",),
)
VALUE_FORMAT = defect(
    "VALUE_FORMAT_INVALID",
    "QuickBooks could not read the value{name}, a number, date or text that Instep sent.",
)
ELEMENT_INVALID = defect(
    "ELEMENT_INVALID",
    "QuickBooks could not accept how the request was put together. It says: {says}",
)
UNPROCESSED = Row(
    AnswerClass.UNPROCESSED,
    "NOT_PROCESSED",
    "An earlier request failed, so QuickBooks did not look at this one. It goes again by itself.",
)
UNKNOWN = Row(
    AnswerClass.UNKNOWN_OUTCOME,
    "UNKNOWN_STATUS",
    "QuickBooks gave the answer {code}, which Instep does not know; it may or may not have saved"
    " the change. QuickBooks' copy is looked up before anything is sent again. It says: {says}",
    (
        bookkeeper("Compare the invoice in QuickBooks with this one."),
        support("If it comes again, report it with QuickBooks' own words."),
    ),
)
NOT_CHANGEABLE = person(
    "NOT_CHANGEABLE",
    "QuickBooks does not allow this change of the invoice or of something linked to it."
    " It says: {says}",
    bookkeeper("Make the change in QuickBooks, if it allows it there."),
    office("Or leave the invoice as it was and create an adjustment invoice."),
    BYPASS,
)
TEXT_REFUSED = person(
    "TEXT_NOT_ACCEPTED",
    "QuickBooks does not accept the text in the field{name}.",
    office("Remove unusual characters, and colons from names."),
    RESYNC,
    quoted=1,
)
MODE = person(
    "FILE_MODE_NOT_ALLOWED",
    "QuickBooks refuses this in the company file's present mode. It says: {says}",
    quickbooks_administrator(
        "Switch between single-user and multi-user mode; with an accountant's copy under way,"
        " date the change after the dividing date."
    ),
    RESYNC,
)
