"""docs/api/types.md, written from the schema: `make reference`."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from app.markdown import paragraph, row, rows, table

_HEAD = """\
# Types

What answers and inputs of the [API](reference.md) are made of. Written by `make reference` from the
schema; a test compares.

`!` after a type: never null, or always to be given. `[...]`: a list. New enum values and new types
of errors may come at any time; [evolution.md](evolution.md) tells what else.
"""
_SECTIONS = {
    "Errors": (
        "What `userErrors` hold. Ask for `code`, `message` and `field` of each, and for more with"
        " `... on VersionConflictError { changedFields }`."
    ),
    "Objects": "What answers hold.",
    "Inputs": (
        "Parts of what is sent. A field of a *patch* that is left out stays as it is; null empties"
        " it. The input of a mutation stands with it in the [reference](reference.md)."
    ),
    "Enums": "One of a few words.",
    "Scalars": "Single values.",
}
_PAGES = """\
## Pages

A list that may be long comes in pages: `nodes` holds the items, `edges` the same items (`node`),
each with its `cursor`. Give `first` and `after`, and go on with `after` set to `pageInfo.endCursor`
while `pageInfo.hasNextPage` is true. A cursor holds although items come and go meanwhile.
"""


def render_types(schema: GraphQLSchema) -> str:
    """Give the page as Markdown."""
    shown = shown_types(schema)
    parts = [_HEAD]
    for title, about in _SECTIONS.items():
        entries = [_entry(schema, type_) for type_ in shown if _section(type_) == title]
        parts += [f"## {title}\n\n{about}\n", *entries]
    return "\n".join((*parts, _PAGES))


def shown_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """Give what has an entry: all but pages, and what stands with its mutation."""
    return [
        type_
        for name, type_ in sorted(schema.type_map.items())
        if not is_introspection_type(type_)
        and not is_specified_scalar_type(type_)
        and type_ not in (schema.query_type, schema.mutation_type, schema.subscription_type)
        and not is_of_a_page(schema, name)
        and not is_of_a_mutation(schema, type_)
    ]


def is_of_a_page(schema: GraphQLSchema, name: str) -> bool:
    """Tell whether it is the page of a list, or an item on it."""
    item = name.removesuffix("Connection").removesuffix("Edge")
    return item != name and item in schema.type_map


def is_of_a_mutation(schema: GraphQLSchema, type_: GraphQLNamedType) -> bool:
    """Tell whether it is the whole input or the payload of a mutation, told with that."""
    for field in (schema.mutation_type.fields if schema.mutation_type else {}).values():
        wanted = (get_named_type(argument.type) for argument in field.args.values())
        if type_ is get_named_type(field.type) or type_ in wanted:
            return True
    return False


def _section(type_: GraphQLNamedType) -> str:
    match type_:
        case GraphQLScalarType():
            return "Scalars"
        case GraphQLInputObjectType():
            return "Inputs"
        case _ if "UserError" in (
            type_.name.removesuffix("Code"),
            *(it.name for it in getattr(type_, "interfaces", ())),
        ):
            return "Errors"
        case GraphQLEnumType():
            return "Enums"
        case _:
            return "Objects"


def _entry(schema: GraphQLSchema, type_: GraphQLNamedType) -> str:
    return "\n".join(
        (f"### {type_.name}\n", f"{paragraph(type_.description)}\n", *_parts(schema, type_))
    )


def _parts(schema: GraphQLSchema, type_: GraphQLNamedType) -> Iterator[str]:
    match type_:
        case GraphQLEnumType():
            yield table(
                ("value", "meaning"),
                (
                    (f"`{name}`", paragraph(value.description))
                    for name, value in type_.values.items()
                ),
            )
        case GraphQLInputObjectType():
            yield table(
                ("field", "type", "meaning"),
                rows(type_.fields),
            )
        case GraphQLObjectType() | GraphQLInterfaceType():
            if isinstance(type_, GraphQLInterfaceType):
                names = sorted(kind.name for kind in schema.get_possible_types(type_))
                yield f"Of this kind: {', '.join(f'`{name}`' for name in names)}.\n"
            yield table(
                ("field", "type", "meaning"),
                (row(name, field, _with_arguments(field)) for name, field in type_.fields.items()),
            )
        case _:
            pass  # scalars have no parts


def _with_arguments(field: GraphQLField) -> str:
    told = [paragraph(field.description)]
    for argument, type_, about in rows(field.args):
        told.append(f"{argument}, {type_}: {about}")
    return "<br>".join(told)
