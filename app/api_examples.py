"""The examples of the API: documents, variables and answers, as files below docs/api/examples.

`edit-and-sync.graphql` is a document, its first comment says what for. `edit-and-sync.json` holds
variables and the answer; `edit-and-sync.guard.json` is another play of the same document.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import DocumentNode, FieldNode, OperationDefinitionNode, parse

EXAMPLES = Path(__file__).parent.parent / "docs" / "api" / "examples"
_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One time that the document is sent: by whom, with what, and what comes back."""

    name: str
    path: Path
    #: What it shows beside what its document is for; often nothing.
    about: str
    caller: str
    variables: Mapping[str, Any]
    #: The data; of a subscription the first events. None: not recorded yet.
    answer: Any

    def with_answer(self, answer: object) -> str:
        """Give the file's text with this answer."""
        told: dict[str, object] = {"about": self.about} if self.about else {}
        if self.caller != _PARTNER:
            told["as"] = self.caller
        return wide_json({**told, "variables": self.variables, "answer": answer}) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A document with its plays."""

    name: str
    path: Path
    #: The comment before it.
    about: str
    #: Without that comment.
    document: str
    plays: tuple[Play, ...]

    @property
    def root_fields(self) -> list[str]:
        """Give what it asks the API for, such as "Mutation.saveAndSync"."""
        operation = _operation(parse(self.document))
        return [
            f"{operation.operation.value.title()}.{selection.name.value}"
            for selection in operation.selection_set.selections
            if isinstance(selection, FieldNode)
        ]


_PARTNER = "partner"


def read_examples(folder: Path = EXAMPLES) -> dict[str, Example]:
    """Give all examples by name, in the order of their names."""
    paths = sorted(folder.rglob("*.graphql"), key=lambda path: path.stem)
    return {path.stem: _example(path) for path in paths}


def wide_json(value: object, indent: int = 0, before: int = 0) -> str:
    """Give JSON with as much on a line as fits, for people to read."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent + before <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        named = ((json.dumps(key, ensure_ascii=False), part) for key, part in value.items())
        parts = [
            f"{inner}{key}: {wide_json(part, indent + 2, len(key) + 3)}" for key, part in named
        ]
        opening, closing = "{", "}"
    else:
        parts = [f"{inner}{wide_json(part, indent + 2, 1)}" for part in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(parts) + f"\n{' ' * indent}{closing}"


def _example(path: Path) -> Example:
    lines = path.read_text("utf-8").splitlines()
    comments = [line.lstrip("# ") for line in lines if line.startswith("#")]
    return Example(
        name=path.stem,
        path=path,
        about=" ".join(comments),
        document="\n".join(line for line in lines if not line.startswith("#")) + "\n",
        plays=tuple(_plays(path)),
    )


def _plays(path: Path) -> Iterator[Play]:
    for told in (path.with_suffix(".json"), *sorted(path.parent.glob(f"{path.stem}.*.json"))):
        content = json.loads(told.read_text("utf-8"))
        yield Play(
            name=told.name.removesuffix(".json"),
            path=told,
            about=content.get("about", ""),
            caller=content.get("as", _PARTNER),
            variables=content["variables"],
            answer=content.get("answer"),
        )


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
