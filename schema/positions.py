"""Where a refusal points to: from positions in domain values to positions in the caller's input."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from strawberry import Some
from strawberry.utils.str_converters import to_snake_case

from domain.errors import InvalidValue, Where
from schema.ids import api_name


class MutationInput:
    """What every mutation's input can tell: where in it a domain position stands."""

    #: The longest matching beginning of a domain position is replaced.
    beginnings: ClassVar[Mapping[Where, Where]] = {}

    def place(self, where: Where) -> Where:
        """Give the position in this input, still in the domain's names."""
        for length in range(len(where), 0, -1):
            if (written := self.beginnings.get(where[:length])) is not None:
                return (*written, *where[length:])
        return where


def in_new_tasks(where: Where, tasks: Sequence[object]) -> Where:
    """Give a position in one of the input's new tasks, which the domain tells by a fresh id."""
    match where:
        case ("tasks", position, *rest) if not position.isdecimal():
            return ("tasks", "0", *rest) if len(tasks) == 1 else ("tasks",)
        case _:
            return where


def input_path(wish: object, where: Where) -> list[str] | None:
    """Give the path that a user error shows; None when the refusal names no field."""
    if not where:
        return None
    placed = wish.place(where) if isinstance(wish, MutationInput) else where
    if placed[0] == "tasks" and len(placed) > 1 and not placed[1].isdecimal():
        return None  # a task of an earlier draft: this input says nothing of it
    return ["input", *(api_name(name) for name in placed)]


def path_given(wish: object, where: Where) -> list[str] | None:
    """Give the path only where the caller wrote something: what is wrong may come from a draft."""
    path = input_path(wish, where)
    value = wish
    for name in (path or [])[1:]:
        if isinstance(value, list):
            value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
        else:
            value = getattr(value, to_snake_case(name), None)
    return None if value is None else path


def check_storable(wish: object) -> None:
    """Raise InvalidValue for a text that PostgreSQL cannot hold, saying where it stands."""
    for where, text in _texts(wish, ()):
        if not is_storable(text):
            raise InvalidValue(
                "This text holds a character that cannot be stored (NUL, or half of a surrogate"
                " pair). Remove it.",
                where=where,
            )


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold the text."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _texts(value: object, at: Where) -> Iterator[tuple[Where, str]]:
    match value:
        case str():
            yield at, value
        case Some():
            yield from _texts(value.value, at)
        case list():
            for n, one in enumerate(value):
                yield from _texts(one, (*at, str(n)))
        case _ if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                yield from _texts(getattr(value, field.name), (*at, field.name))
        case _:
            return
