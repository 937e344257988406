"""What a row of the catalogue of answers holds, how one is made, and those that codes share."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.issues import AnswerClass, ObjectKind, Reach, Retry, Step, StepActor


class Evidence(StrEnum):
    """How well it is known what QuickBooks says. Nothing here was tried on a running QuickBooks."""

    #: The wording was seen in public.
    QUOTED = "QUOTED"
    #: The meaning is documented; the wording was not seen.
    PARAPHRASED = "PARAPHRASED"
    #: Sources read it differently: QuickBooks' own text decides.
    UNCONFIRMED = "UNCONFIRMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one answer means.

    In reason and steps `{name}` stands for the name in QuickBooks' text (with a blank before it,
    nothing when there is none), `{says}` for QuickBooks' own explanation, `{code}` for its code,
    `{unsure}` for the caution that a write may have been saved.
    """

    kind: AnswerClass
    code: str
    reason: str
    retry: Retry
    steps: tuple[Step, ...] = ()
    reach: Reach = Reach.INVOICE
    #: The trouble is about a thing of this kind. The row fits when QuickBooks' text names one.
    about: ObjectKind | None = None
    #: The row fits too when QuickBooks' text holds one of these, in lower case.
    words: tuple[str, ...] = ()
    #: Which of the quoted texts is the name, counted from 0, if the row is about nothing.
    quoted: int = 0
    #: After connectionError: trying to open QuickBooks again in the same session may help.
    may_reopen: bool = False
    #: QuickBooks' text, as far as the evidence goes. "…" stands for names and values.
    says: str = ""
    evidence: Evidence = Evidence.PARAPHRASED


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
COMPANY_PREFERENCES = "Edit > Preferences > Integrated Applications > Company Preferences"


def person(
    code: str, reason: str, *steps: Step, words: tuple[str, ...] = (), quoted: int = 0
) -> Row:
    """Somebody must act, and then re-sync."""
    return Row(
        kind=AnswerClass.PERSON,
        code=code,
        reason=reason,
        retry=Retry.ON_RESYNC,
        steps=steps,
        words=words,
        quoted=quoted,
    )


def missing(about: ObjectKind, code: str, reason: str, *steps: Step) -> Row:
    """A person's matter that stops every invoice that names the same thing."""
    return replace(person(code, reason, *steps), about=about, reach=Reach.OBJECT)


def passing(code: str, reason: str, *steps: Step, words: tuple[str, ...] = ()) -> Row:
    return Row(
        kind=AnswerClass.TRANSIENT,
        code=code,
        reason=reason,
        retry=Retry.BACK_OFF,
        steps=steps,
        words=words,
    )


def defect(code: str, reason: str) -> Row:
    return Row(
        kind=AnswerClass.DEFECT,
        code=code,
        reason=reason,
        retry=Retry.ON_RESYNC,
        steps=(OUR_FAULT,),
    )


def done(kind: AnswerClass, code: str, reason: str) -> Row:
    return Row(kind=kind, code=code, reason=reason, retry=Retry.NOT_NEEDED)


def outdated(code: str, reason: str) -> Row:
    return Row(kind=AnswerClass.OUTDATED, code=code, reason=reason, retry=Retry.READ_FIRST)


def connection(code: str, reason: str, *steps: Step) -> Row:
    """The connection's trouble: invoices wait, and none is blamed."""
    return Row(
        kind=AnswerClass.CONNECTION,
        code=code,
        reason=reason,
        retry=Retry.EACH_SESSION,
        steps=steps,
        reach=Reach.CONNECTION,
    )


def unknown(code: str, reason: str, *steps: Step) -> Row:
    """A write may or may not have been saved."""
    return Row(
        kind=AnswerClass.UNKNOWN_OUTCOME,
        code=code,
        reason=f"{reason}{{unsure}}",
        retry=Retry.ASK_FIRST,
        steps=steps,
    )


def telling(row: Row) -> Row:
    """Give the row with QuickBooks' own words at the end of its reason."""
    return replace(row, reason=f"{row.reason} It says: {{says}}")


def verbatim(says: str, row: Row) -> Row:
    """Give the row for a code whose text was seen."""
    return replace(row, says=says, evidence=Evidence.QUOTED)


def in_short(says: str, row: Row) -> Row:
    """Give the row for a code whose meaning is documented."""
    return replace(row, says=says, evidence=Evidence.PARAPHRASED)


def unconfirmed(says: str, row: Row) -> Row:
    """Give the row for a code that sources read differently."""
    return replace(row, says=says, evidence=Evidence.UNCONFIRMED)


OTHER_TEXT = "Any other text."
LOCKED = ("could not be locked", "unable to lock", "failed to lock", "by another user")

APPLIED = done(AnswerClass.APPLIED, "APPLIED", "QuickBooks did it.")
WARNED = done(AnswerClass.WARNING, "DONE_WITH_WARNING", "QuickBooks did it, with a remark: {says}")
UNPROCESSED = Row(
    kind=AnswerClass.UNPROCESSED,
    code="NOT_PROCESSED",
    reason="An earlier request failed, so QuickBooks did not look at this one. It goes again by"
    " itself.",
    retry=Retry.WITH_ROOT,
)
UNKNOWN = telling(
    unknown(
        "UNKNOWN_STATUS",
        "QuickBooks gave the answer {code}, which Instep does not know.",
        bookkeeper("Compare the invoice in QuickBooks with this one."),
        support("If it comes again, report it with QuickBooks' own words."),
    )
)
_CLOSE_WINDOWS = bookkeeper(
    "Close the windows of this invoice, its customer and its payments in QuickBooks."
)
#: Source: seed 001: do not sort the customer list in QuickBooks; a sorted list can be fixed back.
_RESORT = bookkeeper(
    "If this comes often, a list may have been sorted by hand: open that list in QuickBooks, the"
    " customer list first, and choose Re-sort List in the View menu, in single-user mode."
)
RECORD_LOCKED = passing(
    "RECORD_LOCKED",
    "Somebody has the record{name}, or one it belongs to, open in QuickBooks. It is tried again.",
    _CLOSE_WINDOWS,
    _RESORT,
    words=LOCKED,
)
#: For codes that by themselves mean a lock.
RECORD_IN_USE = replace(RECORD_LOCKED, words=(*LOCKED, "in use", "locked"))
#: The lock is the transaction's own: no list is in the way.
TRANSACTION_IN_USE = replace(RECORD_IN_USE, steps=(_CLOSE_WINDOWS,))
LIST_CHANGED = passing(
    "LIST_CHANGED",
    "QuickBooks' lists were changed while it was saving. It is tried again.",
    _RESORT,
    words=("list has been modified by another user",),
)
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
    "QUICKBOOKS_REFUSED", "QuickBooks refused the change. It says: {says}", READ, RESYNC, BYPASS
)
REFUSED_WITH_WORDS = replace(REFUSED, words=("quickbooks error message:",))
INVOICE_GONE = "INVOICE_NOT_IN_QUICKBOOKS"
FIND_INVOICE = (
    bookkeeper("Look in QuickBooks for an invoice with this number and customer."),
    office("If there is one, bypass the edit, and have the change made there by hand."),
    administrator(
        "If there is none, bypass the export of the invoice, unlock it, and export it again."
    ),
)
NAME_IN_USE = person(
    "NAME_IN_USE",
    "QuickBooks already has another entry with this name{name}.",
    bookkeeper(
        "Look among customers, vendors, employees and other names; rename one of the two in"
        " QuickBooks, or map the entry to the one that is there."
    ),
    RESYNC,
)
NOT_PERMITTED = replace(
    person(
        "NOT_PERMITTED",
        "QuickBooks does not let the Web Connector's user do this. It says: {says}",
        quickbooks_administrator(
            "Give the Web Connector's QuickBooks user a role that may do sales and accounting,"
            " and change closed transactions if you want that."
        ),
        RESYNC,
    ),
    reach=Reach.CONNECTION,
)
MODE = person(
    "FILE_MODE_NOT_ALLOWED",
    "QuickBooks refuses this in the company file's present mode. It says: {says}",
    quickbooks_administrator("Switch the company file between single-user and multi-user mode."),
    RESYNC,
)
