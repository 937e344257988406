"""Docstrings of types and resolvers as the schema's descriptions, so that each is written once."""

import inspect
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from schema.api_keys import SCOPE_MEANINGS
from schema.closing import MONTH_PHASE_MEANINGS, UNSETTLED_MEANINGS
from schema.connections import MAPPING_MEANINGS
from schema.drift_facts import DRIFT_KIND_MEANINGS
from schema.guards import CODE_MEANINGS, SEVERITY_MEANINGS
from schema.issue_facts import OBJECT_KIND_MEANINGS
from schema.lists import BATCH_STATUS_MEANINGS
from schema.naming import FINDING_MEANINGS
from schema.payment_facts import PAYMENT_STATE_MEANINGS
from schema.people import ROLE_MEANINGS
from schema.preview import ACTION_MEANINGS, EFFECT_MEANINGS
from schema.sync import SYNC_STATUS_MEANINGS
from schema.unlocking import CHECK_MEANINGS, EVIDENCE_MEANINGS, UNLOCK_STATE_MEANINGS
from schema.user_errors import ERROR_MEANINGS
from schema.webhooks import WEBHOOK_STATE_MEANINGS
from schema.wording import codes, inputs, invoices, lists, queries

#: What the values of each enum mean, by the enum's name in the API.
_MEANINGS: Mapping[str, Mapping[Any, str]] = {
    "SyncStatus": SYNC_STATUS_MEANINGS,
    "Scope": SCOPE_MEANINGS,
    "PaymentState": PAYMENT_STATE_MEANINGS,
    "EmployeeRole": ROLE_MEANINGS,
    "FailedObjectKind": OBJECT_KIND_MEANINGS,
    "GuardCode": CODE_MEANINGS,
    "LineAction": ACTION_MEANINGS,
    "PreviewEffect": EFFECT_MEANINGS,
    "GuardSeverity": SEVERITY_MEANINGS,
    "BatchStatus": BATCH_STATUS_MEANINGS,
    "UserErrorCode": ERROR_MEANINGS,
    "SetupFindingCode": FINDING_MEANINGS,
    "CustomerMapping": MAPPING_MEANINGS,
    "MonthPhase": MONTH_PHASE_MEANINGS,
    "UnsettledKind": UNSETTLED_MEANINGS,
    "UnlockCheck": CHECK_MEANINGS,
    "EvidenceState": EVIDENCE_MEANINGS,
    "UnlockState": UNLOCK_STATE_MEANINGS,
    "DriftKind": DRIFT_KIND_MEANINGS,
    "WebhookState": WEBHOOK_STATE_MEANINGS,
}


#: By schema coordinate.
_WORDS: Mapping[str, str] = {
    **invoices.WORDS, **lists.WORDS, **codes.WORDS, **inputs.WORDS, **queries.WORDS
}  # fmt: skip


def describe(schema: Schema) -> None:
    """Fill in every description that is missing and stands in a docstring or a table."""
    types = schema.schema_converter.type_map.values()
    named = [(k.implementation, k.definition) for k in types]
    for shown, definition in named:
        if isinstance(shown, GraphQLNamedType):
            shown.description = shown.description or _docstring(definition) or _of_type(shown)
            _describe_parts(shown)
    for shown, _ in named:
        if isinstance(shown, GraphQLObjectType):
            _inherit(shown)


def _describe_parts(shown: GraphQLNamedType) -> None:
    match shown:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in shown.fields.items():
                field.description = (
                    field.description or _resolver_docstring(field) or _of_field(shown, name)
                )
                _describe_arguments(f"{shown.name}.{name}", field)
        case GraphQLInputObjectType():
            for name, wanted in shown.fields.items():
                known = _WORDS.get(f"{shown.name}.{name}") or inputs.COMMON.get(name)
                wanted.description = wanted.description or known
        case GraphQLEnumType():
            meanings = _MEANINGS.get(shown.name, {})
            for name, value in shown.values.items():
                value.description = meanings.get(name) or _WORDS.get(f"{shown.name}.{name}")
        case _:
            return


def _describe_arguments(coordinate: str, field: GraphQLField) -> None:
    for name, argument in field.args.items():
        known = _WORDS.get(f"{coordinate}({name}:)") or queries.ARGUMENTS.get(name)
        argument.description = argument.description or known


def _of_type(shown: GraphQLNamedType) -> str | None:
    kind = _page_kind(shown)
    return _WORDS.get(shown.name) or (queries.PAGES[kind] if kind else None)


def _of_field(shown: GraphQLNamedType, name: str) -> str | None:
    kind = _page_kind(shown)
    known = _WORDS.get(f"{shown.name}.{name}")
    return known or (queries.PAGES[f"{kind}.{name}"] if kind else None)


def _page_kind(shown: GraphQLNamedType) -> str | None:
    """Tell pages and their edges from the Connection of the Web Connector."""
    if not isinstance(shown, GraphQLObjectType):
        return None
    if set(shown.fields) == {"edges", "nodes", "pageInfo"}:
        return "Connection"
    return "Edge" if set(shown.fields) == {"node", "cursor"} else None


def _inherit(shown: GraphQLObjectType) -> None:
    """What an interface says of a field holds for those who have the field from it."""
    for interface in shown.interfaces:
        for name, field in interface.fields.items():
            ours = shown.fields[name]
            ours.description = ours.description or field.description


def _resolver_docstring(field: GraphQLField) -> str | None:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or definition.base_resolver is None:
        return None
    return _joined(inspect.getdoc(definition.base_resolver.wrapped_func))


def _docstring(definition: object) -> str | None:
    """Give the class's own docstring; dataclasses without one are given their signature."""
    match definition:
        case StrawberryObjectDefinition():
            origin: type = definition.origin
        case StrawberryEnumDefinition():
            origin = definition.wrapped_cls
        case _:
            return None
    text = vars(origin).get("__doc__")
    if text is None or text.startswith(f"{origin.__name__}("):
        return None
    return _joined(inspect.cleandoc(text))


def _joined(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())
