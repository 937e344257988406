"""What an operation may cost: one for each object that it may return.

A valid document is priced once; the sizes of pages that are variables stay open until it runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

#: A mutation locks, checks and writes before it returns anything.
MUTATION = 10
#: A subscription, once; its events are free.
SUBSCRIPTION = 10
#: Reading the schema, however much of it.
INTROSPECTION = 100
#: Taken for a list whose size nobody names; what it was shorter is given back.
USUAL_LIST = 10

#: Where an operation names how many objects it wants.
_SIZES = ("first", "ids")


class Open(NamedTuple):
    """A size that a variable names; without it the size is the usual one."""

    variable: str
    usual: int

    def given(self, variables: Mapping[str, Any]) -> int:
        """Give the size; what is no size is refused by whoever reads the variables."""
        value = variables.get(self.variable, self.usual)
        if isinstance(value, list):
            return len(value)
        return max(value, 0) if isinstance(value, int) else self.usual


_Size = int | Open


class Price:
    """A sum of products: whole numbers, and sizes that are still open."""

    def __init__(self, terms: Mapping[tuple[Open, ...], int]) -> None:
        self._terms = terms

    @classmethod
    def of(cls, number: int) -> "Price":
        """Give the price that is this number."""
        return cls({(): number} if number else {})

    def __add__(self, other: "Price") -> "Price":
        terms = dict(self._terms)
        for sizes, number in other._terms.items():
            terms[sizes] = terms.get(sizes, 0) + number
        return Price(terms)

    def times(self, size: _Size) -> "Price":
        """Give the price of so many of them."""
        if isinstance(size, int):
            return Price({sizes: size * number for sizes, number in self._terms.items()})
        return Price(
            {tuple(sorted((*sizes, size))): number for sizes, number in self._terms.items()}
        )

    def given(self, variables: Mapping[str, Any]) -> int:
        """Give the price as a number."""
        total = 0
        for sizes, number in self._terms.items():
            for size in sizes:
                number *= size.given(variables)  # noqa: PLW2901 - a product
            total += number
        return total


class Quote(NamedTuple):
    """What is known of a valid operation before it runs."""

    #: What it costs at most.
    most: Price
    #: The part of it that nothing gives back.
    least: int
    #: It asks for the schema itself.
    reads_schema: bool


def quote(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Quote:
    """Price the operation of a valid document."""
    root = schema.get_root_type(operation.operation)
    pricing = _Pricing(schema, document, operation)
    inner = pricing.selections(operation.selection_set, root, None)
    match operation.operation:
        case OperationType.QUERY:
            return Quote(Price.of(1) + inner, 0, pricing.reads_schema)
        case OperationType.MUTATION:
            fixed = MUTATION * len(list(pricing.fields(operation.selection_set)))
            return Quote(Price.of(fixed) + inner, fixed, pricing.reads_schema)
        case OperationType.SUBSCRIPTION:
            return Quote(Price.of(SUBSCRIPTION), SUBSCRIPTION, pricing.reads_schema)


class _Pricing:
    """Remembers the price of each fragment, so that spreading one twice costs nothing."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._defaults = {
            d.variable.name.value: d.default_value for d in operation.variable_definitions or ()
        }
        self._prices: dict[tuple[str, _Size | None], Price] = {}
        self.reads_schema = False

    def selections(
        self, selected: SelectionSetNode | None, of: GraphQLNamedType | None, page: _Size | None
    ) -> Price:
        """Price what is selected of one object; `page` is how many its lists may hold."""
        price = Price.of(0)
        for selection in () if selected is None else selected.selections:
            match selection:
                case FieldNode():
                    price += self._field(selection, of, page)
                case InlineFragmentNode():
                    price += self._inline(selection, of, page)
                case FragmentSpreadNode():
                    price += self._fragment(selection.name.value, page)
                case _:
                    pass
        return price

    def fields(self, selected: SelectionSetNode) -> Iterator[FieldNode]:
        """Give each field of an outermost selection, fragments written out."""
        for selection in selected.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from self.fields(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                yield from self.fields(self._fragments[selection.name.value].selection_set)

    def _inline(
        self, fragment: InlineFragmentNode, of: GraphQLNamedType | None, page: _Size | None
    ) -> Price:
        if fragment.type_condition is not None:
            of = self._schema.get_type(fragment.type_condition.name.value)
        return self.selections(fragment.selection_set, of, page)

    def _fragment(self, name: str, page: _Size | None) -> Price:
        if (name, page) not in self._prices:
            fragment = self._fragments[name]
            of = self._schema.get_type(fragment.type_condition.name.value)
            self._prices[name, page] = self.selections(fragment.selection_set, of, page)
        return self._prices[name, page]

    def _field(self, node: FieldNode, of: GraphQLNamedType | None, page: _Size | None) -> Price:
        name = node.name.value
        if name.startswith("__"):
            self.reads_schema |= name != "__typename"
            return Price.of(0 if name == "__typename" else INTROSPECTION)
        field: GraphQLField = of.fields[name]  # type: ignore[union-attr] # the document is valid
        inner_type = get_named_type(field.type)
        if not is_composite_type(inner_type):
            return Price.of(0)
        size = self._size(node, field)
        if not is_list_type(get_nullable_type(field.type)):
            return Price.of(1) + self.selections(node.selection_set, inner_type, size)
        each = Price.of(1) + self.selections(node.selection_set, inner_type, None)
        own = size if size is not None else page
        return each.times(USUAL_LIST if own is None else own)

    def _size(self, node: FieldNode, field: GraphQLField) -> _Size | None:
        """Give how many objects the field is asked for; None when it has no such argument."""
        name = next((name for name in _SIZES if name in field.args), None)
        if name is None:
            return None
        usual = _usual(field.args[name])
        given = next((it.value for it in node.arguments or () if it.name.value == name), None)
        match given:
            case VariableNode():
                default = self._defaults.get(given.name.value)
                return Open(given.name.value, _literal(default, usual))
            case _:
                return _literal(given, usual)


def _usual(argument: GraphQLArgument) -> int:
    if isinstance(argument.default_value, int):
        return argument.default_value
    # a schema that was read from SDL keeps its defaults elsewhere
    return _literal(argument.default and argument.default.literal, USUAL_LIST)


def _literal(node: object, usual: int) -> int:
    match node:
        case IntValueNode():
            return max(int(node.value), 0)
        case ListValueNode():
            return len(node.values)
        case _:
            return usual
