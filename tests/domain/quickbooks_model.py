"""QuickBooks in a few lines, for properties: what a request makes of the invoice it holds."""

from dataclasses import fields, replace
from decimal import ROUND_HALF_UP, Decimal

from domain.edits import UNSET
from domain.quickbooks import QuickBooksLine


class OutOfOrder(Exception):
    """What QuickBooks answers with status 3290."""


def modified(held, mod, *, new="N"):
    """QuickBooks' copy after an InvoiceMod: an unnamed line is deleted, a changed one computed."""
    held = replace(held, **set_fields(mod))
    if mod.lines is None:
        return held
    lines = {line.txn_line_id: line for line in held.lines}
    kept = [line.txn_line_id for line in mod.lines if line.txn_line_id != "-1"]
    if kept != [line_id for line_id in lines if line_id in kept]:
        raise OutOfOrder
    after = (
        modified_line(lines.get(line.txn_line_id, QuickBooksLine(txn_line_id=f"{new}-{n}")), line)
        for n, line in enumerate(mod.lines)
    )
    return replace(held, lines=tuple(after))


def modified_line(held, mod):
    """A line after the changes of its LineMod; quantity and rate make its amount."""
    named = set_fields(mod)
    line = replace(held, **named)
    if {"quantity", "rate"} & set(named):
        line = replace(line, amount=product(line.quantity, line.rate))
    return line


def product(quantity, rate):
    return (quantity * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def set_fields(mod):
    """What a header or line names beside its identity."""
    silent = {"txn_id", "edit_sequence", "wanted", "lines", "txn_line_id", "is_group", "task_id"}
    named = {f.name: getattr(mod, f.name) for f in fields(mod) if f.name not in silent}
    return {name: value for name, value in named.items() if value is not UNSET}


def entered(wanted):
    """QuickBooks' copy right after our Add: its lines and whose they are."""
    lines = [
        QuickBooksLine(
            txn_line_id=f"L-{n}",
            item=line.item,
            description=line.description,
            quantity=line.quantity,
            rate=line.rate,
            amount=product(line.quantity, line.rate),
            class_ref=line.class_ref,
            site=line.site,
            tax_code=line.tax_code,
        )
        for n, line in enumerate(wanted.lines)
    ]
    tasks = {line.txn_line_id: ours.task_id for line, ours in zip(lines, wanted.lines, strict=True)}
    return lines, tasks
