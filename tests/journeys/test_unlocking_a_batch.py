"""Journey G3 of the requirements, steps 8 to 10: a batch that was bypassed by mistake.

Over real HTTP and SOAP, with a worker and the simulated QuickBooks, whom the service asks itself.
"""

from decimal import Decimal
from typing import Any

from domain.access import Permission
from domain.people import Employee, Role
from tests.journeys.conftest import ERRORS, Service, global_id, key, local_id

REQUEST = """request { id state advice
  consentText { version text }
  evidence { invoiceNumber state found { customer } }
  batch { status } requestedBy { name } consent { version text approvedBy givenBy { name } } }"""
UNLOCK = f"""mutation ($input: RequestUnlockInput!) {{ requestUnlock(input: $input) {{
  {REQUEST} {ERRORS} }} }}"""
CONFIRM = f"""mutation ($input: ConfirmUnlockInput!) {{ confirmUnlock(input: $input) {{
  {REQUEST} {ERRORS} }} }}"""
SET_PIN = (
    f"mutation ($input: SetAdminPinInput!) {{ setAdminPin(input: $input) {{ isSet {ERRORS} }} }}"
)
BYPASS = f"""mutation ($input: BypassBatchInput!) {{ bypassBatch(input: $input) {{
  batch {{ status }} {ERRORS} }} }}"""
STANDS = f"query ($id: ID!) {{ unlockRequest(id: $id) {{ {REQUEST.removeprefix('request { ')} }}"
TRAIL = "{ auditTrail(first: 100) { nodes { action actor { name } } } }"
PIN = "4821"


async def test_a_batch_bypassed_by_mistake_is_unlocked_on_proof_and_consent(
    service: Service,
) -> None:
    async with service.working():
        await service.exported("20000")  # the connector has been there before
        await bea_joins(service)
        batch_id, numbers = await a_bypassed_batch_of_nine(service)
        by_hand = service.bookkeeper.enter_invoice(
            "Harriet Doyle", "SVC-TUNE", Decimal("35.50"), number=numbers[-1]
        )

        blocked = await asked(service, batchId=batch_id)
        await one_of_nine_is_there_and_blocks(service, blocked, numbers)
        service.bookkeeper.delete_invoice(by_hand.txn_id)
        ready = await asked(service, batchId=batch_id)
        await three_wrong_pins_lock(service, ready)


async def test_with_an_administrators_pin_the_batch_is_editable_and_exportable_again(
    service: Service,
) -> None:
    async with service.working():
        await service.exported("20000")
        await bea_joins(service)
        batch_id, numbers = await a_bypassed_batch_of_nine(service)

        ready = await asked(service, batchId=batch_id)
        done = await confirm(service, ready, PIN)

        assert done["userErrors"] == []
        request = done["request"]
        assert (request["state"], request["batch"]["status"]) == ("CONFIRMED", "UNLOCKED")
        consent = request["consent"]
        assert (consent["givenBy"]["name"], consent["approvedBy"]) == ("Bea", "Adam")
        assert consent["version"] == ready["consentText"]["version"]
        assert consent["text"] == ready["consentText"]["text"]
        await everything_is_exported_once(service, numbers)
        acts = (await service.client("Adam").call(TRAIL))["auditTrail"]["nodes"]
        assert PIN not in str(acts)
        assert {act["actor"]["name"] for act in acts} >= {"Bea", "Adam"}


async def test_an_exported_batch_names_the_other_way(service: Service) -> None:
    """Step 10."""
    async with service.working():
        invoice = await service.exported()
        await bea_joins(service)
        async with service.office.open_work() as work:
            (batch_id,) = await work.lists.batches()

        refused = await call(service, UNLOCK, "requestUnlock", **wish(global_id("Batch", batch_id)))

        (error,) = refused["userErrors"]
        assert "exported" in error["message"]
        assert "bypass" in error["message"].lower()
        assert (await service.read(invoice["id"]))["exportStatus"] == "EXPORTED"


async def bea_joins(service) -> None:
    """A bookkeeper who may bypass and unlock, but is no administrator; and Adam's PIN."""
    office = service.office
    bea = Employee(
        id=office.people["Nick"],
        name="Bea",
        role=Role.BOOKKEEPER,
        granted=frozenset({Permission.UNLOCK_BATCH, Permission.BYPASS_BATCH_EXPORT}),
    )
    async with office.open_work() as work:
        await work.people.lock_all()
        await work.people.save(bea)
    office.people["Bea"] = bea.id
    was_set = (await service.client("Adam").call(SET_PIN, input={"pin": PIN}))["setAdminPin"]
    assert (was_set["isSet"], was_set["userErrors"]) == (True, [])


async def a_bypassed_batch_of_nine(service) -> tuple[str, list[str]]:
    numbers = [str(number) for number in range(31, 40)]
    made = [await service.office.new_invoice(number) for number in numbers]
    exported = await service.office.export(*made)
    batch_id = global_id("Batch", exported.batch.id)
    bypassed = await call(service, BYPASS, "bypassBatch", batchId=batch_id, idempotencyKey=key())
    assert bypassed["userErrors"] == []
    assert bypassed["batch"]["status"] == "BYPASSED"
    return batch_id, numbers


async def asked(service, **wish_) -> dict[str, Any]:
    """Request the unlock, let the Web Connector carry the questions, and give how it stands."""
    begun = await call(service, UNLOCK, "requestUnlock", **wish_, idempotencyKey=key())
    assert begun["userErrors"] == []
    request = begun["request"]
    while request["state"] == "CHECKING":
        await service.connector().run_update()
        found = await service.client("Bea").call(STANDS, id=request["id"])
        request = found["unlockRequest"]
    return request


async def one_of_nine_is_there_and_blocks(service, request, numbers) -> None:
    """Step 8: 8 absent, 1 present; the advice is to enter the items by hand."""
    states = {one["invoiceNumber"]: one["state"] for one in request["evidence"]}
    assert sorted(states) == sorted(numbers)
    assert list(states.values()).count("ABSENT") == 8
    assert states[numbers[-1]] == "PRESENT"
    assert request["state"] == "BLOCKED"
    assert "by hand" in request["advice"] or "manually" in request["advice"]
    refused = await confirm(service, request, PIN)
    assert refused["userErrors"]
    assert refused["request"] is None


async def three_wrong_pins_lock(service, request) -> None:
    """Step 9: even the right PIN is not looked at for a while, and the batch stays locked."""
    assert request["state"] == "READY"

    tries = [await confirm(service, request, pin) for pin in ("0815", "0816", "0817", PIN)]

    assert all(one["userErrors"] for one in tries)
    assert "locked" in tries[-1]["userErrors"][0]["message"].lower()
    stands = (await service.client("Bea").call(STANDS, id=request["id"]))["unlockRequest"]
    assert (stands["state"], stands["batch"]["status"]) == ("READY", "BYPASSED")


async def confirm(service, request, pin) -> dict[str, Any]:
    return await call(
        service,
        CONFIRM,
        "confirmUnlock",
        requestId=request["id"],
        consentVersion=request["consentText"]["version"],
        adminPin=pin,
        adminEmployeeId=global_id("Employee", service.office.people["Adam"]),
    )


async def everything_is_exported_once(service, numbers) -> None:
    listed = await service.client().call("{ invoices(first: 20) { nodes { id invoiceNumber } } }")
    ids = [local_id(n["id"]) for n in listed["invoices"]["nodes"] if n["invoiceNumber"] in numbers]
    async with service.office.open_work() as work:
        found = list((await work.invoices.get_many(ids)).values())
    assert [invoice.export_status for invoice in found] == ["PENDING"] * 9
    await service.office.export(*found)
    for invoice in found:
        await service.update_until(global_id("Invoice", invoice.id), exportStatus="EXPORTED")
    held = [invoice.ref_number for invoice in service.company.invoices.values()]
    assert sorted(held) == sorted([*numbers, "20000"])


def wish(batch_id) -> dict[str, Any]:
    return {"batchId": batch_id, "idempotencyKey": key()}


async def call(service, document, name, **wish_) -> dict[str, Any]:
    return (await service.client("Bea").call(document, input=wish_))[name]
