"""Clients that people really use, from npm, against the running service.

The tests themselves are the `.test.mjs` files beside this one, which Node's own test runner runs:
the 61 audits of GraphQL over HTTP, graphql-ws, graphql-sse, urql and Apollo Client.
"""

import asyncio
import json

import pytest

from app.settings import environment_with
from tests.clients.node import Clients, NoClients, get_clients
from tests.conftest import DATA
from tests.journeys.conftest import Service, global_id

PATIENCE_SECONDS = 120
#: Each file edits an invoice of its own, for they run side by side.
EDITORS = ("graphql-ws", "graphql-sse", "urql", "apollo")


@pytest.fixture
async def clients() -> Clients:
    try:
        return await asyncio.to_thread(get_clients, DATA / "clients")
    except NoClients as reason:
        pytest.fail(str(reason))


async def test_every_client_works(service: Service, clients: Clients) -> None:
    async with service.working():
        made = [await service.office.new_invoice(str(n)) for n in range(len(EDITORS))]
        await service.office.export(*made)
        ids = [global_id("Invoice", invoice.id) for invoice in made]
        for one in ids:
            await service.update_until(one, exportStatus="EXPORTED")
        code, told = await run(
            clients,
            INSTEP_URL=f"{service.url}/graphql",
            INSTEP_TOKEN=service.office.token(),
            INSTEP_INVOICES=json.dumps(dict(zip(EDITORS, ids, strict=True))),
        )

    assert code == 0, told


async def run(clients: Clients, **environment: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *clients.command(),
        cwd=clients.folder,
        env=environment_with({}) | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, told.decode()
