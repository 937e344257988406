"""Month end as callers see it: the debt of bypassed edits, and whether a month can be closed."""

import datetime as dt
from datetime import date
from typing import Self
from uuid import UUID

import strawberry

from domain.invoice import Invoice as InvoiceValue
from domain.months import Month, MonthPhase, parse_month
from domain.unsettled import Debt, Readiness, Tally, UnsettledKind
from resolvers.closing import read_debt, read_readiness, read_unsettled
from schema.context import Info
from schema.invoices import Invoice
from schema.pagination import (
    Page,
    bad_cursor,
    bad_input,
    page_size,
    read_cursor,
    write_cursor,
)
from schema.scalars import Money

strawberry.enum(UnsettledKind)
strawberry.enum(MonthPhase)

#: Descriptions of the values, for `schema.descriptions`.
UNSETTLED_MEANINGS = {
    UnsettledKind.BYPASSED: "Saved here on purpose and not sent: the sync status is BYPASSED.",
    UnsettledKind.EXPORT_BYPASSED: "Marked as exported without being sent, with its batch.",
    UnsettledKind.ACTION_REQUIRED: "QuickBooks refused it or holds a conflicting change.",
    UnsettledKind.SYNCING: "On its way to QuickBooks, late or not.",
    UnsettledKind.LATE: (
        "On its way to QuickBooks for longer than two calls of the slowest Web Connector and a"
        " quarter of an hour of tries explain."
    ),
    UnsettledKind.UNVERIFIED: (
        "Exported, but QuickBooks never proved to hold the newest version; imported ones aside."
    ),
    UnsettledKind.NEVER_EXPORTED: "QuickBooks has not confirmed it yet: PENDING or POSTED.",
    UnsettledKind.DRAFT_OPEN: "Somebody's staged edits are neither saved nor discarded.",
    UnsettledKind.CONFLICT: "Both sides changed the same field, and nobody has chosen yet.",
    UnsettledKind.DRIFT: "Changed in QuickBooks since it was synced, and nobody has chosen yet.",
    UnsettledKind.ISSUE: (
        "Any other open problem or remark, such as a sales tax that differs by a cent."
    ),
}
MONTH_PHASE_MEANINGS = {
    MonthPhase.TO_COME: "It has not begun.",
    MonthPhase.RUNNING: "It has begun; new invoices may still be dated in it.",
    MonthPhase.OVER: "Its last day has passed, in every time zone.",
}


@strawberry.type
class UnsettledInvoices:
    """Invoices of one month that are unsettled for one reason."""

    kind: UnsettledKind = strawberry.field(description="The reason.")
    message: str = strawberry.field(
        description="The reason with its count, and the way out, in a sentence fit to show."
    )
    count: int = strawberry.field(description="How many invoices.")
    difference: Money = strawberry.field(
        description="Our totals minus the totals QuickBooks last told, summed up: positive where"
        " our books hold more. An invoice that QuickBooks is not known to hold counts whole."
    )
    not_in_quickbooks: int = strawberry.field(
        description="How many of them QuickBooks is not known to hold."
    )
    oldest_since: dt.datetime = strawberry.field(
        description="Since when the oldest of them is so: the first edit that QuickBooks has not"
        " confirmed, the draft's beginning, the problem's opening."
    )
    tally: strawberry.Private[Tally]

    @strawberry.field
    async def invoices(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[Invoice]:
        """The invoices by invoice date, as they are now: they may be fewer than were counted."""
        kind, month = self.tally.kind, self.tally.month
        found, more = await read_unsettled(
            info.context.caller,
            kind,
            month,
            after=None if after is None else _read_place(after),
            first=page_size(first),
        )
        return Page[Invoice].of(found, more=more, after=after, node=Invoice.of, cursor=_write_place)

    @classmethod
    def of(cls, value: Tally) -> Self:
        """Show a tally."""
        return cls(
            kind=value.kind,
            message=value.message,
            count=value.count,
            difference=Money(value.difference),
            not_in_quickbooks=value.absent,
            oldest_since=value.oldest_since,
            tally=value,
        )


@strawberry.type
class MonthDebt:
    """What the two books differ by in one month."""

    month: str = strawberry.field(description="Of the invoice dates: 2026-11.")
    count: int = strawberry.field(description="Invoices in debt; each is counted once.")
    difference: Money = strawberry.field(description="The sum over its parts.")
    not_in_quickbooks: int = strawberry.field(
        description="How many of them QuickBooks is not known to hold."
    )
    oldest_since: dt.datetime | None = strawberry.field(
        description="Since when the oldest of them is in debt."
    )
    parts: list[UnsettledInvoices] = strawberry.field(
        description="Its invoices by what is the matter with them."
    )

    @classmethod
    def of(cls, month: Month, value: Debt) -> Self:
        """Show the debt of a month."""
        return cls(
            month=str(month),
            count=value.count,
            difference=Money(value.difference),
            not_in_quickbooks=value.absent,
            oldest_since=value.oldest_since,
            parts=[UnsettledInvoices.of(tally) for tally in value.tallies],
        )


@strawberry.type
class BypassDebt:
    """What was saved here and is not, or not provably, in QuickBooks: in all, and month by month.

    It counts what is bypassed, needs action, was never verified, and what is on its way for longer
    than it should be. What syncs in good time is no debt.
    """

    count: int = strawberry.field(description="Invoices in debt; each is counted once.")
    difference: Money = strawberry.field(
        description="Our totals minus the totals QuickBooks last told, summed up: by so much the"
        " two books differ. Zero may still hide two edits that cancel each other: see `count`."
    )
    not_in_quickbooks: int = strawberry.field(
        description="How many of them QuickBooks is not known to hold; they count whole."
    )
    oldest_since: dt.datetime | None = strawberry.field(
        description="Since when the oldest of them is in debt; null without any."
    )
    months: list[MonthDebt] = strawberry.field(
        description="The months of the invoice dates that have debt, oldest first."
    )

    @classmethod
    def of(cls, value: Debt) -> Self:
        """Show the debt."""
        return cls(
            count=value.count,
            difference=Money(value.difference),
            not_in_quickbooks=value.absent,
            oldest_since=value.oldest_since,
            months=[MonthDebt.of(month, debt) for month, debt in value.by_month().items()],
        )


@strawberry.type
class PeriodReadiness:
    """Whether a month can be closed: every reason why not, with its invoices."""

    month: str = strawberry.field(description="The month that was asked for: 2026-11.")
    first_day: date = strawberry.field(description="The 1st of the month.")
    last_day: date = strawberry.field(description="The day it ends with, which belongs to it.")
    phase: MonthPhase = strawberry.field(description="Whether the month is over.")
    is_ready: bool = strawberry.field(
        description="True when the month is over and there is no reason against closing it: then"
        " QuickBooks holds every invoice dated in it as it is here."
    )
    message: str = strawberry.field(description="The verdict in words, fit to show.")
    reasons: list[UnsettledInvoices] = strawberry.field(
        description="Everything that stands against it, in the order of UnsettledKind; an invoice"
        " may appear under several. Empty when the month is ready, or has nothing in it yet."
    )

    @classmethod
    def of(cls, value: Readiness) -> Self:
        """Show the verdict on a month."""
        return cls(
            month=str(value.month),
            first_day=value.month.first_day,
            last_day=value.month.last_day,
            phase=value.phase,
            is_ready=value.is_ready,
            message=value.message,
            reasons=[UnsettledInvoices.of(tally) for tally in value.reasons],
        )


@strawberry.type
class ClosingQueries:
    """The queries of month end."""

    @strawberry.field
    async def bypass_debt(self, info: Info) -> BypassDebt:
        """What the two books differ by: edits that are not, or not provably, in QuickBooks."""
        return BypassDebt.of(await read_debt(info.context.caller))

    @strawberry.field
    async def period_readiness(self, info: Info, month: str) -> PeriodReadiness:
        """Whether a month such as 2026-11 can be closed, with every reason why not."""
        wanted = parse_month(month)
        if wanted is None:
            raise bad_input('month must be a year and a month, such as "2026-11".')
        return PeriodReadiness.of(await read_readiness(info.context.caller, wanted))


def _write_place(invoice: InvoiceValue) -> str:
    return write_cursor(invoice.content.date.isoformat(), str(invoice.id))


def _read_place(cursor: str) -> tuple[date, UUID]:
    day, key = read_cursor(cursor, str, str)
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError:
        raise bad_cursor() from None
