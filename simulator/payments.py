"""A payment of a customer, and what of it is applied to which invoice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from simulator.lists import ListEntry


@dataclass(frozen=True, slots=True)
class Payment:
    """One ReceivePayment. The amounts applied stand in the invoices, so that they cannot differ."""

    txn_id: str
    txn_number: int
    created: datetime
    modified: datetime
    edit_sequence: str
    total: Decimal
    refs: Mapping[str, ListEntry] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    #: The TxnIDs of the invoices it was once applied to.
    applied_to: tuple[str, ...] = ()

    @property
    def ref_number(self) -> str:
        """The number of the cheque, or an empty string."""
        return self.values.get("RefNumber", "")

    @property
    def txn_date(self) -> date:
        """The date of the payment."""
        return date.fromisoformat(self.values["TxnDate"])


@dataclass(frozen=True, slots=True)
class Deletion:
    """A transaction that is no more, as TxnDeletedQuery tells it."""

    kind: str
    txn_id: str
    created: datetime
    deleted: datetime
    ref_number: str = ""
