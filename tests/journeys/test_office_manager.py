"""Journey G1 of the requirements, step by step: fix a price, see it land, then bypass and re-sync.

Over real HTTP, WebSocket and SOAP, with a worker and the simulated QuickBooks.
"""

import asyncio
from decimal import Decimal

from tests.journeys.conftest import PATIENCE_SECONDS, Service, key
from tests.journeys.seeing import FOLLOW, assert_sides_agree, unit, until_rest

ELIGIBLE = """query ($id: ID!) { invoice(id: $id) {
  exportStatus syncStatus syncStatusLabel
  editEligibility { canSync reasons { code } connections { name state light } }
} }"""
STANDING = """query ($id: ID!) { invoice(id: $id) {
  syncStatus sync { phase queuePosition outcome syncedAt }
  revisions { nodes { version actor { name } disposition } }
} }"""
PREVIEW = """query ($id: ID!) { previewSync(invoiceId: $id) {
  fields { path before yours quickbooks } lines { taskId action description }
  totalBefore totalAfter taxBefore taxAfter guards { code } notSent { path } isLive qbxml
} }"""
PERIODS = {"accountingPeriodsEnabled": True}


async def test_an_office_manager_fixes_a_price_and_sees_it_land(service: Service) -> None:
    async with service.working():
        invoice = await service.exported()
        service.bookkeeper.insert_text_line(
            invoice["quickbooks"]["txnId"],
            "Thank you, see warranty",
            after=invoice["tasks"][0]["quickbooksLineId"],
        )

        await nick_is_sent_to_the_administrator(service, invoice)
        await the_invoice_may_be_synced(service, invoice)
        await its_present_state_is_the_first_event(service, invoice)
        await the_edit_is_staged_for_olga_alone(service, invoice)
        await the_open_period_asks_first(service, invoice)
        await the_preview_shows_both_sides(service, invoice)
        saved = await the_save_is_queued_once(service, invoice)
        await quickbooks_confirms_it(service, invoice, saved["syncCursor"])
        await two_bypassed_edits_leave_together(service, invoice)
        await a_total_of_zero_is_refused(service, invoice)
        await a_cost_is_saved_and_not_sent(service, invoice)


async def nick_is_sent_to_the_administrator(service, invoice):
    """Step 1: nothing is stored."""
    refused = await service.mutate(
        "editTask", "Nick", invoiceId=invoice["id"], taskId=invoice["tasks"][0]["id"],
        version=1, patch={"unitPrice": "42.00"},
    )  # fmt: skip

    (error,) = refused["userErrors"]
    assert error["code"] == "FORBIDDEN"
    assert "Contact your account administrator (Adam)" in error["message"]
    assert (refused["task"], refused["draft"]) == (None, None)


async def the_invoice_may_be_synced(service, invoice):
    """Step 2."""
    seen = (await service.client().call(ELIGIBLE, id=invoice["id"]))["invoice"]

    assert seen == {
        "exportStatus": "EXPORTED",
        "syncStatus": "NOT_APPLICABLE",
        "syncStatusLabel": "N/A",
        "editEligibility": {
            "canSync": True,
            "reasons": [],
            "connections": [{"name": "Front desk", "state": "ONLINE", "light": "GREEN"}],
        },
    }


async def its_present_state_is_the_first_event(service, invoice):
    """Step 3: a screen that opens knows at once how things stand."""
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        service.client().subscribe(FOLLOW, id=invoice["id"]) as events,
    ):
        first = (await anext(events))["invoiceSyncStatusChanged"]

    assert (first["status"], first["phase"], first["invoiceVersion"]) == (
        "NOT_APPLICABLE", "DONE", 1,
    )  # fmt: skip


async def the_edit_is_staged_for_olga_alone(service, invoice):
    """Step 4: 42.00 + 24.00 + 0.42 + 0.21 + 0.21 + 2.63 = 69.47, and 62.44 for everybody else."""
    task = invoice["tasks"][0]["id"]
    price = {"unitPrice": "42.00", "businessUnitId": await unit(service, "Plumbing")}
    wish = {"invoiceId": invoice["id"], "taskId": task, "version": 1}

    staged = await service.mutate("editTask", **wish, patch=price)
    second = await service.mutate("editTask", "Adam", **wish, patch={"unitPrice": "1.00"})

    assert staged["userErrors"] == []
    assert (staged["draft"]["salesTax"], staged["draft"]["total"]) == ("3.47", "69.47")
    (error,) = second["userErrors"]
    assert (error["__typename"], error["code"]) == ("BeingEditedError", "BEING_EDITED")
    assert error["editor"] == {"name": "Olga"}
    assert (await service.read(invoice["id"]))["total"] == "62.44"


async def the_open_period_asks_first(service, invoice):
    """Step 5: nothing is queued without the acknowledgement."""
    switched = await service.mutate("updateAccount", "Adam", **PERIODS)

    refused = await service.mutate(
        "saveAndSync", invoiceId=invoice["id"], version=1, idempotencyKey=key()
    )

    assert switched["userErrors"] == []
    (error,) = refused["userErrors"]
    assert (error["__typename"], error["code"]) == ("GuardError", "ACKNOWLEDGEMENT_NEEDED")
    assert [guard["code"] for guard in error["guards"]] == ["PERIOD_OPEN_REMINDER"]
    seen = (await service.client().call(STANDING, id=invoice["id"]))["invoice"]
    assert (seen["syncStatus"], seen["revisions"]["nodes"]) == ("NOT_APPLICABLE", [])


async def the_preview_shows_both_sides(service, invoice):
    """Step 6: before anything is sent, with the bookkeeper's line kept once QuickBooks was read."""
    seen = (await service.client().call(PREVIEW, id=invoice["id"]))["previewSync"]

    fields = {field["path"]: field for field in seen["fields"]}
    task = f"tasks.{invoice['tasks'][0]['id']}"
    price, unit_ = fields[f"{task}.unitPrice"], fields[f"{task}.businessUnit"]
    assert (price["before"], price["yours"], price["quickbooks"]) == ("35.5", "42", "35.5")
    assert (unit_["before"], unit_["yours"], unit_["quickbooks"]) == ("HVAC", "Plumbing", "HVAC")
    memo = "1042 2026-11-20 HVAC - Fall tune-up"
    assert fields["memo"] == {"path": "memo", "before": memo, "yours": memo, "quickbooks": memo}
    assert (seen["totalBefore"], seen["totalAfter"]) == ("62.44", "69.47")
    assert (seen["taxBefore"], seen["taxAfter"]) == ("2.94", "3.47")
    assert [guard["code"] for guard in seen["guards"]] == ["PERIOD_OPEN_REMINDER"]
    assert [line["action"] for line in seen["lines"]] == ["CHANGE", "KEEP"]
    assert "<Rate>42</Rate>" in seen["qbxml"].replace("42.00", "42")


async def the_save_is_queued_once(service, invoice):
    """Step 7: the same call with the same key gives the same answer and one queue entry."""
    wish = {
        "invoiceId": invoice["id"], "version": 1, "idempotencyKey": "k1",
        "acknowledge": ["PERIOD_OPEN_REMINDER"],
    }  # fmt: skip

    saved = await service.mutate("saveAndSync", **wish)
    again = await service.mutate("saveAndSync", **wish)

    assert saved["userErrors"] == again["userErrors"] == []
    assert saved["connection"]["name"] == "Front desk"
    assert saved["syncCursor"] == again["syncCursor"]
    assert (saved["invoice"]["syncStatus"], saved["invoice"]["version"]) == ("SYNCING", 2)
    seen = (await service.client().call(STANDING, id=invoice["id"]))["invoice"]
    assert seen["sync"]["queuePosition"] == 1
    assert seen["sync"]["phase"] in ("QUEUED", "WAITING_FOR_CONNECTOR")  # as quick as the worker
    assert [one["version"] for one in seen["revisions"]["nodes"]] == [2]
    return saved


async def quickbooks_confirms_it(service, invoice, cursor):
    """Steps 8 and 9: asked, changed in QuickBooks' own order, proven; both sides hold 69.47.

    The bookkeeper's line made our copy old: QuickBooks refuses the first try with 3200, is asked,
    and takes the second.
    """
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        service.client().subscribe(FOLLOW, id=invoice["id"], after=cursor) as events,
    ):
        polling = asyncio.create_task(service.update_until(invoice["id"], syncStatus="SYNCED"))
        told = [data["invoiceSyncStatusChanged"] async for data in until_rest(events)]
        after = await polling

    assert [told[0]["status"], told[-1]["status"]] == ["SYNCING", "SYNCED"]
    assert [event["invoiceVersion"] for event in told] == [2] * len(told)
    journal = service.company.journal
    (asked,) = journal.requests_named("InvoiceQueryRq")
    refused, taken = journal.requests_named("InvoiceModRq")
    mod = taken[0]
    assert refused.find(".//EditSequence").text != mod.find("EditSequence").text
    assert asked.find("TxnID").text == mod.find("TxnID").text == after["quickbooks"]["txnId"]
    assert [child.tag for child in mod] == ["TxnID", "EditSequence", *["InvoiceLineMod"] * 3]
    tune_up, thanks, filters = mod.findall("InvoiceLineMod")
    assert {child.tag for child in tune_up} == {"TxnLineID", "Quantity", "Rate", "ClassRef"}
    assert [len(line) for line in (thanks, filters)] == [1, 1]
    assert (after["total"], after["sync"]["outcome"]) == ("69.47", "APPLIED")
    assert service.company.invoice(after["quickbooks"]["txnId"]).total == Decimal("69.47")
    assert after["quickbooks"]["verifiedAt"] is not None
    assert_sides_agree(service, after)


async def two_bypassed_edits_leave_together(service, invoice):
    """Step 10: Save & Bypass twice, Re-Sync once: one InvoiceMod carries both."""
    service.clock.pass_seconds()
    before = len(service.company.journal.requests_named("InvoiceModRq"))
    wish = {"invoiceId": invoice["id"], "acknowledge": ["PERIOD_OPEN_REMINDER"]}
    summary = {"details": {"summary": "Fall tune-up, filter x2"}}
    filters = {"editTasks": [{"taskId": invoice["tasks"][1]["id"], "patch": {"quantity": "3"}}]}

    first = await service.mutate(
        "saveAndBypass", **wish, version=2, edits=summary, idempotencyKey=key()
    )
    second = await service.mutate(
        "saveAndBypass", **wish, version=3, edits=filters, idempotencyKey=key()
    )
    report = await service.connector().run_update()
    resynced = await service.mutate(
        "resync", invoiceId=invoice["id"], version=4, idempotencyKey=key()
    )
    after = await service.update_until(invoice["id"], syncStatus="SYNCED")

    assert first["invoice"]["syncStatus"] == second["invoice"]["syncStatus"] == "BYPASSED"
    assert report.requests_sent == 0
    assert resynced["invoice"]["syncStatus"] == "SYNCING"
    assert len(service.company.journal.requests_named("InvoiceModRq")) == before + 1
    held = service.company.invoice(after["quickbooks"]["txnId"])
    assert held.memo == "1042 2026-11-20 HVAC - Fall tune-up, filter x2"
    assert [line.quantity for line in held.flat_lines()][-1] == Decimal(3)
    assert_sides_agree(service, after)


async def a_total_of_zero_is_refused(service, invoice):
    """Step 11: the last task is named; on a bypassed invoice it is the same."""
    ids = [task["id"] for task in invoice["tasks"]]
    wish = {"invoiceId": invoice["id"], "acknowledge": ["PERIOD_OPEN_REMINDER"]}

    await refuses_zero(service, wish | {"version": 4}, ids)
    bypassed = await service.mutate(
        "saveAndBypass", **wish, version=4, edits={"details": {"summary": "Bypassed"}},
        idempotencyKey=key(),
    )  # fmt: skip
    assert bypassed["invoice"]["syncStatus"] == "BYPASSED"
    await refuses_zero(service, wish | {"version": 5}, ids)

    assert (await service.read(invoice["id"]))["version"] == 5


async def refuses_zero(service, wish, task_ids):
    before = await service.read(wish["invoiceId"])
    for mutation in ("saveAndSync", "saveAndBypass"):
        refused = await service.mutate(
            mutation, **wish, edits={"removeTaskIds": task_ids}, idempotencyKey=key()
        )
        (error,) = refused["userErrors"]
        assert (error["__typename"], error["code"]) == ("GuardError", "GUARD_REFUSED")
        (guard,) = error["guards"]
        assert guard["code"] == "TOTAL_WOULD_BE_ZERO"
        assert "Air filter 16x25" in guard["message"]
    assert await service.read(wish["invoiceId"]) == before


async def a_cost_is_saved_and_not_sent(service, invoice):
    """Step 12: QuickBooks has no line cost, so nothing is asked of it, and the field says so."""
    synced = await service.mutate(
        "resync", invoiceId=invoice["id"], version=5, idempotencyKey=key()
    )
    assert synced["userErrors"] == []
    await service.update_until(invoice["id"], syncStatus="SYNCED")
    service.clock.pass_seconds()
    mods = len(service.company.journal.requests_named("InvoiceModRq"))
    cost = {"taskId": invoice["tasks"][1]["id"], "patch": {"cost": "4.10"}}

    await service.mutate(
        "saveAndSync", invoiceId=invoice["id"], version=5, edits={"editTasks": [cost]},
        acknowledge=["PERIOD_OPEN_REMINDER"], idempotencyKey=key(),
    )  # fmt: skip
    after = await service.update_until(invoice["id"], syncStatus="SYNCED", version=6)

    (kept,) = after["sync"]["notSent"]
    assert kept["path"] == f"tasks.{cost['taskId']}.cost"
    assert "no line cost" in kept["reason"]
    assert len(service.company.journal.requests_named("InvoiceModRq")) == mods
