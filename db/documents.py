"""Domain values as JSON columns and back, exactly: decimals and dates travel as text."""

from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from domain.company_file import CompanyFileFacts
from domain.inquiry import Findings
from domain.invoice import Content
from domain.issues import Step
from domain.lists import TaxRate
from domain.merge import FieldConflict
from domain.payments import PaymentProblem
from domain.quickbooks import QuickBooksInvoice, QuickBooksLink, WantedInvoice
from domain.quickbooks_transactions import TransactionQuery
from domain.revision import FieldChange
from domain.unlocking import Evidence, UnlockRequest

T = TypeVar("T")


_ENCODER = msgspec.json.Encoder()


class Document(Generic[T]):
    """Writes and reads one kind of value."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def encode(self, value: T) -> str:
        """Give the JSON text that a statement takes."""
        return _ENCODER.encode(value).decode()

    def load(self, stored: Any) -> T:
        """Give the value from what the database returned."""
        return msgspec.convert(stored, self._kind)

    def decode(self, stored: str) -> T:
        """Give the value from a column that was read as text; several times quicker."""
        return self._decoder.decode(stored)


CONTENT = Document(Content)
COPY = Document(QuickBooksInvoice)
LINK = Document(QuickBooksLink)
TASKS_BY_LINE = Document(dict[str, UUID])
SENT_LINES = Document(tuple[tuple[str, UUID | None], ...])
ENTRY_NAMES = Document(tuple[str, ...])
WANTED = Document(WantedInvoice)
CHANGES = Document(tuple[FieldChange, ...])
CONFLICTS = Document(tuple[FieldConflict, ...])
PROBLEM = Document(PaymentProblem)
STEPS = Document(tuple[Step, ...])
FACTS = Document(CompanyFileFacts)
QUESTION = Document(TransactionQuery)
UNLOCK_REQUEST = Document(UnlockRequest)
EVIDENCE = Document(Evidence)
FINDINGS = Document(Findings)
RATES = Document(tuple[TaxRate, ...])
