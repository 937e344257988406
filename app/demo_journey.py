"""The demo's journey through the API: an invoice is exported, edited, synced, followed live."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from app.graphql_client import GraphQLClient, GraphQLFailure
from app.ids import new_id
from simulator.company_file import CompanyFile

_PATIENCE_SECONDS = 30
#: EditSequence counts seconds: an edit sooner than this would have QuickBooks' copy read again.
_A_MOMENT_SECONDS = 1.3
_EXPECTED = ("62.44", "69.47")


class JourneyFailed(Exception):
    """A step did not come out as promised; the text says which."""


@dataclass(slots=True)
class Journey:
    """One traveller: the client, QuickBooks' books to compare with, and where to tell the steps."""

    client: GraphQLClient
    company: CompanyFile
    say: Callable[[str], None]
    _started: float = field(default_factory=time.perf_counter)
    _last: float = field(default_factory=time.perf_counter)

    def step(self, text: str) -> None:
        """Tell a step with the time since the one before and since the start."""
        now = time.perf_counter()
        took, total = (now - self._last) * 1000, now - self._started
        self._last = now
        self.say(f"  {took:7.0f} ms   {text}   (at {total:.2f} s)")


async def travel(journey: Journey) -> None:
    """Go the whole way. Raises JourneyFailed."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS * 2):
            await _travel(journey)
    except TimeoutError:
        raise JourneyFailed("QuickBooks did not confirm in time.") from None
    except GraphQLFailure as failure:
        raise JourneyFailed(str(failure)) from None


async def _travel(journey: Journey) -> None:
    journey.say("One edit, from the office to QuickBooks and back:")
    invoice = await _create(journey)
    await _export(journey, invoice["id"])
    await asyncio.sleep(_A_MOMENT_SECONDS)
    journey.step("a moment later the office opens the invoice")
    invoice = await _read(journey, invoice["id"])
    cursor = await _edit_and_save(journey, invoice)
    async with journey.client.subscribe(_FOLLOW, id=invoice["id"], after=cursor) as events:
        await _follow(journey, events)
    await _compare(journey, invoice["id"])


async def _create(journey: Journey) -> dict[str, Any]:
    lists = await journey.client.call(_LISTS)
    named = {
        kind: {entry["name"]: entry["id"] for entry in entries} for kind, entries in lists.items()
    }
    hvac = named["businessUnits"]["HVAC"]
    tasks = [
        {
            "itemId": named["items"]["Seasonal tune-up"],
            "description": "Seasonal tune-up",
            "quantity": "1",
            "unitPrice": "35.50",
            "taxable": True,
            "businessUnitId": hvac,
        },
        {
            "itemId": named["items"]["Air filter 16x25"],
            "description": "Air filter 16x25",
            "quantity": "2",
            "unitPrice": "12.00",
            "taxable": False,
            "businessUnitId": hvac,
        },
    ]
    wish = {
        "invoiceNumber": "21259",
        "invoiceDate": "2026-11-18",
        "customerId": named["customers"]["Harriet Doyle"],
        "taxZoneId": named["taxZones"]["Fort Worth"],
        "businessUnitId": hvac,
        "summary": "Fall tune-up",
        "tasks": tasks,
        "idempotencyKey": str(new_id()),
    }
    created = _payload(await journey.client.call(_CREATE, input=wish))
    invoice: dict[str, Any] = created["invoice"]
    _expect(invoice["total"], _EXPECTED[0], "the new invoice's total")
    journey.step(f"invoice created: 21259, total {invoice['total']}")
    return invoice


async def _export(journey: Journey, invoice_id: str) -> None:
    cursor = (await journey.client.call("{ syncCursor }"))["syncCursor"]
    wish = {
        "invoiceIds": [invoice_id],
        "batchName": "2026-11-20 HVAC",
        "idempotencyKey": str(new_id()),
    }
    async with journey.client.subscribe(_FOLLOW, id=invoice_id, after=cursor) as events:
        _payload(await journey.client.call(_EXPORT, input=wish))
        async for event in events:
            phase = event["invoiceSyncStatusChanged"]["phase"]
            if phase == "DONE":
                break
            if phase == "FAILED":
                raise JourneyFailed("QuickBooks refused the export.")
    journey.step("exported: QuickBooks gave it a TxnID")


async def _read(journey: Journey, invoice_id: str) -> dict[str, Any]:
    invoice: dict[str, Any] = (await journey.client.call(_READ, id=invoice_id))["invoice"]
    return invoice


async def _edit_and_save(journey: Journey, invoice: dict[str, Any]) -> str:
    units = (await journey.client.call("{ businessUnits { id name } }"))["businessUnits"]
    plumbing = next(unit["id"] for unit in units if unit["name"] == "Plumbing")
    edit = {
        "invoiceId": invoice["id"],
        "taskId": invoice["tasks"][0]["id"],
        "version": invoice["version"],
        "patch": {"unitPrice": "42.00", "businessUnitId": plumbing},
    }
    edited = _payload(await journey.client.call(_EDIT, input=edit))
    _expect(edited["draft"]["total"], _EXPECTED[1], "the draft's total")
    journey.step(f"edited: unit price 35.50 to 42.00, draft total {edited['draft']['total']}")
    save = {
        "invoiceId": invoice["id"],
        "version": invoice["version"],
        "idempotencyKey": str(new_id()),
    }
    saved = _payload(await journey.client.call(_SAVE, input=save))
    journey.step(f"saved & synced: {saved['invoice']['syncStatusLabel']}")
    cursor: str = saved["syncCursor"]
    return cursor


async def _follow(journey: Journey, events: AsyncIterator[dict[str, Any]]) -> None:
    words = {
        "QUEUED": "subscriber told: SYNCING, queued",
        "WAITING_FOR_CONNECTOR": "qbXML built by the worker",
        "SENT": "fetched by the Web Connector",
        "DONE": "applied by QuickBooks, read back and compared: SYNCED, subscriber told",
    }
    async for data in events:
        event = data["invoiceSyncStatusChanged"]
        journey.step(f"{words.get(event['phase'], event['phase'])}   [event {event['sequence']}]")
        if event["status"] == "SYNCED":
            return
        if event["status"] == "ACTION_REQUIRED":
            raise JourneyFailed("QuickBooks refused the edit.")


async def _compare(journey: Journey, invoice_id: str) -> None:
    invoice = await _read(journey, invoice_id)
    copy = invoice["quickbooks"]
    held = journey.company.invoice(copy["txnId"])
    _expect(invoice["total"], _EXPECTED[1], "our total")
    _expect(str(held.total), _EXPECTED[1], "the total in QuickBooks' books")
    if not all(compared["equal"] for compared in copy["fields"]):
        raise JourneyFailed("our copy and QuickBooks' differ.")
    journey.say(f"\n  {'':22}{'Instep':42}QuickBooks")
    names = {task["id"]: f"task {n}" for n, task in enumerate(invoice["tasks"], start=1)}
    for compared in copy["fields"]:
        path = compared["path"]
        for task_id, name in names.items():
            path = path.replace(f"tasks.{task_id}", name)
        ours, theirs = compared["ours"] or "", compared["quickbooks"] or ""
        journey.say(f"  {path:22}{ours:42}{theirs}")
    journey.say(f"  {'total':22}{invoice['total']:42}{held.total}")


def _payload(data: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = next(iter(data.values()))
    if payload["userErrors"]:
        raise JourneyFailed("; ".join(error["message"] for error in payload["userErrors"]))
    return payload


def _expect(actual: str, expected: str, what: str) -> None:
    if actual != expected:
        raise JourneyFailed(f"{what} is {actual} instead of {expected}.")


_LISTS = """{
  customers { id name } taxZones { id name } businessUnits { id name } items { id name }
}"""
_CREATE = """mutation ($input: CreateInvoiceInput!) {
  createInvoice(input: $input) { invoice { id version total } userErrors { message } }
}"""
_EXPORT = """mutation ($input: ExportInvoicesInput!) {
  exportInvoices(input: $input) { batch { number name } userErrors { message } }
}"""
_EDIT = """mutation ($input: EditTaskInput!) {
  editTask(input: $input) { draft { subtotal salesTax total } userErrors { message } }
}"""
_SAVE = """mutation ($input: SaveAndSyncInput!) {
  saveAndSync(input: $input) {
    invoice { syncStatusLabel } syncCursor userErrors { message }
  }
}"""
_FOLLOW = """subscription ($id: ID!, $after: String) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) { sequence status phase }
}"""
_READ = """query ($id: ID!) {
  invoice(id: $id) {
    id version total syncStatus
    tasks { id }
    quickbooks { txnId fields { path ours quickbooks equal } }
  }
}"""
