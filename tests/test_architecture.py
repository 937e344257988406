"""What the import contracts cannot say about the layout."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["importlinter"]["root_packages"]
CONTRACTS = {
    contract["id"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
}
MAX_LINES = 400
NOT_SHIPPED = {"tests", "benchmarks"}


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module below the folders: its path from the root, and its syntax tree."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def uses(tree: ast.Module, names: Iterable[str]) -> set[str]:
    wanted = set(names)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return wanted & found


def test_every_package_is_under_the_contracts() -> None:
    present = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED

    assert present <= set(PACKAGES)
    layered = {name for layer in CONTRACTS["layers"]["layers"] for name in layer.split(" | ")}
    assert layered == set(PACKAGES)
    assert CONTRACTS["acyclic"]["ancestors"] == PACKAGES


@pytest.mark.parametrize(
    "where",
    [
        ("mypy", "packages"),
        ("coverage", "run", "source"),
        ("hatch", "build", "targets", "wheel", "packages"),
    ],
    ids=".".join,
)
def test_every_package_is_typed_covered_and_shipped(where: tuple[str, ...]) -> None:
    table = PYPROJECT["tool"]
    for name in where:
        table = table[name]

    assert table == PACKAGES


def test_there_are_eighteen_contracts() -> None:
    """Dropping one is a decision, so it shows in a diff of this line too."""
    assert len(CONTRACTS) == 18


def test_the_domain_imports_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"domain"}
    foreign = [
        f"{path}: {name}"
        for path, tree in modules("domain")
        for name in imported(tree)
        if name.split(".")[0] not in allowed
    ]

    assert not foreign


def test_no_library_has_a_package_of_our_names() -> None:
    """A public package is called `schema`: were it installed, imports could find that one."""
    installed = packages_distributions()
    taken = {name: installed[name] for name in PACKAGES if name in installed}

    assert all(owners == ["instep"] for owners in taken.values()), taken


def test_no_float_touches_money() -> None:
    """A float cannot hold a tenth of a cent exactly; ruff cannot ban a builtin."""
    floating = [
        path for path, tree in modules("domain", "db", "qbwc/qbxml") if uses(tree, ["float"])
    ]

    assert not floating


def test_only_the_settings_read_the_environment() -> None:
    readers = [path for path, tree in modules(*PACKAGES) if uses(tree, ["environ", "getenv"])]

    assert [path for path in readers if path != "app/settings.py"] == []


def test_no_module_is_too_long_to_be_read_in_one_sitting() -> None:
    """A migration is exempt: it is a list of statements, read once and never changed."""
    long = {
        path: lines
        for path, _ in modules(*PACKAGES)
        if not path.startswith("db/migrations/versions/")
        and (lines := len((ROOT / path).read_text().splitlines())) > MAX_LINES
    }

    assert not long
