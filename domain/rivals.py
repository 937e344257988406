"""An invoice that somebody entered in QuickBooks in the place of ours: never doubled, never taken.

It is looked for before an unlocked invoice is sent again.
"""

from collections.abc import Iterable

from domain.issues import AnswerClass, Step, StepActor, Verdict
from domain.quickbooks import QuickBooksInvoice, WantedInvoice

_COMPARE = Step(
    StepActor.BOOKKEEPER,
    "Compare the two. If it is the same invoice, bypass the export of this one; if not, give one of"
    " them another number, date or memo and export again.",
)


def entered_by_hand(wanted: WantedInvoice, copies: Iterable[QuickBooksInvoice]) -> Verdict | None:
    """Give why ours is not sent; None when none of the customer's copies looks like it."""
    rival = next((copy for copy in copies if _is_alike(copy, wanted)), None)
    if rival is None:
        return None
    return Verdict(
        kind=AnswerClass.PERSON,
        code="ALREADY_IN_QUICKBOOKS",
        reason=(
            f"QuickBooks already holds invoice {rival.number or 'without a number'} of this"
            f" customer, dated {rival.date}, which looks like this one; nothing was sent."
        ),
        steps=(_COMPARE,),
    )


def _is_alike(copy: QuickBooksInvoice, wanted: WantedInvoice) -> bool:
    """By number; of what was typed in also by memo with the batch's number, or date and amounts.

    What bears a GUID was entered by a program, mostly by us: others of the batch share its memo.
    """
    if (copy.number or "").casefold() == wanted.number.casefold():
        return True
    if copy.external_guid:
        return False
    if wanted.memo and (copy.memo or "").casefold() == wanted.memo.casefold():
        return True
    amounts = (copy.subtotal, copy.sales_tax)
    return copy.date == wanted.date and amounts == (wanted.subtotal, wanted.sales_tax)
