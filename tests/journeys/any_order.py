"""Two accounts in which anybody may do anything at any moment; Hypothesis chooses, and shrinks.

Each step first asks the model (`papers.Firm`) what must come of it, then does it for real. After
each all that is stored is compared with what was stored before and with the model (`watching`).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from app.resources import Resources
from resolvers.pins import NewPin, set_admin_pin
from simulator.faults import CHAOS, LoseAnswer, SlowAnswer
from tests.conftest import open_office
from tests.journeys.connector_acts import ConnectorActs
from tests.journeys.judging import judge
from tests.journeys.ledgers import Ours
from tests.journeys.mishaps import Mishaps
from tests.journeys.office_acts import OfficeActs
from tests.journeys.papers import EDIT, EVERYTHING, EXPORT, Firm
from tests.journeys.payment_acts import PaymentActs
from tests.journeys.payment_papers import is_left_over
from tests.journeys.played_offices import Desk, PlayedOffice
from tests.journeys.stored import Reader
from tests.journeys.unlock_acts import UnlockActs
from tests.journeys.unlock_papers import PIN
from tests.journeys.watching import Account, Watch

Step = tuple[str, dict[str, Any]]

#: Hypothesis mixes numbers that stand in loaded modules into its draws, so that a seed would play
#: other programs beside other tests. None of them stands so far out.
_FAR = 7 * 10**12 + 31


def _number(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(_FAR + least, _FAR + most).map(lambda drawn: drawn - _FAR)


def _among(options: Sequence[Any]) -> st.SearchStrategy[Any]:
    return _number(0, len(options) - 1).map(lambda n: options[n])


def _perhaps(strategy: st.SearchStrategy[Any], *, of_six: int) -> st.SearchStrategy[Any]:
    return _number(0, 5).flatmap(lambda n: strategy if n < of_six else st.none())


_PEOPLE = _among(("Olga", "Olga", "Olga", "Adam", "Adam", "Partner", "Partner", "Nick"))
#: Mostly the account that has most of the invoices.
_ACCOUNTS = _among((0, 0, 0, 0, 1))
_WHICH = _number(0, 2)
_FRESH = _among((True, True, True, True, True, False))
_FAULTS = st.lists(_among(CHAOS), max_size=1)
_LOST = st.lists(_among((LoseAnswer(after_write=True), SlowAnswer(1))), max_size=1)
_AMOUNTS = _among(("10.00", "0.05", "35.55", "77.55", "5000.00"))
_FIELDS = (
    "unit_price", "quantity", "description", "taxable", "unit", "cost",
    "summary", "number", "date", "zone", "add", "remove",
)  # fmt: skip
_CHANGES = st.lists(st.tuples(_among(_FIELDS), _WHICH, _number(0, 9)), min_size=1, max_size=2)
_OF_INVOICE = {"which": _ACCOUNTS, "who": _PEOPLE, "n": _WHICH}
_SAVE = {**_OF_INVOICE, "changes": _perhaps(_CHANGES, of_six=5), "is_fresh": _FRESH}
#: What may happen: how likely, and what is drawn for it. Hypothesis prefers what stands first.
_STEPS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "rest": (1, {}),  # what a program is made simpler with
    "save_and_sync": (14, _SAVE),
    "create": (
        1,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "lines": st.lists(st.tuples(_WHICH, _number(0, 5), st.booleans()), max_size=3),
        },
    ),
    "export": (
        3,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "chosen": st.lists(_number(0, 3), min_size=1, max_size=2, unique=True),
        },
    ),
    "stage": (8, {**_OF_INVOICE, "changes": _CHANGES, "is_fresh": _FRESH}),
    "revert": (3, {**_OF_INVOICE, "back": _number(1, 3)}),
    "discard": (2, _OF_INVOICE),
    "save_and_bypass": (6, _SAVE),
    "save_here": (2, _SAVE),
    "resync": (6, {**_OF_INVOICE, "is_fresh": _FRESH}),
    "resolve": (5, {**_OF_INVOICE, "sides": st.lists(st.booleans(), min_size=4, max_size=4)}),
    "bypass_export": (2, {**_OF_INVOICE, "reason": _among(("By hand", None))}),
    "withdraw_bypass": (2, _OF_INVOICE),
    "bypass_batch": (2, _OF_INVOICE),
    "request_unlock": (2, {**_OF_INVOICE, "is_whole": st.booleans(), "leaves_out": st.booleans()}),
    "confirm_unlock": (
        3,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "back": _among((0, 0, 0, 1, 2)),
            "approver": _among(("Adam", "Adam", "Adam", "Olga", None)),
            "is_careful": _among((True, True, True, False)),
        },
    ),
    "export_batch": (2, _OF_INVOICE),
    "free": (
        6,
        {
            "which": _ACCOUNTS,
            "n": _WHICH,
            "is_whole": st.booleans(),
            "there": _among(("perhaps", "erased", "erased", "never")),
            "by_hand": _among((None, None, None, "before", "after")),
        },
    ),
    "record_payment": (1, {**_OF_INVOICE, "amount": _AMOUNTS, "knows": st.booleans()}),
    "pay": (3, {"which": _ACCOUNTS, "n": _WHICH, "amount": _AMOUNTS, "faults": _LOST}),
    "export_payment": (3, _OF_INVOICE),
    "bypass_payment": (1, {**_OF_INVOICE, "reason": _among(("By hand", None))}),
    "grant": (
        1,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "whom": _among(("Olga", "Nick")),
            "permission": _among((EDIT, EXPORT)),
            "granted": st.booleans(),
        },
    ),
    "switch": (
        1,
        {"which": _ACCOUNTS, "who": _PEOPLE, "is_on": _among((True, True, False))},
    ),
    "ask_again": (3, {"which": _ACCOUNTS}),
    "reach_across": (
        1,
        {
            "who": _PEOPLE,
            "n": _WHICH,
            "how": _among(("sync", "bypass", "stage", "resync")),
        },
    ),
    "let_time_pass": (4, {"seconds": _among((0.2, 1, 5, 60, 600, 3700))}),
    "work": (3, {"which": _ACCOUNTS}),
    "update": (
        14,
        {
            "which": _ACCOUNTS,
            "is_planned": _among((True, True, False)),
            "faults": _FAULTS,
            "meanwhile": _perhaps(_number(0, 999), of_six=2),
        },
    ),
    "fetch": (4, {"which": _ACCOUNTS}),
    "run": (6, {"which": _ACCOUNTS, "is_told": st.booleans()}),
    "tell_late": (1, {"which": _ACCOUNTS}),
    "bookkeep": (8, {"which": _ACCOUNTS, "chance": _number(0, 999)}),
    "erase": (1, {"which": _ACCOUNTS, "n": _WHICH}),
    "enter_by_hand": (1, {"which": _ACCOUNTS, "n": _WHICH}),
    "whim": (3, {"which": _ACCOUNTS, "n": _WHICH, "changes": _CHANGES}),
    "lose": (
        3,
        {"which": _ACCOUNTS, "n": _WHICH, "changes": _CHANGES, "chance": _number(0, 999)},
    ),
    "doom": (2, {"which": _ACCOUNTS, "commits": _number(0, 2)}),
}
_NAMES = _among([name for name, (weight, _) in _STEPS.items() for _ in range(weight)])


def _step(name: str) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(_STEPS[name][1]))


STEP = _NAMES.flatmap(_step)


@dataclass
class Finished:
    """What `judge` reads of a run."""

    office: Any
    invoice_ids: list[UUID]
    desks: list[Desk]
    owners: dict[str, UUID]
    counts: Counter[str]


class AnyOrder(RuleBasedStateMachine):
    """`runner` has the event loop; `resources` and `reader` live in it.

    One rule with weights: left to itself Hypothesis leaves most rules out of most programs.
    """

    def __init__(self, runner: asyncio.Runner, resources: Resources, reader: Reader) -> None:
        super().__init__()
        self._resources = resources
        self._watch = Watch(runner, reader)
        self._office = OfficeActs(self._watch)
        self._outside = ConnectorActs(self._watch)
        self._unlocking = UnlockActs(self._watch, self._office, self._outside)
        self._paying = PaymentActs(self._watch)
        mishaps = Mishaps(self._watch, self._office, self._outside, self._paying)
        self._all = (self._office, self._outside, self._unlocking, self._paying, mishaps)

    @initialize()
    def open_accounts(self) -> None:
        """One account with two invoices in QuickBooks, and another with none."""
        for n in range(2):
            office = self._watch.wait(open_office(self._resources))
            real = PlayedOffice(office, self._watch.clock, first_id=1 + n * 1_000_000)
            rights = {
                "Olga": frozenset({EDIT, EXPORT}),
                "Nick": frozenset[str](),
                "Adam": EVERYTHING,
                "Partner": EVERYTHING,
            }
            adam = self._watch.wait(real.as_person("Adam", EVERYTHING))
            self._watch.wait(set_admin_pin(adam, NewPin(pin=PIN)))
            account = Account(real, Firm(rights), Ours(office), self._watch.read(office.account_id))
            self._watch.accounts.append(account)
            for zone in range(2 - n):
                self._office.create(n, "Olga", [(0, 1, True), (zone, 0, False)])
        self._office.export(0, "Olga", [0, 1])
        self._watch.settle(self._watch.accounts[0])

    @rule(step=STEP)
    def happen(self, step: Step) -> None:
        name, drawn = step
        (act,) = (getattr(acts, name) for acts in self._all if hasattr(acts, name))
        act(**drawn)

    def teardown(self) -> None:
        """All faults end; whatever is left agrees with QuickBooks or an open issue says why."""
        for which, account in enumerate(self._watch.accounts):
            if self._watch.is_sound:
                self._finish(which, account)
        super().teardown()

    def _finish(self, which: int, account: Account) -> None:
        model = account.model
        self._outside.end_faults(which)
        self._watch.settle(account)
        self._office.switch(which, "Adam", is_on=True)
        for n, sheet in enumerate(model.sheets):
            if sheet.draft is not None:
                self._office.discard(which, "Adam", n)
        exported = [(n, s) for n, s in enumerate(model.sheets) if s.origin == "EXPORTED"]
        for n, sheet in exported:
            if sheet.status in ("BYPASSED", "ACTION_REQUIRED"):
                self._office.resync(which, "Adam", n, is_fresh=True)
        self._watch.settle(account)
        for n, sheet in exported:
            if sheet.status in ("SYNCED", "NOT_APPLICABLE"):
                self._office.save_and_sync(which, "Adam", n, [("summary", 0, 0)], is_fresh=True)
        self._watch.settle(account)
        left = [each for each in account.payments if is_left_over(each)]
        self._watch.sound([f"A payment is {each.state} in the end." for each in left])
        books = account.real.books
        finished: Any = Finished(
            account.real.office,
            [UUID(sheet.id) for _, sheet in exported],
            [Desk(books)],
            account.owners,
            account.counts,
        )
        self._watch.sound(self._watch.wait(judge(finished)))
        never = {f"{{{s.id}}}": s for s in model.sheets if s.posted_at is None}
        self._watch.sound(
            [
                f"{never[guid].paper} was sent, and never exported."
                for guid in never
                if guid in books.added
            ]
        )
