"""How large a document may be: measured before any other rule, each fragment once."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

#: The lexer stops here.
MOST_TOKENS = 2000

#: Sums stop growing here: written out, a bomb's size has hundreds of digits.
_ENOUGH = 1_000_000


class Size(NamedTuple):
    """What a selection comes to when every fragment is written out."""

    depth: int = 0
    aliases: int = 0
    #: Fields of the outermost selection.
    root_fields: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: "Size") -> "Size":
        """Give the size of both, one next to the other."""
        sums = (min(a + b, _ENOUGH) for a, b in zip(self[1:], other[1:], strict=True))
        return Size(max(self.depth, other.depth), *sums)


LIMITS = Size(depth=10, aliases=30, root_fields=20, directives=20, fields=500)


def check_limits(document: DocumentNode) -> list[GraphQLError]:
    """Give an error for each limit that the document exceeds."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) > 1:
        return [_refusal("A document may hold one operation.", operations)]
    sizes = [(operation, measure(document, operation)) for operation in operations]
    return [
        _refusal(_message(name, limit), [operation])
        for operation, size in sizes
        for name, limit, found in zip(Size._fields, LIMITS, size, strict=True)
        if found > limit
    ]


def measure(document: DocumentNode, operation: OperationDefinitionNode) -> Size:
    """Give the size of the operation."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    own = Size(directives=len(operation.directives or ()))
    return own.beside(_Ruler(fragments).selections(operation.selection_set))


class _Ruler:
    """Remembers the size of each fragment, so that spreading one twice costs nothing."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, Size] = {}

    def selections(self, selection_set: SelectionSetNode | None) -> Size:
        size = Size()
        for selection in () if selection_set is None else selection_set.selections:
            size = size.beside(Size(directives=len(selection.directives or ())))
            size = size.beside(self._selection(selection))
        return size

    def _selection(self, selection: SelectionNode) -> Size:
        match selection:
            case FieldNode():
                return self._field(selection)
            case InlineFragmentNode():
                return self.selections(selection.selection_set)
            case FragmentSpreadNode():
                return self._fragment(selection.name.value)
            case _:
                return Size()

    def _field(self, field: FieldNode) -> Size:
        one = Size(depth=1, aliases=int(field.alias is not None), root_fields=1, fields=1)
        if field.name.value.startswith("__"):
            return one  # else no tool could read the schema; graphql-core bounds introspection
        inner = self.selections(field.selection_set)
        return one.beside(inner._replace(depth=inner.depth + 1, root_fields=0))

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes:
            self._sizes[name] = Size()  # a circle adds nothing here; another rule refuses it
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._sizes[name] = self.selections(fragment.selection_set)
        return self._sizes[name]


def _message(name: str, limit: int) -> str:
    if name == "depth":
        return f"The operation is nested too deeply: at most {limit} levels."
    return f"The operation has too many {name.replace('_', ' ')}: at most {limit}."


def _refusal(message: str, nodes: Sequence[OperationDefinitionNode]) -> GraphQLError:
    return GraphQLError(message, nodes, extensions={"code": "QUERY_TOO_COMPLEX"})
