"""Each root field names the permission that it asks for; tests/api sends each as somebody without."""

import re

import pytest
from graphql import build_schema

from domain.access import Permission
from schema.permissions import PERMISSIONS, name_permissions
from tests.schema.printed import printed_schema


def test_every_mutation_names_its_permission_and_every_permission_exists():
    api = printed_schema()
    fields = api.query_type.fields | api.mutation_type.fields
    named = {code for text in PERMISSIONS.values() for code in re.findall(r"`(\w+)`", text)}

    assert set(api.mutation_type.fields) <= set(PERMISSIONS) <= set(fields)
    assert named == {str(permission) for permission in Permission}
    assert [
        n for n in PERMISSIONS if f" Permission: {PERMISSIONS[n]}." not in fields[n].description
    ] == []


def test_a_mutation_without_a_row_stops_the_start():
    with pytest.raises(LookupError, match="newOne"):
        name_permissions(build_schema("type Query { x: Int } type Mutation { newOne: Int }"))
