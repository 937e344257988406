"""Everything in the API is described, in words that say more than its name."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.wording import codes, inputs, invoices, lists, queries
from tests.schema.printed import printed_schema

TABLES = (codes, inputs, invoices, lists, queries)
#: Articles and the like; left out when a description is held against a name.
_EMPTY = {"a", "an", "the", "of", "this", "that", "it", "its", "is", "for", "to", "in", "on", "at"}


def parts(api):
    """Each coordinate of the API with its description."""
    for name, type_ in sorted(api.type_map.items()):
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{value}", v.description) for value, v in type_.values.items())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from fields(name, type_)


def fields(name, type_):
    for field, shown in type_.fields.items():
        yield f"{name}.{field}", shown.description
        for argument, wanted in getattr(shown, "args", {}).items():
            yield f"{name}.{field}({argument}:)", wanted.description


@pytest.fixture(scope="module")
def described():
    return dict(parts(printed_schema()))


def words(text):
    """The words of a name or a text, without letter case, plural and what says nothing."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)
    return {word.lower().removesuffix("s") for word in found} - _EMPTY


def test_nothing_in_the_api_is_without_a_description(described):
    """Put one beside the field (a docstring, `description=`) or into `schema/wording`."""
    assert [place for place, text in described.items() if not (text or "").strip()] == []


def test_no_description_merely_repeats_the_name(described):
    idle = {
        place: text
        for place, text in described.items()
        if text and words(text) <= words(place.replace("(", ".").rstrip(":)"))
    }

    assert idle == {}


def test_every_description_is_a_sentence_that_ends(described):
    """Begun with a capital letter, a code or a name, and ended by a mark."""
    odd = {
        place: text
        for place, text in described.items()
        if text and (not re.match(r"[A-Z0-9`“\"]", text) or text[-1] not in ".:?")
    }

    assert odd == {}


def test_descriptions_are_one_paragraph_each(described):
    assert [place for place, text in described.items() if text and "  " in text] == []


def test_every_word_in_the_tables_is_of_something_that_exists(described):
    """A field that was renamed or removed takes its description along."""
    known = [place for table in TABLES for place in table.WORDS]

    assert [place for place in known if place not in described] == []
    assert len(known) == len(set(known))


def test_no_table_is_shadowed_by_a_description_beside_the_field(described):
    """One of the two would be read by nobody, and grow old."""
    shadowed = {
        place: described[place]
        for table in TABLES
        for place, text in table.WORDS.items()
        if re.split(r" (?:Permission|Refusals|Scope): ", described.get(place, ""))[0] != text
    }

    assert shadowed == {}


def test_what_holds_everywhere_is_said_everywhere(described):
    assert described["SaveAndSyncInput.version"] == inputs.COMMON["version"]
    assert described["InvoiceConnection.pageInfo"] == queries.PAGES["Connection.pageInfo"]
    assert described["SaveAndSyncPayload.userErrors"] == described["MutationPayload.userErrors"]
    assert described["Customer.id"] == described["Node.id"]
    assert described["Connection"] != described["InvoiceConnection"]


def test_no_description_names_a_coordinate_that_is_not_there(described):
    """Names in backticks are fields, arguments, codes or settings of today."""
    known = {re.split(r"[.(]", place)[-1].rstrip(":)") for place in described}
    known |= {place.split("(")[0].split(".")[-1] for place in described} | set(described)
    named = {
        (place, name)
        for place, text in described.items()
        for name in re.findall(r"`([a-z]+[A-Z][A-Za-z]*)`", text or "")
        if name not in known
    }

    assert named == set()


def test_the_snapshot_shows_the_descriptions():
    page = (Path(__file__).parents[2] / "schema" / "schema.graphql").read_text()

    assert "QuickBooks confirmed exactly this version." in page
