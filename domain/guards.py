"""What speaks against a save: errors refuse, reminders ask to be acknowledged."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.account import Account
from domain.company_file import CompanyFile
from domain.comparison import differences
from domain.errors import DomainError
from domain.invoice import Content, Invoice
from domain.lists import AccountingPeriod
from domain.quickbooks import QuickBooksLine, QuickBooksLink, Ref, WantedInvoice, WantedLine
from domain.totals import Totals
from domain.wanted import References, missing_names, truck_for, wanted_invoice


class GuardSeverity(StrEnum):
    ERROR = "ERROR"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    INFO = "INFO"


class GuardCode(StrEnum):
    TOTAL_WOULD_BE_ZERO = "TOTAL_WOULD_BE_ZERO"
    SIGN_WOULD_CHANGE = "SIGN_WOULD_CHANGE"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    PERIOD_OPEN_REMINDER = "PERIOD_OPEN_REMINDER"
    QUICKBOOKS_CLOSING_DATE = "QUICKBOOKS_CLOSING_DATE"
    INVOICE_NUMBER_TOO_LONG = "INVOICE_NUMBER_TOO_LONG"
    INVOICE_NUMBER_IN_USE = "INVOICE_NUMBER_IN_USE"
    CLASS_MISSING = "CLASS_MISSING"
    SITE_MISSING = "SITE_MISSING"
    TAX_ITEM_MISSING = "TAX_ITEM_MISSING"
    CUSTOMER_MISSING = "CUSTOMER_MISSING"
    ITEM_MISSING = "ITEM_MISSING"
    COGS_ACCOUNT_MISSING = "COGS_ACCOUNT_MISSING"
    TAX_PARITY = "TAX_PARITY"
    TOTAL_BELOW_PAYMENTS = "TOTAL_BELOW_PAYMENTS"
    TEXT_NOT_STORABLE = "TEXT_NOT_STORABLE"
    CLASS_TRACKING_OFF = "CLASS_TRACKING_OFF"
    INVENTORY_SITES_OFF = "INVENTORY_SITES_OFF"
    DEFAULT_TRUCK_USED = "DEFAULT_TRUCK_USED"


@dataclass(frozen=True, slots=True)
class Guard:
    code: GuardCode
    severity: GuardSeverity
    message: str
    steps: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


class GuardRefused(DomainError):
    """At least one guard forbids the save."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        super().__init__(" ".join(guard.message for guard in guards))
        self.guards = tuple(guards)


class AcknowledgementNeeded(DomainError):
    """The save goes through when the caller repeats it with these codes acknowledged."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        codes = ", ".join(guard.code for guard in guards)
        messages = " ".join(guard.message for guard in guards)
        super().__init__(f"{messages} Repeat the call with acknowledge: [{codes}].")
        self.guards = tuple(guards)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFacts:
    """What the guards look at besides the content itself."""

    account: Account
    periods: Sequence[AccountingPeriod]
    references: References
    #: Another invoice of the company file has the new number.
    is_number_in_use: bool
    #: The save is to be sent now, so everything must have a name in QuickBooks.
    is_sent: bool
    #: What QuickBooks holds; what was bypassed since leaves together with this save.
    link: QuickBooksLink | None = None
    #: The company file that holds the invoice, with QuickBooks' settings as far as they are known.
    company_file: CompanyFile | None = None


def guard_save(invoice: Invoice, after: Content, facts: GuardFacts) -> tuple[Guard, ...]:
    """Give every guard that the save of `after` meets, errors first."""
    totals = facts.references.totals(after.tasks, after.tax_zone_id)
    found = [
        *_total_guards(invoice, after, totals, facts.account),
        *_payment_guards(invoice, totals),
        *_period_guards(invoice, after, facts),
        *_number_guards(invoice.content, after, facts),
        *(_sending_guards(invoice, after, facts) if facts.is_sent else ()),
    ]
    return tuple(sorted(found, key=lambda guard: list(GuardSeverity).index(guard.severity)))


def enforce(guards: Iterable[Guard], acknowledged: Iterable[GuardCode]) -> tuple[Guard, ...]:
    """Give the guards that were acknowledged; raise GuardRefused or AcknowledgementNeeded."""
    guards, codes = tuple(guards), frozenset(acknowledged)
    errors = [guard for guard in guards if guard.severity is GuardSeverity.ERROR]
    if errors:
        raise GuardRefused(errors)
    asked = [guard for guard in guards if guard.severity is GuardSeverity.ACKNOWLEDGE]
    missing = [guard for guard in asked if guard.code not in codes]
    if missing:
        raise AcknowledgementNeeded(missing)
    return tuple(asked)


def _total_guards(
    invoice: Invoice, after: Content, totals: Totals, account: Account
) -> Iterable[Guard]:
    before_ids = {task.id for task in invoice.content.tasks}
    after_ids = {task.id for task in after.tasks}
    old, new = invoice.totals.total, totals.total
    if new == 0 and (before_ids != after_ids or account.strict_zero_total or not after.tasks):
        gone = [task for task in invoice.content.tasks if task.id not in after_ids]
        names = ", ".join(task.description or "a task" for task in gone) or "this change"
        yield Guard(
            GuardCode.TOTAL_WOULD_BE_ZERO,
            GuardSeverity.ERROR,
            f"The new total would be $0.00 (by removing or adding: {names});"
            " tasks of an exported or bypassed invoice cannot be added or removed down to zero.",
            ("Leave at least one task with an amount.", "Create an adjustment invoice instead."),
            ("tasks",),
        )
    if new < 0 <= old or old < 0 < new:
        yield Guard(
            GuardCode.SIGN_WOULD_CHANGE,
            GuardSeverity.ERROR,
            f"The total would change its sign, from {old} to {new};"
            " QuickBooks holds negative amounts as credit memos.",
            ("Create an adjustment invoice instead.",),
            ("tasks",),
        )


def _payment_guards(invoice: Invoice, totals: Totals) -> Iterable[Guard]:
    if invoice.applied > 0 and totals.total < invoice.applied:
        yield Guard(
            GuardCode.TOTAL_BELOW_PAYMENTS,
            GuardSeverity.ERROR,
            f"The new total {totals.total} is below the {invoice.applied} that payments cover.",
            ("Un-apply or refund the payment in QuickBooks first.",),
        )


def _period_guards(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    if not facts.account.accounting_periods_enabled:
        return
    held = facts.link.copy.date if facts.is_sent and facts.link else invoice.content.date
    days = dict.fromkeys((invoice.content.date, held, after.date))
    closed = [day for day in days if any(p.is_closed and p.holds(day) for p in facts.periods)]
    if closed and not _changes_summary_only(invoice, after, facts):
        yield Guard(
            GuardCode.PERIOD_CLOSED,
            GuardSeverity.ERROR,
            f"The accounting period of {closed[0]} is closed; only the summary can be edited.",
            ("Re-open the accounting period.", "Date the change in an open period."),
            ("details", "date"),
        )
        return
    if not closed:
        yield Guard(
            GuardCode.PERIOD_OPEN_REMINDER,
            GuardSeverity.ACKNOWLEDGE,
            "This invoice was already sent to your accounting software"
            " and may need updating there.",
            ("Confirm that you want to change it.",),
        )


def _changes_summary_only(invoice: Invoice, after: Content, facts: GuardFacts) -> bool:
    """Here, and in QuickBooks too: a re-sync carries whatever was bypassed before."""
    if replace(invoice.content, summary=after.summary) != after:
        return False
    target = replace(invoice, content=after)
    if not facts.is_sent or facts.link is None or missing_names(target, facts.references):
        return True
    wanted = wanted_invoice(target, facts.references)
    changes = differences(wanted, facts.link.copy, facts.link.tasks_by_line)
    return all(change.path == ("memo",) for change in changes)


def _number_guards(before: Content, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    if before.number != after.number and facts.is_number_in_use:
        yield Guard(
            GuardCode.INVOICE_NUMBER_IN_USE,
            GuardSeverity.ACKNOWLEDGE,
            f"Another invoice already has the number {after.number}; QuickBooks would accept both.",
            ("Choose another number, or confirm the duplicate.",),
            ("details", "number"),
        )


_MISSING = {
    "customer": (GuardCode.CUSTOMER_MISSING, "customer"),
    "item": (GuardCode.ITEM_MISSING, "item"),
    "class": (GuardCode.CLASS_MISSING, "business unit"),
    "site": (GuardCode.SITE_MISSING, "inventory location"),
    "tax_item": (GuardCode.TAX_ITEM_MISSING, "tax zone"),
}


def _name_guards(invoice: Invoice, facts: GuardFacts) -> Iterable[Guard]:
    for missing in missing_names(invoice, facts.references):
        code, label = _MISSING[missing.kind]
        yield Guard(
            code,
            GuardSeverity.ERROR,
            f"The {label} “{missing.name}” has no name in QuickBooks yet.",
            (f"Give the {label} its QuickBooks name.",),
            missing.where,
        )


def _sending_guards(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    """What speaks against sending, by QuickBooks' names and settings.

    Settings only ask: they are told when a session begins, and without anything to send none does.
    An error would let a setting that was mended long ago stand in the way for ever.
    """
    target = replace(invoice, content=after)
    nameless = list(_name_guards(target, facts))
    yield from nameless
    yield from _truck_guards(target, facts.references)
    if facts.company_file is None:
        return
    yield from _closing_date_guards(invoice, after, facts, facts.company_file)
    if not nameless:
        wanted = wanted_invoice(target, facts.references)
        yield from _line_guards(wanted, facts.link, facts.company_file)
    yield from _tax_guards(invoice, after, facts.company_file)


def _truck_guards(invoice: Invoice, references: References) -> Iterable[Guard]:
    """Nobody chose that location, so it is told before it leaves."""
    for task in invoice.content.tasks:
        truck = truck_for(task, references)
        if truck is not None:
            yield Guard(
                GuardCode.DEFAULT_TRUCK_USED,
                GuardSeverity.INFO,
                f"“{task.description or references.name_of(task.item_id)}” names no inventory"
                f" location; QuickBooks takes it from “{truck.location.name}”, the default truck"
                f" of {truck.technician}.",
                ("Choose another location, if it does not come from there.",),
                ("tasks", str(task.id), "inventory_location_id"),
            )


def _closing_date_guards(
    invoice: Invoice, after: Content, facts: GuardFacts, company_file: CompanyFile
) -> Iterable[Guard]:
    """Source: requirements (a3) 17: neither the password nor who may pass it is told."""
    closing_date = company_file.preferences.closing_date
    held = invoice.content.date if facts.link is None else facts.link.copy.date
    if closing_date is None or min(held, after.date) > closing_date:
        return
    dates = f"{held}" if held == after.date else f"{held} and would become {after.date}"
    yield Guard(
        GuardCode.QUICKBOOKS_CLOSING_DATE,
        GuardSeverity.ACKNOWLEDGE,
        f"QuickBooks closed the books of “{company_file.title}” through {closing_date}; the date"
        f" of invoice {after.number} is {dates}. With a closing password QuickBooks will refuse.",
        (
            "Have the QuickBooks administrator re-open the books for the change.",
            "Create an adjustment invoice in the open period instead.",
            "Confirm, when the books have no password or were re-opened.",
        ),
        ("details", "date"),
    )


def _line_guards(
    wanted: WantedInvoice, link: QuickBooksLink | None, company_file: CompanyFile
) -> Iterable[Guard]:
    settings, name = company_file.preferences, f"“{company_file.title}”"
    classes = _news(wanted, link, lambda line: line.class_ref)
    classless = [line.description or "a task" for line in classes if line.class_ref is None]
    if settings.uses_classes is True and classless:
        yield _reminder(
            GuardCode.CLASS_MISSING,
            f"{name} keeps its books by class, and these tasks have no business unit:"
            f" {', '.join(classless)}.",
            "Give each task a business unit, or confirm that it goes without a class.",
        )
    classed = dict.fromkeys(f"“{line.class_ref}”" for line in classes if line.class_ref is not None)
    if settings.uses_classes is False and classed:
        yield _reminder(
            GuardCode.CLASS_TRACKING_OFF,
            f"Class tracking is off in {name}, and the tasks' business units are classes there:"
            f" {', '.join(classed)}. QuickBooks may refuse them.",
            "Turn on class tracking in QuickBooks, or confirm.",
        )
    sites = _news(wanted, link, lambda line: line.site)
    sited = dict.fromkeys(f"“{line.site}”" for line in sites if line.site is not None)
    if False in (settings.uses_sites, settings.are_sites_available) and sited:
        yield _reminder(
            GuardCode.INVENTORY_SITES_OFF,
            f"Inventory sites are off in {name}, and the tasks' inventory locations are sites"
            f" there: {', '.join(sited)}. QuickBooks will refuse them.",
            "Turn on multiple inventory sites in QuickBooks, take the location off, or confirm.",
        )


def _tax_guards(invoice: Invoice, after: Content, company_file: CompanyFile) -> Iterable[Guard]:
    """Only when the save brings it about: what an invoice was exported with is QuickBooks' own."""
    settings = company_file.preferences
    if settings.uses_sales_tax and _lacks_tax_item(after) and not _lacks_tax_item(invoice.content):
        item = settings.default_tax_item
        default = "" if item is None else f", such as “{item}”"
        yield _reminder(
            GuardCode.TAX_ITEM_MISSING,
            f"Sales tax is on in “{company_file.title}”, and invoice {after.number} has taxable"
            f" tasks but no tax zone. QuickBooks may tax it by a default of its own{default}; the"
            " totals would differ.",
            "Choose the tax zone, or confirm.",
            ("details", "tax_zone_id"),
        )


def _lacks_tax_item(content: Content) -> bool:
    return content.tax_zone_id is None and any(task.taxable for task in content.tasks)


def _reminder(
    code: GuardCode, message: str, step: str, path: tuple[str, ...] = ("tasks",)
) -> Guard:
    return Guard(code, GuardSeverity.ACKNOWLEDGE, message, (step,), path)


def _news(
    wanted: WantedInvoice,
    link: QuickBooksLink | None,
    ref: Callable[[WantedLine | QuickBooksLine], Ref | None],
) -> list[WantedLine]:
    """Give the lines for which QuickBooks would be told another entry than it holds."""
    owners = {} if link is None else link.tasks_by_line
    copies = () if link is None else link.copy.lines
    held = {owners[line.txn_line_id]: ref(line) for line in copies if line.txn_line_id in owners}
    return [
        line
        for line in wanted.lines
        if line.task_id not in held or not _is_same(ref(line), held[line.task_id])
    ]


def _is_same(ours: Ref | None, theirs: Ref | None) -> bool:
    return theirs is None if ours is None else ours.same_as(theirs)
