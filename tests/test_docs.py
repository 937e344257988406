"""The documents name only what exists: links, commands, settings, fields of the API."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate

from app.cli import main
from app.settings import Settings
from tests.schema.printed import printed_schema

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A GraphQL document inside a shell command (`gql '...'`) or a Python text (\"\"\"...\"\"\").
QUOTED = {
    "sh": re.compile(r"^gql '(.*?)'$", re.MULTILINE | re.DOTALL),
    "python": re.compile(r'"""((?:subscription|query|mutation|\{).*?)"""', re.DOTALL),
}
#: `"'"$INVOICE"'"` in the shell stands for a string, `'"$VERSION"'` for a number.
SHELL_TEXT, SHELL_NUMBER = re.compile(r"\"'\"\$\w+\"'\""), re.compile(r"'\"\$\w+\"'")


def documents() -> list[Path]:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path for path in pages if path.is_file())


def commands(page: str) -> Iterator[list[str]]:
    """The words of each `instep ...` command, up to where another command or prose begins."""
    text = page.replace("\\\n", " ")
    code = [block for _, block in CODE.findall(text)]
    code += [part.replace("\n", " ") for part in re.findall(r"`([^`]+)`", CODE.sub("", text))]
    for part in code:
        for line in part.splitlines():
            command = line.split("#")[0].strip()
            if command.startswith(("instep ", ".venv/bin/python -m app ")):
                yield command.removeprefix(".venv/bin/python -m app").removeprefix("instep").split()


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0, command
    return capsys.readouterr().out


def graphql_documents(page: str) -> Iterator[str]:
    for language, block in CODE.findall(page):
        if language == "graphql":
            yield block
        elif language in QUOTED:
            for quoted in QUOTED[language].findall(block):
                yield SHELL_NUMBER.sub("1", SHELL_TEXT.sub('"text"', quoted))


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        assert (page.parent / path).exists() if path else _has_heading(text, anchor), target


def _has_heading(text: str, anchor: str) -> bool:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return anchor in slugs


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:\w+=\S+ )?make ([a-z]+)", text))
    named |= set(re.findall(r"^(?:\w+=\S+ )?make ([a-z]+)", text, re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_its_options_exist(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, *words in commands(page.read_text(encoding="utf-8")):
        options = {word.split("=")[0] for word in words if word.startswith("--")}
        known = set(re.findall(r"--[a-z][a-z-]*", help_of(command, capsys)))

        assert options <= known, [command, *words]


def test_the_runbook_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    rows = dict(
        re.findall(r"^\| `((?:INSTEP_|DATABASE_|REDIS_|OTEL_)\w+)` \| (.+?) \|", page, re.MULTILINE)
    )
    wanted = {}
    for field in Settings.model_fields.values():
        if field.is_required():
            wanted[field.alias] = "required"
        else:
            wanted[field.alias] = "none" if field.default is None else f"`{field.default}`"

    assert rows == wanted


def test_every_variable_that_is_named_is_a_setting() -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    for page in documents():
        named = set(re.findall(r"\bINSTEP_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
        assert named <= known, page


def test_the_readme_shows_the_api() -> None:
    """Else the test below would be content with nothing."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(list(graphql_documents(readme))) >= 3


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_graphql_document_is_valid(page: Path) -> None:
    api = printed_schema()
    for document in graphql_documents(page.read_text(encoding="utf-8")):
        assert validate(api, parse(document)) == [], document


def test_the_logs_that_are_listed_are_the_logs_that_are_written() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    table = page.partition("## Logs")[2].partition("## Traces")[0]
    listed = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", table))
    written = set()
    for package in ("app", "schema", "resolvers", "db", "sync_worker", "qbwc"):
        for path in (ROOT / package).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            written |= set(re.findall(r"log\.\w+\(\s*\"([a-z_]+\.[a-z_]+)\"", code))
            for chosen in re.findall(r"^ +event = (.+)$", code, re.MULTILINE):  # one of several
                written |= set(re.findall(r"\"([a-z_]+\.[a-z_]+)\"", chosen))

    assert listed == written


def test_no_document_speaks_of_the_machine_it_was_written_on() -> None:
    for page in documents():
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|root|tmp|home)/", text), page
