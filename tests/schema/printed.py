"""The schema as callers read it."""

from functools import cache

from graphql import GraphQLSchema, build_schema

from schema.build import schema


@cache
def printed_schema() -> GraphQLSchema:
    """Give what a client makes of our SDL; once for all tests of a process, which only read it."""
    return build_schema(schema().as_str())
