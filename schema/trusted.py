"""Documents that first-party apps registered: known by their SHA-256, checked before one runs."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from schema.context import GraphQLContext

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_ALLOWED = "DOCUMENT_NOT_TRUSTED"
HOW_TO_SEND = "This service holds no document of this hash: send its text in `query`."
_HOW_TO_REGISTER = (
    "This credential may run registered documents only, and this is none of them: its app must be"
    " built together with the manifest that the service was given."
)


class Trust(SchemaExtension):
    """Holds a credential that is for registered documents only to them, before anything else."""

    def on_validate(self) -> Iterator[None]:
        """Refuse a document that is not registered without a word on what is wrong with it."""
        execution = self.execution_context
        context: GraphQLContext = execution.context
        caller = context.caller
        if caller.principal.trusted_only and sha256(execution.query or "") not in caller.trusted:
            error = GraphQLError(_HOW_TO_REGISTER, extensions={"code": NOT_ALLOWED})
            execution.pre_execution_errors = [error]
        yield


def sha256(text: str) -> str:
    """Give the name under which a document is registered."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def hash_of(extensions: object) -> str | None:
    """Give the hash of the document that is meant, where no text was sent."""
    wanted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    found = wanted.get("sha256Hash") if isinstance(wanted, dict) else None
    return found.lower() if isinstance(found, str) else None


def find_document(fields: Mapping[str, Any], trusted: Mapping[str, str]) -> object:
    """Give the text that was sent, or that belongs to the hash which was sent instead.

    Raises GraphQLError for a hash that nobody registered.
    """
    text = fields.get("query")
    name = hash_of(fields.get("extensions"))
    if text is not None or name is None:
        return text
    if name not in trusted:
        raise GraphQLError(HOW_TO_SEND, extensions={"code": NOT_FOUND})
    return trusted[name]
