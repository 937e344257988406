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
    """An answer understood: class, our stable code, the reason in plain words, the way out."""

    kind: AnswerClass
    code: str
    reason: str
    steps: tuple[Step, ...] = ()
    quickbooks_code: int | None = None
    quickbooks_message: str | None = None


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
    root_id: UUID | None = None
    opened_at: datetime
    resolved_at: datetime | None = None
