"""The tests of clients are never skipped: what they need is there, or they say what is missing."""

from pathlib import Path

import pytest

from tests.clients.node import NoClients, get_clients


def test_packages_that_cannot_be_had_are_said_with_npm_s_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, does in (("node", "echo v22.0.0"), ("npm", "echo registry unreachable; exit 1")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoClients, match=r"npm ci.*failed(?s:.*)registry unreachable"):
        get_clients(tmp_path / "data")
