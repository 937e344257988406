"""Pieces of Markdown for the pages that are written from the schema."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    print_ast,
)

Member = GraphQLField | GraphQLArgument | GraphQLInputField


def paragraph(text: str | None) -> str:
    """Give the text on one line."""
    return " ".join((text or "").split())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table; an empty text without rows."""
    found = [[cell.replace("|", "\\|") for cell in cells] for cells in rows]
    if not found:
        return ""
    lines = [list(head), ["---"] * len(head), *found]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def row(name: str, member: Member, about: str | None = None) -> tuple[str, str, str]:
    """Give the row of a field, argument or input field; `about` in the place of its description."""
    told = paragraph(member.description if about is None else about)
    default = getattr(member.ast_node, "default_value", None)
    if default is not None and (value := print_ast(default)) != "null":
        told = f"{told} Unless given: `{value}`."
    if member.deprecation_reason:
        told = f"**Deprecated.** {paragraph(member.deprecation_reason)} {told}"
    return f"`{name}`", linked_type(member.type), told


def rows(members: Mapping[str, Member]) -> Iterator[tuple[str, str, str]]:
    """Give their rows, those first that must be given."""
    must_be = {name for name, member in members.items() if is_required(member)}
    for name in sorted(members, key=lambda name: name not in must_be):
        yield row(name, members[name])


def is_required(member: Member) -> bool:
    """Tell whether it has to be given; a field of an answer never has."""
    match member:
        case GraphQLArgument():
            return is_required_argument(member)
        case GraphQLInputField():
            return is_required_input_field(member)
        case _:
            return False


def linked_type(type_: GraphQLType) -> str:
    """Give the type as written, leading to where it is told."""
    named = get_named_type(type_)
    if is_specified_scalar_type(named):
        return f"`{type_}`"
    item = named.name.removesuffix("Connection")
    if item and item != named.name:
        return f"`{type_}`, a page of [{item}](types.md#{item.lower()})"
    return f"[`{type_}`](types.md#{named.name.lower()})"


def fenced(language: str, text: str) -> str:
    """Give a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"
