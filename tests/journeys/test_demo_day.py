"""The office of `make demo`: whoever tries the product meets every state in it."""

import asyncio
from datetime import timedelta

from app import administration
from app.account_file import read_account_file
from app.demo_day import (
    ACCOUNT,
    ADMINISTRATOR,
    Office,
    company_of_the_demo,
    open_in_the_morning,
    work_through_the_day,
)
from app.graphql_client import GraphQLClient
from app.ids import new_id
from simulator.web_connector import WebConnector
from tests.journeys.conftest import Service

SEEN = """{
  invoices(first: 100) { nodes {
    invoiceNumber exportStatus exportOrigin syncStatus
    sync { phase conflict { fields { path } } } draft { editor { name } }
  } }
  syncIssueCounts { roots invoices payments }
  companyFiles { connections { name light } }
}"""


async def test_the_demo_has_an_invoice_in_every_state(service: Service) -> None:
    office, connector = await open_office(service)
    await open_in_the_morning(office)
    stop = asyncio.Event()
    polling = asyncio.create_task(connector.run_forever(0.2, stop))
    async with service.working():
        await work_through_the_day(office)
        seen = await office.olga.call(SEEN)
        stop.set()
        await polling

    by_number = {one["invoiceNumber"]: one for one in seen["invoices"]["nodes"]}
    assert len(by_number) == len(office.invoices) == 23
    assert {one["syncStatus"] for one in by_number.values()} == {
        "NOT_APPLICABLE",
        "SYNCING",
        "SYNCED",
        "BYPASSED",
        "ACTION_REQUIRED",
    }
    assert {one["exportStatus"] for one in by_number.values()} == {"PENDING", "POSTED", "EXPORTED"}
    assert [one["exportOrigin"] for one in by_number.values()].count("BYPASSED") == 4
    [field] = by_number["21236"]["sync"]["conflict"]["fields"]
    assert field["path"].endswith("unitPrice")
    assert by_number["21235"]["draft"]["editor"] == {"name": "Bea"}
    assert by_number["21199"]["sync"]["phase"] == "FAILED"
    assert seen["syncIssueCounts"]["roots"] >= 3
    assert seen["syncIssueCounts"]["payments"] >= 1


async def open_office(service: Service) -> tuple[Office, WebConnector]:
    """The demo's own account in this service, and its Web Connector."""
    resources = service.office.resources
    account = await administration.create_account(
        resources,
        name="Fixture Heating & Air",
        administrator=ADMINISTRATOR,
        lists=read_account_file(ACCOUNT, new_id),
    )
    created = await administration.add_connection(
        resources, account_id=account.account_id, company_file="CF-1", name="Front desk"
    )

    async def sign_in(person: str) -> GraphQLClient:
        token = await administration.make_token(
            resources,
            account_id=account.account_id,
            person=person,
            lifetime=timedelta(hours=1),
        )
        return GraphQLClient(service.http, f"{service.url}/graphql", token)

    company = company_of_the_demo()
    connector = WebConnector(
        f"{service.url}/qbwc", created.connection.user_name, created.password, company
    )
    return Office(sign_in=sign_in, company=company, olga=await sign_in(ADMINISTRATOR)), connector
