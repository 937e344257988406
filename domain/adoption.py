"""QuickBooks' value taken over into an invoice, field by field, where it has a place here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from domain.comparison import are_equal
from domain.credit_memos import our_price, our_quantity
from domain.invoice import Content, Invoice, Task
from domain.lists import Batch
from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, Ref, SaleKind
from domain.revision import Path
from domain.wanted import NOT_TAXABLE, TAXABLE, is_summary_cut, memo, memo_prefix

V = TypeVar("V")
#: New values by the names of fields, as `replace` takes them; each field has a type of its own.
_Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Ids of our list entries by QuickBooks' names, case folded."""

    items: Mapping[str, UUID] = field(default_factory=dict)
    business_units: Mapping[str, UUID] = field(default_factory=dict)
    tax_zones: Mapping[str, UUID] = field(default_factory=dict)
    inventory_locations: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adopted:
    """The content with QuickBooks' values; `refused` are the paths that have no place here."""

    content: Content
    refused: tuple[Path, ...]


class _NoPlace(Exception):
    """The value cannot be said in our words."""


def adopt(
    invoice: Invoice,
    paths: Iterable[Path],
    held: QuickBooksInvoice,
    tasks_by_line: Mapping[str, UUID],
    *,
    names: Names,
    batch: Batch | None,
) -> Adopted:
    """Take QuickBooks' value of each path; a whole line that is gone there is removed here.

    A value without a place here (a class that no business unit has, a memo without the batch's
    name, an amount that is not quantity times rate) is refused and leaves its field as it was.
    """
    taking = _Taking(invoice, held, tasks_by_line, names, batch)
    refused = []
    for path in paths:
        try:
            taking.take(path)
        except _NoPlace:
            refused.append(path)
    return Adopted(taking.content, tuple(refused))


class _Taking:
    """One invoice's content, growing field by field."""

    def __init__(
        self,
        invoice: Invoice,
        held: QuickBooksInvoice,
        tasks_by_line: Mapping[str, UUID],
        names: Names,
        batch: Batch | None,
    ) -> None:
        self.content = invoice.content
        self._invoice = invoice
        self._held = held
        self._lines = {
            tasks_by_line[line.txn_line_id]: line
            for line in held.lines
            if line.txn_line_id in tasks_by_line
        }
        self._names = names
        self._batch = batch

    def take(self, path: Path) -> None:
        if path[0] != "tasks":
            self.content = replace(self.content, **self._header(path[0]))
            return
        task_id = UUID(path[1])
        line = self._lines.get(task_id)
        if line is None:
            self._remove(task_id)
        elif path[2:] == ("amount",):
            raise _NoPlace  # it follows from quantity and unit price
        else:
            self._change(task_id, line, path[2:])

    def _header(self, name: str) -> _Fields:
        held = self._held
        match name:
            case "number":
                return {"number": _required(held.number)}
            case "date":
                return {"date": held.date}
            case "tax_zone":
                return {"tax_zone_id": _look_up(self._names.tax_zones, held.tax_item)}
            case "memo":
                return {"summary": self._summary(held.memo or "")}
            case _:
                raise _NoPlace  # a line that is not ours

    def _summary(self, held: str) -> str | None:
        """The memo begins with the batch's number and name, which are no part of the summary."""
        adjusted = self._invoice.adjusted_number
        if is_summary_cut(self._batch, self.content.summary, adjusted):
            raise _NoPlace  # the rest of the summary stands here alone
        prefix = memo_prefix(self._batch, adjusted)
        text = "" if held == prefix else held.removeprefix(f"{prefix} - " if prefix else "")
        if not are_equal(memo(self._batch, text, adjusted), held):
            raise _NoPlace
        return text or None

    def _remove(self, task_id: UUID) -> None:
        kept = tuple(task for task in self.content.tasks if task.id != task_id)
        if not kept:
            raise _NoPlace  # an invoice without tasks
        self.content = replace(self.content, tasks=kept)

    def _change(self, task_id: UUID, line: QuickBooksLine, names: Path) -> None:
        task = self.content.task(task_id)
        if task is None:  # removed here and changed there: it comes back as it is there
            restored = self._restored(task_id, line)
            self.content = replace(self.content, tasks=(*self.content.tasks, restored))
            return
        changed = replace(task, **self._fields(names or _FIELDS, line, task))
        tasks = tuple(changed if kept.id == task_id else kept for kept in self.content.tasks)
        self.content = replace(self.content, tasks=tasks)

    def _restored(self, task_id: UUID, line: QuickBooksLine) -> Task:
        item_id = _look_up(self._names.items, line.item)
        fields = self._fields(_FIELDS, line, None)
        return Task(id=task_id, item_id=item_id, cost=None, **fields)

    def _fields(self, names: Path, line: QuickBooksLine, task: Task | None) -> _Fields:
        changes: _Fields = {}
        for name in names:
            changes |= self._field(name, line, task)
        return changes

    def _field(self, name: str, line: QuickBooksLine, task: Task | None) -> _Fields:
        is_credit = self._held.kind is SaleKind.CREDIT_MEMO
        match name:
            case "description":
                return {"description": line.description}
            case "quantity":
                quantity = our_quantity(line, task) if is_credit else line.quantity
                return {"quantity": _required(quantity)}
            case "unit_price":
                price = our_price(line, task) if is_credit else line.rate
                return {"unit_price": _required(price)}
            case "business_unit":
                return {"business_unit_id": self._business_unit(line.class_ref)}
            case "inventory_location":
                return {"inventory_location_id": self._location(line.site)}
            case _:
                return {"taxable": _taxable(line.tax_code)}

    def _business_unit(self, class_ref: Ref | None) -> UUID | None:
        if class_ref is not None:
            return _look_up(self._names.business_units, class_ref)
        if self._invoice.business_unit_id is not None:
            raise _NoPlace  # a task without a unit has the invoice's
        return None

    def _location(self, site: Ref | None) -> UUID | None:
        return None if site is None else _look_up(self._names.inventory_locations, site)


_FIELDS = (
    "description", "quantity", "unit_price", "business_unit", "inventory_location", "taxable"
)  # fmt: skip


def named_in(held: QuickBooksInvoice) -> dict[str, set[str]]:
    """Give the case-folded names in a copy by list, to look our entries up."""
    lines = [line for line in held.lines if not line.is_group]
    get: Mapping[str, Callable[[QuickBooksLine], Ref | None]] = {
        "items": lambda line: line.item,
        "business_units": lambda line: line.class_ref,
        "inventory_locations": lambda line: line.site,
    }
    found = {name: {_key(ref) for line in lines if (ref := of(line))} for name, of in get.items()}
    return {**found, "tax_zones": {_key(held.tax_item)} if held.tax_item else set()}


def _look_up(ids: Mapping[str, UUID], ref: Ref | None) -> UUID:
    if ref is None or _key(ref) not in ids:
        raise _NoPlace
    return ids[_key(ref)]


def _key(ref: Ref) -> str:
    return (ref.full_name or "").casefold()


def _required(value: V | None) -> V:
    if value is None:
        raise _NoPlace
    return value


def _taxable(code: Ref | None) -> bool:
    for known, taxable in ((TAXABLE, True), (NOT_TAXABLE, False)):
        if known.same_as(code):
            return taxable
    raise _NoPlace
