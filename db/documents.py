"""Domain values as JSON columns and back, exactly: decimals and dates travel as text."""

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from domain.invoice import Content
from domain.issues import Step
from domain.lists import TaxRate
from domain.merge import FieldConflict
from domain.quickbooks import QuickBooksInvoice, WantedInvoice
from domain.revision import FieldChange

T = TypeVar("T")


class Document(Generic[T]):
    """Writes and reads one kind of value."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def dump(self, value: T) -> Any:
        """Give what a JSONB column takes."""
        return self._adapter.dump_python(value, mode="json")

    def load(self, stored: Any) -> T:
        """Give the value that was dumped."""
        return self._adapter.validate_python(stored)


CONTENT = Document(TypeAdapter(Content))
COPY = Document(TypeAdapter(QuickBooksInvoice))
WANTED = Document(TypeAdapter(WantedInvoice))
CHANGES = Document(TypeAdapter(tuple[FieldChange, ...]))
CONFLICTS = Document(TypeAdapter(tuple[FieldConflict, ...]))
STEPS = Document(TypeAdapter(tuple[Step, ...]))
RATES = Document(TypeAdapter(tuple[TaxRate, ...]))
