"""Two accounts in which anybody may do anything at any moment; Hypothesis chooses, and shrinks.

Each step first asks the model (`papers.Firm`) what must come of it, then does it for real. After
each all that is stored is compared with what was stored before and with the model (`watching`).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from app.resources import Resources
from resolvers.pins import NewPin, set_admin_pin
from simulator.faults import CHAOS
from tests.conftest import open_office
from tests.journeys.connector_acts import ConnectorActs
from tests.journeys.judging import judge
from tests.journeys.ledgers import Ours
from tests.journeys.office_acts import OfficeActs
from tests.journeys.papers import EDIT, EVERYTHING, EXPORT, Firm
from tests.journeys.played_offices import Desk, PlayedOffice
from tests.journeys.stored import Reader
from tests.journeys.unlock_acts import UnlockActs
from tests.journeys.unlock_papers import PIN
from tests.journeys.watching import Account, Watch

Step = tuple[str, dict[str, Any]]

_PEOPLE = st.sampled_from(("Olga", "Olga", "Olga", "Adam", "Adam", "Partner", "Partner", "Nick"))
#: Mostly the account that has most of the invoices.
_ACCOUNTS = st.sampled_from((0, 0, 0, 0, 1))
_WHICH = st.integers(0, 2)
_FRESH = st.sampled_from((True,) * 7 + (False,))
_FIELDS = (
    "unit_price", "quantity", "description", "taxable", "unit", "cost",
    "summary", "number", "date", "zone", "add", "remove",
)  # fmt: skip
_CHANGES = st.lists(
    st.tuples(st.sampled_from(_FIELDS), _WHICH, st.integers(0, 9)), min_size=1, max_size=2
)
_OF_INVOICE = {"which": _ACCOUNTS, "who": _PEOPLE, "n": _WHICH}
_SAVE = {**_OF_INVOICE, "changes": _CHANGES | st.none() | _CHANGES, "is_fresh": _FRESH}
#: What may happen: how likely, and what is drawn for it. Hypothesis prefers what stands first.
_STEPS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "save_and_sync": (14, _SAVE),
    "create": (
        1,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "lines": st.lists(st.tuples(_WHICH, st.integers(0, 5), st.booleans()), max_size=3),
        },
    ),
    "export": (
        3,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "chosen": st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True),
        },
    ),
    "stage": (8, {**_OF_INVOICE, "changes": _CHANGES, "is_fresh": _FRESH}),
    "revert": (3, {**_OF_INVOICE, "back": st.integers(1, 3)}),
    "discard": (2, _OF_INVOICE),
    "save_and_bypass": (6, _SAVE),
    "save_here": (2, _SAVE),
    "resync": (6, {**_OF_INVOICE, "is_fresh": _FRESH}),
    "resolve": (5, {**_OF_INVOICE, "sides": st.lists(st.booleans(), min_size=4, max_size=4)}),
    "bypass_export": (2, {**_OF_INVOICE, "reason": st.sampled_from(("By hand", None))}),
    "withdraw_bypass": (2, _OF_INVOICE),
    "bypass_batch": (2, _OF_INVOICE),
    "request_unlock": (2, {**_OF_INVOICE, "is_whole": st.booleans(), "leaves_out": st.booleans()}),
    "confirm_unlock": (
        3,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "back": st.sampled_from((0, 0, 0, 1, 2)),
            "approver": st.sampled_from(("Adam", "Adam", "Adam", "Olga", None)),
            "is_careful": st.sampled_from((True, True, True, False)),
        },
    ),
    "export_batch": (2, _OF_INVOICE),
    "free": (
        4,
        {
            "which": _ACCOUNTS,
            "n": _WHICH,
            "is_whole": st.booleans(),
            "is_erased": st.booleans(),
            "by_hand": st.sampled_from((None, None, "before", "after")),
        },
    ),
    "grant": (
        1,
        {
            "which": _ACCOUNTS,
            "who": _PEOPLE,
            "whom": st.sampled_from(("Olga", "Nick")),
            "permission": st.sampled_from((EDIT, EXPORT)),
            "granted": st.booleans(),
        },
    ),
    "switch": (
        1,
        {"which": _ACCOUNTS, "who": _PEOPLE, "is_on": st.sampled_from((True, True, False))},
    ),
    "ask_again": (3, {"which": _ACCOUNTS}),
    "reach_across": (
        1,
        {
            "who": _PEOPLE,
            "n": _WHICH,
            "how": st.sampled_from(("sync", "bypass", "stage", "resync")),
        },
    ),
    "let_time_pass": (4, {"seconds": st.sampled_from((0.2, 1, 5, 60, 600, 3700))}),
    "work": (3, {"which": _ACCOUNTS}),
    "update": (
        14,
        {
            "which": _ACCOUNTS,
            "is_planned": st.sampled_from((True, True, False)),
            "faults": st.lists(st.sampled_from(CHAOS), max_size=1),
            "meanwhile": st.none() | st.none() | st.integers(0, 999),
        },
    ),
    "fetch": (4, {"which": _ACCOUNTS}),
    "run": (6, {"which": _ACCOUNTS, "is_told": st.booleans()}),
    "tell_late": (1, {"which": _ACCOUNTS}),
    "bookkeep": (8, {"which": _ACCOUNTS, "chance": st.integers(0, 999)}),
    "erase": (1, {"which": _ACCOUNTS, "n": _WHICH}),
    "enter_by_hand": (1, {"which": _ACCOUNTS, "n": _WHICH}),
    "doom": (2, {"which": _ACCOUNTS, "commits": st.integers(0, 2)}),
}
_NAMES = st.sampled_from([name for name, (weight, _) in _STEPS.items() for _ in range(weight)])


def _step(name: str) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(_STEPS[name][1]))


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
        self._all = (self._office, self._outside, self._unlocking)

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
                self._office.create(n, "Olga", [(0, 0, True), (zone, 1, False)])
        self._office.export(0, "Olga", [0, 1])
        self._watch.settle(self._watch.accounts[0])

    @rule(step=_NAMES.flatmap(_step))
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
