"""Documents made from the schema by schemathesis, sent to the running service: nothing breaks it."""

import asyncio
import json
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from app import administration
from app.processes import free_port
from app.settings import environment_with
from app.web import build_app
from sync_worker.broker import make_broker
from tests.plain_http import http_client

HOOKS = Path(__file__).with_name("fuzz_hooks.py")
#: Ids of everything that the account has, found as any client finds them.
EVERYTHING = """{
    customers { id serviceLocations { id } } items { id } technicians { id } taxZones { id }
    businessUnits { id } inventoryLocations { id } employees { id } connections { id }
    companyFiles { id } batches { nodes { id } } invoices { nodes { id tasks { id } } }
}"""


GENEROUS = {"introspection": True, "cost_per_minute": 10**9, "cost_burst": 10**6}


@pytest.fixture
async def known_ids(office):
    exported, other = await office.new_invoice("16920"), await office.new_invoice("16921")
    await office.export(exported)
    return [str(exported.id), str(other.id)]


@asynccontextmanager
async def serving(settings, namespace):
    port = free_port()
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}/graphql"
    server.should_exit = True
    await running


async def ids_of(url, key):
    async with http_client(headers={"Authorization": f"Bearer {key}"}) as http:
        answer = await http.post(url, json={"query": EVERYTHING})
    return re.findall(r'"id":"([^"]+)"', json.dumps(answer.json()["data"], separators=(",", ":")))


async def run_schemathesis(url, key, folder, *, examples):
    command = Path(sys.executable).with_name("schemathesis")
    arguments = [
        *("run", url, "--header", f"Authorization: Bearer {key}"),
        *("--phases", "fuzzing", "--max-examples", str(examples), "--continue-on-failure"),
        *("--checks", "is_no_fault_of_ours", "--no-color"),
    ]
    process = await asyncio.create_subprocess_exec(
        command,
        *arguments,
        cwd=folder,
        env=environment_with({"SCHEMATHESIS_HOOKS": HOOKS.stem, "PYTHONPATH": str(HOOKS.parent)}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_documents_made_from_the_schema_find_no_fault_of_ours(
    request, office, known_ids, namespace, tmp_path
):
    """`make fuzz` sends two thousand; each run of the suite sends a few for every field."""
    examples = request.config.getoption("--fuzz")
    settings = office.resources.settings.model_copy(update=GENEROUS)
    key = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="fuzz",
        permissions=administration.EVERYTHING,
    )

    async with serving(settings, namespace) as url:
        ids = await ids_of(url, key)
        (tmp_path / "ids.json").write_text(json.dumps(ids), encoding="utf-8")
        status, told = await run_schemathesis(url, key, tmp_path, examples=examples)

    assert len(ids) > 20
    assert status == 0, told
    (cases,) = re.findall(r"(\d+) generated", told)
    assert int(cases) >= 60 * examples
    sys.stdout.write(told)
