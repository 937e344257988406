"""Journey G3 of the requirements: a connector falls asleep, and a bookkeeper cleans up behind it.

Over real HTTP, WebSocket and SOAP, with a worker and the simulated QuickBooks.
"""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import now
from app.settings import Settings
from domain.access import Permission
from domain.people import Role
from resolvers.people import NewEmployee, PermissionWish, add_employee, set_permission
from simulator.faults import LoseAnswer, OtherCompanyOpen
from tests.journeys.conftest import PATIENCE_SECONDS, Service, empty_company, global_id, key
from tests.journeys.seeing import assert_sides_agree

CONNECTIONS = "subscription { connectionStateChanged { state light diagnosis { actor text } } }"
SEEN = """query ($id: ID!) { invoice(id: $id) {
  id version invoiceNumber syncStatus total
  sync { phase outcome queuePosition estimatedAt issue { code reason quickbooksCode steps { text } } }
} }"""
READINESS = """query ($month: String!) { periodReadiness(month: $month) {
  isReady message reasons { kind count difference invoices { nodes { invoiceNumber } } }
} }"""
DEBT = "{ bypassDebt { count difference months { month count difference } } }"
DRIFT = """query ($id: ID!) {
  drifts { nodes { id } }
  invoice(id: $id) {
    version syncStatus drift { kind message detectedAt readAt fields { path base ours quickbooks } }
    revisions(first: 1) { nodes { version reason actor { name } changes { path before after } } }
  }
}"""
TRAIL = (
    "{ auditTrail(first: 100) { nodes { action actor { name } changes { path before after } } } }"
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """QuickBooks is asked once an hour what was changed there."""
    return settings.model_copy(update={"drift_minutes": 60})


async def test_six_edits_of_an_outage_all_find_their_end(service: Service) -> None:
    """Steps 1 to 7 and 11."""
    await bea_joins_the_office(service)
    async with service.working():
        invoices = await six_exported(service)
        await the_books_are_closed_through_october(service)

        await the_connector_falls_silent(service)
        await six_saves_wait_without_an_error(service, invoices)
        await another_company_file_gets_nothing(service, invoices)
        await one_session_dies_with_all_six_and_nothing_is_lost(service, invoices)
        await the_bookkeeper_sees_what_the_month_lacks(service, invoices)
        await a_line_that_she_lowered_in_quickbooks_is_found_and_taken_over(service, invoices)
        await everything_is_in_the_trail(service)


async def bea_joins_the_office(service) -> None:
    """A bookkeeper, who may edit what was exported."""
    adam = await service.office.as_person("Adam")
    wish = NewEmployee(name="Bea", role=Role.BOOKKEEPER, idempotency_key=key())
    bea = await add_employee(adam, wish)
    edit = Permission.EDIT_EXPORTED_TRANSACTIONS
    await set_permission(adam, PermissionWish(employee_id=bea.id, permission=edit, granted=True))
    service.office.people["Bea"] = bea.id


async def six_exported(service) -> list[dict[str, Any]]:
    """Invoices 1 to 6; number 4 is of October, whose books are still open."""
    service.company.preferences.closing_date = None
    made = [
        await service.office.new_invoice(
            str(number), date=date(2026, 10, 20) if number == 4 else date(2026, 11, 18)
        )
        for number in range(1, 7)
    ]
    await service.office.export(*made)
    ids = [global_id("Invoice", invoice.id) for invoice in made]
    found = [await service.update_until(one, exportStatus="EXPORTED") for one in ids]
    for invoice in made:
        await service.age(invoice.id)
    return found


async def the_books_are_closed_through_october(service) -> None:
    """QuickBooks tells it when the next session begins; one without work would not open."""
    service.company.preferences.closing_date = date(2026, 10, 31)
    seven = await service.office.new_invoice("7")
    await service.office.export(seven)
    await service.update_until(global_id("Invoice", seven.id), exportStatus="EXPORTED")


async def the_connector_falls_silent(service) -> None:
    """Step 1: red, with the steps that bring it back."""
    await change(service, "connection", last_contact_at=now() - timedelta(minutes=10))

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        service.client("Adam").subscribe(CONNECTIONS) as events,
    ):
        seen = (await anext(events))["connectionStateChanged"]

    assert (seen["state"], seen["light"]) == ("OFFLINE", "RED")
    steps = " ".join(step["text"] for step in seen["diagnosis"])
    assert "QBWC" in steps
    assert "Run as administrator" in steps


async def six_saves_wait_without_an_error(service, invoices) -> None:
    """Step 2: each is saved, SYNCING, in its place of the queue; number 4 was warned of."""
    for invoice in invoices:
        saved = await price(service, invoice, "40.00")
        if invoice["invoiceNumber"] == "4":
            (error,) = saved["userErrors"]
            assert error["code"] == "ACKNOWLEDGEMENT_NEEDED"
            assert [guard["code"] for guard in error["guards"]] == ["QUICKBOOKS_CLOSING_DATE"]
            saved = await price(service, invoice, "40.00", acknowledge=["QUICKBOOKS_CLOSING_DATE"])
        assert saved["userErrors"] == []
        assert saved["invoice"]["syncStatus"] == "SYNCING"
        assert saved["connection"]["state"] == "OFFLINE"

    seen = [await seen_until(service, i, phase="WAITING_FOR_CONNECTOR") for i in invoices]
    assert [one["sync"]["queuePosition"] for one in seen] == [1, 2, 3, 4, 5, 6]
    assert {one["syncStatus"] for one in seen} == {"SYNCING"}
    assert [one["sync"]["issue"] for one in seen] == [None] * 6
    assert [one["sync"]["estimatedAt"] for one in seen] == [None] * 6  # once the connector is open


async def another_company_file_gets_nothing(service, invoices) -> None:
    """Step 3: the connector returns with the wrong file open."""
    other = empty_company(service.clock)
    other.name, other.path = "Somebody Else Inc.", r"C:\QuickBooks\else.qbw"
    service.faults.add(OtherCompanyOpen(other))

    report = await service.connector().run_update()

    found = await service.client().call("{ connections { state diagnosis { text } } }")
    (connection,) = found["connections"]
    assert connection["state"] == "WRONG_COMPANY_FILE"
    assert other.journal.requests_named("InvoiceModRq") == []
    assert report.requests_sent == 0
    seen = [await look(service, invoice) for invoice in invoices]
    assert {one["syncStatus"] for one in seen} == {"SYNCING"}


async def one_session_dies_with_all_six_and_nothing_is_lost(service, invoices) -> None:
    """Steps 3 to 5: QuickBooks ran the set and its answer was lost; the next session asks for it.

    Number 3 is open on Bea's screen, number 4 lies in closed books; neither holds up the others.
    """
    third = invoices[2]["quickbooks"]["txnId"]
    service.bookkeeper.open_record(third)
    service.faults.add(LoseAnswer(after_write=True))
    lost = await service.update_once_ready()
    unknown = [await look(service, invoice) for invoice in invoices]
    for n in (0, 1, 4, 5):
        await service.update_until(invoices[n]["id"], syncStatus="SYNCED")
    refused = await service.update_until(invoices[3]["id"], syncStatus="ACTION_REQUIRED")
    locked = await look(service, invoices[2])
    service.bookkeeper.close_record(third)
    service.clock.pass_seconds()
    freed = await service.update_until(invoices[2]["id"], syncStatus="SYNCED")

    assert lost.outcome == "answer lost"
    assert {one["sync"]["outcome"] for one in unknown} <= {"UNKNOWN", "PENDING"}
    assert {one["syncStatus"] for one in unknown} == {"SYNCING"}
    assert (locked["syncStatus"], locked["sync"]["phase"]) == ("SYNCING", "RETRYING")
    assert refused["sync"]["issue"]["code"]
    assert "2026-10-31" in (await look(service, invoices[3]))["sync"]["issue"]["reason"]
    assert len(refused["sync"]["issue"]["steps"]) >= 3
    assert_sides_agree(service, freed)
    mods = service.company.journal.requests_named("InvoiceModRq")
    asked_for = [mod.find(".//TxnID").text for mod in mods]
    for n in (0, 1, 4, 5):
        assert asked_for.count(invoices[n]["quickbooks"]["txnId"]) == 1  # none was sent twice
        assert_sides_agree(service, await service.read(invoices[n]["id"]))


async def the_bookkeeper_sees_what_the_month_lacks(service, invoices) -> None:
    """Step 6: two bypassed edits of 65.60 each, one refused; she bypasses that one too."""
    for invoice in invoices[:2]:
        filters = {"taskId": invoice["tasks"][1]["id"], "patch": {"unitPrice": "44.80"}}
        bypassed = await service.mutate(
            "saveAndBypass", invoiceId=invoice["id"], version=2,
            edits={"editTasks": [filters]}, reason="Month end", idempotencyKey=key(),
        )  # fmt: skip
        assert bypassed["userErrors"] == []

    november = await readiness(service, "2026-11")
    october = await readiness(service, "2026-10")
    done = await service.mutate(
        "saveAndBypass", "Bea", invoiceId=invoices[3]["id"], version=2,
        reason="Corrected in QuickBooks by hand", idempotencyKey=key(),
    )  # fmt: skip
    debt = (await service.client("Bea").call(DEBT))["bypassDebt"]

    assert not november["isReady"]
    bypassed = november["reasons"]["BYPASSED"]
    assert (bypassed["count"], bypassed["difference"]) == (2, "131.20")
    assert "UNVERIFIED" not in november["reasons"]
    assert october["reasons"]["ACTION_REQUIRED"]["count"] == 1
    assert done["invoice"]["syncStatus"] == "BYPASSED"
    assert debt["count"] == 3
    assert [month["month"] for month in debt["months"]] == ["2026-10", "2026-11"]


async def a_line_that_she_lowered_in_quickbooks_is_found_and_taken_over(service, invoices) -> None:
    """Step 7: the filters cost 2 x 10.00 there; the next idle read tells, and she takes that."""
    fifth = await service.read(invoices[4]["id"])
    filters = fifth["tasks"][1]
    service.clock.pass_seconds()
    service.bookkeeper.change_line(
        fifth["quickbooks"]["txnId"], filters["quickbooksLineId"], rate=Decimal("10.00")
    )
    assert (await drift_of(service, fifth))["drifts"]["nodes"] == []
    writes = len(service.company.journal.requests_named("InvoiceModRq"))

    since = now()
    await an_hour_passes_without_work(service)
    reads = len(service.company.journal.requests_named("InvoiceQueryRq"))
    await service.connector().run_update()
    found = await drift_of(service, fifth)

    drift = found["invoice"]["drift"]
    field = {
        "path": f"tasks.{filters['id']}.unitPrice",
        "base": "12",
        "ours": "12",
        "quickbooks": "10",
    }
    assert len(service.company.journal.requests_named("InvoiceQueryRq")) == reads + 1
    assert [node["id"] for node in found["drifts"]["nodes"]] == [fifth["id"]]
    assert (drift["kind"], drift["fields"]) == ("CHANGED", [field])
    assert since <= datetime.fromisoformat(drift["detectedAt"]) <= now()
    assert (found["invoice"]["syncStatus"], found["invoice"]["version"]) == ("SYNCED", 2)

    chosen = await service.mutate(
        "resolveDrift",
        "Bea",
        invoiceId=fifth["id"],
        version=2,
        detectedAt=drift["detectedAt"],
        choices=[{"path": field["path"], "take": "QUICKBOOKS"}],
        idempotencyKey=key(),
    )
    after = await service.update_until(fifth["id"], syncStatus="SYNCED")
    found = await drift_of(service, fifth)

    (revision,) = found["invoice"]["revisions"]["nodes"]
    assert chosen["userErrors"] == []
    assert (fifth["total"], after["total"], after["version"]) == ("67.30", "63.30", 3)
    assert (revision["version"], revision["actor"]["name"]) == (3, "Bea")
    assert revision["reason"] == "Drift resolved: QuickBooks' values taken."
    assert revision["changes"] == [{"path": field["path"], "before": "12", "after": "10"}]
    assert (found["invoice"]["drift"], found["drifts"]["nodes"]) == (None, [])
    assert len(service.company.journal.requests_named("InvoiceModRq")) == writes
    assert_sides_agree(service, after)


async def an_hour_passes_without_work(service) -> None:
    """The Web Connector was last heard, and QuickBooks last asked for changes, so long ago."""
    await change(service, "connection", last_contact_at=now() - timedelta(minutes=2))
    await change(service, "drift_watch", asked_at=now() - timedelta(minutes=61))


async def drift_of(service, invoice) -> dict[str, Any]:
    return await service.client("Bea").call(DRIFT, id=invoice["id"])


async def everything_is_in_the_trail(service) -> None:
    """Step 11: each act with its person, and what it changed."""
    wish = PermissionWish(
        employee_id=service.office.people["Nick"],
        permission=Permission.EDIT_EXPORTED_TRANSACTIONS,
        granted=True,
    )
    await set_permission(await service.office.as_person("Adam"), wish)

    nodes = (await service.client("Adam").call(TRAIL))["auditTrail"]["nodes"]

    acts = [(node["action"], node["actor"]["name"]) for node in nodes]
    assert acts.count(("SAVED_AND_SYNCED", "Olga")) == 6
    assert acts.count(("SAVED_AND_BYPASSED", "Olga")) == 2
    assert acts.count(("SAVED_AND_BYPASSED", "Bea")) == 1
    assert acts.count(("DRIFT_RESOLVED", "Bea")) == 1
    assert acts[0] == ("PERMISSION_CHANGED", "Adam")
    (change,) = nodes[0]["changes"]
    assert (change["before"], change["after"]) == (None, "EDIT_EXPORTED_TRANSACTIONS")


async def price(service, invoice, amount, **more) -> dict[str, Any]:
    edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": amount}}
    return await service.mutate(
        "saveAndSync",
        invoiceId=invoice["id"],
        version=1,
        edits={"editTasks": [edit]},
        idempotencyKey=key(),
        **more,
    )


async def look(service, invoice) -> dict[str, Any]:
    return (await service.client().call(SEEN, id=invoice["id"]))["invoice"]


async def seen_until(service, invoice, *, phase) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (seen := await look(service, invoice))["sync"]["phase"] != phase:
            await asyncio.sleep(0.02)
    return seen


async def readiness(service, month) -> dict[str, Any]:
    found = (await service.client("Bea").call(READINESS, month=month))["periodReadiness"]
    return found | {"reasons": {reason["kind"]: reason for reason in found["reasons"]}}


async def change(service, table, **columns) -> None:
    """Change rows of the account behind the service's back."""
    owner = create_async_engine(service.settings.database_url)
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    statement = f"update {table} set {changes} where account_id = :account"  # noqa: S608 - our own words
    async with owner.begin() as connection:
        await connection.execute(text(statement), columns | {"account": service.office.account_id})
    await owner.dispose()
