"""What QuickBooks' answers mean, who can help and how: one catalogue."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.merge import FieldConflict
from domain.quickbooks import QuickBooksLink


class AnswerClass(StrEnum):
    """What an answer does to the job it belongs to."""

    APPLIED = "APPLIED"
    #: Done, with a remark to keep.
    WARNING = "WARNING"
    #: Nothing matched a query.
    NOT_FOUND = "NOT_FOUND"
    TRANSIENT = "TRANSIENT"
    #: 3200, 3290: what we know of QuickBooks' copy is out of date.
    OUTDATED = "OUTDATED"
    #: It certainly did not run and goes again with its root: 3231.
    UNPROCESSED = "UNPROCESSED"
    PERSON = "PERSON"
    #: The connection's trouble, not the invoice's.
    CONNECTION = "CONNECTION"
    #: Ours: a request QuickBooks could not read.
    DEFECT = "DEFECT"
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"


class Retry(StrEnum):
    """What happens by itself after an answer."""

    #: It is done, or there was nothing to do.
    NOT_NEEDED = "NOT_NEEDED"
    #: 2 s, 8 s, 30 s, then each session; a person after 15 minutes of tries.
    BACK_OFF = "BACK_OFF"
    #: Twice more, after 2 s and 8 s, each time behind a look at QuickBooks' copy; then a person.
    TWICE = "TWICE"
    #: QuickBooks' copy is read and compared, then the write is planned anew.
    READ_FIRST = "READ_FIRST"
    #: As soon as the request that failed before it in the same message set is out of the way.
    WITH_ROOT = "WITH_ROOT"
    #: QuickBooks' copy is looked up to see whether the write arrived.
    ASK_FIRST = "ASK_FIRST"
    #: The message set is split; who fails alone is the culprit, the others go through.
    SPLIT = "SPLIT"
    #: With every call of the Web Connector; no invoice is blamed for it.
    EACH_SESSION = "EACH_SESSION"
    #: Never: somebody re-syncs or bypasses the invoice.
    ON_RESYNC = "ON_RESYNC"
    #: A payment's: with its invoice if that holds it up, else somebody exports it again.
    ON_EXPORT = "ON_EXPORT"


class Reach(StrEnum):
    """How far a trouble reaches beyond the request that met it."""

    INVOICE = "INVOICE"
    #: Every invoice that names the object.
    OBJECT = "OBJECT"
    #: Everything that goes through this connection.
    CONNECTION = "CONNECTION"


class ObjectKind(StrEnum):
    """What an invoice needs in QuickBooks."""

    CUSTOMER = "CUSTOMER"
    ITEM = "ITEM"
    CLASS = "CLASS"
    SALES_TAX_ITEM = "SALES_TAX_ITEM"
    SALES_TAX_CODE = "SALES_TAX_CODE"
    INVENTORY_SITE = "INVENTORY_SITE"
    TERMS = "TERMS"
    SALES_REP = "SALES_REP"
    ACCOUNT = "ACCOUNT"
    #: An entry of a list that is none of these.
    ENTRY = "ENTRY"
    INVOICE = "INVOICE"
    #: Named by its TxnID or ListID alone: the invoice itself, or an entry that it names.
    BY_ID = "BY_ID"
    FEATURE = "FEATURE"
    COMPANY_FILE = "COMPANY_FILE"


@dataclass(frozen=True, slots=True)
class QuickBooksObject:
    """What a trouble is about; the name is QuickBooks' full name, None where it gave none."""

    kind: ObjectKind
    name: str | None

    def is_named(self, name: str) -> bool:
        """Tell whether this is the name, letter case and the number of blanks apart."""
        return self.name is not None and _folded(self.name) == _folded(name)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


class StepActor(StrEnum):
    OFFICE = "OFFICE"
    BOOKKEEPER = "BOOKKEEPER"
    ADMINISTRATOR = "ADMINISTRATOR"
    QUICKBOOKS_ADMINISTRATOR = "QUICKBOOKS_ADMINISTRATOR"
    SUPPORT = "SUPPORT"


@dataclass(frozen=True, slots=True)
class Step:
    actor: StepActor
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer understood: class, our stable code, the reason in plain words, the way out.

    Its reach is OBJECT only if the object has a name, so that others can be held back by it.
    """

    kind: AnswerClass
    code: str
    reason: str
    steps: tuple[Step, ...] = ()
    quickbooks_code: int | None = None
    quickbooks_message: str | None = None
    retry: Retry = Retry.ON_RESYNC
    reach: Reach = Reach.INVOICE
    object: QuickBooksObject | None = None
    #: After connectionError: trying to open QuickBooks again in the same session may help.
    may_reopen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncIssue:
    """Why a job cannot finish, or what a person should know of a finished one."""

    id: UUID
    invoice_id: UUID
    job_id: UUID
    code: str
    reason: str
    steps: tuple[Step, ...]
    quickbooks_code: int | None
    quickbooks_message: str | None
    conflicts: tuple[FieldConflict, ...] = ()
    #: QuickBooks' side when a conflict was found.
    held: QuickBooksLink | None = None
    #: The issue that has to be cleared first; this one then goes by itself.
    root_id: UUID | None = None
    #: What is missing or in the way in QuickBooks, and in which company file.
    object: QuickBooksObject | None = None
    company_file_id: UUID | None = None
    opened_at: datetime
    #: Another invoice found the thing to be there: nobody is held back any more.
    cleared_at: datetime | None = None
    resolved_at: datetime | None = None
