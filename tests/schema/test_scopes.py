"""Each root field has a scope; a credential opens those of its scopes and no others."""

from dataclasses import replace

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, parse

from domain.access import EVERY_SCOPE, Scope
from schema.scopes import ROOT_SCOPES, check_scopes, name_scopes
from tests.schema.callers import a_caller, execute, reads
from tests.schema.printed import printed_schema

ROOTS = [
    getattr(printed_schema(), kind) for kind in ("query_type", "mutation_type", "subscription_type")
]
NAMES = [name for root in ROOTS for name in root.fields]


def refused(document, *scopes):
    """The scopes that the document lacks."""
    errors = check_scopes(parse(document), frozenset(scopes))
    assert {error.extensions["code"] for error in errors} <= {"FORBIDDEN"}
    return sorted(error.extensions["scope"] for error in errors)


def test_every_root_field_has_one_scope_and_says_which():
    """And nothing else has: the table names what is there, and each field once."""
    said = {name: field.description for root in ROOTS for name, field in root.fields.items()}

    assert set(ROOT_SCOPES) == {*NAMES, "__schema", "__type"}
    assert len(NAMES) == len(set(NAMES))
    assert [n for n in NAMES if not said[n].endswith(f" Scope: `{ROOT_SCOPES[n]}`.")] == []


def test_a_root_field_without_a_scope_is_never_served():
    field = next(iter(ROOTS[0].fields.values()))
    forgotten = GraphQLSchema(GraphQLObjectType("Query", {"forgotten": field}))

    with pytest.raises(LookupError, match=r"the root field forgotten in schema/scopes\.py"):
        name_scopes(forgotten)


def test_whatever_changes_something_needs_more_than_reading():
    assert {ROOT_SCOPES[name] for name in ROOTS[1].fields} == {
        Scope.WRITE,
        Scope.EXPORT,
        Scope.MANAGE,
    }
    assert {ROOT_SCOPES[name] for name in ROOTS[2].fields} == {Scope.READ}


@pytest.mark.parametrize("name", NAMES)
def test_a_field_is_closed_to_every_other_scope(name):
    document = f"{{ {name} }}"  # what kind of operation it is does not matter here
    needed = ROOT_SCOPES[name]

    assert refused(document, *(EVERY_SCOPE - {needed})) == [needed]
    assert refused(document, needed) == []


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { actor { name } } items { id } }",
        "query { ...a } fragment a on Query { ...b } fragment b on Query { items { id } }",
        "{ ... { items { id } } }",
        "{ ... on Query { x: items { id } } }",
        "query($no: Boolean!) { items @include(if: $no) { id } }",
        "{ ...a ...a } fragment a on Query { items { id } ...a }",
    ],
)
def test_no_fragment_or_alias_hides_a_field(document):
    assert "read" in refused(document, Scope.WRITE)
    assert refused(document, Scope.READ) == []


def test_introspection_has_a_scope_of_its_own_and_a_bare_typename_has_none():
    assert refused("{ __schema { types { name } } }", Scope.READ) == ["schema:read"]
    assert refused('{ __type(name: "Query") { name } }', Scope.SCHEMA_READ) == []
    assert refused("{ __typename }") == []


def test_each_lacking_scope_is_named_with_its_field():
    [error] = check_scopes(parse("{ items { id } }"), frozenset({Scope.WRITE}))

    assert error.message.startswith("`items` needs the scope `read`, which this credential does")


def with_scopes(caller, *scopes):
    return replace(caller, principal=replace(caller.principal, scopes=frozenset(scopes)))


async def test_a_refused_operation_does_not_run():
    """No unit of work is opened: the caller has none to give."""
    answer = await execute(
        "{ __typename items { id } }", with_scopes(a_caller(), Scope.WRITE, Scope.MANAGE)
    )

    [error] = answer.errors
    assert error.extensions == {"code": "FORBIDDEN", "scope": "read"}
    assert answer.data is None


async def test_the_same_document_is_judged_for_each_caller_anew():
    """A document is validated once; who may run it is asked each time."""
    document = "{ items { name } }"
    works = [reads(lists={"items": {}}) for _ in range(2)]

    answers = [
        await execute(document, with_scopes(a_caller(*works[n : n + 1]), scope))
        for n, scope in ((0, Scope.READ), (0, Scope.WRITE), (1, Scope.READ))
    ]

    assert [bool(answer.errors) for answer in answers] == [False, True, False]


async def test_fields_below_the_root_are_not_asked_about():
    """Whose scopes open a mutation sees what it answers."""
    caller = with_scopes(a_caller(), Scope.READ)

    answer = await execute("{ viewer { scopes permissions } }", caller)

    assert answer.data["viewer"]["scopes"] == ["READ"]
