"""How a step of random play is done and looked at: real office and model, side by side."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from domain.errors import DomainError
from domain.quickbooks import QuickBooksLink
from simulator.clock import VirtualClock
from tests.journeys.converging import BrokenOff
from tests.journeys.ledgers import Fields, Ours, header_fields, line_fields, their_fields
from tests.journeys.ledgers import disagreements as differences
from tests.journeys.papers import ACCEPTED, Firm, Paper, Sheet
from tests.journeys.payment_papers import Money, hear, in_books
from tests.journeys.payment_papers import disagreements as payment_disagreements
from tests.journeys.played_offices import PlayedOffice
from tests.journeys.promises import IN_FLIGHT, UNSENT, breaches, disagreements
from tests.journeys.stored import Reader, Snapshot
from tests.journeys.unlock_papers import Asked
from tests.quickbooks_side import Fetched


@dataclass
class Account:
    """The real office, what it should be, and what was last seen of it."""

    real: PlayedOffice
    model: Firm
    ours: Ours
    seen: Snapshot
    fetched: Fetched | None = None
    #: An answer that its connector did not live to tell.
    untold: tuple[Fetched, str] | None = None
    #: Who did what last, to be asked again with the same key.
    last: tuple[str, Callable[[Any], Any]] | None = None
    #: The requests for unlocks.
    asked: list[Asked] = field(default_factory=list)
    payments: list[Money] = field(default_factory=list)
    #: How many of the invoices that QuickBooks was told to add were looked at.
    adds_seen: int = 0
    owners: dict[str, UUID] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> UUID:
        return self.real.office.account_id


@dataclass(frozen=True)
class Attempt:
    """What somebody wishes, what may come of it, and what it changes if it is accepted."""

    who: str
    #: ACCEPTED, or names of refusals.
    allowed: set[str]
    call: Callable[[Any], Any]
    accept: Callable[[Any], None]
    #: What the audit trail shall tell then.
    noted: list[str]
    is_keyed: bool = True
    #: Refusals that leave a trace, and what the audit trail tells of each.
    marks: Mapping[str, list[str]] = field(default_factory=dict)
    #: Does it anew after the process died between its commits; None: it has one commit.
    again: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        return self.call.__qualname__.split(".")[1]


class Watch:
    """Looks at everything stored after every step, of every account."""

    #: How often each act was accepted, or refused and why; of all programs together.
    outcomes: ClassVar[Counter[str]] = Counter()

    def __init__(self, runner: asyncio.Runner, reader: Reader) -> None:
        self._runner = runner
        self._reader = reader
        self.clock = VirtualClock()
        self.accounts: list[Account] = []
        #: Nothing that breaks a promise was found yet.
        self.is_sound = True

    def wait(self, work: Any) -> Any:
        try:
            return self._runner.run(work)
        except (DomainError, BrokenOff):
            raise
        except Exception:
            self.is_sound = False
            raise

    def act(self, account: Account, attempt: Attempt) -> None:
        """Do it; what the model allows must come of it, and a refusal leaves all as it was."""
        who, allowed = attempt.who, attempt.allowed
        context = self.wait(account.real.as_person(who, account.model.rights[who]))
        try:
            result = self.wait(attempt.call(context))
        except BrokenOff:
            self.see(account, is_changed=attempt.again is not None)
            again = attempt.again or (lambda: self.act(account, attempt))
            again()
            return
        except DomainError as refusal:
            name = type(refusal).__name__
            self.outcomes[f"{attempt.name}: {name}"] += 1
            if name not in allowed:
                self.sound([f"{who} is refused with {refusal!r}; expected {allowed}."])
            told = [(who, action) for action in attempt.marks.get(name, [])]
            self.see(account, noted=told, is_changed=name in attempt.marks)
            return
        finally:
            self.clock.advance(2)
        self.outcomes[f"{attempt.name}: {ACCEPTED}"] += 1
        if ACCEPTED not in allowed:
            self.sound([f"What {who} wished was accepted; expected {allowed}."])
        attempt.accept(result)
        if attempt.is_keyed:
            account.last = who, attempt.call
        self.see(account, noted=[(who, action) for action in attempt.noted], is_changed=True)

    def see(
        self,
        account: Account,
        *,
        noted: Sequence[tuple[str, str]] = (),
        is_changed: bool = False,
    ) -> None:
        """Compare what is stored by now with what should be."""
        before, after = account.seen, self.read(account.id)
        found = []
        if not is_changed and (differing := after.differing(before)):
            found.append(f"Nothing should have changed, and {differing} did.")
        self._learn_ids(account, after)
        found += breaches(before, after)
        found += disagreements(account.model, after)
        found += payment_disagreements(account.payments, after["payment"])
        known = {entry["id"] for entry in before["audit_entry"]}
        entries = [entry for entry in after["audit_entry"] if entry["id"] not in known]
        audit = [(entry["actor_name"], entry["action"]) for entry in entries]
        if sorted(audit) != sorted(noted):
            found.append(f"The audit trail tells {audit}, not {noted}.")
        account.seen = after
        self._learn(account)
        self.sound(found)
        self._look_at_others(account)

    def outside(self, account: Account, work: Any) -> None:
        """Something that no person of the office does; the model hears of it."""
        with suppress(BrokenOff):
            self.wait(work)
        self.clock.advance(2)
        before, after = account.seen, self.read(account.id)
        found = list(breaches(before, after))
        if len(after["audit_entry"]) != len(before["audit_entry"]):
            found.append("An act was noted, and nobody did anything.")
        links = self.links(account)
        account.owners |= {
            key: task for link in links.values() for key, task in link.tasks_by_line.items()
        }
        for sheet in account.model.sheets:
            found += self._hear(account, sheet, after)
        found += hear(account.payments, after)
        found += disagreements(account.model, after)
        found += payment_disagreements(account.payments, after["payment"])
        account.seen = after
        self._learn(account)
        for sheet in account.model.sheets:
            if sheet.status == "SYNCED":
                found += self._check_proof(account, sheet, links[UUID(sheet.id)])
        found += self._check_books(account)
        self.sound(found)
        self._look_at_others(account)

    def observe(self, account: Account) -> None:
        """What QuickBooks holds by now may hinder an unlock."""
        for asked in account.asked:
            asked.look(account.real.books.invoices)

    def settle(self, account: Account) -> None:
        invoice_ids = [UUID(sheet.id) for sheet in account.model.sheets]
        self.outside(account, account.real.settle(invoice_ids))

    def _hear(self, account: Account, sheet: Sheet, after: Snapshot) -> list[str]:
        """Let the model follow what QuickBooks said, where that may be."""
        row, found = after.invoices[sheet.id], []
        status = row["sync_status"]
        if status != sheet.status and sheet.status not in ("SYNCING", "ACTION_REQUIRED"):
            found.append(f"Invoice {sheet.paper.number} went from {sheet.status} to {status}.")
        sheet.status = status
        if (sheet.export, row["export_status"]) == ("POSTED", "EXPORTED"):
            sheet.export, sheet.origin, sheet.is_held = "EXPORTED", "EXPORTED", True
            account.model.finish(sheet.batch)
        revisions = [
            r for r in after.of_invoice("revision", sheet.id) if r["version"] > sheet.version
        ]
        for revision in sorted(revisions, key=lambda revision: revision["version"]):
            if revision["actor_kind"] != "QUICKBOOKS":
                found.append(f"A revision by {revision['actor_name']}, who did nothing.")
            self.take_theirs(account, sheet, after.paper_of(revision["content"]))
        return found

    def _check_proof(self, account: Account, sheet: Sheet, link: QuickBooksLink) -> list[str]:
        """SYNCED: what QuickBooks confirmed last was this very content, every synced field of it.

        A bookkeeper may change it right afterwards: that is another state of it, and not this one.
        """
        ours = self._fields(account, sheet)
        sequence = link.copy.edit_sequence
        states = account.real.books.states[link.copy.txn_id]
        confirmed = [state for state in states if state.edit_sequence == sequence]
        differing = [differences(ours, their_fields(state, link)) for state in confirmed]
        if any(not each for each in differing):
            return []
        return [
            (
                f"Invoice {sheet.paper.number} is SYNCED; what QuickBooks confirmed as {sequence}"
                f" differs: {differing}."
            )
        ]

    def _fields(self, account: Account, sheet: Sheet) -> Fields:
        """What QuickBooks should hold of the invoice, by the model alone."""
        name, paper = account.ours.name, sheet.paper
        (batch,) = (row for row in account.seen["batch"] if row["id"] == sheet.batch)
        prefix = f"{batch['number']} {batch['name']}"
        found: Fields = {
            ("number",): paper.number,
            ("date",): paper.date,
            ("memo",): " - ".join(part for part in (prefix, paper.summary) if part),
            ("tax_zone",): name(paper.zone),
        }
        for line in paper.lines:
            values = {
                "item": name(line.item),
                "description": line.description,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "taxable": line.taxable,
                "business_unit": name(line.unit or "HVAC"),
            }
            found |= {("tasks", str(line.id), key): value for key, value in values.items()}
        return found

    def _check_books(self, account: Account) -> list[str]:
        """Nothing stands twice in QuickBooks' books that an office can know of."""
        books = account.real.books
        found = [f"Invoice {guid} was added beside itself." for guid in books.doubled()]
        sheets = {f"{{{sheet.id}}}": sheet for sheet in account.model.sheets}
        for added in books.adds[account.adds_seen :]:
            sheet = sheets[added.guid]
            known = [
                it for it in added.by_hand if sheet.posted_at and it.modified < sheet.posted_at
            ]
            if known and sheet.was_unlocked:
                found.append(f"Invoice {sheet.paper.number} was entered by hand, and added.")
        account.adds_seen = len(books.adds)
        rows = account.seen["payment"]
        found += in_books(account.payments, books.payments, books.invoices, rows)
        self.observe(account)
        return found

    def take_theirs(self, account: Account, sheet: Sheet, paper: Paper) -> None:
        """The bookkeeper's values became a version here: each was in QuickBooks' books."""
        known = self.links(account)[UUID(sheet.id)]
        states = account.real.books.states[known.copy.txn_id]
        mine = {line.id: line for line in sheet.paper.lines}
        found = []
        for name, wire in (("number", "number"), ("date", "date")):
            value = getattr(paper, name)
            held = {header_fields(state)[(wire,)] for state in states}
            if value != getattr(sheet.paper, name) and value not in held:
                found.append(f"{name} became {value}, which QuickBooks never held.")
        for line in paper.lines:
            if line == mine.get(line.id):
                continue
            ids = {key for key, task in account.owners.items() if str(task) == line.id}
            held_lines = [
                fields
                for state in states
                for key, fields in line_fields(state).items()
                if key in ids
            ]
            ours = mine.get(line.id)
            for name in ("description", "unit_price", "quantity", "taxable"):
                value = getattr(line, name)
                is_ours = ours is not None and value == getattr(ours, name)
                if not is_ours and value not in [fields[name] for fields in held_lines]:
                    found.append(f"{name} of a line became {value}, which QuickBooks never held.")
        self.sound(found)
        sheet_draft = sheet.draft
        sheet.save(paper, None)
        sheet.draft = sheet_draft

    def _look_at_others(self, account: Account) -> None:
        """Whatever one account does, nothing of another changes."""
        for other in self.accounts:
            if other is not account:
                differing = self.read(other.id).differing(other.seen)
                self.sound(
                    [f"{account.id} did it, and {differing} of {other.id} changed."]
                    if differing
                    else []
                )

    def _learn_ids(self, account: Account, after: Snapshot) -> None:
        """Tasks have their ids once they are stored."""
        drafts = {row["invoice_id"]: row for row in after["draft"]}
        for sheet in account.model.sheets:
            if sheet.id in after.invoices:
                sheet.paper = _identified(sheet.paper, after.paper(sheet.id))
                if sheet.version in sheet.history:
                    sheet.history[sheet.version] = sheet.paper
            if sheet.draft is not None and sheet.id in drafts:
                stored = after.paper_of(drafts[sheet.id]["content"])
                sheet.draft.paper = _identified(sheet.draft.paper, stored)

    def _learn(self, account: Account) -> None:
        """What stands in the queue, and what a person would see of a conflict."""
        after = account.seen
        for sheet in account.model.sheets:
            states = {job["state"] for job in after.of_invoice("sync_job", sheet.id)}
            sheet.unsent, sheet.in_flight = bool(states & UNSENT), bool(states & IN_FLIGHT)
            issues = after.of_invoice("sync_issue", sheet.id)
            to_choose = [
                i["conflicts"]
                for i in issues
                if i["resolved_at"] is None and i["code"] == "EDIT_CONFLICT"
            ]
            sheet.conflict = to_choose[-1] if to_choose else None
            sheet.applied = Decimal(after.invoices[sheet.id]["applied"])

    def links(self, account: Account) -> dict[UUID, QuickBooksLink]:
        async def read() -> dict[UUID, QuickBooksLink]:
            async with account.real.office.open_work() as work:
                ids = [UUID(sheet.id) for sheet in account.model.sheets]
                found: dict[UUID, QuickBooksLink] = await work.links.get_many(ids)
                return found

        links: dict[UUID, QuickBooksLink] = self.wait(read())
        return links

    def read(self, account_id: UUID) -> Snapshot:
        snapshot: Snapshot = self.wait(self._reader.read(account_id))
        return snapshot

    def sound(self, found: list[str]) -> None:
        if found:
            self.is_sound = False
            raise AssertionError("\n".join(found))


def _identified(paper: Paper, stored: Paper) -> Paper:
    """Give the paper with the ids that its new lines were stored under."""
    if len(paper.lines) != len(stored.lines):
        return paper
    return replace(
        paper,
        lines=tuple(
            line if line.id is not None else replace(line, id=other.id)
            for line, other in zip(paper.lines, stored.lines, strict=True)
        ),
    )
