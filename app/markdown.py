"""Pieces of Markdown for the pages that are written from the schema."""

from collections.abc import Iterable, Sequence

from graphql import GraphQLType, get_named_type, is_specified_scalar_type

#: Inputs and payloads of one mutation stand with it, pages with the list that they are of.
PAGES = ("Connection", "Edge")


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


def row(
    name: str, type_: GraphQLType, about: str | None, deprecated: str | None
) -> tuple[str, str, str]:
    """Give the row of a field, argument or input field."""
    told = paragraph(about)
    if deprecated:
        told = f"**Deprecated.** {paragraph(deprecated)} {told}"
    return f"`{name}`", linked_type(type_), told


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
