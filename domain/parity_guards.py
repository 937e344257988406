"""Will QuickBooks' tax be ours? Told before a save, from what QuickBooks computed last.

A difference of a cent today is a payment that does not fit tomorrow (requirements, finding 7). It
never hinders: no edit can mend a rate.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from domain.guards import Guard, GuardCode, GuardSeverity
from domain.lists import TaxZone
from domain.money import ONE, ZERO, add_up
from domain.quickbooks import QuickBooksInvoice, QuickBooksLink, Ref, WantedInvoice, WantedLine
from domain.tax_parity import tax_difference
from domain.totals import compute_sales_tax
from domain.wanted import NOT_TAXABLE, TAXABLE, References

#: When an invoice was made plays no part in its tax.
_NEVER = datetime.min.replace(tzinfo=UTC)


def parity_guards(references: References, link: QuickBooksLink) -> Iterable[Guard]:
    """Give in what QuickBooks' tax differs from ours on the very lines that it holds.

    Nothing is said of a copy that QuickBooks taxed by an item of none of the invoice's tax zones:
    the sync will name another one.
    """
    zone = _zone(references, link.copy.tax_item)
    if zone is None and references.tax_zones:
        return
    same = _as_held(link.copy, link.tasks_by_line, zone)
    found = None if same is None else tax_difference(same, link.copy, link.tasks_by_line)
    if found is not None:
        yield Guard(
            GuardCode.TAX_PARITY,
            GuardSeverity.INFO,
            f"On the lines that QuickBooks holds: {found.reason}",
            (found.step.text,),
            ("details", "tax_zone_id"),
        )


def _zone(references: References, item: Ref | None) -> TaxZone | None:
    zones = references.tax_zones.values()
    return next((z for z in zones if Ref(z.quickbooks_item).same_as(item)), None)


def _as_held(
    copy: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID], zone: TaxZone | None
) -> WantedInvoice | None:
    """Give QuickBooks' copy as if we had asked for it, with our tax on its lines.

    None when a line of ours has a tax code of which nobody here knows whether it is taxed.
    """
    ours = tuple(
        WantedLine(
            task_id=tasks_by_line[line.txn_line_id],
            item=line.item or Ref(),
            description=line.description,
            quantity=ONE,
            rate=line.amount or ZERO,
            class_ref=line.class_ref,
            site=line.site,
            tax_code=line.tax_code or Ref(),
        )
        for line in copy.lines
        if line.txn_line_id in tasks_by_line
    )
    known = (TAXABLE, NOT_TAXABLE)
    if any(line.amount and not any(c.same_as(line.tax_code) for c in known) for line in ours):
        return None
    rates = () if zone is None else zone.rates
    taxable = add_up(line.amount for line in ours if TAXABLE.same_as(line.tax_code))
    return WantedInvoice(
        number=copy.number or "",
        date=copy.date,
        customer=copy.customer,
        class_ref=copy.class_ref,
        tax_item=None if zone is None else copy.tax_item,
        memo=copy.memo or "",
        lines=ours,
        subtotal=add_up(line.amount for line in ours),
        sales_tax=compute_sales_tax(taxable, rates),
        external_guid="",
        made_at=_NEVER,
        tax_rates=tuple(rate.percent for rate in rates),
    )
