"""Calls of everything that the API has, made from its own description: new fields as well."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    parse,
)
from strawberry.utils.str_converters import to_snake_case

from schema.limits import check_limits

Path = tuple[str, ...]

#: Whose id it is where the name does not say it; several: each of them is tried.
ID_TYPES: Mapping[str, tuple[str, ...]] = {
    "Query.invoice.id": ("Invoice",),
    "Query.unlockRequest.id": ("UnlockRequest",),
    "Query.syncIssues.rootId": ("SyncIssue",),
    "AuditFilter.actorId": ("ApiKey",),
    "AuditFilter.subjectId": ("Invoice",),
    "ConfirmUnlockInput.requestId": ("UnlockRequest",),
    "SetCogsAccountInput.id": ("Item",),
    "SetQuickBooksNameInput.id": (
        "BusinessUnit",
        "Customer",
        "InventoryLocation",
        "Item",
        "TaxZone",
    ),
}
EVERY_NODE = ("Query.node.id", "Query.nodes.ids")
#: Texts that must mean something, by the name of their place.
TEXTS = {
    "month": "2026-11",
    "permission": "EXPORT_INVOICES",
    "path": "summary",
    "adminPin": "739218",
    "pin": "739218",
    "consentVersion": "1",
}
#: Never given here: a cursor of another account is a question of its own.
CURSOR = "after"
NUMBERS = {"first": 2, "waitSeconds": 0}
SCALARS = {
    "Boolean": False,
    "Date": "2026-11-18",
    "DateTime": "2026-11-18T10:00:00Z",
    "Decimal": "1.00",
    "Money": "1.00",
}
_DEEPEST = 4


@dataclass(frozen=True)
class Slot:
    """A place of an id in a call, and whose kind of id is put there."""

    path: Path
    type_name: str


#: Only what must be given is.
NOWHERE = Slot((), "what is required")


@dataclass(frozen=True)
class Call:
    """One call of a root field; `slot` is where the foreign id stands, None: everywhere."""

    kind: str
    field: str
    slot: Slot | None
    document: str
    variables: dict[str, Any]

    def __str__(self) -> str:
        where = (
            "everywhere" if self.slot is None else "/".join((*self.slot.path, self.slot.type_name))
        )
        return f"{self.kind}.{self.field}[{where}]"


class Walk:
    """Builds calls in which one id, or every one, is taken from elsewhere."""

    def __init__(self, api: GraphQLSchema, own: Mapping[str, str], foreign: Mapping[str, str]):
        self._api = api
        self._own = own
        self._foreign = foreign
        self._keys = count(1)
        #: What is given as `version`.
        self.version = 1

    def roots(self) -> Iterator[tuple[str, str, GraphQLField]]:
        for root in (self._api.query_type, self._api.mutation_type, self._api.subscription_type):
            yield from ((root.name, name, field) for name, field in root.fields.items())

    def calls(self, kind: str, name: str, field: GraphQLField) -> Iterator[Callable[[], Call]]:
        """Give the calls of a root field; each is built when it is made, with the version of then."""
        slots: list[Slot] = []
        self._arguments(kind, name, field, lambda slot: slots.append(slot) or "", wanted=None)
        everywhere = lambda slot: self._foreign[slot.type_name]  # noqa: E731
        if not any(f"{kind}.{name}" in place for place in EVERY_NODE):
            yield lambda: self._call(kind, name, field, None, everywhere)
            yield lambda: self._call(kind, name, field, NOWHERE, everywhere)
        for slot in dict.fromkeys(slots):
            yield lambda slot=slot: self._call(kind, name, field, slot, self._only(slot))

    def _only(self, wanted: Slot) -> Callable[[Slot], str | None]:
        def pick(slot: Slot) -> str | None:
            if slot.path != wanted.path:
                return self._own[slot.type_name]
            return self._foreign[slot.type_name] if slot == wanted else None

        return pick

    def _call(self, kind, name, field, slot, pick) -> Call:
        variables = self._arguments(kind, name, field, pick, wanted=slot)
        return Call(kind, name, slot, self.document(kind, name, field, variables, slot), variables)

    def document(self, kind, name, field, variables, slot=None) -> str:
        """Give the operation, as deep as the limits allow."""
        named = ", ".join(f"${n}: {field.args[n].type}" for n in variables)
        passed = ", ".join(f"{n}: ${n}" for n in variables)
        shown = get_named_type(field.type)
        if slot is not None and f"{kind}.{name}" in {p.rpartition(".")[0] for p in EVERY_NODE}:
            shown = self._api.type_map[slot.type_name]
        for depth in range(_DEEPEST, 0, -1):
            selection = self._selection(shown, depth, ())
            if shown is not get_named_type(field.type):
                selection = f"{{ ... on {shown.name} {selection} }}"
            call = name + (f"({passed})" if passed else "") + selection
            text = f"{kind.lower()}{f'({named})' if named else ''} {{ {call} }}"
            if not check_limits(parse(text)):
                return text
        raise LookupError(f"{kind}.{name} cannot be shown within the limits.")

    # what is given

    def _arguments(self, kind, name, field, pick, wanted):
        given = {}
        for key, argument in field.args.items():
            place, path = f"{kind}.{name}.{key}", (key,)
            if key == CURSOR:
                continue
            if is_required_argument(argument) or _is_towards(path, wanted):
                given[key] = self._value(argument.type, place, path, pick, wanted)
        return {key: value for key, value in given.items() if value is not None}

    def _value(self, type_, place: str, path: Path, pick, wanted):
        match type_:
            case GraphQLNonNull():
                value = self._value(type_.of_type, place, path, pick, wanted)
            case GraphQLList() if get_named_type(type_).name == "ID":
                value = self._ids(place, path, pick)
            case GraphQLList():
                value = [self._value(type_.of_type, place, path, pick, wanted)]
            case GraphQLInputObjectType():
                value = {
                    key: self._value(part.type, f"{type_.name}.{key}", (*path, key), pick, wanted)
                    for key, part in type_.fields.items()
                    if is_required_input_field(part) or _is_towards((*path, key), wanted)
                }
            case GraphQLEnumType():
                value = next(iter(type_.values))
            case _ if type_.name == "ID":
                value = next(iter(self._ids(place, path, pick)), None)
            case _:
                value = self._scalar(type_.name, path[-1])
        return value

    def _ids(self, place, path, pick):
        return [found for name in self._types(place) if (found := pick(Slot(path, name)))]

    def _scalar(self, type_name: str, name: str):
        if type_name == "String":
            fresh = f"walk-{next(self._keys)}"
            return fresh if name == "idempotencyKey" else TEXTS.get(name, "Walked")
        if type_name == "Int":
            return self.version if name == "version" else NUMBERS.get(name, 1)
        return SCALARS[type_name]

    def _types(self, place: str) -> tuple[str, ...]:
        """Give the kinds of ids that belong here. Raises LookupError where nobody can tell."""
        if place in EVERY_NODE:
            return tuple(self._foreign)
        if place in ID_TYPES:
            return ID_TYPES[place]
        stem = re.sub("Ids?$", "", place.rpartition(".")[2]).lower()
        fitting = [name for name in self._foreign if stem.endswith(name.lower())]
        if not fitting:
            raise LookupError(f"Whose id is {place}? Say it in ID_TYPES of {__name__}.")
        return (max(fitting, key=len),)

    # what is asked for

    def _selection(self, type_, depth: int, above: tuple[str, ...]) -> str:
        if is_leaf_type(type_):
            return ""
        parts = ["__typename"]
        for name, field in type_.fields.items():
            parts += self._selected(name, field, depth, (*above, type_.name))
        if isinstance(type_, GraphQLInterfaceType):
            known = set(type_.fields)
            for one in self._api.get_possible_types(type_):
                own = [n for n in one.fields if n not in known]
                known |= set(own)
                inner = [p for n in own for p in self._selected(n, one.fields[n], 1, above)]
                if inner:
                    parts.append(f"... on {one.name} {{ {' '.join(inner)} }}")
        return f" {{ {' '.join(parts)} }}"

    def _selected(self, name, field, depth, above) -> list[str]:
        shown = get_named_type(field.type)
        if any(is_required_argument(a) for a in field.args.values()):
            return []
        if not is_leaf_type(shown) and (depth <= 1 or shown.name in above):
            return []
        page = "(first: 2)" if "first" in field.args else ""
        return [f"{name}{page}{self._selection(shown, depth - 1, above)}"]


def node_types(api: GraphQLSchema) -> list[str]:
    """Name all types that have ids."""
    node = api.type_map["Node"]
    return [type_.name for type_ in api.get_possible_types(node)]


def table_of(type_name: str) -> str:
    """Name the table that holds the rows of a type."""
    return to_snake_case(type_name).strip("_")


def mutation_errors(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the refusals in the payloads of an answer."""
    payloads = [p for p in data.values() if isinstance(p, Mapping)]
    return [error for payload in payloads for error in payload.get("userErrors") or ()]


def _is_towards(path: Path, wanted: Slot | None) -> bool:
    """Tell whether the place must be written because the wanted one lies in it; None wants all."""
    return wanted is None or wanted.path[: len(path)] == path
