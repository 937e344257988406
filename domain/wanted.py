"""A revision in QuickBooks' words: names, memo, tax codes, text as QuickBooks stores it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.credit_memos import kind_for, turned
from domain.invoice import Content, Invoice, Task
from domain.limits import MEMO_LENGTH, quickbooks_text
from domain.lists import (
    Batch,
    BusinessUnit,
    Customer,
    InventoryLocation,
    Item,
    ItemType,
    TaxZone,
)
from domain.money import ONE
from domain.quickbooks import Ref, SaleKind, WantedInvoice, WantedLine
from domain.totals import Totals, compute_totals

#: QuickBooks' own names for its two default tax codes. Source: qbXML 13.0, SalesTaxCodeRef.
TAXABLE, NOT_TAXABLE = Ref("Tax"), Ref("Non")
_CUT = "..."
#: What comes from a truck or a warehouse.
_STOCKED = frozenset({ItemType.MATERIAL, ItemType.EQUIPMENT})


@dataclass(frozen=True, slots=True)
class DefaultTruck:
    """Where the material of an invoice comes from when its task names no location.

    Source: seed 001, "a default truck based on the technician assigned to the item".
    """

    location: InventoryLocation
    #: Whose truck it is.
    technician: str
    #: Tasks that have a line in QuickBooks. Without a location its site is QuickBooks' own, and
    #: nobody asked for another: a location that was chosen can be changed, never cleared.
    held: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class References:
    """The list entries that an invoice names, by id."""

    customer: Customer
    batch: Batch | None = None
    items: Mapping[UUID, Item] = field(default_factory=dict)
    business_units: Mapping[UUID, BusinessUnit] = field(default_factory=dict)
    tax_zones: Mapping[UUID, TaxZone] = field(default_factory=dict)
    inventory_locations: Mapping[UUID, InventoryLocation] = field(default_factory=dict)
    #: None: the technician has none, or the company file keeps no inventory sites.
    default_truck: DefaultTruck | None = None

    def name_of(self, key: UUID) -> str:
        """Give the office's name of an entry; its id when it is not among these."""
        for entries in (
            self.items, self.business_units, self.tax_zones, self.inventory_locations
        ):  # fmt: skip
            if key in entries:
                return entries[key].name
        return str(key)

    def totals(self, tasks: tuple[Task, ...], tax_zone_id: UUID | None) -> Totals:
        """Give subtotal and tax of these tasks in this zone."""
        zone = None if tax_zone_id is None else self.tax_zones[tax_zone_id]
        return compute_totals(tasks, () if zone is None else zone.rates)


@dataclass(frozen=True, slots=True)
class MissingName:
    """Something the invoice names that has no name in QuickBooks yet.

    `kind` is "customer", "item", "class", "site" or "tax_item"; `where` is the field's path.
    """

    kind: str
    name: str
    where: tuple[str, ...]


def missing_names(invoice: Invoice, references: References) -> tuple[MissingName, ...]:
    """Give everything that QuickBooks could not be told by name, in the invoice's order."""
    missing = []
    if not references.customer.quickbooks_name:
        missing.append(MissingName("customer", references.customer.name, ("customer",)))
    zone_id = invoice.content.tax_zone_id
    if zone_id is not None and not references.tax_zones[zone_id].quickbooks_item:
        name = references.tax_zones[zone_id].name
        missing.append(MissingName("tax_item", name, ("details", "tax_zone_id")))
    unit_id = invoice.business_unit_id
    named = {task.business_unit_id or unit_id for task in invoice.content.tasks}
    if unit_id is not None and unit_id not in named:
        unit = references.business_units[unit_id]
        if not unit.quickbooks_class:
            missing.append(MissingName("class", unit.name, ("business_unit",)))
    for task in invoice.content.tasks:
        missing += _missing_in_task(invoice, task, references)
    return tuple(missing)


def wanted_invoice(
    invoice: Invoice, references: References, kind: SaleKind | None = None
) -> WantedInvoice:
    """Give what QuickBooks shall hold; call it only when `missing_names` is empty.

    `kind` is what QuickBooks has made of the invoice; without one the sign of its total tells.
    """
    content = invoice.content
    zone = None if content.tax_zone_id is None else references.tax_zones[content.tax_zone_id]
    totals = references.totals(content.tasks, content.tax_zone_id)
    customer = references.customer
    kind = kind or kind_for(totals)
    lines = (_line(invoice, task, references) for task in content.tasks)
    is_credit = kind is SaleKind.CREDIT_MEMO
    return WantedInvoice(
        kind=kind,
        number=quickbooks_text(content.number),
        date=content.date,
        customer=Ref(customer.quickbooks_name, customer.quickbooks_list_id),
        class_ref=_class(invoice.business_unit_id, references),
        tax_item=None if zone is None else Ref(zone.quickbooks_item),
        memo=memo(references.batch, content.summary, invoice.adjusted_number),
        lines=tuple(turned(line) if is_credit else line for line in lines),
        subtotal=-totals.subtotal if is_credit else totals.subtotal,
        sales_tax=-totals.sales_tax if is_credit else totals.sales_tax,
        external_guid=f"{{{invoice.id}}}",
        made_at=invoice.created_at,
        tax_rates=() if zone is None else tuple(rate.percent for rate in zone.rates),
    )


def location_of(task: Task, references: References) -> InventoryLocation | None:
    """Give the truck or warehouse that QuickBooks is told for the task; None leaves it its own."""
    if task.inventory_location_id is not None:
        return references.inventory_locations[task.inventory_location_id]
    truck = truck_for(task, references)
    return None if truck is None else truck.location


def truck_for(task: Task, references: References) -> DefaultTruck | None:
    """Give the default truck if the task's material comes from it for want of a location.

    Only lines that are new to QuickBooks take it.
    """
    truck = references.default_truck
    if truck is None or task.inventory_location_id is not None or task.id in truck.held:
        return None
    return truck if references.items[task.item_id].type in _STOCKED else None


def memo(batch: Batch | None, summary: str | None, adjusted_number: str | None = None) -> str:
    """Give batch number and name, what is adjusted, then the summary, which alone is shortened.

    Source: seed 001, "Invoice memo fields will be exported with batch number and batch name";
    requirements (a2), field map.
    """
    text = quickbooks_text(summary or "")
    whole = " - ".join(part for part in (memo_prefix(batch, adjusted_number), text) if part)
    return whole if len(whole) <= MEMO_LENGTH else whole[: MEMO_LENGTH - len(_CUT)] + _CUT


def memo_prefix(batch: Batch | None, adjusted_number: str | None = None) -> str:
    """Give what a memo begins with: the batch's number and name, the invoice that is adjusted."""
    parts = (
        "" if batch is None else f"{batch.number} {batch.name}",
        "" if adjusted_number is None else f"Adjustment to {adjusted_number}",
    )
    return quickbooks_text(" - ".join(part for part in parts if part))


def is_summary_cut(
    batch: Batch | None, summary: str | None, adjusted_number: str | None = None
) -> bool:
    """Tell whether the memo has no room for the whole summary."""
    return not memo(batch, summary, adjusted_number).endswith(quickbooks_text(summary or ""))


def not_sent(
    content: Content, batch: Batch | None, adjusted_number: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Give path and reason of what is saved here and has no place in QuickBooks.

    Source: requirements, finding 3: an invoice line of QuickBooks has no cost.
    """
    costs = (
        (f"tasks.{task.id}.cost", "QuickBooks invoices have no line cost; it is kept here only.")
        for task in content.tasks
        if task.cost is not None
    )
    cut = (("summary", "The memo has no room for the whole summary; its end is kept here only."),)
    return (*costs, *(cut if is_summary_cut(batch, content.summary, adjusted_number) else ()))


def _line(invoice: Invoice, task: Task, references: References) -> WantedLine:
    item = references.items[task.item_id]
    location = location_of(task, references)
    # A discount item takes no quantity, and its amount is its rate. Source: requirements (a3) 12.
    is_discount = item.type is ItemType.PRICE_MODIFIER
    return WantedLine(
        task_id=task.id,
        item=Ref(item.quickbooks_name, item.quickbooks_list_id),
        description=None if task.description is None else quickbooks_text(task.description),
        quantity=ONE if is_discount else task.quantity,
        rate=task.amount if is_discount else task.unit_price,
        is_discount=is_discount,
        class_ref=_class(task.business_unit_id or invoice.business_unit_id, references),
        site=None if location is None else Ref(location.quickbooks_site),
        tax_code=TAXABLE if task.taxable else NOT_TAXABLE,
    )


def _class(business_unit_id: UUID | None, references: References) -> Ref | None:
    if business_unit_id is None:
        return None
    return Ref(references.business_units[business_unit_id].quickbooks_class)


def _missing_in_task(invoice: Invoice, task: Task, references: References) -> list[MissingName]:
    at = ("tasks", str(task.id))
    missing = []
    item = references.items[task.item_id]
    if not item.quickbooks_name:
        missing.append(MissingName("item", item.name, (*at, "item")))
    unit_id = task.business_unit_id or invoice.business_unit_id
    if unit_id is not None:
        unit = references.business_units[unit_id]
        if not unit.quickbooks_class:
            missing.append(MissingName("class", unit.name, (*at, "business_unit_id")))
    location = location_of(task, references)
    if location is not None and not location.quickbooks_site:
        missing.append(MissingName("site", location.name, (*at, "inventory_location_id")))
    return missing
