"""The report of what could not be synced: its order, its counts, and its lines as CSV."""

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.articles import ACTORS
from domain.issues import SyncIssue

_COLUMNS = (
    "Problem", "Invoice #", "Customer", "Invoice date", "Amount", "Code", "QuickBooks code",
    "QuickBooks' words", "Reason", "Steps", "Waits for invoice #", "Since (UTC)",
)  # fmt: skip
#: Spreadsheets run a cell that begins so, in East Asian width too, blanks before it or not.
#: Source: OWASP, CSV injection.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant


class IssuePlace(NamedTuple):
    """Where a page of the report ended: roots come first, then who waits, root by root."""

    #: None: at a root.
    root_id: UUID | None
    issue_id: UUID


def place_of(issue: SyncIssue) -> IssuePlace:
    """Give where the issue stands in the report."""
    return IssuePlace(issue.root_id, issue.id)


@dataclass(frozen=True, slots=True)
class IssueCounts:
    """How many problems a person must solve, and how many solve themselves after them."""

    roots: int
    waiting: int
    #: Invoices that have one of these problems.
    invoices: int


@dataclass(frozen=True, slots=True)
class Affected:
    """How much one problem concerns: its own invoice, those that wait for it, their payments."""

    invoices: int
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceBrief:
    """What a report names of an invoice."""

    id: UUID
    number: str
    date: dt.date
    customer: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class ReportLine:
    """An open issue with its invoice, and the invoice that it waits for."""

    issue: SyncIssue
    invoice: InvoiceBrief
    root: InvoiceBrief | None


def render_csv(lines: Iterable[ReportLine], *, with_header: bool) -> str:
    """Give the lines as RFC 4180 says, each ended by CR LF; no cell can be taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if with_header:
        writer.writerow(_COLUMNS)
    writer.writerows(_cells(line) for line in lines)
    return text.getvalue()


def _cells(line: ReportLine) -> tuple[str, ...]:
    issue, invoice = line.issue, line.invoice
    code = issue.quickbooks_code
    steps = " / ".join(f"{ACTORS[step.actor]}: {step.text}" for step in issue.steps)
    return (
        "root" if issue.root_id is None else "dependent",
        _harmless(invoice.number),
        _harmless(invoice.customer),
        invoice.date.isoformat(),
        str(invoice.total),
        _harmless(issue.code),
        "" if code is None else str(code),
        _harmless(issue.quickbooks_message or ""),
        _harmless(issue.reason),
        _harmless(steps),
        "" if line.root is None else _harmless(line.root.number),
        f"{issue.opened_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def _harmless(text: str) -> str:
    """Give the text so that a spreadsheet shows it and never runs it."""
    begins = text.startswith(_FORMULA_BEGINS) or text.lstrip().startswith(_FORMULA_BEGINS)
    return f"'{text}" if begins else text
