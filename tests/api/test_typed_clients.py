"""The typed clients of `examples` are generated from the schema of today, checked, and work.

Each changes a price, loses its line, goes on behind the last event, and settles a conflict with what
a bookkeeper typed in QuickBooks meanwhile.
"""

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal

import pytest

from app import administration
from app.settings import environment_with
from domain.access import Permission
from tests.api.typed_clients import (
    PYTHON,
    ROOT,
    TYPESCRIPT,
    a_line,
    compiled,
    python_client,
    typescript_client,
)
from tests.clients.node import NoClients
from tests.journeys.conftest import Service

PATIENCE_SECONDS = 60
CURE = "Run `make clients`."
EVENTS = """query ($id: ID!) { invoice(id: $id) { syncEvents(first: 100) { nodes {
  sequence status invoiceVersion
} } } }"""
STEP = re.compile(r"^(\d+) ([A-Z_]+) ?([A-Z_]*)$")


def test_the_python_client_is_generated_from_the_schema() -> None:
    kept = {file.name: file.read_text() for file in (PYTHON / "instep_client").glob("*.py")}

    assert kept == made(python_client), CURE


def test_the_typescript_client_is_generated_from_the_schema() -> None:
    assert (TYPESCRIPT / "src" / "generated.ts").read_text() == made(typescript_client), CURE


def test_the_python_client_is_typed() -> None:
    """mypy, strict; without a cache folder in the example."""
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml"]
    where = ["--cache-dir", str(ROOT / ".mypy_cache" / "examples"), "change_price.py"]
    done = subprocess.run(
        [*command, *where], cwd=PYTHON, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_python_client_takes_what_later_versions_add() -> None:
    """A status, and a kind of error, that it was not generated with."""
    later = """
from instep_client import EditAndSync, SyncStatus
error = {"__typename": "LaterError", "code": "LATER_CODE", "message": "No.", "field": None}
guard = {"__typename": "GuardError", "code": "GUARD_REFUSED", "message": "No.", "field": None,
         "guards": [{"code": "LATER_GUARD", "severity": "ERROR", "message": "No.", "steps": []}]}
answer = {"invoice": None, "connection": None, "syncCursor": None, "userErrors": [error, guard]}
read = EditAndSync.model_validate({"saveAndSync": answer}).save_and_sync.user_errors
assert (read[0].code.value, read[0].message) == ("LATER_CODE", "No.")
assert read[1].guards[0].code.value == "LATER_GUARD"
assert SyncStatus("LATER_STATUS").value == "LATER_STATUS" not in set(SyncStatus)
"""
    done = subprocess.run(
        [sys.executable, "-c", later], cwd=PYTHON, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["python", "typescript"])
async def test_a_price_is_changed_over_a_lost_line_and_a_conflict(
    service: Service, language: str
) -> None:
    command = [sys.executable, "change_price.py"]
    if language == "typescript":  # which is checked by being compiled
        command = await asyncio.to_thread(made, compiled)
    async with service.working():
        invoice = await service.exported()
        copy, line_id = invoice["quickbooks"], invoice["tasks"][0]["quickbooksLineId"]
        service.bookkeeper.change_line(copy["txnId"], line_id, rate=Decimal("40.00"))
        async with a_line(f"{service.url}/graphql") as line:
            program = await start(
                [*command, "21259", "Seasonal tune-up", "45.00"], line.url, service
            )
            told = [await told_by(program)]
            line.cut()
            await service.update_until(invoice["id"], syncStatus="ACTION_REQUIRED")
            while "taking OURS" not in told[-1]:
                told.append(await told_by(program))
            service.clock.pass_seconds()
            await service.update_until(invoice["id"], syncStatus="SYNCED")
            async with asyncio.timeout(PATIENCE_SECONDS):
                rest, _ = await program.communicate()
        events = (await service.client().call(EVENTS, id=invoice["id"]))["invoice"]["syncEvents"]

    told += rest.decode().splitlines()
    steps = [(int(step[1]), step[2]) for line in told if (step := STEP.match(line))]
    edited = [e for e in events["nodes"] if e["invoiceVersion"] > invoice["version"]]
    assert program.returncode == 0, told
    assert any("the line is" in line for line in told), told
    assert steps == [(event["sequence"], event["status"]) for event in edited]
    assert {"SYNCING", "ACTION_REQUIRED"} < {status for _, status in steps}
    assert steps[-1][1] == "SYNCED"
    assert next(service.company.invoice(copy["txnId"]).flat_lines()).rate == Decimal("45.00")


def made(generator):
    try:
        return generator()
    except NoClients as reason:
        pytest.fail(str(reason))


async def start(command: Sequence[str], url: str, service: Service) -> asyncio.subprocess.Process:
    office = service.office
    key = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="Partner",
        permissions=[Permission.EDIT_EXPORTED_TRANSACTIONS],
    )
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=PYTHON,
        env=environment_with({}) | {"URL": url, "KEY": key, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def told_by(program: asyncio.subprocess.Process) -> str:
    """The next line that it prints."""
    assert program.stdout
    async with asyncio.timeout(PATIENCE_SECONDS):
        line = await program.stdout.readline()
    assert line, "It ended."
    return line.decode().rstrip()
