"""Bypassed batches and their unlocking, as an office should see them; beside `papers`.

QuickBooks' books are looked at directly: what they have held all the time since QuickBooks was
asked must hinder an unlock, and only what they held at some moment may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.invoices import Invoice as Books
from tests.journeys.papers import ACCEPTED, BYPASS, EXPORT, UNLOCK, Firm, Sheet
from tests.journeys.played_offices import guid_of
from tests.journeys.stored import Rows, Snapshot

PIN, WRONG_PIN = "493857", "493858"
BATCH_NAME = "Batch"
FRESH = timedelta(minutes=15)
_MOST_TRIES, _TRIES_COUNT = 3, timedelta(minutes=15)


@dataclass
class Asked:
    """One request: what QuickBooks was asked for, and what its books held since."""

    id: str
    batch: str | None
    #: By invoice: its version and its number.
    items: dict[str, tuple[int, str]]
    #: What memos of the batch begin with.
    prefix: str | None
    #: TxnIDs of other invoices of the batch that are rightly there.
    others: frozenset[str]
    asked_at: datetime
    #: What was there all the time and must hinder; what may.
    always: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)
    is_confirmed: bool = False

    def begin(self, books: Mapping[str, Books]) -> None:
        self.always, self.ever = self._hindrances(books)

    def look(self, books: Mapping[str, Books]) -> None:
        must, may = self._hindrances(books)
        self.always &= must
        self.ever |= may

    def _hindrances(self, books: Mapping[str, Books]) -> tuple[set[str], set[str]]:
        ours = {f"{{{sheet_id}}}" for sheet_id in self.items}
        numbers = {number.casefold() for _, number in self.items.values()}
        must, may = set(), set()
        for txn_id, held in books.items():
            guid, is_named = guid_of(held), held.ref_number.casefold() in numbers
            if guid in ours or (is_named and not guid):
                must.add(txn_id)
            names_batch = self.prefix is not None and self.prefix in held.memo
            if is_named or (names_batch and txn_id not in self.others):
                may.add(txn_id)
        return must, must | may


def left_of(firm: Firm, batch: str) -> list[Sheet]:
    return [sheet for sheet in firm.in_batch(batch) if sheet.export != "EXPORTED"]


def judge_bypass_batch(firm: Firm, who: str, batch: str, now: datetime) -> set[str]:
    if BYPASS not in firm.rights[who]:
        return {"PermissionMissing"}
    if firm.batches[batch] in ("EXPORTED", "BYPASSED"):
        return {"InvalidValue"}
    left = left_of(firm, batch)
    if any(firm.is_open(sheet, now) for sheet in left):
        return {"InvalidValue"}
    return {"ExportOnItsWay"} if any(sheet.in_flight for sheet in left) else {ACCEPTED}


def judge_export_batch(firm: Firm, who: str, batch: str, now: datetime) -> set[str]:
    if EXPORT not in firm.rights[who]:
        return {"PermissionMissing"}
    left = [sheet for sheet in firm.in_batch(batch) if sheet.export == "PENDING"]
    if not left or firm.batches[batch] != "UNLOCKED":
        return {"InvalidValue"}
    if any(firm.is_open(sheet, now) or not sheet.paper.lines for sheet in left):
        return {"InvalidValue"}
    return {ACCEPTED}


def judge_request(firm: Firm, who: str, batch: str | None, sheets: Iterable[Sheet]) -> set[str]:
    """Of a batch, or of these invoices."""
    if UNLOCK not in firm.rights[who]:
        return {"PermissionMissing"}
    if batch is not None and firm.batches[batch] != "BYPASSED":
        return {"UnlockRefused"}
    locked = [sheet.is_locked for sheet in sheets]
    wanted = any(locked) if batch is not None else all(locked)
    return {ACCEPTED} if wanted else {"UnlockRefused"}


def judge_confirm(firm: Firm, who: str, asked: Asked, seen: Snapshot, now: datetime) -> set[str]:
    """Before anybody's PIN is looked at."""
    if UNLOCK not in firm.rights[who]:
        return {"PermissionMissing"}
    if asked.is_confirmed:
        return {ACCEPTED}
    if asked.always or not _is_proven(asked, seen, now) or _is_spoiled(firm, asked, seen):
        return {"UnlockRefused"}
    return {ACCEPTED, "UnlockRefused"} if asked.ever else {ACCEPTED}


def judge_pin(
    firm: Firm, approver: str | None, pin: str, tries: Rows, now: datetime
) -> tuple[set[str], list[str]]:
    """Give what may come of the PIN, and what the audit trail tells of it."""
    if approver != "Adam":
        return {"Forbidden"}, []
    wrong = 0
    for row in sorted(tries, key=lambda row: row["tried_at"]):
        if datetime.fromisoformat(row["tried_at"]) > now - _TRIES_COUNT:
            wrong = 0 if row["is_right"] else wrong + 1
    if wrong >= _MOST_TRIES:
        return {"PinLocked"}, []
    if pin == PIN:
        return {ACCEPTED}, []
    return {"PinLocked" if wrong + 1 == _MOST_TRIES else "PinRefused"}, ["PIN_REFUSED"]


def _is_proven(asked: Asked, seen: Snapshot, now: datetime) -> bool:
    """Every question was answered, and not too long ago."""
    (request,) = (row for row in seen["unlock_request"] if row["id"] == asked.id)
    ids = {question["inquiry_id"] for question in request["request"]["questions"]}
    questions: list[dict[str, Any]] = [row for row in seen["inquiry"] if row["id"] in ids]
    if len(questions) != len(ids) or any(row["state"] != "ANSWERED" for row in questions):
        return False
    oldest = min(datetime.fromisoformat(row["answered_at"]) for row in questions)
    return now - oldest <= FRESH


def _is_spoiled(firm: Firm, asked: Asked, seen: Snapshot) -> bool:
    """An invoice was changed, unlocked or sent since, or its batch is none to unlock any more."""
    if asked.batch is not None and firm.batches[asked.batch] != "BYPASSED":
        return True
    for sheet in firm.sheets:
        if sheet.id not in asked.items:
            continue
        moments = [job["updated_at"] for job in seen.of_invoice("sync_job", sheet.id)]
        was_sent = any(datetime.fromisoformat(at) > asked.asked_at for at in moments)
        if not sheet.is_locked or sheet.version != asked.items[sheet.id][0] or was_sent:
            return True
    return False
