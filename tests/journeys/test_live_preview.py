"""Journey G1, step 6, while somebody edits: the connector's call is held, QuickBooks is asked at once.

Over real HTTP and SOAP. The bookkeeper's line was added after the export, so nobody here knows it:
only QuickBooks' present copy shows it.
"""

import asyncio

from tests.journeys.conftest import PATIENCE_SECONDS, global_id, key
from tests.journeys.seeing import unit

PREVIEW = """query ($id: ID!) { previewSync(invoiceId: $id) {
  fields { path before yours quickbooks effect }
  lines { taskId quickbooksLineId action description }
  totalBefore totalAfter taxBefore taxAfter quickbooksTotal quickbooksTax
  guards { code } notSent { path } quickbooksReadAt isLive qbxml nothingSent readsFirst remarks
} }"""
LINGER = """mutation ($id: ID!) { updateConnection(input: {connectionId: $id, lingerSeconds: 6}) {
  userErrors { message }
} }"""
STATES = "{ connections { state } }"
THANKS = "Thank you, see warranty"


async def in_session(service):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            (connection,) = (await service.client().call(STATES))["connections"]
            if connection["state"] == "IN_SESSION":
                return
            await asyncio.sleep(0.02)


async def stage_the_price(service, invoice):
    price = {"unitPrice": "42.00", "businessUnitId": await unit(service, "Plumbing")}
    task = invoice["tasks"][0]["id"]
    return await service.mutate(
        "editTask", invoiceId=invoice["id"], taskId=task, version=1, patch=price
    )


async def test_a_preview_shows_what_quickbooks_holds_at_this_moment(service):
    async with service.working():
        invoice = await service.exported()
        first, second = (task["id"] for task in invoice["tasks"])
        line = service.bookkeeper.insert_text_line(
            invoice["quickbooks"]["txnId"], THANKS, after=invoice["tasks"][0]["quickbooksLineId"]
        )
        connection = global_id("Connection", service.office.connection.connection.id)
        await service.client("Adam").call(LINGER, id=connection)
        await stage_the_price(service, invoice)
        update = asyncio.create_task(service.connector().run_update())
        await in_session(service)

        found = (await service.client().call(PREVIEW, id=invoice["id"]))["previewSync"]

        assert (found["isLive"], found["readsFirst"]) == (True, True)
        fields = {field.pop("path"): field for field in found["fields"]}
        assert fields[f"tasks.{first}.unitPrice"] == {
            "before": "35.5", "yours": "42", "quickbooks": "35.5", "effect": "SEND",
        }  # fmt: skip
        assert fields[f"tasks.{first}.businessUnit"] == {
            "before": "HVAC", "yours": "Plumbing", "quickbooks": "HVAC", "effect": "SEND",
        }  # fmt: skip
        assert fields["memo"]["effect"] == "KEEP"
        assert (found["taxBefore"], found["taxAfter"]) == ("2.94", "3.47")
        assert (found["totalBefore"], found["totalAfter"]) == ("62.44", "69.47")
        assert [(it["taskId"], it["action"], it["description"]) for it in found["lines"]] == [
            (first, "CHANGE", "Seasonal tune-up"),
            (None, "KEEP", THANKS),
            (second, "KEEP", "Air filter 16x25"),
        ]
        assert found["lines"][1]["quickbooksLineId"] == line.txn_line_id
        assert (found["guards"], found["notSent"], found["nothingSent"]) == ([], [], None)

        saved = await service.mutate(
            "saveAndSync", invoiceId=invoice["id"], version=1, idempotencyKey=key()
        )
        assert saved["userErrors"] == []
        await update
        synced = await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert synced["total"] == "69.47"
    held = service.company.invoice(invoice["quickbooks"]["txnId"])
    assert [it.description for it in held.flat_lines()] == [
        "Seasonal tune-up", THANKS, "Air filter 16x25",
    ]  # fmt: skip
