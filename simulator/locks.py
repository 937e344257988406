"""What is open on somebody's screen, and so cannot be written by a request."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator.errors import Refusal
from simulator.lists import ListEntry, ListKind


@dataclass(slots=True)
class Locks:
    """Open records by TxnID or ListID, and open lists."""

    records: set[str] = field(default_factory=set)
    lists: set[ListKind] = field(default_factory=set)

    def check_record(self, what: str, record_id: str) -> None:
        """Pass if the record itself is open nowhere. Raises Refusal with status 3175."""
        if record_id in self.records:
            raise Refusal(
                3175,
                f"There was an error adding, modifying or deleting {what} because it is already "
                "in use.  QuickBooks error message: The transaction could not be locked.  It is "
                "in use by another user.",
            )

    def check_list(self, kind: ListKind, element: str) -> None:
        """Pass if nobody works in the list. Raises Refusal with status 3180."""
        if kind in self.lists:
            raise Refusal(
                3180,
                f'There was an error when saving a {kind} list, element "{element}".  QuickBooks '
                "error message: This list has been modified by another user.",
            )

    def check_related(self, entries: Iterable[ListEntry], record_ids: Iterable[str] = ()) -> None:
        """Pass if nothing a transaction rests on is open. Raises Refusal: 3176, or 3180 of a list.

        `record_ids` are the TxnIDs linked with it.
        """
        if not self.records and not self.lists:
            return
        for entry in entries:
            self.check_list(entry.kind, entry.full_name)
            if entry.list_id in self.records:
                raise _related(entry.full_name)
        for record_id in record_ids:
            if record_id in self.records:
                raise _related(record_id)


def _related(what: str) -> Refusal:
    return Refusal(
        3176,
        f'There was an error because the related object "{what}" is in use.  QuickBooks error '
        "message: The internals could not be locked.  They are in use by another user.",
    )
