"""Plain values are read without the library's machinery for fields, which costs most of a list.

Whatever is not plain goes the library's way: resolvers, arguments, awaitables, exceptions given as
values, None where there must be a value, and values that their scalar refuses. A test compares
both ways on random documents and values.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from graphql import GraphQLError, GraphQLObjectType, is_leaf_type, is_non_null_type
from graphql.execution import Executor
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.context import Tally

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


class Leaf(NamedTuple):
    """How a plain value is read from the object that holds it, and shown."""

    attribute: str
    show: Callable[[Any], Any]
    is_required: bool


#: Neither exceptions nor awaitable; most values are of these types.
_PLAIN = frozenset({str, int, bool, float, Decimal, date, datetime, UUID})

#: By response name: what is selected there, and how to read it; None: the library's way.
_Plan = list[tuple[str, Any, Leaf | None]]


class LeafExecutor(StrawberryGraphQLCoreExecutionContext):
    """Runs an operation; nothing that a caller misspelt is answered with names of the schema."""

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> "list[GraphQLError] | Executor[Any]":
        """Give the executor, or what is wrong with the variables."""
        kwargs["hide_suggestions"] = True
        return super().build(*args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: One for all objects of a list: they share their selection, which the plan keeps alive.
        self._plans: dict[int, tuple[Any, _Plan | None]] = {}
        self._tally = getattr(self.context_value, "tally", None) or Tally()

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: dict[str, Any],
        position_context: Any,
    ) -> Any:
        """Give the selected fields of one object, in their order."""
        self._tally.objects += 1
        plan = self._plan(parent_type, grouped_field_set)
        if plan is None:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        results: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, details, leaf in plan:
            shown = Undefined if leaf is None else _shown(leaf, source_value)
            if shown is Undefined:
                others[name] = details
            results[name] = shown  # keeps the place of the others too
        if not others:
            return results
        rest = super().execute_fields(parent_type, source_value, path, others, position_context)
        if isinstance(rest, dict):
            return _merged(results, rest)
        return _merged_later(results, rest)

    def _plan(self, parent_type: GraphQLObjectType, selected: dict[str, Any]) -> _Plan | None:
        if self.middleware_manager and self.middleware_manager.middlewares:
            return None  # it wants to see each field
        known = self._plans.get(id(selected))
        if known is None:
            plan: _Plan = [
                (name, details, _leaf_of(parent_type, details[0].node.name.value))
                for name, details in selected.items()
            ]
            is_worth_it = any(leaf is not None for _, _, leaf in plan)
            known = self._plans[id(selected)] = (selected, plan if is_worth_it else None)
        return known[1]


def _merged(results: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    results.update(rest)
    return results


async def _merged_later(results: dict[str, Any], rest: Awaitable[Any]) -> dict[str, Any]:
    return _merged(results, await rest)


def _shown(leaf: Leaf, source: Any) -> Any:
    """Give the value as it is answered; Undefined where the library shall look itself."""
    try:
        value = getattr(source, leaf.attribute)
        if value is None:
            return Undefined if leaf.is_required else None
        if type(value) not in _PLAIN and _is_special(value):
            return Undefined
        shown = leaf.show(value)
    except Exception:  # noqa: BLE001 - the library meets it again, and tells it with its path
        return Undefined
    return Undefined if shown is None else shown


def _is_special(value: object) -> bool:
    return isinstance(value, Exception) or hasattr(value, "__await__")


@lru_cache(maxsize=4096)
def _leaf_of(parent_type: GraphQLObjectType, name: str) -> Leaf | None:
    if name == "__typename":  # many clients ask for it with every object
        return Leaf("__class__", lambda _: parent_type.name, is_required=True)
    field = parent_type.fields.get(name)
    if field is None or field.args:
        return None
    definition = field.extensions.get(_DEFINITION)
    is_plain = isinstance(definition, StrawberryField) and definition.is_basic_field
    if not is_plain or not getattr(field.resolve, "_is_default", False):
        return None
    is_required = is_non_null_type(field.type)
    kind = field.type.of_type if is_required else field.type
    if not is_leaf_type(kind):
        return None
    return Leaf(definition.python_name, kind.coerce_output_value, is_required)
