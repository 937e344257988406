"""Plays an example of the API's documents against the running service, and shows its answer.

What differs from run to run (ids, cursors, secrets, moments) is shown as words in angle brackets; the
variables of a later example name it by the same words. So an example reads like what a caller sees,
and its answer can be compared.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from app.api_examples import Example, Play
from app.graphql_client import GraphQLClient

ID = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
KINDS = re.compile(r"([A-Z][A-Za-z]+):[0-9a-f]{8}-[0-9a-f-]{27}")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)")
HOST = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+")
#: What is new in each run, by the name of its field.
NEW = {
    "cursor", "startCursor", "endCursor", "syncCursor", "secret", "password", "qwcFile", "prefix",
    "userName", "txnId", "editSequence", "detectedAt",
}  # fmt: skip
#: How an object with an id is called.
CALLED = {"name": "{}", "invoiceNumber": "invoice {}", "description": "task {}"}


@dataclass
class Stage:
    """One service, the callers of its office, and all that was shown so far."""

    clients: dict[str, GraphQLClient]
    #: What stands for a value in the documents, and the value: the one that was seen last.
    shown: dict[str, str] = field(default_factory=dict)

    async def play(self, example: Example, play: Play, *, events: int = 0) -> Any:
        """Give what the service answers, as the documents show it."""
        client = self.clients[play.caller]
        variables = self.given(play.variables)
        if not events:
            return self.show(await client.call(example.document, **variables))
        seen = []
        async with client.subscribe(example.document, **variables) as stream:
            async for event in stream:
                seen.append(self.show(event))
                if len(seen) == events:
                    return seen
        raise AssertionError(f"The stream ended after {len(seen)} events.")

    def given(self, value: Any) -> Any:
        """Put the values of this run where variables name them."""
        match value:
            case dict():
                return {key: self.given(part) for key, part in value.items()}
            case list():
                return [self.given(part) for part in value]
            case str():
                for words in re.findall(r"<[^<>]+>", value):
                    value = value.replace(words, self.shown[words])
                return value
            case _:
                return value

    def show(self, value: Any, key: str = "", beside: dict[str, Any] | None = None) -> Any:
        match value:
            case dict():
                return {name: self.show(part, name, value) for name, part in value.items()}
            case list():
                return [self.show(part, key) for part in value]
            case str():
                return self._show_text(value, key, beside or {})
            case _:
                return value

    def _show_text(self, text: str, key: str, beside: dict[str, Any]) -> str:
        if key in NEW:
            self.shown[f"<{key}>"] = text
            return f"<{key}>"
        text = ID.sub(lambda found: self._show_id(found[0], beside), text)
        text = HOST.sub("https://instep.example.com", text)
        text = UUID.sub("<uuid>", text)
        return MOMENT.sub("2026-11-20T15:04:05+00:00", text)

    def _show_id(self, text: str, beside: dict[str, Any]) -> str:
        for words, value in self.shown.items():
            if value == text:
                return words
        try:
            kind = KINDS.fullmatch(base64.b64decode(text, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            return text
        if kind is None:
            return text
        called = next((form.format(beside[k]) for k, form in CALLED.items() if beside.get(k)), "")
        if kind[1] == "Batch":
            called = f"batch {called}"
        plain = re.sub(r"(?<!^)(?=[A-Z])", " ", kind[1]).lower()
        words = f"<id of {called}>" if called else f"<{plain} id>"
        self.shown[words] = text
        return words
