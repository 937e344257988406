"""Open problems and what became of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Uuid, and_, func, or_, select, true, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from db.documents import CONFLICTS, LINK, STEPS
from db.payment_rows import PaymentRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of
from db.wire_rows import SyncIssueRow
from domain.issue_report import Affected, IssueCounts, IssuePlace
from domain.issues import ObjectKind, QuickBooksObject, SyncIssue
from domain.payments import PaymentState

_ISSUE = SyncIssueRow.__table__.columns

#: These issues, open or not.
_GET = Statement(select(*_ISSUE).where(mine(SyncIssueRow), among(SyncIssueRow.id, "issue_ids")))
#: The newest open issue of each of these invoices.
_OPEN_OF = Statement(
    select(*_ISSUE)
    .ext(postgresql.distinct_on(SyncIssueRow.invoice_id))
    .where(
        mine(SyncIssueRow),
        among(SyncIssueRow.invoice_id, "invoice_ids"),
        SyncIssueRow.resolved_at.is_(None),
    )
    .order_by(SyncIssueRow.invoice_id, SyncIssueRow.id.desc())
)
#: Close what is open of an invoice.
_RESOLVE = Statement(
    update(SyncIssueRow)
    .where(
        mine(SyncIssueRow),
        among(SyncIssueRow.invoice_id, "invoice_ids"),
        SyncIssueRow.resolved_at.is_(None),
    )
    .values(resolved_at=given("now", DateTime(timezone=True)))
    .returning(SyncIssueRow.id, SyncIssueRow.object_kind)
)
_IS_OPEN = SyncIssueRow.resolved_at.is_(None)
#: What these issues told of is there again.
_CLEAR = Statement(
    update(SyncIssueRow)
    .where(mine(SyncIssueRow), among(SyncIssueRow.id, "issue_ids"), _IS_OPEN)
    .values(cleared_at=given("now", DateTime(timezone=True)))
    .returning(SyncIssueRow.job_id)
)
#: What is missing in a company file, each by its first issue.
_OPEN_ROOTS = Statement(
    select(*_ISSUE)
    .where(
        mine(SyncIssueRow),
        SyncIssueRow.company_file_id == given("company_file_id", Uuid),
        _IS_OPEN,
        SyncIssueRow.cleared_at.is_(None),
        SyncIssueRow.root_id.is_(None),
        SyncIssueRow.object_kind.is_not(None),
    )
    .order_by(SyncIssueRow.id)
)
#: The open issues that wait for one of these.
_DEPENDENTS = Statement(
    select(SyncIssueRow.id, SyncIssueRow.job_id).where(
        mine(SyncIssueRow), among(SyncIssueRow.root_id, "root_ids"), _IS_OPEN
    )
)
_GIVEN_ROOTS = func.unnest(given("root_ids", ARRAY(Uuid))).table_valued("id").render_derived()
_FIRST_DEPENDENTS = (
    select(*_ISSUE)
    .where(mine(SyncIssueRow), SyncIssueRow.root_id == _GIVEN_ROOTS.c.id, _IS_OPEN)
    .order_by(SyncIssueRow.id)
    .limit(given("at_most", BigInteger))
    .lateral()
)
#: The first of the open issues that wait for each of these: a root may hold back thousands.
_OPEN_DEPENDENTS = Statement(
    select(_FIRST_DEPENDENTS)
    .select_from(_GIVEN_ROOTS)
    .join(_FIRST_DEPENDENTS, true())
    .order_by(_FIRST_DEPENDENTS.c.id)
)
#: How many open issues wait for each of these.
_COUNT_DEPENDENTS = Statement(
    select(SyncIssueRow.root_id, func.count().label("count"))
    .where(mine(SyncIssueRow), among(SyncIssueRow.root_id, "root_ids"), _IS_OPEN)
    .group_by(SyncIssueRow.root_id)
)
_WAITS = [PaymentState.WAITING, PaymentState.HELD]
_IS_GIVEN = or_(SyncIssueRow.id == _GIVEN_ROOTS.c.id, SyncIssueRow.root_id == _GIVEN_ROOTS.c.id)
#: What each of these issues concerns: invoices that have it or wait for it, payments behind them.
_COUNT_AFFECTED = Statement(
    select(
        _GIVEN_ROOTS.c.id,
        select(func.count(SyncIssueRow.invoice_id.distinct()))
        .where(mine(SyncIssueRow), _IS_OPEN, _IS_GIVEN)
        .correlate(_GIVEN_ROOTS)
        .scalar_subquery()
        .label("invoices"),
        select(func.count())
        .select_from(PaymentRow)
        .where(
            mine(PaymentRow),
            one_of(PaymentRow.state, _WAITS),
            or_(
                PaymentRow.root_id == _GIVEN_ROOTS.c.id,
                and_(
                    PaymentRow.root_id.is_(None),
                    select(SyncIssueRow.id)
                    .where(
                        SyncIssueRow.account_id == PaymentRow.account_id,
                        SyncIssueRow.invoice_id == PaymentRow.invoice_id,
                        _IS_OPEN,
                        _IS_GIVEN,
                    )
                    .correlate(PaymentRow, _GIVEN_ROOTS)
                    .exists(),
                ),
            ),
        )
        .correlate(_GIVEN_ROOTS)
        .scalar_subquery()
        .label("payments"),
    )
)
_IS_ROOT, _HAS_ROOT = SyncIssueRow.root_id.is_(None), SyncIssueRow.root_id.is_not(None)
#: How many roots are open, and how many open issues wait; each from an index of its own. And how
#: many invoices have one.
_COUNT_OPEN = Statement(
    select(
        select(func.count(SyncIssueRow.invoice_id.distinct()))
        .where(mine(SyncIssueRow), _IS_OPEN)
        .scalar_subquery()
        .label("invoices"),
        *(
            select(func.count())
            .select_from(SyncIssueRow)
            .where(mine(SyncIssueRow), _IS_OPEN, kind)
            .scalar_subquery()
            .label(name)
            for name, kind in (("roots", _IS_ROOT), ("waiting", _HAS_ROOT))
        ),
    )
)
#: Open roots behind this one, oldest first.
_ROOT_PAGE = Statement(
    select(*_ISSUE)
    .where(mine(SyncIssueRow), _IS_OPEN, _IS_ROOT, SyncIssueRow.id > given("after_id", Uuid))
    .order_by(SyncIssueRow.id)
    .limit(given("at_most", BigInteger))
)
#: Open issues that wait, root by root, behind this place.
_DEPENDENT_PAGE = Statement(
    select(*_ISSUE)
    .where(
        mine(SyncIssueRow),
        _IS_OPEN,
        _HAS_ROOT,
        tuple_(SyncIssueRow.root_id, SyncIssueRow.id)
        > tuple_(given("after_root", Uuid), given("after_id", Uuid)),
    )
    .order_by(SyncIssueRow.root_id, SyncIssueRow.id)
    .limit(given("at_most", BigInteger))
)
#: Open issues that wait for this root, behind this one.
_PAGE_OF_ROOT = Statement(
    select(*_ISSUE)
    .where(
        mine(SyncIssueRow),
        _IS_OPEN,
        SyncIssueRow.root_id == given("root_id", Uuid),
        SyncIssueRow.id > given("after_id", Uuid),
    )
    .order_by(SyncIssueRow.id)
    .limit(given("at_most", BigInteger))
)
#: No row has this id or one before it.
_START = UUID(int=0)
_ROOT = aliased(SyncIssueRow)
#: The open root that keeps a job waiting.
_HOLDING = Statement(
    select(_ROOT.id)
    .join(
        SyncIssueRow,
        and_(SyncIssueRow.account_id == _ROOT.account_id, SyncIssueRow.root_id == _ROOT.id),
    )
    .where(
        mine(SyncIssueRow),
        SyncIssueRow.job_id == given("job_id", Uuid),
        _IS_OPEN,
        _ROOT.resolved_at.is_(None),
        _ROOT.cleared_at.is_(None),
    )
    .limit(1)
)
_ADD = insert_rows(SyncIssueRow)


class SyncIssues(Scoped):
    async def add(self, issue: SyncIssue) -> None:
        """Open an issue."""
        await self.add_many([issue])

    async def add_many(self, issues: Iterable[SyncIssue]) -> None:
        """Open these issues; one may be the root of another among them."""
        await self._store(_ADD, [_columns(issue) for issue in issues])

    async def resolve(self, invoice_id: UUID, now: datetime) -> list[UUID]:
        """Close every open issue of the invoice: it goes again, or was let go.

        Gives the jobs that were held back by one of them.
        """
        closed = await self._run(_RESOLVE, invoice_ids=[invoice_id], now=now)
        return await self.held_back_by(row["id"] for row in closed if row["object_kind"])

    async def clear(self, root_ids: Iterable[UUID], now: datetime) -> list[UUID]:
        """Note that what these issues told of is there again.

        Gives the jobs that may go now: those that failed for it, and those held back by them.
        """
        cleared = list(root_ids)
        if not cleared:
            return []
        failed = await self._run(_CLEAR, issue_ids=cleared, now=now)
        return [row["job_id"] for row in failed] + await self.held_back_by(cleared)

    async def held_back_by(self, root_ids: Iterable[UUID]) -> list[UUID]:
        """Give the jobs that wait for one of these issues."""
        roots = list(root_ids)
        if not roots:
            return []
        return [row["job_id"] for row in await self._run(_DEPENDENTS, root_ids=roots)]

    async def open_dependents(
        self, root_ids: Iterable[UUID], *, at_most: int
    ) -> dict[UUID, list[SyncIssue]]:
        """Give the first open issues that wait for each of these, oldest first."""
        found: dict[UUID, list[SyncIssue]] = {root_id: [] for root_id in root_ids}
        for row in await self._run(_OPEN_DEPENDENTS, root_ids=list(found), at_most=at_most):
            found[row["root_id"]].append(_issue(row))
        return found

    async def count_dependents(self, root_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Give how many open issues wait for each of these."""
        counts = dict.fromkeys(root_ids, 0)
        for row in await self._run(_COUNT_DEPENDENTS, root_ids=list(counts)):
            counts[row["root_id"]] = row["count"]
        return counts

    async def count_open(self) -> IssueCounts:
        """Give how many problems are open."""
        (row,) = await self._run(_COUNT_OPEN)
        return IssueCounts(row["roots"], row["waiting"], row["invoices"])

    async def count_affected(self, issue_ids: Iterable[UUID]) -> dict[UUID, Affected]:
        """Give how many invoices and payments each of these issues concerns, while it is open."""
        rows = await self._run(_COUNT_AFFECTED, root_ids=list(issue_ids))
        return {row["id"]: Affected(row["invoices"], row["payments"]) for row in rows}

    async def page(
        self, *, roots_only: bool, after: IssuePlace | None, limit: int
    ) -> list[SyncIssue]:
        """Give open issues behind `after`: roots oldest first, then who waits, root by root."""
        found: list[SyncIssue] = []
        if after is None or after.root_id is None:
            start = _START if after is None else after.issue_id
            rows = await self._run(_ROOT_PAGE, after_id=start, at_most=limit)
            found, after = [_issue(row) for row in rows], None
        if roots_only or len(found) == limit:
            return found
        behind = (_START, _START) if after is None else (after.root_id, after.issue_id)
        rows = await self._run(
            _DEPENDENT_PAGE,
            after_root=behind[0],
            after_id=behind[1],
            at_most=limit - len(found),
        )
        return found + [_issue(row) for row in rows]

    async def page_of_root(
        self, root_id: UUID, *, after: IssuePlace | None, limit: int
    ) -> list[SyncIssue]:
        """Give open issues that wait for this one behind `after`, oldest first."""
        start = _START if after is None else after.issue_id
        rows = await self._run(_PAGE_OF_ROOT, root_id=root_id, after_id=start, at_most=limit)
        return [_issue(row) for row in rows]

    async def open_roots(self, company_file_id: UUID) -> list[SyncIssue]:
        """Give what is missing in a company file, each by the first issue that told of it."""
        rows = await self._run(_OPEN_ROOTS, company_file_id=company_file_id)
        return [_issue(row) for row in rows]

    async def is_held_back(self, job_id: UUID) -> bool:
        """Tell whether the job still waits for another issue."""
        return await self._first(_HOLDING, job_id=job_id) is not None

    async def get_many(self, issue_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give issues by id, resolved ones too."""
        rows = await self._run(_GET, issue_ids=list(issue_ids))
        return {row["id"]: _issue(row) for row in rows}

    async def open_of(self, invoice_ids: Iterable[UUID]) -> dict[UUID, SyncIssue]:
        """Give the newest open issue of each invoice that has one."""
        rows = await self._run(_OPEN_OF, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _issue(row) for row in rows}


def _issue(row: Record) -> SyncIssue:
    return SyncIssue(
        id=row["id"],
        invoice_id=row["invoice_id"],
        job_id=row["job_id"],
        root_id=row["root_id"],
        code=row["code"],
        reason=row["reason"],
        steps=STEPS.load(row["steps"]),
        quickbooks_code=row["quickbooks_code"],
        quickbooks_message=row["quickbooks_message"],
        conflicts=CONFLICTS.load(row["conflicts"]),
        held=None if row["held"] is None else LINK.load(row["held"]),
        object=_object(row),
        company_file_id=row["company_file_id"],
        opened_at=row["opened_at"],
        cleared_at=row["cleared_at"],
        resolved_at=row["resolved_at"],
    )


def _object(row: Record) -> QuickBooksObject | None:
    kind = row["object_kind"]
    return None if kind is None else QuickBooksObject(ObjectKind(kind), row["object_name"])


def _columns(issue: SyncIssue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "invoice_id": issue.invoice_id,
        "job_id": issue.job_id,
        "root_id": issue.root_id,
        "code": issue.code,
        "reason": issue.reason,
        "steps": STEPS.encode(issue.steps),
        "quickbooks_code": issue.quickbooks_code,
        "quickbooks_message": issue.quickbooks_message,
        "conflicts": CONFLICTS.encode(issue.conflicts),
        "held": None if issue.held is None else LINK.encode(issue.held),
        "object_kind": None if issue.object is None else issue.object.kind,
        "object_name": None if issue.object is None else issue.object.name,
        "company_file_id": issue.company_file_id,
        "opened_at": issue.opened_at,
        "cleared_at": issue.cleared_at,
        "resolved_at": issue.resolved_at,
    }
