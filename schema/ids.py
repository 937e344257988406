"""Global ids: one string that names type and row, and paths that use it."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from domain.errors import NotFound, Where

V = TypeVar("V")

#: No row has this id, so a search for it finds nothing.
NOBODY = UUID(int=0)

#: Where the domain's word differs from the API's.
_API_WORDS = {"number": "invoiceNumber", "date": "invoiceDate"}


@strawberry.interface
class Node:
    """Whatever can be read again by its id."""

    id: strawberry.ID


def global_id(type_name: str, key: UUID) -> strawberry.ID:
    """Give the id that clients see."""
    return strawberry.ID(base64.b64encode(f"{type_name}:{key}".encode()).decode())


def read_id(text: str) -> tuple[str, UUID] | None:
    """Give type and row of an id; None for anything that `global_id` did not make."""
    try:
        type_name, _, key = base64.b64decode(text, validate=True).decode("ascii").partition(":")
        known = type_name, UUID(key)
    except (binascii.Error, ValueError):
        return None
    return known if global_id(*known) == text else None


def find_id(text: str, type_name: str) -> UUID:
    """Give the row, or one that nobody has: a foreign id and a garbled one look the same."""
    known = read_id(text)
    return known[1] if known is not None and known[0] == type_name else NOBODY


def expect_id(text: str, type_name: str, where: Where) -> UUID:
    """Give the row of an id in an input, or raise NotFound that says where it stands."""
    key = find_id(text, type_name)
    if key == NOBODY:
        raise NotFound(f"There is no such {_words(type_name)}.", where=where)
    return key


def expect_id_or_none(text: str | None, type_name: str, where: Where) -> UUID | None:
    """Do the same where the input may be empty."""
    return None if text is None else expect_id(text, type_name, where)


def expect_ids(texts: Iterable[str], type_name: str, where: Where) -> tuple[UUID, ...]:
    """Do the same for a list; the refusal names the position."""
    return tuple(expect_id(text, type_name, (*where, str(n))) for n, text in enumerate(texts))


def known(found: V | None) -> V:
    """Give what a foreign key promises. Raises LookupError: its absence is a fault of ours."""
    if found is None:
        raise LookupError("A row that others refer to is missing.")
    return found


def api_name(name: str) -> str:
    """Give the API's name of a domain field."""
    return _API_WORDS.get(name) or to_camel_case(name)


def public_path(path: Sequence[str]) -> str:
    """Give a domain path in the API's words: `tasks.<id of the Task>.unitPrice`."""
    return ".".join(
        _task_id(part) if n and path[n - 1] == "tasks" else api_name(part)
        for n, part in enumerate(path)
    )


def domain_path(text: str) -> tuple[str, ...]:
    """Give the path that `public_path` wrote; any other text gives one that fits nothing."""
    parts = text.split(".")
    return tuple(
        str(find_id(part, "Task")) if n and parts[n - 1] == "tasks" else domain_name(part)
        for n, part in enumerate(parts)
    )


def domain_name(name: str) -> str:
    """Give the domain's name of an API field."""
    known = {word: ours for ours, word in _API_WORDS.items()}
    return known.get(name) or to_snake_case(name)


def task_ids(text: str | None) -> str | None:
    """Give a blank-separated list of task rows as ids that clients see."""
    return None if text is None else " ".join(_task_id(part) for part in text.split())


def _task_id(part: str) -> str:
    try:
        return global_id("Task", UUID(part))
    except ValueError:
        return part


def _words(type_name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in type_name).strip()
