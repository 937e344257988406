"""What an operation asks for below a field, so that nothing else is read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionNode

from schema.context import Info

#: Fields of an invoice that can be shown without reading its tasks; any other may need them.
_NEED_NO_TASKS: Final = frozenset(
    {
        "__typename",
        "adjustmentReason",
        "balance",
        "batch",
        "businessUnit",
        "createdAt",
        "customer",
        "exportOrigin",
        "exportStatus",
        "id",
        "invoiceDate",
        "invoiceNumber",
        "isApplicationForPayment",
        "salesTax",
        "subtotal",
        "summary",
        "syncStatus",
        "syncStatusLabel",
        "taxZone",
        "total",
        "updatedAt",
        "version",
    }
)


def needs_tasks(info: Info) -> bool:
    """Tell whether a page of invoices may need their tasks, which cost more than all the rest."""
    asked = asked_below(info, "edges", "node") | asked_below(info, "nodes")
    return not asked <= _NEED_NO_TASKS


def asked_below(info: Info, *path: str) -> set[str]:
    """Give the names of all fields that are selected at the end of this path below the field.

    What a directive may leave out counts as selected.
    """
    raw: Any = info._raw_info  # noqa: SLF001 - the library's own view of it is made anew each time
    nodes: Iterable[FieldNode] = raw.field_nodes
    for name in path:
        nodes = [node for node in _below(nodes, raw.fragments) if node.name.value == name]
    return {node.name.value for node in _below(nodes, raw.fragments)}


def _below(
    nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    seen: set[str] = set()  # a fragment adds nothing when it is spread again
    todo: list[SelectionNode] = [
        selected
        for node in nodes
        if node.selection_set is not None
        for selected in node.selection_set.selections
    ]
    while todo:
        selected: Any = todo.pop()
        if isinstance(selected, FieldNode):
            yield selected
            continue
        if isinstance(selected, FragmentSpreadNode):
            name = selected.name.value
            if name in seen:
                continue
            seen.add(name)
            selected = fragments[name]
        todo.extend(selected.selection_set.selections)
