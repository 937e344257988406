"""Ours against QuickBooks' own books, field by field, without the service's own comparison.

A field is named by its path, as everywhere: `("number",)`, `("tasks", id, "unit_price")`. What only
QuickBooks has is `("lines", TxnLineID)`.
"""

from typing import Any

from simulator.invoices import Invoice as Books

Path = tuple[str, ...]
Fields = dict[Path, Any]

_NAMES = ("quickbooks_name", "quickbooks_class", "quickbooks_item", "quickbooks_site")


class Ours:
    """Says what QuickBooks should hold of an invoice, by the names of one office."""

    def __init__(self, office: Any) -> None:
        self._names = {
            entry.id: _name(entry) for entry in office.entries.values() if hasattr(entry, "id")
        }
        self._by_our_names = {name: _name(entry) for name, entry in office.entries.items()}

    def name(self, ours: str) -> str:
        """Give QuickBooks' name of a list entry."""
        return self._by_our_names[ours]

    def fields(self, content: Any, *, business_unit_id: Any = None, batch: Any = None) -> Fields:
        """Give every synced field of a content."""
        prefix = "" if batch is None else f"{batch.number} {batch.name}"
        found: Fields = {
            ("number",): content.number,
            ("date",): content.date.isoformat(),
            ("memo",): " - ".join(part for part in (prefix, content.summary) if part),
            ("tax_zone",): self._names.get(content.tax_zone_id),
        }
        for task in content.tasks:
            unit = self._names.get(task.business_unit_id or business_unit_id, "")
            found |= {
                ("tasks", str(task.id), name): value
                for name, value in (
                    ("item", self._names[task.item_id]),
                    ("description", task.description),
                    ("quantity", task.quantity),
                    ("unit_price", task.unit_price),
                    ("taxable", task.taxable),
                    ("business_unit", unit),
                )
            }
        return found


def header_fields(books: Books) -> Fields:
    """Give the header as QuickBooks holds it."""
    zone = books.refs.get("ItemSalesTaxRef")
    return {
        ("number",): books.ref_number,
        ("date",): books.values["TxnDate"],
        ("memo",): books.memo,
        ("tax_zone",): zone and zone.full_name,
    }


def line_fields(books: Books) -> dict[str, dict[str, Any]]:
    """Give the fields of each line, by its TxnLineID."""
    return {
        line.txn_line_id: {
            "item": line.item_name,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": line.rate,
            "taxable": line.is_taxable,
            "business_unit": line.class_name,
        }
        for line in books.flat_lines()
    }


def their_fields(books: Books, link: Any, *, is_credit: bool = False) -> Fields:
    """Give every synced field as QuickBooks holds it; of lines only those of our tasks.

    A credit memo takes back what it holds, so its quantities count the other way.
    """
    found = header_fields(books)
    for line_id, line in line_fields(books).items():
        if is_credit:
            line["quantity"] = -line["quantity"]
        if line_id in link.tasks_by_line:
            task = str(link.tasks_by_line[line_id])
            found |= {("tasks", task, name): value for name, value in line.items()}
    return found


def disagreements(ours: Fields, theirs: Fields) -> dict[Path, tuple[Any, Any]]:
    """Give what differs: the path, our value, QuickBooks' value."""
    paths = dict.fromkeys((*ours, *theirs))
    return {
        path: (ours.get(path), theirs.get(path))
        for path in paths
        if ours.get(path) != theirs.get(path)
    }


def _name(entry: Any) -> str:
    return next((getattr(entry, name) for name in _NAMES if getattr(entry, name, None)), entry.name)
