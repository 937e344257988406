"""The tasks of an invoice, as their rows hold them."""

from typing import Any

from db.statements import Record
from domain.invoice import Invoice, Task


def task_of(row: Record) -> Task:
    """Give the task that this row holds."""
    return Task(
        id=row["id"],
        item_id=row["item_id"],
        description=row["description"],
        quantity=row["quantity"],
        unit_price=row["unit_price"],
        cost=row["cost"],
        taxable=row["taxable"],
        business_unit_id=row["business_unit_id"],
        inventory_location_id=row["inventory_location_id"],
    )


def tasks_columns(invoice: Invoice) -> list[dict[str, Any]]:
    """Give the rows that hold the invoice's tasks, in their order."""
    return [
        {
            "id": task.id,
            "invoice_id": invoice.id,
            "position": position,
            "item_id": task.item_id,
            "description": task.description,
            "quantity": task.quantity,
            "unit_price": task.unit_price,
            "cost": task.cost,
            "taxable": task.taxable,
            "business_unit_id": task.business_unit_id,
            "inventory_location_id": task.inventory_location_id,
        }
        for position, task in enumerate(invoice.content.tasks, start=1)
    ]
