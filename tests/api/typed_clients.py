"""The typed clients of `examples`: what generates, checks and runs them. `make clients` writes them."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from app.settings import environment_with
from tests.clients.node import Clients, NoClients, alone, get_clients, mark, run

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PYTHON, TYPESCRIPT = EXAMPLES / "python", EXAMPLES / "typescript"
DATA = ROOT / ".instep" / "clients"
SCHEMA, DOCUMENTS = Path("schema/schema.graphql"), Path("docs/api/examples/workflow")


def python_client() -> dict[str, str]:
    """Give the modules that ariadne-codegen makes, by name. Raises NoClients."""
    packages = _python_packages()
    with TemporaryDirectory() as place:
        here = Path(place) / "examples" / "python"
        here.mkdir(parents=True)
        for name in ("pyproject.toml", "tolerant.py"):
            shutil.copy(PYTHON / name, here)
        (here.parents[1] / SCHEMA).parent.mkdir()
        shutil.copy(ROOT / SCHEMA, here.parents[1] / SCHEMA)
        shutil.copytree(ROOT / DOCUMENTS, here.parents[1] / DOCUMENTS)
        paths = {
            "PATH": f"{packages / 'bin'}{os.pathsep}{environment_with({})['PATH']}",
            "PYTHONPATH": f"{packages}{os.pathsep}{here}",
        }
        _run([sys.executable, "-m", "ariadne_codegen", "client"], here, paths)
        return {file.name: file.read_text() for file in (here / "instep_client").glob("*.py")}


def typescript_client() -> str:
    """Give the module that GraphQL Code Generator makes. Raises NoClients."""
    node = node_project()
    with TemporaryDirectory() as place:
        output = Path(place) / "generated.ts"
        _run(
            [node.node, "generate.mjs", str(ROOT / SCHEMA), str(ROOT / DOCUMENTS), str(output)],
            node.folder,
        )
        return output.read_text()


def node_project() -> Clients:
    """Give the folder of the TypeScript example with its packages. Raises NoClients."""
    node = get_clients(DATA, TYPESCRIPT)
    with alone(DATA / "copying"):
        shutil.copy(TYPESCRIPT / "tsconfig.json", node.folder)
        shutil.copytree(TYPESCRIPT / "src", node.folder / "src", dirs_exist_ok=True)
    return node


def compiled() -> list[str]:
    """Check and compile the TypeScript example; give the command that runs it. Raises NoClients."""
    node = node_project()
    with alone(DATA / "compiling"):
        compiler = node.folder / "node_modules" / "typescript" / "bin" / "tsc"
        _run([node.node, str(compiler)], node.folder)
    return [node.node, str(node.folder / "built" / "changePrice.js")]


def _python_packages() -> Path:
    DATA.mkdir(parents=True, exist_ok=True)
    requirements = PYTHON / "requirements.txt"
    target = DATA / f"python-{mark(requirements)}"
    with alone(DATA / "installing"):
        if not (target / "installed").exists():
            pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            where = ["--no-deps", "--require-hashes", "--upgrade", "--target", str(target)]
            run([*pip, *where, "-r", str(requirements)], DATA)
            (target / "installed").touch()
    return target


def _run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment_with({}) | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoClients(f"`{' '.join(command)}` failed.\n{done.stdout}{done.stderr}")


@dataclass
class Line:
    """A line to the service that can be cut."""

    url: str
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()


@asynccontextmanager
async def a_line(url: str) -> AsyncIterator[Line]:
    """Give a line to this address, for as long as the block runs."""
    far_side = urlsplit(url)
    line = Line(url)
    carrying: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                writer.write(some)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(far_side.hostname, far_side.port)
        ends = {writer, far_writer}
        line.ends |= ends
        tasks = [
            asyncio.create_task(carry(reader, far_writer)),
            asyncio.create_task(carry(far_reader, writer)),
        ]
        carrying.update(tasks)
        await asyncio.wait(tasks)
        carrying.difference_update(tasks)
        line.ends -= ends

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line.url = f"http://127.0.0.1:{port}{far_side.path}"
    try:
        yield line
    finally:
        server.close()
        line.cut()
        if carrying:
            await asyncio.wait(carrying)


if __name__ == "__main__":
    for name, text in python_client().items():
        (PYTHON / "instep_client" / name).write_text(text)
    (TYPESCRIPT / "src" / "generated.ts").write_text(typescript_client())
