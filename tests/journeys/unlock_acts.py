"""Bypassing batches and unlocking them again; each act asks the model first."""

from typing import Any
from uuid import UUID

from domain.unlocking import CONSENT_VERSION
from resolvers.bypassing import BypassBatch, bypass_batch
from resolvers.exporting import ExportBatch, export_batch
from resolvers.unlocking import ConfirmUnlock, RequestUnlock, confirm_unlock, request_unlock
from tests.journeys.connector_acts import ConnectorActs
from tests.journeys.office_acts import OfficeActs
from tests.journeys.papers import ACCEPTED, Sheet
from tests.journeys.unlock_papers import (
    BATCH_NAME,
    PIN,
    WRONG_PIN,
    Asked,
    judge_bypass_batch,
    judge_confirm,
    judge_export_batch,
    judge_pin,
    judge_request,
    left_of,
)
from tests.journeys.watching import Account, Attempt, Watch


class UnlockActs:
    """Each method is one call; `which` is the account, `n` one of its invoices or its batch."""

    def __init__(self, watch: Watch, office: OfficeActs, outside: ConnectorActs) -> None:
        self._watch = watch
        self._office = office
        self._outside = outside

    def free(self, which: int, n: int, is_whole: bool, there: str, by_hand: str | None) -> None:
        """The whole way at once: bypass, unlock and export again, whatever stands in QuickBooks.

        `there`: it is in QuickBooks perhaps, or was erased, or is of a batch that was never sent.
        """
        if there == "never":
            n = self._post_two(which)
        account, sheet = self._choose(which, n)
        if sheet is None or sheet.batch is None:
            return
        if there == "erased":
            self._outside.erase(which, n)
        self._lock(account, which, n, sheet)
        if by_hand == "before":
            self._outside.enter_by_hand(which, n)
        self.request_unlock(which, "Adam", n, is_whole, leaves_out=False)
        self._update(which)
        if by_hand == "after":
            self._outside.enter_by_hand(which, n)
        self.confirm_unlock(which, "Adam", 0, "Adam", is_careful=True)
        if is_whole:
            self.export_batch(which, "Adam", n)
        else:
            self._office.export(which, "Adam", [n])
        self._update(which)

    def _lock(self, account: Account, which: int, n: int, sheet: Sheet) -> None:
        if account.model.batches[str(sheet.batch)] != "BYPASSED":
            self.bypass_batch(which, "Adam", n)
        if not sheet.is_locked:
            self._office.bypass_export(which, "Adam", n, "It is not in QuickBooks")

    def _update(self, which: int) -> None:
        self._outside.update(which, is_planned=True, faults=[], meanwhile=None)

    def _post_two(self, which: int) -> int:
        """Make two invoices and export them as a batch; give which is the first."""
        n = len(self._watch.accounts[which].model.sheets)
        for price in range(2):
            self._office.create(which, "Partner", [(price, 1, True)])
        self._office.export(which, "Partner", [n, n + 1])
        return n

    def bypass_batch(self, which: int, who: str, n: int) -> None:
        account, sheet = self._choose(which, n)
        if sheet is None or sheet.batch is None:
            return
        batch, left = sheet.batch, left_of(account.model, sheet.batch)
        wish = BypassBatch(batch_id=UUID(batch), idempotency_key=account.real.key())

        def accept(_: Any) -> None:
            for each in left:
                each.bypass()
            account.model.batches[batch] = "BYPASSED"

        self._watch.act(
            account,
            Attempt(
                who,
                judge_bypass_batch(account.model, who, batch, self._watch.clock()),
                lambda context: bypass_batch(context, wish),
                accept,
                [*self._ended(left), "EXPORT_BYPASSED", *("EXPORT_BYPASSED" for _ in left)],
            ),
        )

    def export_batch(self, which: int, who: str, n: int) -> None:
        account, sheet = self._choose(which, n)
        if sheet is None or sheet.batch is None:
            return
        batch = sheet.batch
        left = [each for each in left_of(account.model, batch) if each.export == "PENDING"]
        wish = ExportBatch(batch_id=UUID(batch), idempotency_key=account.real.key())

        def accept(_: Any) -> None:
            account.model.batches[batch] = "POSTED"
            for each in left:
                each.post(batch, self._watch.clock())

        self._watch.act(
            account,
            Attempt(
                who,
                judge_export_batch(account.model, who, batch, self._watch.clock()),
                lambda context: export_batch(context, wish),
                accept,
                [*self._ended(left), *("EXPORTED" for _ in left)],
            ),
        )

    def request_unlock(
        self, which: int, who: str, n: int, is_whole: bool, leaves_out: bool
    ) -> None:
        """Of the whole batch, or all of it but one, or of one invoice."""
        account, sheet = self._choose(which, n)
        if sheet is None or (is_whole and sheet.batch is None):
            return
        batch = sheet.batch if is_whole else None
        known = account.model.in_batch(batch) if batch is not None else [sheet]
        excluded = [sheet] if is_whole and leaves_out else []
        chosen = [each for each in known if each not in excluded]
        wish = RequestUnlock(
            batch_id=None if batch is None else UUID(batch),
            invoice_ids=() if is_whole else (UUID(sheet.id),),
            exclude_invoice_ids=tuple(UUID(each.id) for each in excluded),
            idempotency_key=account.real.key(),
        )
        locked = [each for each in chosen if each.is_locked]
        asked = self._asked(account, sheet.batch, locked)
        asked.batch = batch

        def accept(view: Any) -> None:
            asked.id = str(view.request.id)
            asked.begin(account.real.books.invoices)
            account.asked.append(asked)

        self._watch.act(
            account,
            Attempt(
                who,
                judge_request(account.model, who, batch, chosen),
                lambda context: request_unlock(context, wish),
                accept,
                ["UNLOCK_REQUESTED"] * (len(locked) + is_whole),
            ),
        )

    def confirm_unlock(
        self, which: int, who: str, back: int, approver: str | None, is_careful: bool
    ) -> None:
        """Of the last request, or an earlier one; whoever is not careful mistypes the PIN."""
        account = self._watch.accounts[which]
        if not account.asked:
            return
        asked = account.asked[-1 - back % len(account.asked)]
        people, now = account.real.office.people, self._watch.clock()
        wish = ConfirmUnlock(
            request_id=UUID(asked.id),
            consent_version=CONSENT_VERSION,
            admin_pin=PIN if is_careful else WRONG_PIN,
            admin_employee_id=None if approver is None else people[approver],
        )
        present = approver or (None if who == "Partner" else who)
        allowed = judge_confirm(account.model, who, asked, account.seen, now)
        pin, told = judge_pin(account.model, present, wish.admin_pin, account.seen["pin_try"], now)
        if ACCEPTED in allowed:
            allowed = (allowed - {ACCEPTED}) | pin
        sheets = [sheet for sheet in account.model.sheets if sheet.id in asked.items]

        def accept(_: Any) -> None:
            if not asked.is_confirmed:
                asked.is_confirmed = True
                self._unlock(account, asked, sheets)

        noted = [] if asked.is_confirmed else ["UNLOCKED"] * (len(sheets) + bool(asked.batch))
        self._watch.act(
            account,
            Attempt(
                who,
                allowed,
                lambda context: confirm_unlock(context, wish),
                accept,
                noted,
                is_keyed=False,
                marks={refusal: told for refusal in pin if told},
                again=lambda: self.confirm_unlock(which, who, back, approver, is_careful),
            ),
        )

    def _unlock(self, account: Account, asked: Asked, sheets: list[Sheet]) -> None:
        """What QuickBooks held of them under other TxnIDs is nobody's any more."""
        gone = {
            line.txn_line_id
            for guid in (f"{{{sheet.id}}}" for sheet in sheets)
            for state in account.real.books.states_of(guid)
            for line in state.flat_lines()
        }
        for line_id in gone & account.owners.keys():
            del account.owners[line_id]
        for sheet in sheets:
            sheet.unlock(sheet.batch if asked.batch else None)
        if asked.batch is not None:
            account.model.batches[asked.batch] = "UNLOCKED"

    def _asked(self, account: Account, batch: str | None, locked: list[Sheet]) -> Asked:
        numbers = {row["id"]: row["number"] for row in account.seen["batch"]}
        chosen = {sheet.id for sheet in locked}
        others = {
            link.copy.txn_id
            for key, link in self._watch.links(account).items()
            if str(key) not in chosen
        }
        return Asked(
            id="",
            batch=batch,
            items={sheet.id: (sheet.version, sheet.paper.number) for sheet in locked},
            prefix=None if batch is None else f"{numbers[batch]} {BATCH_NAME}",
            others=frozenset(others),
            asked_at=self._watch.clock(),
        )

    def _ended(self, sheets: list[Sheet]) -> list[str]:
        return ["ABANDONED_DRAFT_ENDED" for sheet in sheets if sheet.draft is not None]

    def _choose(self, which: int, n: int) -> tuple[Account, Sheet | None]:
        account = self._watch.accounts[which]
        sheets = account.model.sheets
        return account, sheets[n % len(sheets)] if sheets else None
