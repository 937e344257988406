"""Imported by the process that others are forked from: each web process would build this again."""

from schema.build import schema

schema()
