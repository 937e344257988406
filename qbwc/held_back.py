"""While answers are booked: what is missing in QuickBooks, who met it first, who waits for it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.answering import Decision
from domain.booking import Booked, Case
from domain.issues import Reach, SyncIssue
from domain.outcome import APPLIED
from domain.roots import names
from domain.sync import JobHappening, JobState

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Roots:
    """The open roots of one company file, and those that a message set adds or clears."""

    def __init__(self, work: UnitOfWork, channel: Channel) -> None:
        self._work = work
        self._company_file_id = channel.company_file_id
        self._known: list[SyncIssue] | None = None
        self._cleared: list[UUID] = []

    async def place(self, case: Case, decision: Decision) -> Decision:
        """Make a refusal for a missing thing the root, or let the job wait for who met it first."""
        if decision.happening in APPLIED:
            await self._clear_behind(case)
        verdict = decision.verdict
        if (
            verdict is None
            or verdict.object is None
            or verdict.reach is not Reach.OBJECT
            or decision.happening is not JobHappening.REFUSED
        ):
            return decision
        decision = replace(decision, company_file_id=self._company_file_id)
        root = next((r for r in await self._open() if r.object == verdict.object), None)
        if root is None or not case.is_wanted or case.job.state is not JobState.SENT:
            return decision
        log.info("sync_job.held_back", job_id=str(case.job.id), root_id=str(root.id))
        return replace(decision, happening=JobHappening.HELD_BACK, root_id=root.id)

    def note(self, case: Case, booked: Booked) -> None:
        """A new root counts for the rest of its message set."""
        issue = booked.issue
        if issue is not None and issue.object is not None and issue.root_id is None:
            self._known = [*(self._known or ()), issue]

    async def clear(self, now: datetime) -> None:
        """Clear the roots whose thing was found to be there, and let go who waited for them."""
        for job_id in await self._work.sync_issues.clear(self._cleared, now):
            self._work.wake_planner(job_id)

    async def _clear_behind(self, case: Case) -> None:
        """An invoice that names the thing went through: it is there again."""
        wanted = case.request.wanted
        for root in await self._open():
            if root.object is not None and names(wanted, root.object):
                self._cleared.append(root.id)
        self._known = [root for root in await self._open() if root.id not in self._cleared]

    async def _open(self) -> list[SyncIssue]:
        if self._known is None:
            self._known = await self._work.sync_issues.open_roots(self._company_file_id)
        return self._known
