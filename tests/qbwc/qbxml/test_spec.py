"""The tables against the facts of the SDK: same order, same types, same lengths, same versions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qbwc.qbxml import spec
from qbwc.qbxml.formats import ID_LENGTH
from qbwc.qbxml.nodes import Aggregate, Leaf, Many, One, Reference
from qbwc.qbxml.version import FIRST, as_text

Fact = dict[str, Any]
FACTS: dict[str, list[Fact]] = json.loads(
    Path(__file__).with_name("messages.json").read_text(encoding="utf-8")
)["messages"]
TABLES = (spec.INVOICE_ADD_RQ, spec.INVOICE_MOD_RQ, spec.INVOICE_QUERY, spec.HOST_QUERY)


def _elements(table: Aggregate[Any], facts: list[Fact], at: str) -> Iterator[tuple[str, Any, Fact]]:
    """Give each element of the table, however deep, with the SDK's fact about it."""
    by_name = {fact["name"]: fact for fact in facts}
    for node in table.children:
        for name, inner in _names(node):
            yield f"{at}/{name}", node, by_name[name]
            if inner is not None:
                yield from _elements(inner, by_name[name].get("children", []), f"{at}/{name}")


def _names(node: object) -> list[tuple[str, Aggregate[Any] | None]]:
    match node:
        case Leaf() | Reference():
            return [(node.name, None)]
        case One():
            return [(node.aggregate.name, node.aggregate)]
        case Many():
            return [(choice.name, choice) for choice in node.choices]
        case _:
            raise AssertionError(node)


ELEMENTS = [
    element for table in TABLES for element in _elements(table, FACTS[table.name], table.name)
]
AGGREGATES = [
    (table, FACTS[table.name], table.name) for table in TABLES
] + [
    (inner, fact["children"], path)
    for path, node, fact in ELEMENTS
    for name, inner in _names(node)
    if inner is not None and path.endswith(f"/{name}")
]  # fmt: skip


@pytest.mark.parametrize(("table", "facts", "path"), AGGREGATES, ids=[a[2] for a in AGGREGATES])
def test_elements_stand_in_the_sdks_order(
    table: Aggregate[Any], facts: list[Fact], path: str
) -> None:
    """QuickBooks refuses the whole set for one element out of order."""
    order = [fact["name"] for fact in facts]
    names = [name for node in table.children for name, _ in _names(node)]

    assert names == sorted(names, key=order.index)


@pytest.mark.parametrize(("path", "node", "fact"), ELEMENTS, ids=[e[0] for e in ELEMENTS])
def test_an_elements_type_length_and_version_are_the_sdks(
    path: str, node: object, fact: Fact
) -> None:
    match node:
        case Leaf():
            assert (node.scalar.name, node.scalar.longest) == (fact["type"], fact.get("max_length"))
            assert _since(node.since) == fact.get("since")
        case Reference():
            list_id, full_name, *_ = fact["children"]
            assert (list_id["name"], list_id["type"]) == ("ListID", "IDTYPE")
            assert (full_name["name"], full_name["type"]) == ("FullName", "STRTYPE")
            assert node.longest == full_name.get("max_length")
            assert _since(node.since) == fact.get("since")
        case _:
            assert "type" not in fact


def test_ids_have_the_sdks_length() -> None:
    """IDTYPE, qbXML 13.0: 36 characters."""
    assert ID_LENGTH == 36


def test_every_request_of_the_domain_has_its_table() -> None:
    assert {table.name for table in spec.REQUESTS.values()} == {
        "InvoiceAddRq",
        "InvoiceModRq",
        "InvoiceQueryRq",
    }


def _since(version: tuple[int, int]) -> str | None:
    return None if version == FIRST else as_text(version)
