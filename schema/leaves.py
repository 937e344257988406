"""Plain values are read without the library's machinery for fields, which costs most of a list.

Plain are attributes, and what a method without arguments gives at once: scalars, enums, and objects
and lists of these. Whatever else there is goes the library's way: other resolvers, arguments,
awaitables, exceptions given as values, None where there must be a value, and values that their
scalar refuses. A test compares both ways on random documents and values.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.context import Tally

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
_LARGEST_INT = 2**31 - 1

Get = Callable[[Any], Any]
Show = Callable[[Any], Any]


class NotPlain(Exception):
    """The library shall look itself."""


class Plain(NamedTuple):
    """How a field is read from the object that holds it, and shown."""

    get: Get
    #: A value of exactly this type is shown as it is.
    as_it_is: type
    show: Show


class _Nothing:
    """Stands where no value is shown as it is; has no instances."""


#: Neither exceptions nor awaitable; most values are of these types.
_PLAIN = frozenset({str, int, bool, float, Decimal, date, datetime, UUID})
_AS_IT_IS: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}

#: By response name: what is selected there, and how to read it; None: the library's way.
_Plan = list[tuple[str, Any, Plain | None]]


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
        self._plans: dict[int, tuple[Any, _Plan]] = {}
        self._readers: dict[int, tuple[Any, Show | None]] = {}
        self._tally = getattr(self.context_value, "tally", None) or Tally()
        has_middleware = self.middleware_manager and self.middleware_manager.middlewares
        self._is_watched = bool(has_middleware)  # it wants to see each field

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
        if self._is_watched:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        results: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, details, plain in self._plan(parent_type, grouped_field_set):
            shown = Undefined if plain is None else self._try(plain, source_value)
            if shown is Undefined:
                others[name] = details
            results[name] = shown  # keeps the place of the others too
        if not others:
            return results
        rest = super().execute_fields(parent_type, source_value, path, others, position_context)
        if isinstance(rest, dict):
            return _merged(results, rest)
        return _merged_later(results, rest)

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Give the items of a list; where all of them are plain, without looking for more."""
        show = None if self._is_watched else self._list_of(item_type, field_details_list)
        if show is not None:
            shown = self._try(Plain(_itself, _Nothing, show), items)
            if shown is not Undefined:
                return shown
        return super().complete_iterable_value(
            item_type, field_details_list, info, path, items, position_context
        )

    def _try(self, plain: Plain, source: Any) -> Any:
        """Give the value as it is answered; Undefined where the library shall look itself."""
        objects = self._tally.objects
        try:
            value = plain.get(source)
            return value if type(value) is plain.as_it_is else plain.show(value)
        except Exception:  # noqa: BLE001 - the library meets it again, and tells it with its path
            self._tally.objects = objects
            return Undefined

    def _plan(self, parent_type: GraphQLObjectType, selected: dict[str, Any]) -> _Plan:
        known = self._plans.get(id(selected))
        if known is None:
            plan = [
                (name, details, self._plain(parent_type, details))
                for name, details in selected.items()
            ]
            known = self._plans[id(selected)] = (selected, plan)
        return known[1]

    def _plain(self, parent_type: GraphQLObjectType, details: Any) -> Plain | None:
        name = details[0].node.name.value
        if name == "__typename":  # many clients ask for it with every object
            return Plain(lambda _: parent_type.name, str, _refuse)
        get = _getter(parent_type, name)
        if get is None:
            return None
        kind = parent_type.fields[name].type
        show = self._shown(kind, details)
        return None if show is None else Plain(get, _as_it_is(kind), show)

    def _shown(self, kind: GraphQLOutputType, details: Any) -> Show | None:
        """Give how values of this type are shown; None where not all in them is plain."""
        is_required = is_non_null_type(kind)
        inner: Any = kind.of_type if is_non_null_type(kind) else kind
        if is_leaf_type(inner):
            return _leaf_shown(inner, is_required)
        if is_list_type(inner):
            show = self._list_of(inner.of_type, details)
        elif is_object_type(inner):
            show = self._object(inner, details)
        else:
            return None
        return None if show is None else _or_none(show, is_required=is_required)

    def _list_of(self, item_type: GraphQLOutputType, details: Any) -> Show | None:
        item = self._shown(item_type, details)
        if item is None:
            return None

        def show(values: Any) -> list[Any]:
            if type(values) is not list and type(values) is not tuple:
                raise NotPlain
            return [item(value) for value in values]

        return show

    def _object(self, kind: GraphQLObjectType, details: Any) -> Show | None:
        known = self._readers.get(id(details))
        if known is None:
            selected = self.collect_subfields(kind, details).grouped_field_set
            plan = [(name, plain) for name, _, plain in self._plan(kind, selected)]
            fields = [(name, *plain) for name, plain in plan if plain is not None]
            is_whole = len(fields) == len(plan)
            show = _show_object(_origin(kind), fields, self._tally) if is_whole else None
            known = self._readers[id(details)] = (details, show)
        return known[1]


def _show_object(
    origin: type | None, fields: list[tuple[str, Get, type, Show]], tally: Tally
) -> Show:
    """Give how objects of one type are shown; with an origin, they must be of exactly that."""
    seen = origin or _Nothing

    def show(source: Any) -> dict[str, Any]:
        nonlocal seen
        if type(source) is not seen:
            if origin is not None or _is_special(source):
                raise NotPlain
            seen = type(source)
        tally.objects += 1
        results = {}
        for name, get, as_it_is, show_value in fields:
            value = get(source)
            results[name] = value if type(value) is as_it_is else show_value(value)
        return results

    return show


def _as_it_is(kind: GraphQLOutputType) -> type:
    """Give the Python type whose values are shown as they are."""
    return _AS_IT_IS.get(kind.of_type if is_non_null_type(kind) else kind, _Nothing)


@lru_cache(maxsize=512)
def _leaf_shown(kind: GraphQLLeafType, is_required: bool) -> Show:
    show = _checked(kind.coerce_output_value, is_required=is_required)
    if kind is GraphQLInt:
        return _number_shown(show)
    member = getattr(kind, "wrapped_cls", None) if isinstance(kind, GraphQLEnumType) else None
    return show if member is None else _member_shown(member, show)


def _checked(coerce: Show, *, is_required: bool) -> Show:
    def show(value: Any) -> Any:
        if value is None and not is_required:
            return None
        if value is None or (type(value) not in _PLAIN and _is_special(value)):
            raise NotPlain
        shown = coerce(value)
        if shown is None:
            raise NotPlain
        return shown

    return show


def _number_shown(other: Show) -> Show:
    def show(value: Any) -> Any:
        is_small = type(value) is int and -_LARGEST_INT <= value <= _LARGEST_INT
        return value if is_small else other(value)

    return show


def _member_shown(member: type, other: Show) -> Show:
    """Know the name of each member from when it was shown first: the library searches for it."""
    names: dict[object, Any] = {}

    def show(value: Any) -> Any:
        if type(value) is not member:
            return other(value)
        name = names.get(value)
        if name is None:
            name = names[value] = other(value)
        return name

    return show


def _or_none(show: Show, *, is_required: bool) -> Show:
    def show_or_none(value: Any) -> Any:
        if value is not None:
            return show(value)
        if is_required:
            raise NotPlain
        return None

    return show_or_none


def _merged(results: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    results.update(rest)
    return results


async def _merged_later(results: dict[str, Any], rest: Awaitable[Any]) -> dict[str, Any]:
    return _merged(results, await rest)


def _is_special(value: object) -> bool:
    return isinstance(value, Exception) or hasattr(value, "__await__")


def _itself(value: Any) -> Any:
    return value


def _refuse(_: object) -> Any:
    raise NotPlain


def _origin(kind: GraphQLObjectType) -> type | None:
    """Give the class whose instances are of this type; None where the library does not look."""
    if kind.is_type_of is None:
        return None
    origin: type = kind.extensions[_DEFINITION].origin
    return origin


@lru_cache(maxsize=4096)
def _getter(parent_type: GraphQLObjectType, name: str) -> Get | None:
    """Give how a field that needs neither arguments nor the library is read; else None."""
    field = parent_type.fields.get(name)
    if field is None or field.args:
        return None
    definition = field.extensions.get(_DEFINITION)
    if not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        is_default = getattr(field.resolve, "_is_default", False)
        return attrgetter(definition.python_name) if is_default else None
    method: Any = resolver.wrapped_func
    takes_self_alone = resolver.self_parameter and len(resolver.signature.parameters) == 1
    return method if takes_self_alone and not resolver.is_async else None
