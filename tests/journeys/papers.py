"""What an office should see: invoices, drafts, rights and statuses, in plain Python.

A second opinion on the rules of design.md section 4 and 7, written beside the service and without
its code: entries go by their names, statuses and refusals are words. `Firm` says of every wish
whether it is accepted, or which refusals may answer it, and keeps what an accepted one changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ACCEPTED = "accepted"
CENT = Decimal("0.01")
HOLD = timedelta(hours=1)
ITEMS = ("Seasonal tune-up", "Diagnostic visit", "Air filter 16x25")
UNITS = ("HVAC", "Plumbing")
PRICES = tuple(map(Decimal, ("42.00", "35.55", "0.05", "99.99", "0.00", "7.77")))
EDIT, EXPORT, BYPASS, UNLOCK = (
    "EDIT_EXPORTED_TRANSACTIONS", "EXPORT_INVOICES", "BYPASS_BATCH_EXPORT", "UNLOCK_BATCH"
)  # fmt: skip
EVERYTHING = frozenset(
    {EDIT, EXPORT, BYPASS, UNLOCK, "MANAGE_CONNECTIONS", "MANAGE_EMPLOYEES", "MANAGE_ACCOUNT",
     "CLOSE_PERIODS"}
)  # fmt: skip
RATES = {
    "Fort Worth": tuple(map(Decimal, ("1.00", "0.50", "0.50", "6.25"))),
    "Flat 8.25 %": (Decimal("8.25"),),
}

#: design.md section 4, word by word: what may follow a status, and who may bring it about.
MAY_FOLLOW: dict[tuple[str, str], str] = {
    **{
        (before, after): "office"
        for before in ("NOT_APPLICABLE", "SYNCING", "SYNCED", "BYPASSED", "ACTION_REQUIRED")
        for after in ("SYNCING", "BYPASSED")
    },
    # unlocked: it counts as never exported
    **{(before, "NOT_APPLICABLE"): "office" for before in ("SYNCED", "BYPASSED")},
    ("SYNCING", "SYNCED"): "quickbooks",
    ("SYNCING", "ACTION_REQUIRED"): "quickbooks",
}


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP) + Decimal("0.00")


@dataclass(frozen=True)
class Line:
    item: str
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    taxable: bool
    unit: str | None
    cost: Decimal | None = None
    #: Known once it is stored.
    id: str | None = None

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price)


@dataclass(frozen=True)
class Paper:
    """What edits change of an invoice."""

    number: str
    date: str
    zone: str
    summary: str | None
    lines: tuple[Line, ...]

    @property
    def subtotal(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def sales_tax(self) -> Decimal:
        """Each component of the group is rounded by itself."""
        taxable = sum((line.amount for line in self.lines if line.taxable), Decimal(0))
        return sum((cents(taxable * rate / 100) for rate in RATES[self.zone]), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.sales_tax

    def edited(self, wishes: Iterable["Wish"]) -> "Paper":
        """Details first, then edits, removals and additions, as one call."""
        order = ("number", "date", "zone", "summary")
        paper, lines = self, list(self.lines)
        added = []
        for wish in sorted(wishes, key=lambda wish: wish.kind not in order):
            if wish.kind in order:
                paper = replace(paper, **{wish.kind: wish.value})
            elif wish.kind == "add":
                added.append(wish.value)
            elif wish.kind == "remove":
                lines = [line for line in lines if line.id != wish.line_id]
            else:
                changes = {wish.kind: wish.value}
                lines = [replace(n, **changes) if n.id == wish.line_id else n for n in lines]
        return replace(paper, lines=(*lines, *added))

    def same_lines(self, other: "Paper") -> bool:
        return {line.id for line in self.lines} == {line.id for line in other.lines}


@dataclass(frozen=True)
class Wish:
    """One change of one field; `kind` is the field's name, "add" or "remove"."""

    kind: str
    value: Any = None
    line_id: str | None = None


@dataclass
class Draft:
    holder: str
    base: int
    paper: Paper
    touched_at: datetime
    of_exported: bool


@dataclass
class Sheet:
    """One invoice as the model sees it."""

    id: str
    paper: Paper
    version: int = 1
    status: str = "NOT_APPLICABLE"
    export: str = "PENDING"
    origin: str | None = None
    batch: str | None = None
    draft: Draft | None = None
    #: What the invoice was at each version.
    history: dict[int, Paper] = field(default_factory=dict)
    #: QuickBooks has it from us.
    is_held: bool = False
    #: When it was exported last, and whether it had been unlocked before.
    posted_at: datetime | None = None
    was_unlocked: bool = False
    #: As last seen: is a job in the queue, or on its way; has it a conflict; what payments cover.
    unsent: bool = False
    in_flight: bool = False
    conflict: list[dict[str, Any]] | None = None
    applied: Decimal = Decimal(0)

    @property
    def is_before_export(self) -> bool:
        return self.export != "EXPORTED" and self.origin is None

    @property
    def is_locked(self) -> bool:
        """Whether it counts as exported although nothing was sent, or nothing counts any more."""
        return self.export == "EXPORTED" and self.origin == "BYPASSED"

    @property
    def waits(self) -> bool:
        """Whether an edit of it waits for QuickBooks or for a person."""
        return self.status in ("SYNCING", "ACTION_REQUIRED")

    @property
    def is_under_way(self) -> bool:
        return self.export == "POSTED" and (self.unsent or self.in_flight)

    def save(self, paper: Paper, status: str | None) -> None:
        self.history.setdefault(self.version, self.paper)
        self.version += 1
        self.paper = self.history[self.version] = paper
        self.draft = None
        if status is not None:
            self.status = status

    def post(self, batch: str, now: datetime) -> None:
        self.export, self.batch, self.draft, self.posted_at = "POSTED", batch, None, now

    def bypass(self) -> None:
        self.export, self.origin, self.draft = "EXPORTED", "BYPASSED", None
        if self.waits:
            self.status = "BYPASSED"

    def unlock(self, batch: str | None) -> None:
        self.export, self.origin, self.batch = "PENDING", None, batch
        self.status, self.is_held, self.was_unlocked = "NOT_APPLICABLE", False, True

    def base_of(self, who: str) -> Paper:
        mine = self.draft is not None and self.draft.holder == who
        return self.draft.paper if self.draft is not None and mine else self.paper


@dataclass
class Firm:
    """One account as the model sees it."""

    rights: dict[str, frozenset[str]]
    is_editing_on: bool = True
    sheets: list[Sheet] = field(default_factory=list)
    #: The status of each batch.
    batches: dict[str, str] = field(default_factory=dict)

    def in_batch(self, batch: str) -> list[Sheet]:
        return [sheet for sheet in self.sheets if sheet.batch == batch]

    def finish(self, batch: str | None) -> None:
        """A batch that is under way is exported once each of its invoices is."""
        if batch is None or self.batches[batch] != "POSTED":
            return
        if all(sheet.export == "EXPORTED" for sheet in self.in_batch(batch)):
            self.batches[batch] = "EXPORTED"

    def settle(self, batch: str | None) -> None:
        """The same where an invoice was bypassed: with nothing exported the batch is bypassed."""
        if batch is not None and self.batches[batch] == "POSTED":
            if all(sheet.is_locked for sheet in self.in_batch(batch)):
                self.batches[batch] = "BYPASSED"
            self.finish(batch)

    def judge_create(self, who: str) -> set[str]:
        return {ACCEPTED} if EXPORT in self.rights[who] else {"PermissionMissing"}

    def judge_stage(self, who: str, sheet: Sheet | None, version: int, now: datetime) -> set[str]:
        if not self.rights[who] & {EDIT, EXPORT}:
            return {"PermissionMissing"}
        if refusals := self._judge_desk(who, sheet, version, now):
            return refusals
        assert sheet is not None
        if self._permission(sheet) not in self.rights[who]:
            return {"PermissionMissing"}
        if not self._is_editable(sheet):
            return {"NotEligible"}
        if self._another_open(who, sheet):
            return {"AnotherInvoiceOpen"}
        return {ACCEPTED}

    def judge_discard(self, who: str, sheet: Sheet, now: datetime) -> set[str]:
        rights = self.rights[who]
        if self._permission(sheet) not in rights:
            return {"PermissionMissing"}
        if "MANAGE_EMPLOYEES" not in rights and self._is_held(who, sheet, now):
            return {"BeingEdited"}
        return {ACCEPTED}

    def judge_save(
        self, who: str, sheet: Sheet | None, version: int, now: datetime, wishes: list[Wish] | None
    ) -> set[str]:
        """Save & Sync."""
        if EDIT not in self.rights[who]:
            return {"PermissionMissing"}
        if refusals := self._judge_desk(who, sheet, version, now):
            return refusals
        assert sheet is not None
        if sheet.is_before_export or not self._is_editable(sheet):
            return {"NotEligible"}
        return self._judge_content(who, sheet, wishes)

    def judge_bypass(
        self, who: str, sheet: Sheet | None, version: int, now: datetime, wishes: list[Wish] | None
    ) -> set[str]:
        """Save & Bypass; without edits somebody else's draft does not hinder."""
        if EDIT not in self.rights[who]:
            return {"PermissionMissing"}
        held_apart = wishes is None
        if refusals := self._judge_desk(who, sheet, version, now, beside_drafts=held_apart):
            return refusals
        assert sheet is not None
        if sheet.is_before_export or not self._is_editable(sheet):
            return {"NotEligible"}
        if self.bypasses_as_it_is(who, sheet, wishes):
            return {ACCEPTED} if sheet.waits else {"NothingToSave"}
        return self._judge_content(who, sheet, wishes)

    def judge_save_here(
        self, who: str, sheet: Sheet | None, version: int, now: datetime, wishes: list[Wish] | None
    ) -> set[str]:
        """Save, of an invoice that was never exported."""
        if EXPORT not in self.rights[who]:
            return {"PermissionMissing"}
        if refusals := self._judge_desk(who, sheet, version, now):
            return refusals
        assert sheet is not None
        if not sheet.is_before_export or sheet.is_under_way:
            return {"NotEligible"}
        paper = sheet.base_of(who).edited(wishes or [])
        return {"NothingToSave"} if paper == sheet.paper else {ACCEPTED}

    def judge_resync(self, who: str, sheet: Sheet, version: int, now: datetime) -> set[str]:
        if EDIT not in self.rights[who]:
            return {"PermissionMissing"}
        if refusals := self._judge_desk(who, sheet, version, now, beside_drafts=True):
            return refusals
        if sheet.is_before_export or not self._is_editable(sheet):
            return {"NotEligible"}
        if sheet.status in ("SYNCED", "NOT_APPLICABLE"):
            return {"NothingToSync"}
        return {ACCEPTED, "GuardRefused"} if sheet.applied else {ACCEPTED}

    def judge_resolve(self, who: str, sheet: Sheet, version: int, now: datetime) -> set[str]:
        if EDIT not in self.rights[who]:
            return {"PermissionMissing"}
        if refusals := self._judge_desk(who, sheet, version, now):
            return refusals
        if not self._is_editable(sheet):
            return {"NotEligible"}
        if sheet.draft is not None and sheet.draft.holder == who:
            return {"InvalidValue"}
        if sheet.conflict is None or sheet.status != "ACTION_REQUIRED":
            return {"NothingToSync"}
        return {ACCEPTED, "InvalidValue"}

    def judge_export(self, who: str, sheets: list[Sheet], now: datetime) -> set[str]:
        if EXPORT not in self.rights[who]:
            return {"PermissionMissing"}
        for sheet in sheets:
            is_gone = sheet.export == "EXPORTED" or sheet.unsent or sheet.in_flight
            if self.is_open(sheet, now) or is_gone or not sheet.paper.lines:
                return {"InvalidValue"}
        return {ACCEPTED}

    def judge_bypass_export(
        self, who: str, sheet: Sheet, now: datetime, reason: str | None
    ) -> set[str]:
        if BYPASS not in self.rights[who]:
            return {"PermissionMissing"}
        if sheet.export == "EXPORTED" and sheet.origin != "EXPORTED":
            return {"InvalidValue"}
        if sheet.export == "EXPORTED" and not reason:
            return {"ValueRequired"}
        if self.is_open(sheet, now):
            return {"InvalidValue"}
        return {"ExportOnItsWay"} if sheet.in_flight else {ACCEPTED}

    def judge_withdrawal(self, who: str, sheet: Sheet) -> set[str]:
        """Of the bypass of an invoice that QuickBooks holds."""
        if UNLOCK not in self.rights[who]:
            return {"PermissionMissing"}
        return {ACCEPTED} if sheet.is_held and sheet.origin == "BYPASSED" else {"InvalidValue"}

    def judge_grant(self, who: str) -> set[str]:
        return {ACCEPTED} if "MANAGE_EMPLOYEES" in self.rights[who] else {"PermissionMissing"}

    def judge_switch(self, who: str) -> set[str]:
        return {ACCEPTED} if "MANAGE_ACCOUNT" in self.rights[who] else {"PermissionMissing"}

    def bypasses_as_it_is(self, who: str, sheet: Sheet, wishes: list[Wish] | None) -> bool:
        return wishes is None and (sheet.draft is None or sheet.draft.holder != who)

    def ends_draft(self, who: str, sheet: Sheet) -> bool:
        """Whether an abandoned draft of somebody else gives way to an accepted change."""
        return sheet.draft is not None and sheet.draft.holder != who

    def _judge_desk(
        self,
        who: str,
        sheet: Sheet | None,
        version: int,
        now: datetime,
        *,
        beside_drafts: bool = False,
    ) -> set[str]:
        if sheet is None:
            return {"NotFound"}
        if not beside_drafts and self._is_held(who, sheet, now):
            return {"BeingEdited"}
        mine = sheet.draft if sheet.draft is not None and sheet.draft.holder == who else None
        is_old = version != sheet.version or (mine is not None and mine.base != sheet.version)
        return {"VersionConflict"} if is_old else set()

    def _judge_content(self, who: str, sheet: Sheet, wishes: list[Wish] | None) -> set[str]:
        paper = sheet.base_of(who).edited(wishes or [])
        if paper == sheet.paper:
            return {"NothingToSave"}
        if paper.total == 0 and (not paper.same_lines(sheet.paper) or not paper.lines):
            return {"GuardRefused"}
        if (paper.total < 0) != (sheet.paper.total < 0):
            return {"GuardRefused"}
        return {ACCEPTED, "GuardRefused"} if sheet.applied else {ACCEPTED}

    def _permission(self, sheet: Sheet) -> str:
        return EXPORT if sheet.is_before_export else EDIT

    def is_open(self, sheet: Sheet, now: datetime) -> bool:
        return sheet.draft is not None and now < sheet.draft.touched_at + HOLD

    def _is_held(self, who: str, sheet: Sheet, now: datetime) -> bool:
        draft = sheet.draft
        return draft is not None and draft.holder != who and self.is_open(sheet, now)

    def _is_editable(self, sheet: Sheet) -> bool:
        if sheet.is_before_export:
            return not sheet.is_under_way
        return self.is_editing_on and sheet.origin == "EXPORTED"

    def _another_open(self, who: str, sheet: Sheet) -> bool:
        if who == "Partner" or sheet.is_before_export:
            return False
        return any(
            other.draft is not None
            and other.draft.holder == who
            and other.draft.of_exported
            and other is not sheet
            for other in self.sheets
        )
