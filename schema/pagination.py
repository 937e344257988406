"""Keyset pages, and cursors that cannot be bent into anything else."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import orjson
import strawberry
from graphql import GraphQLError

T = TypeVar("T")
V = TypeVar("V")

LARGEST_PAGE = 100
_LONGEST_CURSOR = 1024
_LARGEST_VERSION = 2**31 - 1
_LARGEST_SEQUENCE = 2**63 - 1


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(name="Edge")
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type(name="Connection")
class Page(Generic[T]):
    """GraphQL names it after its node: InvoiceConnection, RevisionConnection."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo

    @classmethod
    def of(
        cls,
        values: Sequence[V],
        *,
        more: bool,
        after: str | None,
        node: Callable[[V], T],
        cursor: Callable[[V], str],
    ) -> Self:
        """Give the page of these values; `after` is the cursor it was asked behind."""
        edges = [Edge(node=node(value), cursor=cursor(value)) for value in values]
        return cls(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(
                has_next_page=more,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


def bad_input(message: str) -> GraphQLError:
    """Give the error for a caller who sent what no client of ours would send."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def page_size(first: int) -> int:
    """Give the size back; refuse one that no page may have."""
    if not 1 <= first <= LARGEST_PAGE:
        raise bad_input(f"first must be between 1 and {LARGEST_PAGE}.")
    return first


def write_cursor(*key: str | int) -> str:
    """Give an opaque cursor for the key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """Give the key, its parts of these kinds; refuse what `write_cursor` did not write."""
    try:
        padded = cursor[:_LONGEST_CURSOR] + "=" * (-len(cursor) % 4)
        key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise bad_cursor()
    if write_cursor(*key) != cursor:
        raise bad_cursor()
    return tuple(key)


def read_version(cursor: str) -> int:
    """Give the version of an invoice that a cursor names; refuse any other cursor."""
    (version,) = read_cursor(cursor, int)
    if not 0 < version <= _LARGEST_VERSION:
        raise bad_cursor()
    return int(version)


def bad_cursor() -> GraphQLError:
    """Give the error for a cursor that is not ours, or not for this list."""
    return bad_input("This is not a cursor of this list; take one from a page of it.")


def read_key(cursor: str | None) -> UUID | None:
    """Give the id that a cursor of one id names, refuse any other; None stands for no cursor."""
    if cursor is None:
        return None
    (key,) = read_cursor(cursor, str)
    try:
        return UUID(key)
    except ValueError:
        raise bad_cursor() from None


def event_cursor(account_id: UUID, sequence: int) -> str:
    """Give the cursor behind the account's event of this number."""
    return write_cursor(_account_check(account_id), sequence)


def read_event_cursor(account_id: UUID, cursor: str) -> int:
    """Give the number; refuse a cursor of another account."""
    check, sequence = read_cursor(cursor, str, int)
    if check != _account_check(account_id) or not 0 <= sequence <= _LARGEST_SEQUENCE:
        raise bad_cursor()
    return int(sequence)


def _account_check(account_id: UUID) -> str:
    return hashlib.sha256(account_id.bytes).hexdigest()[:8]
