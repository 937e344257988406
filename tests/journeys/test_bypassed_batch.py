"""G3, its last part: a batch that was bypassed by mistake, over real sockets and the Web Connector."""

from decimal import Decimal

import pytest

from app import administration
from tests.journeys.conftest import global_id, key

PIN, WRONG = "4821", "4822"
REQUEST = """request {
  id state advice troubles evidenceAt
  consentText { version text }
  consent { version text approvedBy givenBy { name } givenAt }
  batch { number status }
  invoices { id invoiceNumber exportStatus exportOrigin editEligibility { reasons { code } } }
  evidence { invoiceNumber state found { check number customer txnId } }
}"""
ERRORS = "userErrors { code message field }"
PAYLOADS = {
    "setAdminPin": f"{{ isSet {ERRORS} }}",
    "setPermission": f"{{ permissions {ERRORS} }}",
    "bypassBatch": f"{{ batch {{ id number status }} invoices {{ exportOrigin }} {ERRORS} }}",
    "bypassInvoiceExport": f"{{ invoice {{ exportOrigin }} {ERRORS} }}",
    "requestUnlock": f"{{ {REQUEST} {ERRORS} }}",
    "confirmUnlock": f"{{ {REQUEST} {ERRORS} }}",
    "exportBatch": f"{{ batch {{ number status }} invoices {{ id }} {ERRORS} }}",
}
READ_REQUEST = (
    f"query ($id: ID!) {{ unlockRequest(id: $id, waitSeconds: 5) {{ {REQUEST[9:-1]} }} }}"
)
BATCHES = """{ batches(status: [UNLOCKED, EXPORTED, BYPASSED, POSTED]) { nodes {
  number status totals { invoices unexported exported bypassed total }
  invoices(first: 3) { nodes { invoiceNumber } pageInfo { hasNextPage endCursor } }
} } }"""
TRAIL = "{ auditTrail(first: 100) { nodes { action actor { name } changes { path after } } } }"


async def call(service, name, person, **wish):
    kind = f"{name[0].upper()}{name[1:]}Input"
    document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {PAYLOADS[name]} }}"
    return (await service.client(person).call(document, input=wish))[name]


async def done(service, name, person, **wish):
    payload = await call(service, name, person, **wish)
    assert payload["userErrors"] == []
    return payload


async def refused(service, name, person, **wish):
    [error] = (await call(service, name, person, **wish))["userErrors"]
    return error


@pytest.fixture
async def bea(service):
    """Nick keeps the books: he may unlock, and is no administrator."""
    for permission in ("UNLOCK_BATCH", "EXPORT_INVOICES"):
        await done(
            service,
            "setPermission",
            "Adam",
            employeeId=global_id("Employee", service.office.people["Nick"]),
            permission=permission,
            granted=True,
        )
    await done(service, "setAdminPin", "Adam", pin=PIN)
    return "Nick"


@pytest.fixture
async def batch(service):
    """Nine invoices, whose batch was bypassed by mistake before anything left."""
    invoices = [await service.office.new_invoice(str(n)) for n in range(1, 10)]
    exported = await service.office.export(*invoices)
    payload = await done(
        service,
        "bypassBatch",
        "Adam",
        batchId=global_id("Batch", exported.batch.id),
        reason="By mistake",
        idempotencyKey=key(),
    )
    assert payload["batch"]["status"] == "BYPASSED"
    assert [i["exportOrigin"] for i in payload["invoices"]] == ["BYPASSED"] * 9
    return payload["batch"]


async def ask(service, person, **wish):
    """Request the unlock, let the Web Connector carry the questions, and read the evidence."""
    payload = await done(service, "requestUnlock", person, idempotencyKey=key(), **wish)
    assert payload["request"]["state"] == "CHECKING"
    await service.connector().run_update()
    read = await service.client(person).call(READ_REQUEST, id=payload["request"]["id"])
    return read["unlockRequest"]


def confirmation(service, request, **changes):
    wish = {
        "requestId": request["id"],
        "consentVersion": request["consentText"]["version"],
        "adminPin": PIN,
        "adminEmployeeId": global_id("Employee", service.office.people["Adam"]),
    }
    return wish | changes


def states(request):
    return {row["invoiceNumber"]: row["state"] for row in request["evidence"]}


def numbers_in_quickbooks(service):
    return sorted(invoice.ref_number for invoice in service.company.invoices.values())


async def test_a_batch_bypassed_by_mistake_is_unlocked_and_exported_once(service, batch, bea):
    """One of the nine was entered by hand: it is named, excluded, and never doubled."""
    by_hand = service.bookkeeper.enter_invoice(
        "Harriet Doyle", "SVC-TUNE", Decimal("62.44"), number="5"
    )

    # The advice, the list to enter by hand, and the check: eight absent, one present
    blocked = await ask(service, bea, batchId=batch["id"])
    assert "by hand" in blocked["advice"]
    assert [i["invoiceNumber"] for i in blocked["invoices"]] == [str(n) for n in range(1, 10)]
    assert blocked["state"] == "BLOCKED"
    assert sorted(states(blocked).values()) == ["ABSENT"] * 8 + ["PRESENT"]
    [present] = [row for row in blocked["evidence"] if row["state"] == "PRESENT"]
    assert present["invoiceNumber"] == "5"
    assert present["found"] == [
        {
            "check": "NUMBER",
            "number": "5",
            "customer": "Harriet Doyle",
            "txnId": by_hand.txn_id,
        }
    ]
    error = await refused(service, "confirmUnlock", bea, **confirmation(service, blocked))
    assert (error["code"], error["field"]) == ("UNLOCK_REFUSED", ["input", "requestId"])

    # With eight: the consent, and two people
    fifth = blocked["invoices"][4]["id"]
    request = await ask(service, bea, batchId=batch["id"], excludeInvoiceIds=[fifth])
    assert (request["state"], len(request["evidence"])) == ("READY", 8)
    alone = confirmation(service, request, adminEmployeeId=None)
    assert (await refused(service, "confirmUnlock", bea, **alone))["code"] == "FORBIDDEN"
    guess = confirmation(service, request, adminPin=WRONG)
    guesses = [await refused(service, "confirmUnlock", bea, **guess) for _ in range(3)]
    assert [error["code"] for error in guesses] == ["PIN_REFUSED", "PIN_REFUSED", "PIN_LOCKED"]
    right = confirmation(service, request)
    assert (await refused(service, "confirmUnlock", bea, **right))["code"] == "PIN_LOCKED"
    await set_pin_at_the_machine(service)
    unlocked = (await done(service, "confirmUnlock", bea, **right))["request"]

    assert (unlocked["state"], unlocked["batch"]["status"]) == ("CONFIRMED", "UNLOCKED")
    consent = unlocked["consent"]
    assert (consent["givenBy"]["name"], consent["approvedBy"]) == ("Nick", "Adam")
    assert consent["text"] == request["consentText"]["text"]
    assert {i["exportStatus"] for i in unlocked["invoices"]} == {"PENDING"}
    assert {i["exportOrigin"] for i in unlocked["invoices"]} == {None}

    # Exported, once
    assert (await done(service, "confirmUnlock", bea, **right))["request"]["consent"] == consent
    wish = {"batchId": batch["id"], "idempotencyKey": key()}
    exported = await done(service, "exportBatch", bea, **wish)
    again = await done(service, "exportBatch", bea, **wish)
    assert again["invoices"] == exported["invoices"]
    async with service.working():
        for invoice in exported["invoices"]:
            await service.update_until(invoice["id"], exportStatus="EXPORTED")
    assert numbers_in_quickbooks(service) == [str(n) for n in range(1, 10)]
    memos = {i.memo for i in service.company.invoices.values() if i.txn_id != by_hand.txn_id}
    assert memos == {f"{batch['number']} 2026-11-20 HVAC - Fall tune-up"}
    [listed] = (await service.client(bea).call(BATCHES))["batches"]["nodes"]
    assert listed["status"] == "EXPORTED"
    assert listed["totals"] == {
        "invoices": 9,
        "unexported": 0,
        "exported": 8,
        "bypassed": 1,
        "total": "561.96",
    }
    assert [i["invoiceNumber"] for i in listed["invoices"]["nodes"]] == ["1", "2", "3"]
    assert listed["invoices"]["pageInfo"]["hasNextPage"]

    await check_the_trail(service)


async def set_pin_at_the_machine(service):
    """Whoever runs the service sets the PIN anew: the tries before it count no more."""
    name = await administration.set_pin(
        service.office.resources, account_id=service.office.account_id, person=None, pin=PIN
    )
    assert name == "Adam"


async def check_the_trail(service):
    trail = (await service.client("Adam").call(TRAIL))["auditTrail"]["nodes"]
    acts = {(entry["action"], entry["actor"]["name"]) for entry in trail}
    assert {
        ("EXPORT_BYPASSED", "Adam"),
        ("UNLOCK_REQUESTED", "Nick"),
        ("PIN_REFUSED", "Nick"),
        ("UNLOCKED", "Nick"),
        ("EXPORTED", "Nick"),
    } <= acts
    assert PIN not in str(trail)
    assert WRONG not in str(trail)


async def test_once_it_is_removed_from_quickbooks_all_nine_go_out_once(service, batch, bea):
    by_hand = service.bookkeeper.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal(1), number="5")
    blocked = await ask(service, bea, batchId=batch["id"])
    service.bookkeeper.delete_invoice(by_hand.txn_id)

    # the evidence of before stays what it was: QuickBooks is asked anew
    still = confirmation(service, blocked)
    assert (await refused(service, "confirmUnlock", bea, **still))["code"] == "UNLOCK_REFUSED"
    request = await ask(service, bea, batchId=batch["id"])
    await done(service, "confirmUnlock", bea, **confirmation(service, request))
    exported = await done(service, "exportBatch", bea, batchId=batch["id"], idempotencyKey=key())
    async with service.working():
        for invoice in exported["invoices"]:
            await service.update_until(invoice["id"], exportStatus="EXPORTED")

    assert numbers_in_quickbooks(service) == [str(n) for n in range(1, 10)]


async def test_an_exported_batch_is_refused_with_the_alternative(service, bea):
    async with service.working():
        invoice = await service.exported()
    stored = await service.client("Adam").call(
        "query ($id: ID!) { invoice(id: $id) { batch { id } } }", id=invoice["id"]
    )

    error = await refused(
        service,
        "requestUnlock",
        bea,
        batchId=stored["invoice"]["batch"]["id"],
        idempotencyKey=key(),
    )

    assert (error["code"], error["field"]) == ("UNLOCK_REFUSED", ["input", "batchId"])
    assert "bypassInvoiceExport" in error["message"]
    bypassed = await done(
        service,
        "bypassInvoiceExport",
        "Adam",
        invoiceId=invoice["id"],
        reason="Deleted in QuickBooks",
        idempotencyKey=key(),
    )
    assert bypassed["invoice"]["exportOrigin"] == "BYPASSED"


async def test_why_an_invoice_counts_as_exported_is_shown_to_who_may_unlock(service, batch, bea):
    document = """query ($id: ID!) { node(id: $id) { ... on Batch { invoices(first: 1) { nodes {
      exportOrigin exportEvidence { origin txnId acts { action reason actor { name } } }
      editEligibility { alternative reasons { code } }
    } } } } }"""
    shown = []
    for person in (bea, "Olga"):
        data = await service.client(person).call(document, id=batch["id"])
        shown.append(data["node"]["invoices"]["nodes"][0])

    assert shown[0]["exportEvidence"] == {
        "origin": "BYPASSED",
        "txnId": None,
        "acts": [
            {"action": "EXPORT_BYPASSED", "reason": "By mistake", "actor": {"name": "Adam"}},
            {"action": "EXPORTED", "reason": None, "actor": {"name": "Olga"}},
        ],
    }
    assert shown[1]["exportEvidence"] is None
    assert shown[1]["exportOrigin"] == "BYPASSED"
    assert shown[1]["editEligibility"]["alternative"] == "UNLOCK"


async def test_without_the_permission_the_evidence_is_not_shown(service, batch, bea):
    payload = await done(service, "requestUnlock", bea, batchId=batch["id"], idempotencyKey=key())
    read = "query ($id: ID!) { node(id: $id) { id } }"

    assert (await service.client("Olga").call(read, id=payload["request"]["id"]))["node"] is None
    assert (await service.client(bea).call(read, id=payload["request"]["id"]))["node"] is not None
