"""Docstrings of types and resolvers as the schema's descriptions, so that each is written once."""

import inspect
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from schema.closing import MONTH_PHASE_MEANINGS, UNSETTLED_MEANINGS
from schema.guards import CODE_MEANINGS, SEVERITY_MEANINGS
from schema.issue_facts import OBJECT_KIND_MEANINGS
from schema.lists import BATCH_STATUS_MEANINGS
from schema.naming import FINDING_MEANINGS
from schema.people import ROLE_MEANINGS
from schema.preview import ACTION_MEANINGS, EFFECT_MEANINGS
from schema.sync import SYNC_STATUS_MEANINGS
from schema.unlocking import CHECK_MEANINGS, EVIDENCE_MEANINGS, UNLOCK_STATE_MEANINGS
from schema.user_errors import ERROR_MEANINGS

#: What the values of each enum mean, by the enum's name in the API.
_MEANINGS: Mapping[str, Mapping[Any, str]] = {
    "SyncStatus": SYNC_STATUS_MEANINGS,
    "EmployeeRole": ROLE_MEANINGS,
    "FailedObjectKind": OBJECT_KIND_MEANINGS,
    "GuardCode": CODE_MEANINGS,
    "LineAction": ACTION_MEANINGS,
    "PreviewEffect": EFFECT_MEANINGS,
    "GuardSeverity": SEVERITY_MEANINGS,
    "BatchStatus": BATCH_STATUS_MEANINGS,
    "UserErrorCode": ERROR_MEANINGS,
    "SetupFindingCode": FINDING_MEANINGS,
    "MonthPhase": MONTH_PHASE_MEANINGS,
    "UnsettledKind": UNSETTLED_MEANINGS,
    "UnlockCheck": CHECK_MEANINGS,
    "EvidenceState": EVIDENCE_MEANINGS,
    "UnlockState": UNLOCK_STATE_MEANINGS,
}


def describe(schema: Schema) -> None:
    """Fill in every description that is missing and stands in a docstring."""
    for known in schema.schema_converter.type_map.values():
        shown, definition = known.implementation, known.definition
        if isinstance(shown, GraphQLNamedType):
            shown.description = shown.description or _docstring(definition)
            _describe_parts(shown)


def _describe_parts(shown: GraphQLNamedType) -> None:
    match shown:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for field in shown.fields.values():
                field.description = field.description or _resolver_docstring(field)
        case GraphQLEnumType():
            for name, value in shown.values.items():
                value.description = _MEANINGS.get(shown.name, {}).get(name)
        case _:
            return


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
