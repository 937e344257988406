"""What speaks against sending a save: QuickBooks' names, accounts, settings and tax.

Settings only ask: they are told when a session begins, and without anything to send none does. An
error would let a setting that was mended long ago stand in the way for ever.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from domain.company_file import CompanyFile
from domain.guard_facts import GuardFacts
from domain.guards import Guard, GuardCode, GuardSeverity, reminder
from domain.invoice import Content, Invoice, Task
from domain.lists import Item, ItemType
from domain.parity_guards import parity_guards
from domain.quickbooks import QuickBooksLine, QuickBooksLink, Ref, WantedInvoice, WantedLine
from domain.sync_status import SyncStatus
from domain.wanted import References, missing_names, truck_for, wanted_invoice

#: What has a cost, so that QuickBooks needs an account to book it to.
_COSTING = {ItemType.MATERIAL: "material", ItemType.EQUIPMENT: "equipment"}

#: By kind of a missing name: the guard's code, the office's word and QuickBooks'.
_MISSING = {
    "customer": (GuardCode.CUSTOMER_MISSING, "customer", "customer"),
    "item": (GuardCode.ITEM_MISSING, "item", "item"),
    "class": (GuardCode.CLASS_MISSING, "business unit", "class"),
    "site": (GuardCode.SITE_MISSING, "inventory location", "inventory site"),
    "tax_item": (GuardCode.TAX_ITEM_MISSING, "tax zone", "sales tax item"),
}


def sending_guards(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    """Give what speaks against sending the invoice with this content."""
    target = replace(invoice, content=after)
    nameless = list(_name_guards(target, facts))
    yield from nameless
    yield from _cogs_guards(invoice, after, facts)
    yield from _truck_guards(target, facts.references)
    if facts.link is not None:
        yield from parity_guards(facts.references, facts.link)
    if facts.company_file is None:
        return
    yield from _closing_date_guards(invoice, after, facts, facts.company_file)
    if not nameless:
        kind = None if facts.link is None else facts.link.copy.kind
        wanted = wanted_invoice(target, facts.references, kind)
        yield from _line_guards(wanted, facts.link, facts.company_file)
    yield from _tax_guards(invoice, after, facts.company_file)


def _name_guards(invoice: Invoice, facts: GuardFacts) -> Iterable[Guard]:
    for missing in missing_names(invoice, facts.references):
        code, label, theirs = _MISSING[missing.kind]
        yield Guard(
            code,
            GuardSeverity.ERROR,
            f"The {label} “{missing.name}” has no {theirs} in QuickBooks yet.",
            (
                f"Have the administrator name the {theirs} of the {label} “{missing.name}”.",
                "Or Save & Bypass, and Re-Sync when it has one.",
            ),
            missing.where,
        )


def _cogs_guards(invoice: Invoice, after: Content, facts: GuardFacts) -> Iterable[Guard]:
    """Source: requirements 108, 109. Once for each item.

    A line that is new to QuickBooks refuses. One that QuickBooks holds has passed there, so its new
    quantity asks, and edits of anything else are not hindered.
    """
    held = _lines_by_task(facts.link)
    told: set[tuple[object, bool]] = set()
    for task in after.tasks:
        item, line = facts.references.items[task.item_id], held.get(task.id)
        is_new = line is None
        is_told = (item.id, is_new) in told
        if is_told or not lacks_account(item) or not _moves_goods(invoice, task, line):
            continue
        told.add((item.id, is_new))
        path = ("tasks", str(task.id), "item")
        message = f"The {_COSTING[item.type]} “{item.name}” has no COGS account, so its cost"
        if is_new:
            yield Guard(
                GuardCode.COGS_ACCOUNT_MISSING,
                GuardSeverity.ERROR,
                f"{message} would have no place in QuickBooks' books.",
                (
                    f"Have the administrator name the COGS account of “{item.name}”.",
                    "Or Save & Bypass, and Re-Sync when it has one.",
                ),
                path,
            )
        else:
            yield reminder(
                GuardCode.COGS_ACCOUNT_MISSING,
                f"{message} may not follow its new quantity in QuickBooks' books.",
                f"Have the administrator name the COGS account of “{item.name}”, or confirm.",
                path=path,
            )


def _moves_goods(invoice: Invoice, task: Task, line: QuickBooksLine | None) -> bool:
    """Tell whether QuickBooks is to book another quantity, which nobody has confirmed before."""
    if line is None or line.quantity == task.quantity:
        return line is None
    saved = invoice.content.task(task.id)
    is_on_its_way = saved is not None and saved.quantity == task.quantity
    return not (is_on_its_way and invoice.sync_status is SyncStatus.SYNCING)


def lacks_account(item: Item) -> bool:
    """Tell whether the item has a cost and no account to book it to."""
    return item.type in _COSTING and not (item.cogs_account or "").strip()


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
    yield reminder(
        GuardCode.QUICKBOOKS_CLOSING_DATE,
        f"QuickBooks closed the books of “{company_file.title}” through {closing_date}; the date"
        f" of invoice {after.number} is {dates}. With a closing password QuickBooks will refuse.",
        "Have the QuickBooks administrator re-open the books for the change.",
        "Create an adjustment invoice in the open period instead.",
        "Confirm, when the books have no password or were re-opened.",
        path=("details", "date"),
    )


def _line_guards(
    wanted: WantedInvoice, link: QuickBooksLink | None, company_file: CompanyFile
) -> Iterable[Guard]:
    settings, name = company_file.preferences, f"“{company_file.title}”"
    classes = _news(wanted, link, lambda line: line.class_ref)
    classless = [line.description or "a task" for line in classes if line.class_ref is None]
    if settings.uses_classes is True and classless:
        yield reminder(
            GuardCode.CLASS_MISSING,
            f"{name} keeps its books by class, and these tasks have no business unit:"
            f" {', '.join(classless)}.",
            "Give each task a business unit, or confirm that it goes without a class.",
        )
    classed = dict.fromkeys(f"“{line.class_ref}”" for line in classes if line.class_ref is not None)
    if settings.uses_classes is False and classed:
        yield reminder(
            GuardCode.CLASS_TRACKING_OFF,
            f"Class tracking is off in {name}, and the tasks' business units are classes there:"
            f" {', '.join(classed)}. QuickBooks may refuse them.",
            "Turn on class tracking in QuickBooks, or confirm.",
        )
    sites = _news(wanted, link, lambda line: line.site)
    sited = dict.fromkeys(f"“{line.site}”" for line in sites if line.site is not None)
    if False in (settings.uses_sites, settings.are_sites_available) and sited:
        yield reminder(
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
        yield reminder(
            GuardCode.TAX_ITEM_MISSING,
            f"Sales tax is on in “{company_file.title}”, and invoice {after.number} has taxable"
            f" tasks but no tax zone. QuickBooks may tax it by a default of its own{default}; the"
            " totals would differ.",
            "Choose the tax zone, or confirm.",
            path=("details", "tax_zone_id"),
        )


def _lacks_tax_item(content: Content) -> bool:
    return content.tax_zone_id is None and any(task.taxable for task in content.tasks)


def _news(
    wanted: WantedInvoice,
    link: QuickBooksLink | None,
    ref: Callable[[WantedLine | QuickBooksLine], Ref | None],
) -> list[WantedLine]:
    """Give the lines for which QuickBooks would be told another entry than it holds."""
    held = {task_id: ref(line) for task_id, line in _lines_by_task(link).items()}
    return [
        line
        for line in wanted.lines
        if line.task_id not in held or not _is_same(ref(line), held[line.task_id])
    ]


def _lines_by_task(link: QuickBooksLink | None) -> dict[object, QuickBooksLine]:
    """Give QuickBooks' lines that are ours, by task."""
    if link is None:
        return {}
    owners = link.tasks_by_line
    return {
        owners[line.txn_line_id]: line for line in link.copy.lines if line.txn_line_id in owners
    }


def _is_same(ours: Ref | None, theirs: Ref | None) -> bool:
    return theirs is None if ours is None else ours.same_as(theirs)
