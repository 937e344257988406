"""Which subscriptions show every caller of an account the same, and which of them ask alike."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_object_type,
    parse,
    visit,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.build import schema
from schema.limits import MOST_TOKENS

_LONGEST = 16_384
_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
_CURSOR = "after"
_DEFINED_AND_USED = 2
#: The subscriptions to events; and the fields with a resolver which asks nothing of who asks.
_ROOTS = frozenset({"syncStatusChanged", "invoiceSyncStatusChanged"})
_OF_THE_ACCOUNT = frozenset(
    {"SyncEvent.invoice", "SyncEvent.issue", "Invoice.customer", "Invoice.sync", "Invoice.tasks"}
)


class Alike(NamedTuple):
    """What subscribers of one account must have in common to be told the same."""

    query: str
    operation_name: str | None
    #: As JSON, without the cursor that each of them began behind.
    variables: str


def alike(query: str, operation_name: str | None, variables: Mapping[str, Any]) -> Alike | None:
    """Give what a valid subscription has in common with others; None: it is told for itself."""
    if len(query) > _LONGEST:
        return None
    shape = _shape_of(query)
    if shape is None:
        return None
    rest = {name: value for name, value in variables.items() if name != shape.cursor}
    return Alike(query, operation_name, json.dumps(rest, sort_keys=True))


class _Shape(NamedTuple):
    #: The variable that serves as the cursor and as nothing else.
    cursor: str | None


@lru_cache(maxsize=512)
def _shape_of(query: str) -> _Shape | None:
    try:
        document = parse(query, max_tokens=MOST_TOKENS, no_location=True)
    except GraphQLError:
        return None
    core = schema()._schema  # noqa: SLF001 - no other way
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    root = core.subscription_type
    if len(operations) != 1 or root is None:
        return None
    walk = _Walk(document)
    fields = list(walk.fields(root, operations[0].selection_set))
    if not fields or not all(walk.is_of_the_account(parent, field) for parent, field in fields):
        return None
    return _Shape(_cursor_of(document, [f for parent, f in fields if parent is root]))


class _Walk:
    """Goes through a valid document with the types at hand."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def fields(
        self, parent: GraphQLObjectType, selected: SelectionSetNode
    ) -> Iterator[tuple[GraphQLObjectType | None, FieldNode]]:
        """Give the fields selected of a type; None for a type that is not certain."""
        for node in selected.selections:
            if isinstance(node, FieldNode):
                yield parent, node
                continue
            inner = self._fragment(node)
            named = inner.type_condition
            is_same = named is None or named.name.value == parent.name
            for found, field in self.fields(parent, inner.selection_set):
                yield (found if is_same else None), field

    def _fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, InlineFragmentNode):
            return node
        return self._fragments[cast("FragmentSpreadNode", node).name.value]

    def is_of_the_account(self, parent: GraphQLObjectType | None, node: FieldNode) -> bool:
        """Tell whether the field, and all below it, shows each caller of an account the same."""
        name = node.name.value
        if name == "__typename":
            return parent is not None
        field = None if parent is None else parent.fields.get(name)
        if parent is None or field is None:
            return False
        if not _shows_all_the_same(f"{parent.name}.{name}", field.extensions.get(_DEFINITION)):
            return False
        if node.selection_set is None:
            return True
        kind = get_named_type(field.type)
        return is_object_type(kind) and all(
            self.is_of_the_account(*inner) for inner in self.fields(kind, node.selection_set)
        )


def _shows_all_the_same(coordinate: str, definition: object) -> bool:
    if coordinate in _OF_THE_ACCOUNT:
        return True
    kind, _, name = coordinate.partition(".")
    if kind == "Subscription":
        return name in _ROOTS
    return isinstance(definition, StrawberryField) and definition.is_basic_field


def _cursor_of(document: DocumentNode, roots: list[FieldNode]) -> str | None:
    """Give the variable that is the roots' `after` and stands nowhere else."""
    found = {
        argument.value.name.value
        for field in roots
        for argument in field.arguments or ()
        if argument.name.value == _CURSOR and isinstance(argument.value, VariableNode)
    }
    uses = _Uses()
    visit(document, uses)
    return next((name for name in found if uses.of[name] == _DEFINED_AND_USED), None)


class _Uses(Visitor):
    """Counts how often each variable is named."""

    def __init__(self) -> None:
        super().__init__()
        self.of: Counter[str] = Counter()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.of[node.name.value] += 1
