"""What nobody of the office does: workers, the connector with its faults, the bookkeeper, time."""

from decimal import Decimal
from random import Random
from typing import Any

from simulator.bookkeeper import Bookkeeper
from simulator.faults import Meanwhile
from tests.journeys.played_offices import guid_of
from tests.journeys.watched_books import RandomBookkeeper
from tests.journeys.watching import Account, Watch


class ConnectorActs:
    """Each method is one happening; `which` is the account."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def rest(self) -> None:
        """Nothing happens."""

    def let_time_pass(self, seconds: float) -> None:
        self._watch.clock.advance(seconds)

    def work(self, which: int) -> None:
        """The workers plan what is due."""
        account = self._watch.accounts[which]
        self._watch.outside(account, account.real.work())

    def update(
        self, which: int, is_planned: bool, faults: list[Any], meanwhile: int | None
    ) -> None:
        """The connector runs; what it had fetched before and not told is lost."""
        account = self._watch.accounts[which]
        account.fetched = None
        if is_planned:
            self.work(which)
        account.real.faults.add(*faults)
        if meanwhile is not None:
            account.real.faults.add(Meanwhile(lambda _: self._write(account, meanwhile)))
        self._watch.outside(account, account.real.update())

    def fetch(self, which: int) -> None:
        """The connector fetches, and QuickBooks has not seen it yet."""
        account = self._watch.accounts[which]
        self.work(which)
        account.fetched = None
        self._watch.outside(account, self._fetch(account))

    async def _fetch(self, account: Account) -> None:
        account.fetched = await account.real.fetch()

    def run(self, which: int, is_told: bool) -> None:
        """QuickBooks runs what was fetched; the answer is told, or the connector dies with it."""
        account = self._watch.accounts[which]
        fetched, account.fetched = account.fetched, None
        if fetched is None:
            self.fetch(which)
            return
        response = account.real.run(fetched)
        if is_told:
            self._watch.outside(account, account.real.deliver(fetched, response))
        else:
            account.untold = fetched, response

    def tell_late(self, which: int) -> None:
        """An answer that nobody waits for any more, perhaps."""
        account = self._watch.accounts[which]
        untold, account.untold = account.untold, None
        if untold is not None:
            self._watch.outside(account, account.real.deliver(*untold))

    def bookkeep(self, which: int, chance: int) -> None:
        """Somebody at QuickBooks' screen writes."""
        self._write(self._watch.accounts[which], chance)

    def erase(self, which: int, n: int) -> None:
        """Somebody at QuickBooks' screen deletes the invoice."""
        account = self._watch.accounts[which]
        books, sheets = account.real.books, account.model.sheets
        guid = f"{{{sheets[n % len(sheets)].id}}}" if sheets else ""
        for held in [one for one in books.invoices.values() if guid and guid_of(one) == guid]:
            self._watch.clock.advance(2)
            books.ended.add(held.txn_id)
            Bookkeeper(books).delete_invoice(held.txn_id)
        self._watch.observe(account)

    def enter_by_hand(self, which: int, n: int) -> None:
        """Somebody enters an invoice of ours at QuickBooks' screen."""
        account = self._watch.accounts[which]
        sheets = account.model.sheets
        if not sheets:
            return
        self._watch.clock.advance(2)
        number = sheets[n % len(sheets)].paper.number
        Bookkeeper(account.real.books).enter_invoice(
            "Harriet Doyle", "SVC-TUNE", Decimal("62.44"), number=number
        )
        self._watch.clock.advance(2)
        self._watch.observe(account)

    def doom(self, which: int, commits: int) -> None:
        """The process that makes the next commit but so many dies before it."""
        self._watch.accounts[which].real.commits_left = commits

    def end_faults(self, which: int) -> None:
        """From now on everything works, and no record is open on a screen."""
        account = self._watch.accounts[which]
        account.real.faults = type(account.real.faults)()
        account.real.commits_left = None
        account.real.books.opened.clear()
        account.real.books.whims = 0
        self._watch.clock.advance(2)
        self.tell_late(which)

    def _write(self, account: Account, chance: int) -> None:
        self._watch.clock.advance(2)
        RandomBookkeeper(account.real.books, Random(chance)).act()  # noqa: S311 - repeatable
        self._watch.clock.advance(2)
        self._watch.observe(account)
