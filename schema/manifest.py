"""The file of registered documents, as graphql-codegen writes it: JSON, SHA-256 to text."""

from collections.abc import Iterator, Mapping

import orjson
from graphql import GraphQLSyntaxError, parse, specified_rules

from schema.build import schema
from schema.documents import check_document
from schema.limits import MOST_TOKENS
from schema.trusted import sha256

#: A file with more faults than these is told of the first ones.
_MOST_TOLD = 10


class ManifestError(Exception):
    """The file cannot be used; one sentence for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_manifest(content: bytes) -> Mapping[str, str]:
    """Give the documents by their SHA-256. Raises ManifestError unless every one would run."""
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as fault:
        raise ManifestError([f"it is no JSON: {fault}."]) from None
    is_map = isinstance(manifest, dict)
    if not is_map or not all(isinstance(text, str) for text in manifest.values()):
        raise ManifestError(["it must be one JSON object, from SHA-256 to the document's text."])
    documents = {name.lower(): text for name, text in manifest.items()}
    problems = [problem for name, text in documents.items() for problem in _problems(name, text)]
    if problems:
        raise ManifestError(problems[:_MOST_TOLD])
    return documents


def _problems(name: str, text: str) -> Iterator[str]:
    if name != sha256(text):
        yield f"{name} is not the SHA-256 of its document, which is {sha256(text)}."
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as fault:
        yield f"{name}: {fault.message}"
        return
    core = schema()._schema  # noqa: SLF001 - no other way
    for error in check_document(core, document, specified_rules):
        line = f"line {error.locations[0].line}: " if error.locations else ""
        yield f"{name}, {line}{error.message}"
