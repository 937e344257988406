"""The pages below docs/api that are written from the schema and the examples: `make reference`."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from graphql import build_schema

from app.api_examples import Example, read_examples
from app.reference_docs import render_example, render_play, render_reference
from app.type_docs import render_types
from schema.build import schema

API = Path(__file__).parent.parent / "docs" / "api"
#: `<!-- example: edit-and-sync -->` up to `<!-- end -->`: the document and its first play;
#: `<!-- play: edit-and-sync.guard -->`: variables and answer of another one.
_MARK = re.compile(
    r"(<!-- (?P<what>example|play): (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL
)


def pages() -> dict[Path, str]:
    """Give each page as it should be."""
    api, examples = build_schema(schema().as_str()), read_examples()
    recipes = API / "recipes.md"
    return {
        API / "reference.md": render_reference(api, examples),
        API / "types.md": render_types(api),
        recipes: fill_in(recipes.read_text("utf-8"), examples),
    }


def fill_in(page: str, examples: Mapping[str, Example]) -> str:
    """Put the examples between their marks. Raises LookupError for one that is not there."""

    def filled(found: re.Match[str]) -> str:
        example = examples[found["name"].split(".")[0]]
        if found["what"] == "example":
            lines = list(render_example(example, plays=1))
        else:
            play = next((p for p in example.plays if p.name == found["name"]), None)
            if play is None:
                raise LookupError(found["name"])
            lines = list(render_play(play))
        return f"{found[1]}\n" + "\n".join(lines) + f"\n{found[4]}"

    return _MARK.sub(filled, page)


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    sys.exit(0)
