"""After a chaos run: does every invoice agree or say why not, and was nobody's work lost?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db.documents import CONFLICTS
from domain.actor import ActorKind
from domain.sync_status import SyncStatus
from tests.journeys.converging import Chaos
from tests.journeys.ledgers import Ours, Path, disagreements, line_fields, their_fields
from tests.journeys.watched_books import Overwritten, WatchedBooks

_ISSUES = text(
    "select invoice_id, code, conflicts, held, opened_at, resolved_at from sync_issue"
    " where account_id = :account order by id"
)
_EVENTS = text("select sequence from sync_event where account_id = :account order by sequence")
_MANY = 100_000

Differing = dict[Path, tuple[Any, Any]]


@dataclass(frozen=True)
class Issue:
    code: str
    #: QuickBooks' value of each field that the issue shows to a person.
    shown: dict[Path, str | None]
    opened_at: datetime
    is_open: bool
    #: Lines of ours that it found in QuickBooks' copy.
    lines: frozenset[str] = frozenset()


@dataclass
class Standing:
    """One invoice at the end, with all that was ever said about it."""

    invoice: Any
    link: Any
    job: Any
    books: WatchedBooks
    revisions: list[Any]
    issues: list[Issue]
    ours: Ours
    batch: Any

    @property
    def name(self) -> str:
        return f"invoice {self.invoice.content.number} ({self.invoice.id})"

    @property
    def open_issue(self) -> Issue | None:
        return next((issue for issue in reversed(self.issues) if issue.is_open), None)

    def fields(self, content: Any) -> dict[Path, Any]:
        return self.ours.fields(
            content, business_unit_id=self.invoice.business_unit_id, batch=self.batch
        )


async def judge(chaos: Chaos) -> list[str]:
    """Give a sentence for everything that breaks a promise; nothing means that all is well."""
    standings, numbers = await _read(chaos)
    found: list[str] = []
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("The event log has gaps.")
    for standing in standings.values():
        found += (f"{standing.name}: {fault}" for fault in _faults(chaos, standing))
        chaos.counts.update(f"issues: {issue.code}" for issue in standing.issues)
        by_quickbooks = (r for r in standing.revisions if r.actor.kind is ActorKind.QUICKBOOKS)
        chaos.counts["versions taken over from QuickBooks"] += sum(1 for _ in by_quickbooks)
    for desk in chaos.desks:
        found += (f"Invoice {guid} was added more than once." for guid in desk.books.doubled())
    return found


def _faults(chaos: Chaos, standing: Standing) -> Iterator[str]:
    yield from _ledger_faults(standing)
    if standing.link is not None:
        yield from _line_faults(standing)
        lost = (o for o in standing.books.overwritten if o.txn_id == standing.link.copy.txn_id)
        for overwritten in lost:
            yield from _overwriting_faults(chaos, standing, overwritten)
        yield from _revived_lines(chaos, standing)


def _ledger_faults(standing: Standing) -> Iterator[str]:
    """Both ledgers agree, or an open issue says why not."""
    issue, status = standing.open_issue, standing.invoice.sync_status
    if standing.link is None:
        if issue is None:
            yield "QuickBooks never got it, and no issue says why."
        return
    held = standing.books.invoices.get(standing.link.copy.txn_id)
    if held is None:
        if issue is None or issue.code != "INVOICE_DELETED":
            yield f"it was deleted in QuickBooks, and the issue is {issue}."
        return
    ours = standing.fields(standing.invoice.content)
    differing = disagreements(ours, their_fields(held, standing.link))
    if issue is not None:
        yield from _issue_faults(issue, status, differing)
    elif differing or status is not SyncStatus.SYNCED:
        yield f"no issue says why it is {status} and differs in {differing}."


def _issue_faults(issue: Issue, status: SyncStatus, differing: Differing) -> Iterator[str]:
    """An issue belongs to the status, and shows something that differs."""
    if status is not SyncStatus.ACTION_REQUIRED:
        yield f"it is {status} beside an open issue {issue.code}."
    shown = {path[:2] for path in issue.shown}
    if shown and differing and not shown & {path[:2] for path in differing}:
        yield f"its issue {issue.code} shows {shown}, and {differing} differ."


def _line_faults(standing: Standing) -> Iterator[str]:
    """Every line in QuickBooks is a task's or a bookkeeper's, once."""
    held = standing.books.invoices.get(standing.link.copy.txn_id)
    if held is None:
        return
    issue = standing.open_issue
    known = {*standing.link.tasks_by_line, *standing.books.inserted}
    known |= issue.lines if issue is not None else set()  # of a write whose answer was lost
    for line_id, line in line_fields(held).items():
        if line_id not in known:
            yield f"QuickBooks has a line {line['description']!r} that nobody answers for."


def _overwriting_faults(chaos: Chaos, standing: Standing, lost: Overwritten) -> Iterator[str]:
    """A bookkeeper's value may go once it had become ours too, or a person had been shown it."""
    path = _our_path(chaos, lost.path)
    if path is not None and _was_ours(standing, path, lost):
        return
    shown_as = lost.path if path is None else path
    if any(_shows(issue, shown_as, lost) for issue in standing.issues):
        return
    yield (
        f"the bookkeeper's {'.'.join(shown_as)} = {lost.value!r} of {lost.written_at} became"
        f" {lost.new_value!r} at {lost.lost_at}, and nobody had chosen that."
    )


def _our_path(chaos: Chaos, path: Path) -> Path | None:
    if path[0] != "lines":
        return path
    owner = chaos.owners.get(path[1])
    return None if owner is None else ("tasks", str(owner), *path[2:])


def _was_ours(standing: Standing, path: Path, lost: Overwritten) -> bool:
    """Tell whether a version of ours held the value between its writing and its loss."""
    versions = [r for r in standing.revisions if r.made_at <= lost.lost_at]
    for revision, following in pairwise([*versions, None]):
        if following is not None and following.made_at < lost.written_at:
            continue
        if standing.fields(revision.content).get(path) == lost.value:
            return True
    return False


def _shows(issue: Issue, path: Path, lost: Overwritten) -> bool:
    """Tell whether a person was shown the field between its writing and its loss."""
    is_timely = lost.written_at <= issue.opened_at <= lost.lost_at
    return is_timely and any(path[:2] == shown[:2] for shown in issue.shown)


def _revived_lines(chaos: Chaos, standing: Standing) -> Iterator[str]:
    """A task whose line a bookkeeper took out does not come back by itself."""
    held = standing.books.invoices.get(standing.link.copy.txn_id)
    back = {task: line for line, task in standing.link.tasks_by_line.items()}
    for line_id, at in standing.books.removed.items():
        task = chaos.owners.get(line_id)
        line = back.get(task) if task is not None else None
        if held is None or line is None or line == line_id or line not in line_fields(held):
            continue
        path = ("tasks", str(task))
        if not any(path in {p[:2] for p in i.shown} and i.opened_at >= at for i in standing.issues):
            yield f"the bookkeeper took line {line_id} out at {at}, and it came back as {line}."


async def _read(chaos: Chaos) -> tuple[dict[UUID, Standing], list[int]]:
    office = chaos.office
    engine = create_async_engine(office.resources.settings.database_url)
    async with engine.connect() as owner:
        rows = (await owner.execute(_ISSUES, {"account": office.account_id})).all()
        events = await owner.execute(_EVENTS, {"account": office.account_id})
        numbers = list(events.scalars())
    await engine.dispose()
    issues: dict[UUID, list[Issue]] = {}
    for row in rows:
        shown = {c.path: c.quickbooks for c in CONFLICTS.load(row.conflicts)}
        lines = frozenset((row.held or {}).get("tasks_by_line", {}))
        found = Issue(row.code, shown, row.opened_at, row.resolved_at is None, lines)
        issues.setdefault(row.invoice_id, []).append(found)
    ours = Ours(office)
    standings = {}
    async with office.open_work() as work:
        invoices = await work.invoices.get_many(chaos.invoice_ids)
        links = await work.links.get_many(chaos.invoice_ids)
        jobs = await work.sync_jobs.latest(chaos.invoice_ids)
        batches = await work.lists.batches()
        for n, invoice_id in enumerate(chaos.invoice_ids):
            pages = await work.revisions.page(invoice_id, before=None, limit=_MANY)
            standings[invoice_id] = Standing(
                invoice=invoices[invoice_id],
                link=links.get(invoice_id),
                job=jobs.get(invoice_id),
                books=chaos.desks[n % len(chaos.desks)].books,
                revisions=sorted(pages, key=lambda revision: revision.version),
                issues=issues.get(invoice_id, []),
                ours=ours,
                batch=batches.get(invoices[invoice_id].batch_id),
            )
    return standings, numbers
