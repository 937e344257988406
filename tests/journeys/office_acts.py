"""What people of an office, and callers with a key, may wish; each asks the model first."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.account import AccountPatch
from domain.errors import DomainError
from domain.guards import GuardCode
from resolvers.bypassing import BypassInvoice, bypass_invoice, withdraw_bypass
from resolvers.conflicts import ConflictChoice, ConflictSide, Resolution, resolve_conflict
from resolvers.drafts import Stage, discard_draft, stage
from resolvers.exporting import Export, export_invoices
from resolvers.invoices import NewInvoice, create_invoice
from resolvers.people import PermissionWish, set_permission, update_account
from resolvers.reverting import Revert, revert_to
from resolvers.saving import Resync, Save, resync, save_and_bypass, save_and_sync
from resolvers.saving_here import save_invoice
from tests.journeys.converging import BrokenOff
from tests.journeys.papers import (
    ACCEPTED,
    EDIT,
    ITEMS,
    PRICES,
    RATES,
    UNITS,
    Draft,
    Line,
    Paper,
    Sheet,
    Wish,
)
from tests.journeys.watching import Account, Attempt, Watch

#: The kind of a change, which line it concerns, and which value it takes.
Change = tuple[str, int, int]
_DETAILS = ("summary", "number", "date", "zone")


class OfficeActs:
    """Each method is one call; `which` is the account, `n` one of its invoices."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._texts = 0

    def create(self, which: int, who: str, lines: list[tuple[int, int, bool]]) -> None:
        account = self._watch.accounts[which]
        self._texts += 1
        paper = Paper(
            number=f"I{self._texts}",
            date="2026-11-18",
            zone="Fort Worth",
            summary=f"As made {self._texts}",
            lines=tuple(
                Line(ITEMS[n % 3], f"Work {n}", Decimal(n + 1), PRICES[price], taxable, "HVAC")
                for n, price, taxable in lines
            ),
        )
        office = account.real.office
        wish = NewInvoice(
            number=paper.number,
            date=date.fromisoformat(paper.date),
            customer_id=office.id_of("Harriet Doyle"),
            tax_zone_id=office.id_of(paper.zone),
            business_unit_id=office.id_of("HVAC"),
            summary=paper.summary,
            tasks=tuple(account.real.new_task(line) for line in paper.lines),
            idempotency_key=account.real.key(),
        )

        def accept(made: Any) -> None:
            account.model.sheets.append(Sheet(str(made.id), paper))

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_create(who),
                lambda context: create_invoice(context, wish),
                accept,
                ["INVOICE_CREATED"],
            ),
        )

    def export(self, which: int, who: str, chosen: list[int]) -> None:
        account = self._watch.accounts[which]
        sheets = list({id(s): s for n in chosen if (s := self._sheet(account, n))}.values())
        if not sheets:
            return
        wish = Export(
            invoice_ids=tuple(UUID(sheet.id) for sheet in sheets),
            batch_name="Batch",
            idempotency_key=account.real.key(),
        )
        ended = ["ABANDONED_DRAFT_ENDED" for sheet in sheets if sheet.draft is not None]

        def accept(exported: Any) -> None:
            left, batch = {sheet.batch for sheet in sheets}, str(exported.batch.id)
            account.model.batches[batch] = "POSTED"
            for sheet in sheets:
                sheet.post(batch, self._watch.clock())
            for batch in left:
                account.model.finish(batch)

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_export(who, sheets, self._watch.clock()),
                lambda context: export_invoices(context, wish),
                accept,
                [*ended, *("EXPORTED" for _ in sheets)],
            ),
        )

    def stage(self, which: int, who: str, n: int, changes: list[Change], is_fresh: bool) -> None:
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        base = sheet.base_of(who)
        wishes = self._wishes(sheet, base, changes)
        version = self._version(sheet, is_fresh)
        wish = Stage(
            invoice_id=UUID(sheet.id),
            version=version,
            edits=account.real.edits(wishes),
            idempotency_key=account.real.key(),
        )
        self._stage(
            account,
            who,
            sheet,
            account.model.judge_stage(who, sheet, version, self._watch.clock()),
            lambda context: stage(context, "editTask", wish),
            base.edited(wishes),
        )

    def revert(self, which: int, who: str, n: int, back: int) -> None:
        """Back to an earlier version, or to what it was before the first save."""
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None or not sheet.history:
            return
        version = max(1, sheet.version - back)
        revisions = {
            row["version"]: row["id"] for row in account.seen.of_invoice("revision", sheet.id)
        }
        wish = Revert(
            invoice_id=UUID(sheet.id),
            version=sheet.version,
            revision_id=UUID(revisions[version]) if version > 1 else None,
            idempotency_key=account.real.key(),
        )
        past = sheet.history[version]
        allowed = account.model.judge_stage(who, sheet, sheet.version, self._watch.clock())
        if allowed == {ACCEPTED} and past == sheet.paper:
            allowed = {"NothingToSave"}
        self._stage(account, who, sheet, allowed, lambda c: revert_to(c, wish), past)

    def _stage(
        self,
        account: Account,
        who: str,
        sheet: Sheet,
        allowed: set[str],
        act: Callable[[Any], Any],
        paper: Paper,
    ) -> None:
        def accept(_: Any) -> None:
            draft = sheet.draft
            mine = draft if draft is not None and draft.holder == who else None
            base = sheet.version if mine is None else mine.base
            of_exported = not sheet.is_before_export if mine is None else mine.of_exported
            sheet.draft = Draft(who, base, paper, self._watch.clock(), of_exported)

        ended = self._ended(account, who, sheet)
        self._watch.act(account, Attempt(who, allowed, act, accept, ended))

    def discard(self, which: int, who: str, n: int) -> None:
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        noted = [] if sheet.draft is None else ["DRAFT_DISCARDED"]

        def accept(_: Any) -> None:
            sheet.draft = None

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_discard(who, sheet, self._watch.clock()),
                lambda context: discard_draft(context, UUID(sheet.id)),
                accept,
                noted,
                is_keyed=False,
            ),
        )

    def save_and_sync(
        self,
        which: int,
        who: str,
        n: int,
        changes: list[Change] | None,
        is_fresh: bool,
    ) -> None:
        self._save(which, who, n, changes, is_fresh=is_fresh)

    def save_and_bypass(
        self,
        which: int,
        who: str,
        n: int,
        changes: list[Change] | None,
        is_fresh: bool,
    ) -> None:
        self._save(which, who, n, changes, is_fresh=is_fresh, how="bypass")

    def save_here(
        self,
        which: int,
        who: str,
        n: int,
        changes: list[Change] | None,
        is_fresh: bool,
    ) -> None:
        """Save, of an invoice that was never exported."""
        self._save(which, who, n, changes, is_fresh=is_fresh, how="here")

    def _save(
        self,
        which: int,
        who: str,
        n: int,
        changes: list[Change] | None,
        *,
        is_fresh: bool,
        how: str = "sync",
    ) -> None:
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        use_case, status, noted, judge_it = {
            "sync": (save_and_sync, "SYNCING", "SAVED_AND_SYNCED", account.model.judge_save),
            "bypass": (
                save_and_bypass, "BYPASSED", "SAVED_AND_BYPASSED", account.model.judge_bypass
            ),
            "here": (save_invoice, None, "INVOICE_SAVED", account.model.judge_save_here),
        }[how]  # fmt: skip
        base = sheet.base_of(who)
        wishes = None if changes is None else self._wishes(sheet, base, changes)
        version = self._version(sheet, is_fresh)
        wish = Save(
            invoice_id=UUID(sheet.id),
            version=version,
            edits=None if wishes is None else account.real.edits(wishes),
            acknowledge=tuple(GuardCode),
            idempotency_key=account.real.key(),
        )
        as_it_is = how == "bypass" and account.model.bypasses_as_it_is(who, sheet, wishes)
        paper = base.edited(wishes or [])

        def accept(_: Any) -> None:
            if as_it_is:
                sheet.status = "BYPASSED"
            else:
                sheet.save(paper, status)

        ended = [] if as_it_is else self._ended(account, who, sheet)
        self._watch.act(
            account,
            Attempt(
                who,
                judge_it(who, sheet, version, self._watch.clock(), wishes),
                lambda context: use_case(context, wish),
                accept,
                [*ended, noted],
            ),
        )

    def resync(self, which: int, who: str, n: int, is_fresh: bool) -> None:
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        version = self._version(sheet, is_fresh)
        wish = Resync(
            invoice_id=UUID(sheet.id),
            version=version,
            acknowledge=tuple(GuardCode),
            idempotency_key=account.real.key(),
        )
        noted = [] if sheet.status == "SYNCING" else ["RESYNCED"]

        def accept(_: Any) -> None:
            sheet.status = "SYNCING"

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_resync(who, sheet, version, self._watch.clock()),
                lambda context: resync(context, wish),
                accept,
                noted,
            ),
        )

    def resolve(self, which: int, who: str, n: int, sides: list[bool]) -> None:
        """Ours or QuickBooks', field by field."""
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        paths = [tuple(conflict["path"]) for conflict in sheet.conflict or []]
        choices = tuple(
            ConflictChoice(
                path, ConflictSide.QUICKBOOKS if sides[i % len(sides)] else ConflictSide.OURS
            )
            for i, path in enumerate(paths)
        )
        wish = Resolution(
            invoice_id=UUID(sheet.id),
            version=sheet.version,
            choices=choices,
            idempotency_key=account.real.key(),
        )

        def accept(saved: Any) -> None:
            sheet.status = "SYNCING"
            if saved.invoice.version != sheet.version:
                self._watch.take_theirs(
                    account, sheet, self._watch.read(account.id).paper(sheet.id)
                )

        ended = self._ended(account, who, sheet)
        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_resolve(who, sheet, sheet.version, self._watch.clock()),
                lambda context: resolve_conflict(context, wish),
                accept,
                [*ended, "CONFLICT_RESOLVED"],
            ),
        )

    def bypass_export(self, which: int, who: str, n: int, reason: str | None) -> None:
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        wish = BypassInvoice(
            invoice_id=UUID(sheet.id), reason=reason, idempotency_key=account.real.key()
        )
        ended = [] if sheet.draft is None else ["ABANDONED_DRAFT_ENDED"]

        def accept(_: Any) -> None:
            sheet.bypass()
            account.model.settle(sheet.batch)

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_bypass_export(who, sheet, self._watch.clock(), reason),
                lambda context: bypass_invoice(context, wish),
                accept,
                [*ended, "EXPORT_BYPASSED"],
            ),
        )

    def withdraw_bypass(self, which: int, who: str, n: int) -> None:
        """QuickBooks holds the invoice after all."""
        account = self._watch.accounts[which]
        sheet = self._sheet(account, n)
        if sheet is None:
            return
        wish = BypassInvoice(invoice_id=UUID(sheet.id), idempotency_key=account.real.key())

        def accept(_: Any) -> None:
            sheet.origin = "EXPORTED"

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_withdrawal(who, sheet),
                lambda context: withdraw_bypass(context, wish),
                accept,
                ["BYPASS_WITHDRAWN"],
            ),
        )

    def grant(self, which: int, who: str, whom: str, permission: str, granted: bool) -> None:
        account = self._watch.accounts[which]
        rights = account.model.rights
        wish = PermissionWish(
            employee_id=account.real.office.people[whom], permission=permission, granted=granted
        )
        changed = (rights[whom] - {permission}) | ({permission} if granted else set())
        noted = ["PERMISSION_CHANGED"] if changed != rights[whom] else []

        def accept(_: Any) -> None:
            rights[whom] = changed

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_grant(who),
                lambda context: set_permission(context, wish),
                accept,
                noted,
                is_keyed=False,
            ),
        )

    def switch(self, which: int, who: str, is_on: bool) -> None:
        """The account's switch: may exported invoices be edited at all?"""
        account = self._watch.accounts[which]
        patch = AccountPatch(edit_exported_enabled=is_on)

        def accept(_: Any) -> None:
            account.model.is_editing_on = is_on

        self._watch.act(
            account,
            Attempt(
                who,
                account.model.judge_switch(who),
                lambda context: update_account(context, patch),
                accept,
                ["ACCOUNT_CHANGED"],
                is_keyed=False,
            ),
        )

    def ask_again(self, which: int) -> None:
        """The same call with the same key: nothing happens twice."""
        account = self._watch.accounts[which]
        if account.last is None:
            return
        who, act = account.last
        context = self._watch.wait(account.real.as_person(who, account.model.rights[who]))
        try:
            self._watch.wait(act(context))
        except BrokenOff:
            pass
        except DomainError as refusal:
            if type(refusal).__name__ not in ("PermissionMissing", "BeingEdited"):
                self._watch.sound([f"Asked again, it is refused: {refusal!r}"])
        self._watch.see(account)

    def reach_across(self, who: str, n: int, how: str) -> None:
        """A person of the other account names an invoice of the first one."""
        first, other = self._watch.accounts
        sheet = self._sheet(first, n)
        if sheet is None:
            return
        wishes = [Wish("summary", "Mine now")]
        given = {"invoice_id": UUID(sheet.id), "version": sheet.version}
        key = {"idempotency_key": other.real.key()}
        edits = other.real.edits(wishes)
        acts: dict[str, Callable[[Any], Any]] = {
            "sync": lambda c: save_and_sync(c, Save(**given, **key, edits=edits)),
            "bypass": lambda c: save_and_bypass(c, Save(**given, **key, edits=edits)),
            "stage": lambda c: stage(c, "editTask", Stage(**given, edits=edits)),
            "resync": lambda c: resync(c, Resync(**given, **key)),
        }
        allowed = other.model.judge_stage(who, None, 1, self._watch.clock())
        if how != "stage" and EDIT not in other.model.rights[who]:
            allowed = {"PermissionMissing"}
        self._watch.act(other, Attempt(who, allowed, acts[how], lambda _: None, []))

    def _ended(self, account: Account, who: str, sheet: Sheet) -> list[str]:
        return ["ABANDONED_DRAFT_ENDED"] if account.model.ends_draft(who, sheet) else []

    def _sheet(self, account: Account, n: int) -> Sheet | None:
        sheets = account.model.sheets
        return sheets[n % len(sheets)] if sheets else None

    def _version(self, sheet: Sheet, is_fresh: bool) -> int:
        return sheet.version if is_fresh else max(1, sheet.version - 1)

    def _wishes(self, sheet: Sheet, paper: Paper, changes: list[Change]) -> list[Wish]:
        wishes = []
        for kind, at, n in changes:
            self._texts += 1
            if paper.lines and kind not in (*_DETAILS, "add"):
                line = paper.lines[at % len(paper.lines)]
                wishes.append(Wish(kind, self._value(kind, n, line, sheet), line.id))
            else:
                name = kind if kind in _DETAILS else "add"
                wishes.append(Wish(name, self._value(name, n, None, sheet)))
        return list({(wish.kind, wish.line_id, wish.kind == "add" and i): wish
                     for i, wish in enumerate(wishes)}.values())  # fmt: skip

    def _price(self, n: int, sheet: Sheet) -> Decimal:
        """A total below zero is refused once the invoice is exported; before, it is a credit memo."""
        is_negative = n == len(PRICES) and not sheet.is_before_export
        return Decimal("-20.00") if is_negative else PRICES[n % len(PRICES)]

    def _value(self, kind: str, n: int, line: Line | None, sheet: Sheet) -> Any:
        values: dict[str, Callable[[], Any]] = {
            "unit_price": lambda: self._price(n, sheet),
            "quantity": lambda: Decimal(n + 1) / 2,
            "description": lambda: f"Work {self._texts}",
            "taxable": lambda: not (line and line.taxable),
            "unit": lambda: UNITS[n % 2],
            "cost": lambda: Decimal(n),
            "summary": lambda: f"Summary {self._texts}",
            "number": lambda: f"N{self._texts}",
            "date": lambda: f"2026-11-{10 + n}",
            "zone": lambda: list(RATES)[n % 2],
            "add": lambda: Line(
                ITEMS[n % 3], f"Extra {self._texts}", Decimal(1), PRICES[n % 6], n % 2 == 0, "HVAC"
            ),
            "remove": lambda: None,
        }
        return values[kind]()
