"""Journey G2 of the requirements: a partner's developer integrates against the simulator.

With an API key, over real HTTP, WebSocket and SOAP; faults are scripted in the simulated QuickBooks.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app import administration
from app.graphql_client import GraphQLClient
from app.ids import new_id
from domain.access import Permission
from domain.lists import BusinessUnit, TaxZone
from simulator.faults import LoseAnswer
from simulator.troubles import Trouble
from tests.journeys.conftest import PATIENCE_SECONDS, PAYLOADS, Service, global_id, key
from tests.journeys.seeing import assert_sides_agree

ACCOUNT_EVENTS = """subscription ($after: String) { syncStatusChanged(after: $after) {
  sequence cursor status phase invoiceVersion invoice { id }
} }"""
SYNC_EVENTS = """query ($after: String) { syncEvents(first: 100, after: $after) { nodes {
  sequence cursor status phase invoiceVersion invoice { id }
} } }"""
ELIGIBILITY = """query ($id: ID!) { invoice(id: $id) { editEligibility {
  canEdit canSync alternative reasons { code message }
} } }"""
ISSUES = """{ syncIssues { nodes {
  code isRoot object reason quickbooksCode quickbooksMessage articleUrl steps { actor text }
  root { id } dependents { id } invoice { id invoiceNumber }
} } }"""
HELD_UP = """{
  syncIssueCounts { roots invoices payments }
  syncIssues { nodes {
    isRoot object root { id } dependents { id } affected { invoices payments }
    failedObjects { kind name } invoice { id version invoiceNumber }
    payments { id state waitsBecause waitsFor { id } } id
  } }
  payments { nodes { state applied } }
}"""
NO_CUSTOMER = (
    'There is an invalid reference to QuickBooks Customer "Harriet Doyle" in the Invoice.'
    "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."
)
PRICE, NEW_PRICE = "35.50", "42.00"


@dataclass
class Partner:
    """A program with an API key, talking to the service as any other would."""

    service: Service
    client: GraphQLClient

    async def mutate(self, name: str, **wish: Any) -> dict[str, Any]:
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {PAYLOADS[name]} }}"
        return (await self.client.call(document, input=wish))[name]

    async def change_price(self, invoice: dict, price: str, version: int = 1) -> dict[str, Any]:
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": price}}
        return await self.mutate(
            "saveAndSync",
            invoiceId=invoice["id"],
            version=version,
            edits={"editTasks": [edit]},
            idempotencyKey=key(),
        )

    async def pay(self, invoice: dict, amount: str) -> None:
        """Record a payment of the invoice and ask for its export."""
        kept = await self.mutate(
            "recordPayment",
            invoiceId=invoice["id"],
            amount=amount,
            receivedOn="2026-11-20",
            idempotencyKey=key(),
        )
        payments = [kept["payment"]["id"]]
        await self.mutate("exportPayments", paymentIds=payments, idempotencyKey=key())

    async def paid_until_exported(self) -> dict[str, Any]:
        """Let the Web Connector run until QuickBooks holds every payment; nobody asks again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = await self.client.call(HELD_UP)
                if {node["state"] for node in seen["payments"]["nodes"]} == {"EXPORTED"}:
                    return seen
                await self.service.connector().run_update()
                await asyncio.sleep(0.02)

    async def refused_guard(self, invoice: dict, **edits: Any) -> dict[str, Any]:
        """Give the one guard that keeps these edits from being saved and synced."""
        payload = await self.mutate(
            "saveAndSync",
            invoiceId=invoice["id"],
            version=invoice["version"],
            edits=edits,
            idempotencyKey=key(),
        )
        (error,) = payload["userErrors"]
        assert error["__typename"] == "GuardError"
        (guard,) = error["guards"]
        return guard


@pytest.fixture
async def partner(service: Service) -> AsyncIterator[Partner]:
    office = service.office
    secret = await administration.make_api_key(
        office.resources,
        account_id=office.account_id,
        name="Partner",
        permissions=[Permission.EDIT_EXPORTED_TRANSACTIONS, Permission.EXPORT_INVOICES],
    )
    async with service.working():
        yield Partner(service, GraphQLClient(service.http, f"{service.url}/graphql", secret))


async def test_the_schema_tells_what_an_edit_takes(partner: Partner) -> None:
    """Step 2, first half."""
    asked = """{ __type(name: "SaveAndSyncInput") { inputFields { name } }
      __schema { mutationType { fields { name description } } } }"""

    seen = await partner.client.call(asked)

    names = {field["name"] for field in seen["__type"]["inputFields"]}
    assert {"invoiceId", "version", "edits", "acknowledge", "idempotencyKey"} <= names
    described = {f["name"]: f["description"] for f in seen["__schema"]["mutationType"]["fields"]}
    assert described["saveAndSync"]


async def test_an_application_for_payment_is_corrected_by_an_adjustment_invoice(
    partner: Partner,
) -> None:
    """Step 2, second half."""
    service = partner.service
    created = await service.office.new_invoice(is_application_for_payment=True)
    await service.office.export(created)
    invoice = await service.update_until(global_id("Invoice", created.id), exportStatus="EXPORTED")

    seen = (await partner.client.call(ELIGIBILITY, id=invoice["id"]))["invoice"]["editEligibility"]
    refused = await partner.change_price(invoice, NEW_PRICE)

    assert (seen["canEdit"], seen["canSync"]) == (False, False)
    assert [reason["code"] for reason in seen["reasons"]] == ["APPLICATION_FOR_PAYMENT"]
    assert seen["alternative"] == "ADJUSTMENT_INVOICE"
    assert [error["code"] for error in refused["userErrors"]] == ["NOT_ELIGIBLE"]


async def test_a_bookkeepers_change_of_the_same_price_is_put_to_the_partner(
    partner: Partner,
) -> None:
    """Steps 4 and 5: QuickBooks keeps 40.00 until somebody chooses; OURS then makes it 42.00."""
    service = partner.service
    invoice = await service.exported()
    txn_id, line = invoice["quickbooks"]["txnId"], invoice["tasks"][0]["quickbooksLineId"]
    service.bookkeeper.change_line(txn_id, line, rate=Decimal("40.00"))

    saved = await partner.change_price(invoice, NEW_PRICE)
    stopped = await service.update_until(invoice["id"], syncStatus="ACTION_REQUIRED")
    held = next(service.company.invoice(txn_id).flat_lines()).rate
    fields = stopped["sync"]["conflict"]["fields"]
    service.clock.pass_seconds()
    chosen = await partner.mutate(
        "resolveConflict",
        invoiceId=invoice["id"],
        version=2,
        choices=[{"path": field["path"], "take": "OURS"} for field in fields],
        idempotencyKey=key(),
    )
    after = await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert saved["invoice"]["syncStatus"] == "SYNCING"
    assert held == Decimal("40.00")
    path = f"tasks.{invoice['tasks'][0]['id']}.unitPrice"
    (price,) = (field for field in fields if field["path"] == path)
    assert (price["base"], price["ours"], price["quickbooks"]) == ("35.5", "42", "40")
    assert chosen["invoice"]["syncStatus"] == "SYNCING"
    assert next(service.company.invoice(txn_id).flat_lines()).rate == Decimal("42.00")
    assert_sides_agree(service, after)


async def test_a_bookkeepers_change_of_another_field_is_kept_without_asking(
    partner: Partner,
) -> None:
    """Step 5, second half: the due date is none of ours, and both changes stand in the end."""
    service = partner.service
    invoice = await service.exported()
    service.bookkeeper.edit_invoice(invoice["quickbooks"]["txnId"], due_date="2026-12-24")

    await partner.change_price(invoice, NEW_PRICE)
    after = await service.update_until(invoice["id"], syncStatus="SYNCED")

    held = service.company.invoice(after["quickbooks"]["txnId"])
    assert held.values["DueDate"] == "2026-12-24"
    statuses = [event["status"] for event in await events_of(partner, invoice["id"], version=2)]
    assert set(statuses) == {"SYNCING", "SYNCED"}
    assert_sides_agree(service, after)


async def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_sent_twice(
    partner: Partner,
) -> None:
    """Step 6: QuickBooks applied it, and its journal shows one InvoiceMod."""
    service = partner.service
    invoice = await service.exported()
    service.faults.add(LoseAnswer(after_write=True))

    await partner.change_price(invoice, NEW_PRICE)
    await service.update_once_ready()
    waiting = await service.read(invoice["id"])
    after = await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert waiting["syncStatus"] == "SYNCING"
    assert waiting["sync"]["outcome"] in ("PENDING", "UNKNOWN")
    assert after["sync"]["outcome"] == "APPLIED"
    assert len(service.company.journal.requests_named("InvoiceModRq")) == 1
    assert_sides_agree(service, after)


async def test_a_socket_that_dropped_goes_on_behind_its_cursor(partner: Partner) -> None:
    """Steps 3 and 7: exactly the missed events, in order, none twice; the query tells the same."""
    service = partner.service
    invoices = [await service.exported(number) for number in ("1", "2", "3")]
    begun = (await partner.client.call("{ syncCursor }"))["syncCursor"]

    await partner.change_price(invoices[0], NEW_PRICE)
    seen = await follow(partner, begun, at_most=1)  # then the line drops
    for invoice in invoices[1:]:
        await partner.change_price(invoice, NEW_PRICE)
    for invoice in invoices:
        await service.update_until(invoice["id"], syncStatus="SYNCED")
    asked = (await partner.client.call(SYNC_EVENTS, after=begun))["syncEvents"]["nodes"]
    seen += await follow(partner, seen[-1]["cursor"], at_most=len(asked) - 1)

    assert seen == asked
    numbers = [event["sequence"] for event in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert [event["status"] for event in seen].count("SYNCED") == 3


async def test_one_missing_customer_is_one_problem_and_clears_by_itself(partner: Partner) -> None:
    """Step 8: one root, its dependents under it; once the root goes through all of them do."""
    service = partner.service
    service.bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
    invoices = [await service.office.new_invoice(number) for number in ("1", "2", "3")]
    ids = [global_id("Invoice", invoice.id) for invoice in invoices]

    await partner.mutate(
        "exportInvoices", invoiceIds=ids, batchName="Week 47", idempotencyKey=key()
    )
    nodes = await issues_until(partner, 3)
    service.bookkeeper.activate("CustomerRef", "Harriet Doyle")
    root = nodes[0]
    await partner.mutate(
        "exportInvoices",
        invoiceIds=[root["invoice"]["id"]],
        batchName="Week 47 again",
        idempotencyKey=key(),
    )
    for invoice_id in ids:
        after = await service.update_until(invoice_id, exportStatus="EXPORTED")
        assert_sides_agree(service, after)

    assert [node["isRoot"] for node in nodes] == [True, False, False]
    assert (root["object"], root["quickbooksCode"]) == ("Harriet Doyle", 3140)
    assert "Harriet Doyle" in root["quickbooksMessage"]
    assert root["steps"]
    assert root["articleUrl"].startswith("http")
    assert len(root["dependents"]) == 2
    assert (await partner.client.call(ISSUES))["syncIssues"]["nodes"] == []
    assert len(service.company.invoices) == 3


async def test_a_missing_customer_holds_up_three_invoices_and_a_payment_until_the_root_goes(
    partner: Partner,
) -> None:
    """Step 8, figure by figure: 1 root and 4 that depend on it, and one call clears all five."""
    service = partner.service
    invoices = [await service.exported(number) for number in ("1", "2", "3")]
    service.bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
    service.company.troubles.order(
        *(Trouble("InvoiceModRq", 3140, NO_CUSTOMER, nth=n) for n in (1, 2, 3))
    )

    for invoice in invoices:
        await partner.change_price(invoice, NEW_PRICE)
    for invoice in invoices:
        await ready_to_leave(service, invoice["id"])
    await issues_until(partner, 3)
    await partner.pay(invoices[1], "20.00")
    await service.connector().run_update()
    seen = await partner.client.call(HELD_UP)
    by_number = {node["invoice"]["invoiceNumber"]: node for node in seen["syncIssues"]["nodes"]}
    root = next(node for node in by_number.values() if node["isRoot"])

    assert seen["syncIssueCounts"] == {"roots": 1, "invoices": 3, "payments": 1}
    assert root["affected"] == {"invoices": 3, "payments": 1}
    assert (root["object"], len(root["dependents"])) == ("Harriet Doyle", 2)
    assert {"kind": "CUSTOMER", "name": "Harriet Doyle"} in root["failedObjects"]
    others = [node for node in by_number.values() if node is not root]
    assert [node["root"]["id"] for node in others] == [root["id"]] * 2
    (payment,) = by_number["2"]["payments"]
    assert payment["waitsFor"]["id"] == by_number["2"]["id"]
    assert "goes by itself" in payment["waitsBecause"]
    assert service.company.journal.requests_named("ReceivePaymentAddRq") == []

    service.bookkeeper.activate("CustomerRef", "Harriet Doyle")
    await partner.mutate(
        "resync",
        invoiceId=root["invoice"]["id"],
        version=root["invoice"]["version"],
        idempotencyKey=key(),
    )
    for invoice in invoices:
        after = await synced(service, invoice["id"])
        assert_sides_agree(service, after)
    seen = await partner.paid_until_exported()

    assert seen["payments"]["nodes"] == [{"state": "EXPORTED", "applied": "20.00"}]
    assert seen["syncIssueCounts"] == {"roots": 0, "invoices": 0, "payments": 0}
    assert seen["syncIssues"]["nodes"] == []
    assert len(service.company.payments) == 1


async def test_each_guard_names_itself_what_to_do_and_queues_nothing(partner: Partner) -> None:
    """Step 9."""
    service = partner.service
    invoice = await service.exported()
    zone = TaxZone(new_id(), "Nowhere", None, False, ())
    unit = BusinessUnit(new_id(), "Drains", None)
    async with service.office.open_work() as work:
        await work.lists.add(zone, unit)
    before = await service.read(invoice["id"])
    task = invoice["tasks"][0]["id"]
    nowhere, drains = global_id("TaxZone", zone.id), global_id("BusinessUnit", unit.id)
    triggers = {
        "INVOICE_NUMBER_TOO_LONG": {"details": {"invoiceNumber": "123456789012"}},
        "QUICKBOOKS_CLOSING_DATE": {"details": {"invoiceDate": "2026-10-15"}},
        "TAX_ITEM_MISSING": {"details": {"taxZoneId": nowhere}},
        "CLASS_MISSING": {"editTasks": [{"taskId": task, "patch": {"businessUnitId": drains}}]},
        "SIGN_WOULD_CHANGE": {"editTasks": [{"taskId": task, "patch": {"unitPrice": "-500"}}]},
    }

    for code, edits in triggers.items():
        guard = await partner.refused_guard(invoice, **edits)
        severity = "ACKNOWLEDGE" if code == "QUICKBOOKS_CLOSING_DATE" else "ERROR"
        assert (guard["code"], guard["severity"]) == (code, severity)
        assert guard["steps"]

    assert (await service.read(invoice["id"])) == before
    assert (await service.connector().run_update()).requests_sent == 0


async def test_a_hundred_mixed_calls_with_repeated_keys_leave_equal_books(
    partner: Partner,
) -> None:
    """Step 10."""
    service, chance = partner.service, Random(10)  # noqa: S311 - repeatable on purpose
    invoices = [await service.exported(str(number)) for number in range(1, 6)]
    versions = {invoice["id"]: 1 for invoice in invoices}

    for n in range(34):
        invoice = chance.choice(invoices)
        task = chance.choice(invoice["tasks"])["id"]
        price = {"taskId": task, "patch": {"unitPrice": f"{chance.randint(1, 99)}.25"}}
        wish = {
            "invoiceId": invoice["id"],
            "version": versions[invoice["id"]],
            "edits": {"editTasks": [price]},
            "idempotencyKey": f"call {n}",
        }
        mutation = chance.choice(["saveAndSync", "saveAndBypass"])
        answers = [await partner.mutate(mutation, **wish) for _ in range(3)]
        assert [answer["userErrors"] for answer in answers] == [[]] * 3
        assert len({answer["invoice"]["version"] for answer in answers}) == 1
        versions[invoice["id"]] = answers[0]["invoice"]["version"]
        if n % 5 == 0:
            service.clock.pass_seconds()
            await service.connector().run_update()

    for invoice in invoices:
        wish = {"invoiceId": invoice["id"], "version": versions[invoice["id"]]}
        await partner.mutate("resync", **wish, idempotencyKey=key())
        after = await synced(service, invoice["id"])
        assert after["version"] == versions[invoice["id"]]
        assert_sides_agree(service, after)
    assert len(service.company.invoices) == 5


async def synced(service: Service, invoice_id: str) -> dict[str, Any]:
    """QuickBooks' clock goes on meanwhile: two writes of one second look alike to it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (seen := await service.read(invoice_id))["syncStatus"] != "SYNCED":
            service.clock.pass_seconds()
            await service.connector().run_update()
            await asyncio.sleep(0.02)
    return seen


async def ready_to_leave(service: Service, invoice_id: str) -> None:
    """Wait until the worker has put its request into the queue, for one message set of all."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await service.read(invoice_id))["sync"]["phase"] != "WAITING_FOR_CONNECTOR":
            await asyncio.sleep(0.02)


async def follow(partner: Partner, after: str, *, at_most: int) -> list[dict[str, Any]]:
    """Listen behind the cursor until so many events have come; then the line drops."""
    seen: list[dict[str, Any]] = []
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        partner.client.subscribe(ACCOUNT_EVENTS, after=after) as events,
    ):
        async for data in events:
            seen.append(data["syncStatusChanged"])
            if len(seen) == at_most:
                break
    return seen


async def events_of(partner: Partner, invoice_id: str, *, version: int) -> list[dict[str, Any]]:
    nodes = (await partner.client.call(SYNC_EVENTS))["syncEvents"]["nodes"]
    return [
        node
        for node in nodes
        if node["invoice"]["id"] == invoice_id and node["invoiceVersion"] == version
    ]


async def issues_until(partner: Partner, count: int) -> list[dict[str, Any]]:
    """Let the Web Connector run until so many problems are open."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            nodes = (await partner.client.call(ISSUES))["syncIssues"]["nodes"]
            if len(nodes) >= count:
                return nodes
            await partner.service.connector().run_update()
            await asyncio.sleep(0.02)
