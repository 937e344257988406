"""What a page asks of the database does not grow with the page: nothing is read row by row."""

from dataclasses import replace

import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from graphql.pyutils import Undefined

from domain.edits import Edits
from domain.guards import GuardCode
from domain.naming import NamedList
from resolvers.naming import NameWish, set_quickbooks_name
from schema.build import schema
from schema.context import GraphQLContext
from tests.counting import Said, listening
from tests.paying import recorded
from tests.resolvers.asking import details, save, stage_edits
from tests.resolvers.conftest import let_an_hour_pass
from tests.schema.printed import printed_schema

SHORT, LONG, ROWS = 2, 5, 6
#: Every page of the API but those that hold the same invoices and payments as these.
PAGES = ("invoices", "payments", "batches", "syncIssues", "syncEvents", "auditTrail")
_SCHEMA = printed_schema()


def asks_for_nothing(field):
    """Can be selected as it is."""
    return all(
        not isinstance(argument.type, GraphQLNonNull) or argument.default_value is not Undefined
        for argument in field.args.values()
    )


def is_page(field):
    return get_named_type(field.type).name.endswith("Connection")


def node_of(field):
    connection = get_named_type(field.type)
    if "nodes" in connection.fields:
        return "nodes { %s }", get_named_type(connection.fields["nodes"].type)
    edge = get_named_type(connection.fields["edges"].type)
    return "edges { node { %s } }", get_named_type(edge.fields["node"].type)


def leaves_of(kind, *, depth=1):
    """Select every plain field of a type, and of what it consists of."""
    if not isinstance(kind, GraphQLObjectType):
        return "__typename"
    selected = ["__typename"]
    for name, field in kind.fields.items():
        if not asks_for_nothing(field) or is_page(field):
            continue
        if is_leaf_type(get_named_type(field.type)):
            selected.append(name)
        elif depth:
            selected.append(
                f"{name} {{ {leaves_of(get_named_type(field.type), depth=depth - 1)} }}"
            )
    return " ".join(selected)


def reads():
    """What hangs on the rows of each page, one thing at a time; plain fields cost nothing more."""
    for root in PAGES:
        around, node = node_of(_SCHEMA.query_type.fields[root])
        for name, field in getattr(node, "fields", {}).items():
            kind = get_named_type(field.type)
            if asks_for_nothing(field) and not is_page(field) and not is_leaf_type(kind):
                read = around % f"__typename {name} {{ {leaves_of(kind)} }}"
                yield f"{root}.{name}", root, read


@pytest.fixture
async def busy(office, side, partner):
    """Six invoices in batches of their own, each edited and paid; six more stopped by one item."""
    fine = [await side.export(await office.new_invoice(f"A{n}")) for n in range(ROWS)]
    stopped = [await side.export(await office.new_invoice(f"B{n}")) for n in range(ROWS)]
    for invoice in fine:
        await recorded(office, invoice, "1.00")
        await stage_edits(partner, invoice, details(summary="Late"))
    adam = await office.as_person("Adam")
    await set_quickbooks_name(
        adam,
        NameWish(
            named=NamedList.ITEM,
            entry_id=office.id_of("Seasonal tune-up"),
            quickbooks_name="No such item",
            acknowledge=(GuardCode.EXPORTED_TRANSACTIONS_AFFECTED,),
        ),
    )
    for invoice in stopped:
        await let_an_hour_pass(office, invoice)
        await save(partner, invoice, Edits(add_tasks=(office.tasks()[0],)))
        await side.settle()
    return office, adam


async def said_for(office, caller, document):
    said = Said()
    listened_to = replace(caller, open_work=lambda: listening(office, said))
    result = await schema().execute(document, context_value=GraphQLContext(listened_to))
    assert result.errors is None
    return result.data, said


async def test_no_page_asks_more_for_more_rows(busy):
    """All in one test: what is read takes longer to make than to read."""
    office, adam = busy
    grown = {}
    for name, root, read in reads():
        # the first time brings what a process asks for once, which would hide a growth
        await asked_for(office, adam, root, read, SHORT)
        counts = [await asked_for(office, adam, root, read, first) for first in (SHORT, LONG)]
        if counts[1] - counts[0] >= LONG - SHORT:  # other rows may have another kind of thing
            grown[name] = counts
    assert grown == {}


async def asked_for(office, adam, root, read, first):
    """How many statements a page of this length is read with."""
    data, said = await said_for(office, adam, f"{{ {root}(first: {first}) {{ {read} }} }}")
    (rows,) = data[root].values()
    assert len(rows) == first, root
    return len(said)
