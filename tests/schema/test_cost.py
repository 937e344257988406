"""What an operation may cost is known before it runs: one point for each object it may return."""

import time

import pytest
from graphql import build_schema, parse

from schema.cost import INTROSPECTION, MUTATION, SUBSCRIPTION, USUAL_LIST, quote
from tests.schema.test_limits import bomb

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type Task { id: ID! item: Item }
    type Item { id: ID! }
    type PageInfo { endCursor: String }
    type Edge { node: Invoice! }
    type Connection { edges: [Edge!]! nodes: [Invoice!]! pageInfo: PageInfo! }
    type Invoice implements Node {
        id: ID! tags: [String!]! tasks: [Task!]! adjustments(first: Int! = 5): Connection!
    }
    type Query {
        viewer: Item! invoices(first: Int! = 20, after: String): Connection! invoice: Invoice
        nodes(ids: [ID!]!): [Node]! number: Int
    }
    type Payload { invoice: Invoice }
    type Mutation { save(id: ID): Payload }
    type Subscription { changed: Invoice }
    type T { a: T }
""")


def quoted(text):
    document = parse(text)
    return quote(SCHEMA, document, document.definitions[0])


def cost(text, **variables):
    return quoted(text).most.given(variables)


@pytest.mark.parametrize(
    ("document", "points"),
    [
        ("{ number __typename }", 1),
        ("{ viewer { id } }", 2),
        ("{ a: viewer { id } b: viewer { id } }", 3),
        ("{ invoices { nodes { id } } }", 2 + 20),
        ("{ invoices(first: 3) { nodes { id tags } edges { node { id } } pageInfo { endCursor } } }", 3 + 3 + 2 * 3),
        ("{ invoices(first: 3) { nodes { adjustments(first: 7) { nodes { id } } } } }", 2 + 3 * (1 + 1 + 7)),
        ("{ invoices(first: 3) { nodes { adjustments { nodes { id } } } } }", 2 + 3 * (1 + 1 + 5)),
        ("{ invoice { tasks { item { id } } } }", 2 + USUAL_LIST * 2),
        ("{ invoices(first: 2) { nodes { tasks { id } } } }", 2 + 2 * (1 + USUAL_LIST)),
        ('{ nodes(ids: ["a", "b", "c"]) { id ... on Invoice { adjustments { nodes { id } } } } }', 1 + 3 * 7),
        ("{ invoices(first: 0) { nodes { id } } }", 2),
        ('{ __schema { types { name fields { name } } } __type(name: "T") { name } }', 1 + 2 * INTROSPECTION),
        ("mutation { save { invoice { id } } }", MUTATION + 2),
        ("mutation { ...F ... { c: save { invoice { id } } } } fragment F on Mutation { a: save { invoice { id } } }", 2 * (MUTATION + 2)),
        ("subscription { changed { tasks { id } } }", SUBSCRIPTION),
    ],
)  # fmt: skip
def test_each_object_that_may_be_returned_is_a_point(document, points):
    assert cost(document) == points


def test_a_fragment_costs_what_it_costs_where_it_is_spread():
    document = """
        { three: invoices(first: 3) { ...F } seven: invoices(first: 7) { ...F } }
        fragment F on Connection { nodes { ...G } } fragment G on Invoice { id tasks { id } }
    """

    assert cost(document) == 1 + 2 + (3 + 7) * (1 + USUAL_LIST)


@pytest.mark.parametrize(
    ("variables", "points"),
    [
        ({"first": 3, "inner": 4}, 2 + 3 * (1 + 1 + 4)),
        ({}, 2 + 9 * (1 + 1 + 5)),
        ({"first": -3}, 2),
        ({"first": "many", "inner": None}, 2 + 9 * (1 + 1 + 5)),
    ],
)
def test_sizes_of_pages_may_be_variables(variables, points):
    """What is no size is refused by whoever reads the variables."""
    document = """query($first: Int! = 9, $inner: Int) {
        invoices(first: $first) { nodes { adjustments(first: $inner) { nodes { id } } } }
    }"""

    assert cost(document, **variables) == points


def test_ids_in_a_variable_are_counted():
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a", "b"]) == 3


def test_the_same_variable_may_size_a_page_and_the_pages_in_it():
    document = """query($n: Int!) {
        invoices(first: $n) { nodes { adjustments(first: $n) { nodes { id } } } }
    }"""

    assert cost(document, n=100) == 2 + 100 * (2 + 100)


@pytest.mark.parametrize(
    ("document", "reads"),
    [
        ("{ __schema { description } }", True),
        ('{ ...F } fragment F on Query { ... { __type(name: "T") { name } } }', True),
        ("{ __typename viewer { __typename } }", False),
    ],
)  # fmt: skip
def test_who_reads_the_schema_is_known(document, reads):
    assert quoted(document).reads_schema is reads


def test_a_fragment_bomb_is_priced_once_per_fragment():
    text = bomb(60).replace("{ ...f0 }", "{ viewer { ...f0 } }").replace("on T", "on T")
    started = time.perf_counter()

    document = parse(text)
    price = quote(SCHEMA, document, document.definitions[0]).most.given({})

    assert price > 2**60
    assert time.perf_counter() - started < 1
