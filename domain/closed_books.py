"""A refusal for closed books, in the office's own dates."""

from dataclasses import replace
from datetime import date

from domain.answer_rows import BOOKS_CLOSED
from domain.issues import Verdict


def with_closing_date(
    verdict: Verdict, closing_date: date | None, *, wanted: date, held: date | None
) -> Verdict:
    """Give the verdict with the day through which the books are closed, and the invoice's own.

    QuickBooks names no day. Any other verdict, and one whose day is not known, stays as it is.
    """
    if verdict.code != BOOKS_CLOSED.code or closing_date is None:
        return verdict
    moves = "" if held in (None, wanted) else f", and would move to {wanted}"
    return replace(
        verdict,
        reason=f"QuickBooks' books are closed through {closing_date}; the invoice is dated"
        f" {held or wanted}{moves}.",
    )
