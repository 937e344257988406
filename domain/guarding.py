"""What speaks against a save: every finding at once, with the office's own names and amounts."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from domain import limits
from domain.comparison import differences
from domain.errors import Where
from domain.guard_facts import GuardFacts
from domain.guards import Guard, GuardCode, GuardSeverity, by_severity, reminder
from domain.invoice import Content, Invoice, Task
from domain.money import ZERO, add_up
from domain.quickbooks import QuickBooksLink, SaleKind
from domain.sending_guards import sending_guards
from domain.totals import Totals
from domain.wanted import References, missing_names, wanted_invoice


def guard_save(invoice: Invoice, after: Content, facts: GuardFacts) -> tuple[Guard, ...]:
    """Give every guard that the save of `after` meets, errors first."""
    if invoice.is_before_export:
        return by_severity(_guards_before_export(invoice, after, facts))
    totals = facts.references.totals(after.tasks, after.tax_zone_id)
    return by_severity(
        (
            *_zero_guards(invoice, after, totals, facts),
            *_sign_guards(invoice, totals, facts.link),
            *_payment_guards(invoice, totals, facts.link),
            *_period_guards(invoice, after, facts),
            *_number_guards(invoice.content, after, facts),
            *_text_guards(invoice.content, after, facts.references),
            *(sending_guards(invoice, after, facts) if facts.is_sent else ()),
        )
    )


def _guards_before_export(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterator[Guard]:
    """QuickBooks holds nothing of it, so totals are free; what it could never hold is refused."""
    found = _period_guards(invoice, after, facts)
    yield from (guard for guard in found if guard.code is not GuardCode.PERIOD_OPEN_REMINDER)
    yield from _number_guards(invoice.content, after, facts)
    yield from _text_guards(invoice.content, after, facts.references)


def guard_resync(invoice: Invoice, facts: GuardFacts) -> tuple[Guard, ...]:
    """Give what stands in the way of sending the invoice as it is.

    That it had been sent before was acknowledged when it was saved.
    """
    found = guard_save(invoice, invoice.content, facts)
    return tuple(guard for guard in found if guard.code is not GuardCode.PERIOD_OPEN_REMINDER)


def _zero_guards(
    invoice: Invoice, after: Content, totals: Totals, facts: GuardFacts
) -> Iterable[Guard]:
    """Source: requirements 44 to 47: adding and removing refuse, a price or quantity asks."""
    if totals.total != 0:
        return
    gone = [task for task in invoice.content.tasks if after.task(task.id) is None]
    new = [task for task in after.tasks if invoice.content.task(task.id) is None]
    if gone or new or not after.tasks:
        yield Guard(
            GuardCode.TOTAL_WOULD_BE_ZERO,
            GuardSeverity.ERROR,
            f"The new total would be $0.00 ({_told(gone, new, facts.references)}); tasks of an"
            " exported or bypassed invoice cannot be added or removed down to zero.",
            ("Leave at least one task with an amount.", "Create an adjustment invoice instead."),
            ("tasks",),
        )
    elif facts.account.strict_zero_total:
        yield Guard(
            GuardCode.TOTAL_WOULD_BE_ZERO,
            GuardSeverity.ERROR,
            f"The new total of invoice {after.number} would be $0.00, which your account does not"
            " allow for an exported or bypassed invoice.",
            ("Leave at least one task with an amount.", "Create an adjustment invoice instead."),
            ("tasks",),
        )
    elif invoice.totals.total != 0:
        yield reminder(
            GuardCode.TOTAL_WOULD_BE_ZERO,
            f"The prices and quantities of invoice {after.number} now come to $0.00; it was"
            f" {invoice.totals.total}.",
            "Confirm that nothing shall be owed for it, or leave a task with an amount.",
        )


def _told(gone: list[Task], new: list[Task], references: References) -> str:
    """Say what was removed and added; both nothing when the invoice has no task at all."""
    parts = [
        f"{verb}: {', '.join(_name(task, references) for task in tasks)}"
        for verb, tasks in (("by removing", gone), ("by adding", new))
        if tasks
    ]
    return "; ".join(parts) or "it has no task"


def _name(task: Task, references: References) -> str:
    return task.description or references.name_of(task.item_id)


def _sign_guards(invoice: Invoice, totals: Totals, link: QuickBooksLink | None) -> Iterable[Guard]:
    """What QuickBooks has made of the invoice it stays, whatever total its own changes led to.

    Zero is an invoice, so a credit memo cannot come to it.
    """
    old, new = invoice.totals.total, totals.total
    is_credit = old < 0 if link is None else link.copy.kind is SaleKind.CREDIT_MEMO
    if (new > 0 or new == 0 > old) if is_credit else new < 0:
        yield Guard(
            GuardCode.SIGN_WOULD_CHANGE,
            GuardSeverity.ERROR,
            f"The total would change its sign, from {old} to {new};"
            " QuickBooks holds negative amounts as credit memos.",
            ("Create an adjustment invoice instead.",),
            ("tasks",),
        )


def _payment_guards(
    invoice: Invoice, totals: Totals, link: QuickBooksLink | None
) -> Iterable[Guard]:
    """Only a total that sinks: what is below the payments already cannot be helped by refusing.

    Amounts of a credit memo are QuickBooks': positive, as is what of the credit is used.
    """
    is_credit = link is not None and link.copy.kind is SaleKind.CREDIT_MEMO
    sign = -1 if is_credit else 1
    old, new, applied = sign * invoice.totals.total, sign * totals.total, sign * invoice.applied
    expected, held = new, None
    if link is not None and link.copy.subtotal is not None:
        expected += _of_others(link, link.copy.subtotal)
        held = link.copy.subtotal + (link.copy.sales_tax or ZERO)
    sinks = new < old or (held is not None and expected < held)
    if applied > 0 and expected < applied and sinks:
        yield (
            _credit_is_used(expected, applied)
            if is_credit
            else Guard(
                GuardCode.TOTAL_BELOW_PAYMENTS,
                GuardSeverity.ERROR,
                f"The new total {expected} is below the {applied} that payments cover;"
                " QuickBooks might take a payment off the invoice.",
                (
                    "Un-apply or refund the payment in QuickBooks first.",
                    "Create an adjustment invoice instead.",
                ),
                ("tasks",),
            )
        )


def _credit_is_used(expected: Decimal, used: Decimal) -> Guard:
    return Guard(
        GuardCode.TOTAL_BELOW_PAYMENTS,
        GuardSeverity.ERROR,
        f"The new credit of {expected} is below the {used} of it that is used; QuickBooks might"
        " take it off an invoice that it pays.",
        (
            "Take the credit off the invoices that it pays in QuickBooks first.",
            "Create an adjustment invoice instead.",
        ),
        ("tasks",),
    )


def _of_others(link: QuickBooksLink, subtotal: Decimal) -> Decimal:
    """Give what lines that are not ours add to QuickBooks' subtotal; a subtotal line adds none."""
    ours = (
        line.amount or ZERO for line in link.copy.lines if line.txn_line_id in link.tasks_by_line
    )
    return subtotal - add_up(ours)


def _period_guards(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    """Both dates count when the date moves, and the one that QuickBooks holds."""
    if not facts.account.accounting_periods_enabled:
        return
    held = facts.link.copy.date if facts.is_sent and facts.link else invoice.content.date
    days = dict.fromkeys((invoice.content.date, held, after.date))
    closed = [day for day in days if any(p.is_closed and p.holds(day) for p in facts.periods)]
    if closed and not _changes_summary_only(invoice, after, facts):
        dates = " and ".join(f"{day}" for day in closed)
        yield Guard(
            GuardCode.PERIOD_CLOSED,
            GuardSeverity.ERROR,
            f"The accounting period of {dates} is closed; only the summary can be edited.",
            ("Re-open the accounting period.", "Date the change in an open period."),
            ("details", "date"),
        )
    elif not closed:
        yield reminder(
            GuardCode.PERIOD_OPEN_REMINDER,
            "This invoice was already sent to your accounting software"
            " and may need updating there.",
            "Confirm that you want to change it.",
            path=(),
        )


def _changes_summary_only(invoice: Invoice, after: Content, facts: GuardFacts) -> bool:
    """Here, and in QuickBooks too: a re-sync carries whatever was bypassed before."""
    if replace(invoice.content, summary=after.summary) != after:
        return False
    target = replace(invoice, content=after)
    if not facts.is_sent or facts.link is None or missing_names(target, facts.references):
        return True
    wanted = wanted_invoice(target, facts.references, facts.link.copy.kind)
    changes = differences(wanted, facts.link.copy, facts.link.tasks_by_line)
    return all(change.path == ("memo",) for change in changes)


def _number_guards(before: Content, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    if before.number == after.number:
        return
    length = len(limits.quickbooks_text(after.number))
    if length > limits.NUMBER_LENGTH:
        yield Guard(
            GuardCode.INVOICE_NUMBER_TOO_LONG,
            GuardSeverity.ERROR,
            f"Invoice # “{after.number}” has {length} characters; QuickBooks holds at most"
            f" {limits.NUMBER_LENGTH}.",
            (f"Shorten it by {length - limits.NUMBER_LENGTH}.",),
            ("details", "number"),
        )
    if facts.is_number_in_use:
        yield reminder(
            GuardCode.INVOICE_NUMBER_IN_USE,
            f"Another invoice already has the number {after.number}; QuickBooks would accept both.",
            "Choose another number, or confirm the duplicate.",
            path=("details", "number"),
        )


def _text_guards(before: Content, after: Content, references: References) -> Iterable[Guard]:
    """Of what this save changes: what was saved before was storable, or is QuickBooks' own."""
    for label, old, new, path in _texts(before, after, references):
        bad = "" if new is None or new == old else limits.unstorable_characters(new)
        if new is not None and bad:
            yield Guard(
                GuardCode.TEXT_NOT_STORABLE,
                GuardSeverity.ERROR,
                f"{label} holds characters that QuickBooks cannot store:"
                f" {limits.show_characters(bad, new)}.",
                ("Remove them, or write them in plain letters.",),
                path,
            )


def _texts(
    before: Content, after: Content, references: References
) -> Iterator[tuple[str, str | None, str | None, Where]]:
    yield "Invoice #", before.number, after.number, ("details", "number")
    yield "The summary", before.summary, after.summary, ("details", "summary")
    for task in after.tasks:
        old = before.task(task.id)
        label = f"The description of “{references.name_of(task.item_id)}”"
        path = ("tasks", str(task.id), "description")
        yield label, None if old is None else old.description, task.description, path
