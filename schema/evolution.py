"""What may change in the API between two releases: what docs/api/evolution.md promises."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes

#: How long what is deprecated is kept, at least.
NOTICE = timedelta(days=180)
#: How a deprecation is told: what to use instead, since when, and until when the old way is kept.
_PROMISE = re.compile(
    r"(?s).+[.!] Deprecated in [0-9]+\.[0-9]+\.[0-9]+, removed after ([0-9]{4}-[0-9]{2}-[0-9]{2})\."
)
#: Another default has the same call do something else, without a word to who sends it.
_SILENT = (
    DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
    DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE,
)
#: What a root field asks of a credential and of its holder, as its description says it.
_ASKED = {
    "scope": re.compile(r" Scope: ([^.]+)\."),
    "permission": re.compile(r" Permission: ([^.]+)\."),
}

Member = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs, in sentences that name the coordinate."""

    #: What worked for clients does not any more, or does something else.
    breaking: tuple[str, ...]
    #: What the policy asks clients to put up with; worth a line in the changelog.
    announced: tuple[str, ...]


def compare(released: str, present: str, *, today: date) -> Comparison:
    """Hold the present SDL against the released one.

    What was deprecated in the released one may be gone once the promised day is over.
    """
    before, now = build_schema(released), build_schema(present)
    may_go = _may_go(before, today)
    breaking, announced = [], []
    for change in find_schema_changes(before, now):
        if isinstance(change.type, BreakingChangeType) or change.type in _SILENT:
            breaking.append(change.description)
        elif isinstance(change.type, DangerousChangeType):
            announced.append(change.description)
    return Comparison(
        breaking=(
            *(text for text in breaking if text not in may_go),
            *_closed(before, now),
            *_broken_promises(before, now),
        ),
        announced=tuple(announced),
    )


def untold(sdl: str) -> list[str]:
    """Give the deprecations that do not say what they must."""
    return [
        f'{place} is deprecated with "{reason}". Say what to use instead, since which release, and'
        ' until when it is kept: "Use `total`. Deprecated in 0.2.0, removed after 2027-07-01."'
        for place, reason in deprecations(build_schema(sdl)).items()
        if _kept_until(reason) is None
    ]


def short_notices(released: str, present: str, *, today: date) -> list[str]:
    """Give what a release of today would deprecate with less notice than is promised."""
    known = deprecations(build_schema(released))
    return [
        f"{place} would be kept until {until}, less than {NOTICE.days} days. Promise a later day."
        for place, reason in deprecations(build_schema(present)).items()
        if place not in known
        and (until := _kept_until(reason)) is not None
        and until < today + NOTICE
    ]


def deprecations(schema: GraphQLSchema) -> dict[str, str]:
    """Give what is deprecated, by coordinate, with the reason."""
    return {
        place: member.deprecation_reason
        for place, member in members(schema)
        if member.deprecation_reason is not None
    }


def members(schema: GraphQLSchema) -> Iterator[tuple[str, Member]]:
    """Give every field, argument, input field and enum value with its coordinate."""
    for name, type_ in sorted(schema.type_map.items()):
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        match type_:
            case GraphQLEnumType():
                yield from ((f"{name}.{value}", known) for value, known in type_.values.items())
            case GraphQLInputObjectType():
                yield from ((f"{name}.{field}", known) for field, known in type_.fields.items())
            case GraphQLObjectType() | GraphQLInterfaceType():
                for field, known in type_.fields.items():
                    yield f"{name}.{field}", known
                    for argument, wanted in known.args.items():
                        yield f"{name}.{field}({argument}:)", wanted
            case _:
                pass  # scalars and unions have no parts


def _kept_until(reason: str) -> date | None:
    told = _PROMISE.fullmatch(reason)
    try:
        return date.fromisoformat(told[1]) if told else None
    except ValueError:
        return None


def _may_go(schema: GraphQLSchema, today: date) -> set[str]:
    """Give the sentences for what is no break: the promised day is over, or nothing leads there."""
    ended = {
        place
        for place, reason in deprecations(schema).items()
        if (until := _kept_until(reason)) is not None and until < today
    }
    types = _reachable(schema) - _reachable(schema, without=ended)
    kinds = ("Field", "Argument", "Enum value")
    sentences = {f"{kind} {place} was removed." for kind in kinds for place in ended}
    return sentences | {f"{name} was removed." for name in types}


def _reachable(schema: GraphQLSchema, without: Collection[str] = ()) -> set[str]:
    waiting: list[GraphQLNamedType] = list(_roots(schema))
    seen: set[str] = set()
    while waiting:
        type_ = waiting.pop()
        if type_.name not in seen:
            seen.add(type_.name)
            waiting.extend(_named_by(type_, without))
            if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
                waiting.extend(schema.get_possible_types(type_))
    return seen


def _named_by(type_: GraphQLNamedType, without: Collection[str]) -> Iterator[GraphQLNamedType]:
    """Give the types that the fields of this one name, and its interfaces."""
    if not isinstance(type_, GraphQLInputObjectType | GraphQLObjectType | GraphQLInterfaceType):
        return
    for name, field in type_.fields.items():
        if f"{type_.name}.{name}" in without:
            continue
        yield get_named_type(field.type)
        for argument, wanted in field.args.items() if isinstance(field, GraphQLField) else ():
            if f"{type_.name}.{name}({argument}:)" not in without:
                yield get_named_type(wanted.type)
    if not isinstance(type_, GraphQLInputObjectType):
        yield from type_.interfaces


def _roots(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        if root is not None:
            yield root


def _closed(before: GraphQLSchema, now: GraphQLSchema) -> Iterator[str]:
    """Tell the root fields that are closed to the keys that open them so far."""
    for what, pattern in _ASKED.items():
        asked = _asked(now, pattern)
        for place, known in _asked(before, pattern).items():
            if asked.get(place, known) != known:
                yield f"{place} needs the {what} {asked[place]} instead of {known}."


def _asked(schema: GraphQLSchema, pattern: re.Pattern[str]) -> Mapping[str, str]:
    return {
        f"{root.name}.{name}": told[1]
        for root in _roots(schema)
        for name, field in root.fields.items()
        if (told := pattern.search(field.description or ""))
    }


def _broken_promises(before: GraphQLSchema, now: GraphQLSchema) -> Iterator[str]:
    """Tell what a release promised until a day, and is now to go sooner."""
    later = deprecations(now)
    for place, reason in deprecations(before).items():
        promised, until = _kept_until(reason), _kept_until(later.get(place, ""))
        if promised and until and until < promised:
            yield f"{place} was promised until {promised}, and is to be removed after {until}."
