"""While answers are booked: what they tell of QuickBooks' lists, and of sites that go first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from db.unit_of_work import UnitOfWork
from domain.answering import Decision
from domain.booking import Case
from domain.issues import AnswerClass, ObjectKind, QuickBooksObject, Verdict
from domain.known_entries import EntryKey, KnownEntry, learned_from
from domain.outcome import APPLIED
from domain.queue import QbxmlRequest, RequestKind
from domain.quickbooks_entries import QuickBooksEntry
from domain.sync import JobHappening
from qbwc.qbxml.parse import Response

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Understood: all found, none found, or some of them missing.
_UNDERSTOOD = frozenset({0, 1, 500})
_NAME_IN_USE = 3100
_LATER = frozenset({AnswerClass.TRANSIENT, AnswerClass.CONNECTION})
_REFUSED = frozenset({AnswerClass.PERSON, AnswerClass.DEFECT, AnswerClass.NOT_FOUND})
#: The job is planned anew, with what is known now.
_PLAN_ANEW = Decision(happening=JobHappening.UNPROCESSED)


@dataclass(slots=True)
class Lessons:
    """What the answers of one message set tell of one company file's lists."""

    work: UnitOfWork
    company_file_id: UUID
    _learned: list[KnownEntry] = field(default_factory=list)
    _forgotten: list[EntryKey] = field(default_factory=list)
    _forgotten_ids: list[str] = field(default_factory=list)

    def hear(self, request: QbxmlRequest, verdict: Verdict, response: Response) -> Decision:
        """Take the answer about sites that go before an invoice; the invoice is planned anew.

        A site is created only after QuickBooks answered that it has none of that name, and a name
        that is in use was created meanwhile. Whatever else went wrong is asked again by name.
        """
        if request.kind is RequestKind.SITE_QUERY:
            return self._hear_query(request.entry_names, verdict, response)
        return self._hear_add(request.entry_names, verdict, response)

    def learn(self, case: Case, decision: Decision) -> None:
        """Keep the ListIDs of a proven copy; forget what a refusal says is not there."""
        if decision.happening in APPLIED and decision.link is not None:
            copy, lines = decision.link.copy, decision.link.tasks_by_line
            self._learned += learned_from(case.request.wanted, copy, lines)
        elif decision.verdict is not None and decision.verdict.object is not None:
            self._forget(decision.verdict.object)

    async def unlearn(self, case: Case, decision: Decision) -> Decision:
        """A customer whose ListID is gone is looked for once more, by name: nothing has run."""
        thing = None if decision.verdict is None else decision.verdict.object
        list_id = case.request.wanted.customer.list_id
        if decision.happening is not JobHappening.REFUSED or thing is None or list_id is None:
            return decision
        if thing.name != list_id:
            return decision
        was_learned = await self.work.known_entries.forget(self.company_file_id, [], [list_id])
        return _PLAN_ANEW if was_learned else decision

    async def store(self, now: datetime) -> None:
        """Write it down."""
        if self._forgotten or self._forgotten_ids:
            await self.work.known_entries.forget(
                self.company_file_id, self._forgotten, self._forgotten_ids
            )
        await self.work.known_entries.learn(self.company_file_id, self._learned, now)

    def _hear_query(self, names: Iterable[str], verdict: Verdict, response: Response) -> Decision:
        if verdict.kind in _LATER:
            return Decision(happening=JobHappening.DELAYED, verdict=verdict)
        if verdict.quickbooks_code in _UNDERSTOOD:
            found = _sites_in(response)
            for name in names:
                key = EntryKey.of(ObjectKind.INVENTORY_SITE, name)
                list_id = found.get(key.name)
                self._learned.append(KnownEntry(key, list_id, is_missing=key.name not in found))
        elif verdict.kind in _REFUSED:  # sites cannot be asked for: let the invoice itself tell
            self._learned += [_site(name) for name in names]
        return _PLAN_ANEW

    def _hear_add(self, names: Iterable[str], verdict: Verdict, response: Response) -> Decision:
        if verdict.kind in _LATER:
            return Decision(happening=JobHappening.DELAYED, verdict=verdict)
        is_in_use = verdict.quickbooks_code == _NAME_IN_USE
        if verdict.kind in _REFUSED and not is_in_use:
            return Decision(happening=JobHappening.REFUSED, verdict=verdict)
        if is_in_use or verdict.kind in (AnswerClass.APPLIED, AnswerClass.WARNING):
            found = _sites_in(response)
            self._learned += [_site(name, found.get(name.casefold())) for name in names]
            log.info("inventory_site.created", company_file_id=str(self.company_file_id))
        return _PLAN_ANEW

    def _forget(self, thing: QuickBooksObject) -> None:
        if thing.name is not None:
            self._forgotten.append(EntryKey.of(thing.kind, thing.name))
            self._forgotten_ids.append(thing.name)


def _site(name: str, list_id: str | None = None) -> KnownEntry:
    return KnownEntry(EntryKey.of(ObjectKind.INVENTORY_SITE, name), list_id)


def _sites_in(response: Response) -> dict[str, str]:
    """Give the ListIDs of the returned sites by their names; a site without a name is none."""
    return {
        name.casefold(): entry.list_id
        for entry in response.returned
        if isinstance(entry, QuickBooksEntry) and (name := entry.full_name or entry.name)
    }
