"""Documents that are too large are refused quickly; reading the schema is allowed."""

import time

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from schema.limits import LIMITS, Size, check_limits, measure


def messages(text):
    return [error.message for error in check_limits(parse(text))]


def size_of(text):
    document = parse(text)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return measure(document, operation)


def nested(levels):
    return "{" + "a{" * (levels - 1) + "a" + "}" * levels


def bomb(levels):
    """Each fragment spreads the next one twice: 2 ** levels fields when written out."""
    links = [f"fragment f{n} on T {{ a {{ ...f{n + 1} ...f{n + 1} }} }}" for n in range(levels)]
    return "\n".join(["{ ...f0 }", *links, f"fragment f{levels} on T {{ a }}"])


def test_a_selection_is_measured_with_its_fragments_written_out():
    size = size_of("""
        query @q { one: a { b ...F } ... on Q @skip(if: false) { c: a { ...F } } }
        fragment F on T { d: b @include(if: true) }
    """)

    assert size == Size(depth=2, aliases=4, root_fields=2, directives=4, fields=5)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (nested(LIMITS.depth), []),
        (nested(LIMITS.depth + 1), ["The operation is nested too deeply: at most 10 levels."]),
        (
            "{a{" + " ".join(f"a{n}: b" for n in range(LIMITS.aliases + 1)) + "}}",
            ["The operation has too many aliases: at most 30."],
        ),
        (
            "{" + "a " * (LIMITS.root_fields + 1) + "}",
            ["The operation has too many root fields: at most 20."],
        ),
        (
            "{a" + " @include(if: true)" * (LIMITS.directives + 1) + "}",
            ["The operation has too many directives: at most 20."],
        ),
        (
            "{a{" + "b " * (LIMITS.fields + 1) + "}}",
            ["The operation has too many fields: at most 500."],
        ),
        ("query A{a} query B{a}", ["A document may hold one operation."]),
        ("{ ...F } fragment F on T { ...F }", []),
        ("{ ...Nowhere }", []),
        ("fragment F on T { a }", []),
    ],
)
def test_every_limit_is_told_by_name(document, expected):
    assert messages(document) == expected


def test_a_fragment_bomb_is_measured_once_per_fragment():
    started = time.perf_counter()

    refused = messages(bomb(60))

    assert "The operation has too many fields: at most 500." in refused
    assert time.perf_counter() - started < 1  # written out it would outlast the sun


def test_reading_the_schema_counts_as_one_field():
    assert messages(get_introspection_query()) == []
