"""The schema as committed, against itself and against the target."""

from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes
from strawberry.types import get_object_definition

from schema.build import schema
from schema.mutation import Mutation
from schema.user_errors import UserErrors

HERE = Path(__file__).parent
COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"

#: What the target has and this step has not. Each line goes with the code that brings it.
NOT_YET: set[str] = set()


def missing(change):
    """Name what is gone; for any other breaking change give its description."""
    words = change.description.split()
    if change.type.name == "TYPE_REMOVED":
        return words[0]
    return words[1] if change.type.name == "FIELD_REMOVED" else change.description


def test_the_committed_snapshot_is_the_schema():
    """`make schema` writes it anew; the difference is reviewed like code."""
    assert COMMITTED.read_text() == schema().as_str() + "\n"


def test_whatever_is_written_for_the_target_works_here():
    """Every type, field, argument and value of the target is there with its type."""
    target = build_schema((HERE / "target.graphql").read_text())
    ours = build_schema(COMMITTED.read_text())

    assert {missing(change) for change in find_breaking_changes(target, ours)} == NOT_YET


def test_no_mutation_can_let_a_refusal_through():
    unguarded = [
        field.python_name
        for field in get_object_definition(Mutation, strict=True).fields
        if not any(isinstance(extension, UserErrors) for extension in field.extensions)
    ]

    assert not unguarded


def test_docstrings_are_the_descriptions():
    shown = build_schema(COMMITTED.read_text())

    assert shown.type_map["Task"].description == "A line of an invoice."
    assert shown.mutation_type.fields["resync"].description == (
        "Send the invoice as it is; while a sync is under way this joins it."
        " Permission: `EDIT_EXPORTED_TRANSACTIONS`. Refusals: `VERSION_CONFLICT`, `BEING_EDITED`,"
        " `NOT_ELIGIBLE`, `GUARD_REFUSED`, `ACKNOWLEDGEMENT_NEEDED`, `NOTHING_TO_SYNC`,"
        " `CONNECTION_NEEDED`. Scope: `write`."
    )
    assert shown.type_map["SyncStatus"].values["SYNCED"].description == (
        "QuickBooks confirmed exactly this version."
    )
