"""Requests that default what a test does not care about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.quickbooks import InvoiceMod, LineMod, Ref, WantedInvoice, WantedLine

TASK = UUID("01890a5d-ac96-774b-bcce-b302099a8001")
SINCE = datetime(2026, 11, 18, 14, 30, 5, tzinfo=UTC)


def a_line(**changes: Any) -> WantedLine:
    line = WantedLine(
        task_id=TASK,
        item=Ref("Labor:Plumber"),
        description="Two hours",
        quantity=Decimal(2),
        rate=Decimal("97.50"),
        class_ref=None,
        site=None,
        tax_code=Ref("Tax"),
    )
    return replace(line, **changes)


def an_invoice(**changes: Any) -> WantedInvoice:
    invoice = WantedInvoice(
        number="1042",
        date=date(2026, 3, 2),
        customer=Ref("Alder:Kitchen"),
        class_ref=None,
        tax_item=None,
        memo="12 March",
        lines=(a_line(),),
        subtotal=Decimal("195.00"),
        sales_tax=Decimal("0.00"),
        external_guid="{01890a5d-ac96-774b-bcce-b302099a8057}",
        made_at=SINCE,
    )
    return replace(invoice, **changes)


def a_mod(**changes: Any) -> InvoiceMod:
    mod = InvoiceMod(txn_id="C5-1417118624", edit_sequence="1417118624", wanted=an_invoice())
    return replace(mod, **changes)


def a_line_mod(**changes: Any) -> InvoiceMod:
    """Give a change whose second line is changed like this."""
    line = LineMod(txn_line_id="C8-1", task_id=TASK)
    return a_mod(lines=(LineMod(txn_line_id="C7-1"), replace(line, **changes)))
