"""Docstrings of types and resolvers as the schema's descriptions, so that each is written once."""

import inspect

from graphql import GraphQLEnumType, GraphQLNamedType
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from domain.sync_status import SyncStatus
from schema.sync import SYNC_STATUS_MEANINGS


def describe(schema: Schema) -> None:
    """Fill in every description that is missing and stands in a docstring."""
    for kept in schema.schema_converter.type_map.values():
        shown = kept.implementation
        definition = _definition(shown)
        if isinstance(definition, StrawberryObjectDefinition):
            shown.description = shown.description or _docstring(definition.origin)
            _describe_fields(shown)
        elif isinstance(definition, StrawberryEnumDefinition):
            shown.description = shown.description or _docstring(definition.wrapped_cls)


def _describe_fields(shown: GraphQLNamedType) -> None:
    for field in getattr(shown, "fields", {}).values():
        definition = _definition(field)
        if isinstance(definition, StrawberryField) and definition.base_resolver is not None:
            text = inspect.getdoc(definition.base_resolver.wrapped_func)
            field.description = field.description or _joined(text)


def _describe_values(shown: GraphQLNamedType) -> None:
    if isinstance(shown, GraphQLEnumType):
        for name, value in shown.values.items():
            value.description = SYNC_STATUS_MEANINGS[SyncStatus[name]]


def _definition(shown: object) -> object:
    return getattr(shown, "extensions", {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)


def _docstring(origin: type) -> str | None:
    """Give the class's own docstring; dataclasses without one are given their signature."""
    text = vars(origin).get("__doc__")
    if text is None or text.startswith(f"{origin.__name__}("):
        return None
    return _joined(inspect.cleandoc(text))


def _joined(text: str | None) -> str | None:
    return None if text is None else text.replace("\n", " ")
