"""A document is looked at once while it is in use; what is refused is refused each time."""

import pytest
from graphql import build_schema, parse, specified_rules

from schema.build import schema
from schema.context import GraphQLContext
from schema.cost import Price, Quote
from schema.documents import MOST_ERRORS, Kept, KeptDocuments, check_document
from tests.schema.callers import a_caller


async def run(document, **asked):
    context = GraphQLContext(a_caller())
    return await schema().execute(document, context_value=context, **asked)


def a_kept(text):
    return Kept(parse(text), Quote(Price.of(1), 0, reads_schema=False))


def codes(result):
    return [error.extensions["code"] for error in result.errors]


async def test_the_same_document_answers_each_time_for_its_own_variables():
    document = "query($yes: Boolean!) { viewer { __typename @include(if: $yes) } }"

    answers = [
        (await run(document, variable_values={"yes": yes})).data for yes in (True, False, True)
    ]

    shown = {"viewer": {"__typename": "Viewer"}}
    assert answers == [shown, {"viewer": {}}, shown]


@pytest.mark.parametrize(
    "document",
    [
        "{ nowhere }",
        "{ viewer { nowhere } }",
        "{",
        "query A { viewer { __typename } } query B { viewer { __typename } }",
    ],
)
async def test_a_document_that_is_refused_is_refused_again(document):
    first, again = await run(document), await run(document)

    assert first.data is None
    assert codes(first) == codes(again)


async def test_a_valid_document_is_not_refused_for_what_another_lacked():
    await run("{ nowhere }")

    assert (await run("{ viewer { __typename } }")).errors is None


@pytest.mark.parametrize(
    "document",
    [
        "{ vieweer { __typename } }",
        '{ invoice(idd: "x") { version } }',
        "{ invoices(sort: UPDATED_AT_DESK) { edges { cursor } } }",
        'mutation { createInvoice(input: {invoiceNumbr: "1"}) { userErrors { code } } }',
        "{ ... on Quary { __typename } }",
    ],
)
async def test_who_misspells_a_name_is_not_shown_the_right_one(document):
    """The schema is read by introspection or not at all, never by guessing."""
    result = await run(document)

    assert result.data is None
    assert "Did you mean" not in " ".join(error.message for error in result.errors)


def test_only_the_first_of_many_faults_are_told():
    document = parse("{ " + " ".join(f"nowhere{n}" for n in range(15)) + " }")

    found = check_document(build_schema("type Query { a: Int }"), document, specified_rules)

    assert len(found) == MOST_ERRORS + 1  # and one that says there are more


def test_the_document_unused_for_longest_gives_way():
    kept, one = KeptDocuments(most=2), a_kept("{ a }")

    kept.keep("first", one)
    kept.keep("second", one)
    kept.find("first")
    kept.keep("third", one)

    assert [kept.find(text) is one for text in ("first", "second", "third")] == [True, False, True]
    assert len(kept) == 2


def test_a_very_long_document_is_not_kept():
    kept = KeptDocuments(longest=10)

    kept.keep("{ a }" + " " * 10, a_kept("{ a }"))

    assert len(kept) == 0
