"""The demo's office in the middle of its week: invoices in every state that a person may meet."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.clock import now
from app.demo_journey import JourneyFailed
from app.graphql_client import GraphQLClient, GraphQLFailure
from app.ids import new_id
from simulator.bookkeeper import Bookkeeper
from simulator.company_file import DEMO_COMPANY, CompanyFile

ACCOUNT = Path(__file__).with_name("demo_account.json")
ADMINISTRATOR, BOOKKEEPER, DISPATCHER = "Olga", "Bea", "Nick"
PIN = "4821"
_DAY = json.loads(Path(__file__).with_name("demo_day.json").read_text(encoding="utf-8"))
_PATIENCE_SECONDS = 30
_HELD_CUSTOMER = _DAY["batches"][2]["name"]
#: What the bookkeeper gets beside the role: to edit, and to put bypassed batches right.
_BOOKKEEPER_MAY = ("EDIT_EXPORTED_TRANSACTIONS", "BYPASS_BATCH_EXPORT", "UNLOCK_BATCH")
_SETTLED = {"DONE", "FAILED"}
#: QuickBooks' mark of a version counts whole seconds: nobody writes twice within one.
_MARKS_DIFFER_SECONDS = 1.0


@dataclass(slots=True)
class Office:
    """Who works there: a client for each person, and QuickBooks' books at the next desk."""

    sign_in: Callable[[str], Awaitable[GraphQLClient]]
    company: CompanyFile
    olga: GraphQLClient
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Ids by number.
    invoices: dict[str, str] = field(default_factory=dict)

    async def do(self, name: str, gives: str, /, **wish: Any) -> dict[str, Any]:
        """Call a mutation and give its payload. Raises JourneyFailed for a refusal."""
        return await _do(self.olga, name, gives, wish)

    async def read(self, number: str) -> dict[str, Any]:
        """An invoice as it stands."""
        data = await self.olga.call(_READ, id=self.invoices[number])
        invoice: dict[str, Any] = data["invoice"]
        return invoice


def company_of_the_demo() -> CompanyFile:
    """The sample company before its first invoice, with the customers and items of the day."""
    described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
    added = _DAY["quickbooks"]
    customers = [
        {"full_name": name, "sales_tax_code": "Tax", "sales_tax_item": "FW"}
        for name in added["customers"]
    ]
    return CompanyFile.from_json(
        {
            **described,
            "invoices": [],
            "customers": described["customers"] + customers,
            "items": described["items"] + added["items"],
        }
    )


async def open_in_the_morning(office: Office) -> None:
    """What was done while the Web Connector was closed. Raises JourneyFailed.

    The people, and a batch that was bypassed by mistake, of which one invoice was entered in
    QuickBooks by hand.
    """
    async with _telling():
        await _open(office)


async def work_through_the_day(office: Office) -> None:
    """Exports, edits, and what comes between, with the Web Connector open. Raises JourneyFailed."""
    async with _telling():
        await _work(office)


@asynccontextmanager
async def _telling() -> AsyncIterator[None]:
    try:
        yield
    except GraphQLFailure as failure:
        raise JourneyFailed(str(failure)) from None


async def _open(office: Office) -> None:
    data = await office.olga.call(_LISTS)
    office.lists = {
        kind: {entry["name"]: entry["id"] for entry in entries} for kind, entries in data.items()
    }
    await _hire(office)
    batch = _DAY["bypassed_by_mistake"]
    exported = await _export(office, batch)
    await office.do(
        "bypassBatch",
        "batch { id }",
        batchId=exported["batch"]["id"],
        reason="Thought they were entered by hand already",
        idempotencyKey=_key(),
    )
    one = batch["invoices"][0]
    Bookkeeper(office.company).enter_invoice(
        one["customer"], "SVC-DIAG", Decimal("89.00"), number=one["number"]
    )


async def _work(office: Office) -> None:
    books = Bookkeeper(office.company)
    books.deactivate("CustomerRef", _HELD_CUSTOMER)
    await _open_the_month(office)
    for batch in _DAY["batches"]:
        await _export(office, batch)
    for invoice in _DAY["pending"]:
        await _create(office, invoice)
    await _until(office, _numbers(*_DAY["batches"][:2]), _is_exported)
    await asyncio.sleep(_MARKS_DIFFER_SECONDS)
    await _let_the_bookkeeper_meddle(office, books)
    await _edit(office)
    await _take_payments(office)
    await _until(office, ("21231", "21232", "21236", "21242", "21251", "21199"), _is_settled)
    await _begin_a_draft(office)


async def _hire(office: Office) -> None:
    for name, role in ((BOOKKEEPER, "BOOKKEEPER"), (DISPATCHER, "OFFICE_EMPLOYEE")):
        wish = {"name": name, "role": role, "idempotencyKey": _key()}
        employee = (await office.do("addEmployee", "employee { id }", **wish))["employee"]
        for permission in _BOOKKEEPER_MAY if name == BOOKKEEPER else ():
            grant = {"employeeId": employee["id"], "permission": permission, "granted": True}
            await office.do("setPermission", "permissions", **grant)
    await office.do("setAdminPin", "isSet", pin=PIN)


async def _open_the_month(office: Office) -> None:
    first = _today().replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    period = {"firstDay": first.isoformat(), "lastDay": last.isoformat(), "closed": False}
    await office.do("setAccountingPeriod", "accountingPeriods { closed }", **period)
    await office.do("updateAccount", "account { name }", accountingPeriodsEnabled=True)


async def _export(office: Office, batch: dict[str, Any]) -> dict[str, Any]:
    ids = [await _create(office, invoice) for invoice in batch["invoices"]]
    wish = {"invoiceIds": ids, "batchName": f"{_today()} {batch['name']}"}
    return await office.do("exportInvoices", "batch { id number }", **wish, idempotencyKey=_key())


async def _create(office: Office, invoice: dict[str, Any]) -> str:
    lists = office.lists
    unit = lists["businessUnits"][invoice["unit"]]
    wish = {
        "invoiceNumber": invoice["number"],
        "invoiceDate": invoice.get("date") or _days_ago(invoice["days_ago"]).isoformat(),
        "customerId": lists["customers"][invoice["customer"]],
        "taxZoneId": lists["taxZones"][invoice["zone"]],
        "technicianId": lists["technicians"][invoice["technician"]],
        "businessUnitId": unit,
        "summary": invoice["summary"],
        "tasks": [
            {
                "itemId": lists["items"][task["item"]],
                "description": task["item"],
                "quantity": task["quantity"],
                "unitPrice": task["price"],
                "taxable": task["taxable"],
                "businessUnitId": unit,
            }
            for task in invoice["tasks"]
        ],
        "idempotencyKey": _key(),
    }
    created = (await office.do("createInvoice", "invoice { id }", **wish))["invoice"]
    office.invoices[invoice["number"]] = created["id"]
    key: str = created["id"]
    return key


async def _let_the_bookkeeper_meddle(office: Office, books: Bookkeeper) -> None:
    """Changes made in QuickBooks itself: a text line, two prices, and a window left open."""
    thanked, priced = await office.read("21232"), await office.read("21236")
    lowered, opened = await office.read("21241"), await office.read("21238")
    books.insert_text_line(thanked["quickbooks"]["txnId"], "Thank you, see warranty")
    for invoice, task, rate in ((priced, 0, "40.00"), (lowered, 1, "20.00")):
        line = invoice["tasks"][task]["quickbooksLineId"]
        books.change_line(invoice["quickbooks"]["txnId"], line, rate=Decimal(rate))
    books.open_record(opened["quickbooks"]["txnId"])


async def _edit(office: Office) -> None:
    plumbing = office.lists["businessUnits"]["Plumbing"]
    await _save(office, "Sync", "21231", {"unitPrice": "42.00"}, reason="As agreed by telephone")
    await _save(office, "Sync", "21232", {"quantity": "3"}, task=1)
    await _save(office, "Sync", "21242", {"businessUnitId": plumbing, "unitPrice": "155.00"})
    await _save(office, "Sync", "21236", {"unitPrice": "42.00"})
    await _save(office, "Sync", "21238", {"quantity": "2"})
    await _save(office, "Bypass", "21234", {"unitPrice": "29.50"}, reason="Member's price")
    await _save(office, "Bypass", "21243", {"quantity": "1"}, reason="One drain was a warranty")


async def _save(
    office: Office, how: str, number: str, patch: dict[str, str], *, task: int = 0, reason: str = ""
) -> None:
    invoice = await office.read(number)
    await office.do(
        f"saveAnd{how}",
        "invoice { id }",
        invoiceId=invoice["id"],
        version=invoice["version"],
        edits={"editTasks": [{"taskId": invoice["tasks"][task]["id"], "patch": patch}]},
        acknowledge=["PERIOD_OPEN_REMINDER"],
        reason=reason or None,
        idempotencyKey=_key(),
    )


async def _take_payments(office: Office) -> None:
    payments = []
    for number, amount in (("21233", "100.00"), ("21251", "50.00")):
        wish = {
            "invoiceId": office.invoices[number],
            "amount": amount,
            "receivedOn": _today().isoformat(),
            "method": "Check",
            "idempotencyKey": _key(),
        }
        payments.append((await office.do("recordPayment", "payment { id }", **wish))["payment"])
    ids = [payment["id"] for payment in payments]
    await office.do("exportPayments", "payments { id }", paymentIds=ids, idempotencyKey=_key())


async def _begin_a_draft(office: Office) -> None:
    """Bea looks at an invoice, changes a price and goes to lunch."""
    invoice = await office.read("21235")
    bea = await office.sign_in(BOOKKEEPER)
    wish = {
        "invoiceId": invoice["id"],
        "taskId": invoice["tasks"][0]["id"],
        "version": invoice["version"],
        "patch": {"unitPrice": "119.00"},
    }
    await _do(bea, "editTask", "draft { total }", wish)


async def _until(
    office: Office, numbers: Iterable[str], is_done: Callable[[dict[str, Any]], bool]
) -> None:
    """Wait for these invoices, each for its own while. Raises JourneyFailed, which names it."""
    for number in numbers:
        for _ in range(_PATIENCE_SECONDS * 10):
            invoice = await office.read(number)
            if is_done(invoice):
                break
            await asyncio.sleep(0.1)
        else:
            told = f"{invoice['exportStatus']}, {invoice['sync']['phase']}"
            raise JourneyFailed(f"invoice {number} did not come to an end: {told}.")


def _is_exported(invoice: dict[str, Any]) -> bool:
    return bool(invoice["exportStatus"] == "EXPORTED")


def _is_settled(invoice: dict[str, Any]) -> bool:
    """Done or refused, or held up behind one that was refused."""
    return invoice["sync"]["phase"] in _SETTLED or invoice["sync"]["issue"] is not None


async def _do(client: GraphQLClient, name: str, gives: str, wish: dict[str, Any]) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    document = (
        f"mutation ($input: {kind}!) {{ done: {name}(input: $input)"
        f" {{ {gives} userErrors {{ message }} }} }}"
    )
    payload: dict[str, Any] = (await client.call(document, input=wish))["done"]
    if payload["userErrors"]:
        told = "; ".join(error["message"] for error in payload["userErrors"])
        raise JourneyFailed(f"{name}: {told}")
    return payload


def _numbers(*batches: dict[str, Any]) -> list[str]:
    return [invoice["number"] for batch in batches for invoice in batch["invoices"]]


def _today() -> date:
    return now().date()


def _days_ago(days: int) -> date:
    """So many days ago, but in this month: its end is what the page opens on."""
    return max(_today() - timedelta(days=days), _today().replace(day=1))


def _key() -> str:
    return str(new_id())


_LISTS = """{
  customers { id name } taxZones { id name } businessUnits { id name } items { id name }
  technicians { id name }
}"""
_READ = """query ($id: ID!) { invoice(id: $id) {
  id version exportStatus sync { phase issue { id } } tasks { id quickbooksLineId }
  quickbooks { txnId }
} }"""
