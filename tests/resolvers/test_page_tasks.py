"""A page of invoices reads no more than is asked for, and what it shows does not depend on that."""

from dataclasses import replace

import pytest
from graphql import get_named_type, is_leaf_type

from domain.invoice import UnreadTasks
from schema.build import schema
from schema.context import GraphQLContext
from tests.counting import Said, listening
from tests.resolvers.test_page_statements import asks_for_nothing, leaves_of
from tests.schema.printed import printed_schema

INVOICE = printed_schema().type_map["Invoice"]
EDGES, NODES = "edges { node { %s } }", "nodes { %s }"


async def answer(office, caller, selected, fragments=""):
    """The page, and what was said to the database for it."""
    said = Said()
    listened_to = replace(caller, open_work=lambda: listening(office, said))
    document = f"{{ invoices(first: 3) {{ {selected} }} }} {fragments}"
    result = await schema().execute(document, context_value=GraphQLContext(listened_to))
    assert result.errors is None, selected
    return result.data["invoices"], said.statements


def reads_tasks(statements):
    return any("FROM task" in statement for statement in statements)


def selections():
    """Each field of an invoice that needs no argument."""
    for name, field in INVOICE.fields.items():
        kind = get_named_type(field.type)
        if asks_for_nothing(field):
            yield name if is_leaf_type(kind) else f"{name} {{ {leaves_of(kind)} }}"


@pytest.fixture
async def adam(office, side):
    """An administrator of an office with an invoice in QuickBooks and two that are not there."""
    await side.export(await office.new_invoice("A1"))
    for number in ("A2", "A3"):
        await office.new_invoice(number)
    return await office.as_person("Adam")


async def test_no_field_shows_anything_else_because_tasks_were_not_asked_for(office, adam):
    for field in selections():
        for page, key in ((EDGES, "edges"), (NODES, "nodes")):
            alone, _ = await answer(office, adam, page % field)
            beside, _ = await answer(office, adam, page % f"{field} last: tasks {{ id }}")
            for one, other in zip(alone[key], beside[key], strict=True):
                shown = other.get("node", other)
                assert len(shown.pop("last")) == 2
                assert one.get("node", one) == shown, field


@pytest.mark.parametrize(
    "selected",
    [
        EDGES % "id invoiceNumber total syncStatus customer { name }",
        NODES % "... on Invoice { ...Head } __typename",
        "pageInfo { hasNextPage }",
    ],
)
async def test_tasks_stay_unread_where_nobody_asks_for_them(office, adam, selected):
    head = "fragment Head on Invoice { balance }" if "Head" in selected else ""

    _, statements = await answer(office, adam, selected, head)

    assert statements
    assert not reads_tasks(statements)


@pytest.mark.parametrize(
    "selected",
    [
        EDGES % "id tasks { id }",
        NODES % "id tasks { id }",
        EDGES % "id" + " " + NODES % "tasks { id }",
        EDGES % "id ... on Invoice { t: tasks @include(if: true) { id } }",
    ],
)
async def test_tasks_are_read_wherever_somebody_asks_for_them(office, adam, selected):
    page, statements = await answer(office, adam, selected)

    assert reads_tasks(statements)
    assert "tasks" in str(page) or "'t'" in str(page)


@pytest.mark.parametrize("look", [list, len, bool, hash, lambda tasks: tasks[0], lambda t: t == ()])
def test_tasks_that_were_not_read_are_never_taken_for_none(look):
    with pytest.raises(LookupError, match="were not read"):
        look(UnreadTasks())
