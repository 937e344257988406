"""What goes wrong right behind an act: rare in any order, and worth the most."""

from typing import Any

from tests.journeys.connector_acts import ConnectorActs
from tests.journeys.office_acts import Change, OfficeActs
from tests.journeys.payment_acts import PaymentActs
from tests.journeys.watching import Watch


class Mishaps:
    """Each method is an act and what becomes of it at once."""

    def __init__(
        self, watch: Watch, office: OfficeActs, outside: ConnectorActs, paying: PaymentActs
    ) -> None:
        self._watch = watch
        self._office = office
        self._outside = outside
        self._paying = paying

    def whim(self, which: int, n: int, changes: list[Change]) -> None:
        """QuickBooks saves an edit otherwise than it was told."""
        self._watch.accounts[which].real.books.whims = 1
        self._office.save_and_sync(which, "Partner", n, changes, is_fresh=True)
        self._outside.update(which, is_planned=True, faults=[], meanwhile=None)

    def pay(self, which: int, n: int, amount: str, faults: list[Any]) -> None:
        """A payment is recorded, wanted and fetched; its answer may get lost."""
        account = self._watch.accounts[which]
        before = len(account.payments)
        self._paying.record_payment(which, "Partner", n, amount, knows=False)
        if len(account.payments) > before:
            self._paying.export_payment(which, "Partner", before)
            self._outside.update(which, is_planned=True, faults=faults, meanwhile=None)

    def lose(self, which: int, n: int, changes: list[Change], chance: int) -> None:
        """An edit runs, its answer is lost for good, and the bookkeeper writes behind it."""
        account = self._watch.accounts[which]
        self._office.save_and_sync(which, "Partner", n, changes, is_fresh=True)
        self._outside.fetch(which)
        self._outside.run(which, is_told=False)
        account.untold = None
        account.real.books.message_sets.clear()
        self._outside.bookkeep(which, chance)
        self._outside.update(which, is_planned=True, faults=[], meanwhile=None)
