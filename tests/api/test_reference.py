"""The pages that are written from the schema and the examples are whole, and of today."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
    validate,
)

from app.api_docs import API, fill_in, pages
from app.api_examples import read_examples
from app.reference_docs import TASKS
from app.type_docs import is_of_a_mutation, shown_types
from schema.user_errors import UserErrorCode
from tests.schema.printed import printed_schema

EXAMPLES = read_examples()
#: Root fields that no example shows; each needs a reason.
WITHOUT_EXAMPLE: dict[str, str] = {}


@pytest.fixture(scope="module")
def api() -> GraphQLSchema:
    return printed_schema()


def roots(api: GraphQLSchema) -> set[str]:
    kinds = (api.query_type, api.mutation_type, api.subscription_type)
    return {f"{kind.name}.{field}" for kind in kinds for field in kind.fields}


def page(name: str) -> str:
    return (API / name).read_text("utf-8")


def test_the_pages_say_what_schema_and_examples_say() -> None:
    for path, text in pages().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale. Run `make reference`."


def test_every_query_mutation_and_subscription_stands_under_one_task(api: GraphQLSchema) -> None:
    listed = [field for task in TASKS for field in task.fields.split()]

    assert sorted(listed) == sorted(roots(api))


def test_every_query_mutation_and_subscription_is_shown_by_an_example(api: GraphQLSchema) -> None:
    shown = {field for example in EXAMPLES.values() for field in example.root_fields}

    assert shown == roots(api) - set(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
def test_an_example_is_valid_named_and_says_what_for(api: GraphQLSchema, example) -> None:
    (operation,) = parse(example.document).definitions

    assert validate(api, parse(example.document)) == []
    assert operation.name
    assert re.fullmatch(r"[A-Z].+[.]", example.about)
    assert example.plays
    for play in example.plays:
        assert play.name == example.name or re.fullmatch(r"[A-Z].+[.]", play.about), play.name


def test_every_field_argument_and_value_stands_on_a_page(api: GraphQLSchema) -> None:
    """By its description: it stands in the section of its type, or of its mutation."""
    everything = " ".join((page("reference.md") + page("types.md")).replace("\\|", "|").split())
    for place, text in described(api):
        assert " ".join((text or "").split()) in everything, place


def described(api: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for type_ in [
        *shown_types(api),
        *(t for t in api.type_map.values() if is_of_a_mutation(api, t)),
    ]:
        yield type_.name, type_.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in type_.fields.items():
                if name != "userErrors":
                    yield f"{type_.name}.{name}", field.description
                for argument in getattr(field, "args", {}).values():
                    yield f"{type_.name}.{name}(…)", argument.description
        for name, value in getattr(type_, "values", {}).items():
            yield f"{type_.name}.{name}", value.description


@pytest.mark.parametrize("name", ["reference.md", "types.md", "recipes.md", "evolution.md"])
def test_every_link_to_a_part_of_a_page_leads_there(name: str) -> None:
    text = re.sub(r"^```.*?^```", "", page(name), flags=re.MULTILINE | re.DOTALL)
    for target, anchor in re.findall(r"\]\((?!http)([\w./-]*)#([\w-]+)\)", text):
        other = (API / target).read_text("utf-8") if target else text
        headings = re.findall(r"^#+ (.+)$", other, re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in headings}
        assert anchor in slugs, f"{target}#{anchor}"


def test_recipes_show_examples_and_name_no_other() -> None:
    """Their documents are the ones that are sent to the service: there is no second copy."""
    named = re.findall(r"<!-- (?:example|play): ([\w.-]+) -->", page("recipes.md"))
    plain = re.sub(r"<!-- example.*?<!-- end -->", "", page("recipes.md"), flags=re.DOTALL)

    assert {"edit-and-sync", "follow-invoice", "read-conflict", "resolve-conflict"} <= set(named)
    assert "```graphql" not in plain
    with pytest.raises(LookupError):
        fill_in("<!-- play: edit-and-sync.nothing -->\n<!-- end -->", EXAMPLES)


def test_recipes_say_what_to_do_about_every_code() -> None:
    """Of refusals, and of whole requests: whatever stands in the code as the code of an error."""
    told = set(
        re.findall(r"`([A-Z_]+)`", page("recipes.md").partition("## What to do with each")[2])
    )
    sources = [p.read_text("utf-8") for p in (API.parents[1] / "schema").glob("*.py")]
    of_requests = {
        code
        for text in sources
        for code in re.findall(
            r"""(?:"code": |code = |[0-9]{3}: |^NOT_[A-Z]+ = |else )"([A-Z_]+)\"""",
            text,
            re.MULTILINE,
        )
    }

    assert {str(code) for code in UserErrorCode} <= told
    assert {"UNAUTHENTICATED", "RATE_LIMITED", "QUERY_TOO_COMPLEX", "INTERNAL"} < of_requests
    assert of_requests - told == set()


def test_a_recipe_gets_its_example_anew() -> None:
    filled = fill_in("a\n<!-- example: snapshot -->\nold\n<!-- end -->\nb", EXAMPLES)

    assert "query Snapshot" in filled
    assert "old" not in filled
    assert fill_in(filled, EXAMPLES) == filled
