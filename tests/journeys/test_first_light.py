"""Journey G1 of the requirements, over real HTTP, SOAP and WebSocket."""

import asyncio
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.journeys.conftest import PATIENCE_SECONDS, Service, key

FOLLOW = """subscription ($id: ID!, $after: String) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) {
    sequence status previousStatus phase invoiceVersion cursor actor { kind name }
  }
}"""


async def test_a_price_is_fixed_and_seen_to_land(service: Service) -> None:
    """Steps 2 to 9: staged, held by one editor, saved once, merged past a bookkeeper's line, proven."""
    async with service.working():
        invoice = await service.exported()
        assert (invoice["total"], invoice["syncStatus"]) == ("62.44", "NOT_APPLICABLE")
        assert invoice["editEligibility"]["canSync"]
        txn_id = invoice["quickbooks"]["txnId"]
        first, _ = invoice["tasks"]
        service.bookkeeper.insert_text_line(
            txn_id, "Thank you, see warranty", after=first["quickbooksLineId"]
        )
        plumbing = await unit(service, "Plumbing")

        staged = await service.mutate(
            "editTask",
            invoiceId=invoice["id"],
            taskId=first["id"],
            version=1,
            patch={"unitPrice": "42.00", "businessUnitId": plumbing},
        )
        assert staged["userErrors"] == []
        assert (staged["draft"]["salesTax"], staged["draft"]["total"]) == ("3.47", "69.47")
        assert (await service.read(invoice["id"]))["total"] == "62.44"
        refused = await service.mutate(
            "editTask", "Adam", invoiceId=invoice["id"], taskId=first["id"], version=1,
            patch={"unitPrice": "1.00"},
        )  # fmt: skip
        assert refused["userErrors"][0]["code"] == "BEING_EDITED"
        assert refused["userErrors"][0]["editor"] == {"name": "Olga"}

        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": "k1"}
        saved = await service.mutate("saveAndSync", **wish)
        again = await service.mutate("saveAndSync", **wish)
        assert saved["userErrors"] == again["userErrors"] == []
        assert saved["invoice"]["syncStatus"] == "SYNCING"
        assert saved["syncCursor"] == again["syncCursor"]
        assert again["invoice"]["version"] == 2

        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            service.client().subscribe(
                FOLLOW, id=invoice["id"], after=saved["syncCursor"]
            ) as events,
        ):
            polling = asyncio.create_task(service.update_until(invoice["id"], syncStatus="SYNCED"))
            told = [data["invoiceSyncStatusChanged"] async for data in until_rest(events)]
            await polling

        after = await service.read(invoice["id"])
        assert after["syncStatus"] == "SYNCED"
        assert after["sync"]["outcome"] == "APPLIED"
        assert told[0]["status"] == "SYNCING"
        assert told[0]["actor"] == {"kind": "EMPLOYEE", "name": "Olga"}
        assert (told[-1]["status"], told[-1]["phase"]) == ("SYNCED", "DONE")
        assert told[-1]["actor"]["kind"] == "QUICKBOOKS"
        numbers = [event["sequence"] for event in told]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert service.company.journal.requests_named("InvoiceQueryRq")
        mod = service.company.journal.requests_named("InvoiceModRq")[-1][0]
        assert [child.tag for child in mod] == ["TxnID", "EditSequence", *["InvoiceLineMod"] * 3]
        changed, thanks, kept = mod.findall("InvoiceLineMod")
        assert {child.tag for child in changed} == {"TxnLineID", "Quantity", "Rate", "ClassRef"}
        assert [len(line) for line in (thanks, kept)] == [1, 1]  # bare: kept as they are
        assert_sides_agree(service, after)
        held = service.company.invoice(txn_id)
        assert held.total == Decimal("69.47")
        assert [line.description for line in held.flat_lines()] == [
            "Seasonal tune-up", "Thank you, see warranty", "Air filter 16x25",
        ]  # fmt: skip
        assert after["quickbooks"]["foreignLines"] == 1


async def test_two_bypassed_edits_leave_as_one_change(service: Service) -> None:
    """Step 10: exactly one InvoiceMod carries both, and the memo keeps batch number and name."""
    async with service.working():
        invoice = await service.exported()
        _, filters = invoice["tasks"]

        await service.mutate(
            "updateInvoiceDetails",
            invoiceId=invoice["id"],
            version=1,
            patch={"summary": "Fall tune-up, filter x3"},
        )
        first = await service.mutate(
            "saveAndBypass", invoiceId=invoice["id"], version=1, idempotencyKey=key()
        )
        await service.mutate(
            "editTask", invoiceId=invoice["id"], taskId=filters["id"], version=2,
            patch={"quantity": "3"},
        )  # fmt: skip
        second = await service.mutate(
            "saveAndBypass", invoiceId=invoice["id"], version=2, idempotencyKey=key()
        )
        report = await service.connector().run_update()
        assert first["invoice"]["syncStatus"] == second["invoice"]["syncStatus"] == "BYPASSED"
        assert report.requests_sent == 0

        resynced = await service.mutate(
            "resync", invoiceId=invoice["id"], version=3, idempotencyKey=key()
        )
        assert resynced["invoice"]["syncStatus"] == "SYNCING"
        after = await service.update_until(invoice["id"], syncStatus="SYNCED")

        assert len(service.company.journal.requests_named("InvoiceModRq")) == 1
        held = service.company.invoice(after["quickbooks"]["txnId"])
        assert held.memo == "1042 2026-11-20 HVAC - Fall tune-up, filter x3"
        assert list(held.flat_lines())[1].quantity == Decimal(3)
        assert_sides_agree(service, after)


async def test_a_header_edit_names_no_lines(service: Service) -> None:
    async with service.working():
        invoice = await service.exported()

        await service.mutate(
            "saveAndSync", invoiceId=invoice["id"], version=1, idempotencyKey=key(),
            edits={"details": {"summary": "Spring tune-up"}},
        )  # fmt: skip
        await service.update_until(invoice["id"], syncStatus="SYNCED")

        (mod,) = service.company.journal.requests_named("InvoiceModRq")
        assert mod.find(".//InvoiceLineMod") is None
        assert [child.tag for child in mod[0]] == ["TxnID", "EditSequence", "Memo"]


async def test_a_bookkeepers_change_of_the_same_field_is_not_overwritten(service: Service) -> None:
    async with service.working():
        invoice = await service.exported()
        first, _ = invoice["tasks"]
        txn_id = invoice["quickbooks"]["txnId"]
        service.bookkeeper.change_line(txn_id, first["quickbooksLineId"], rate=Decimal("40.00"))

        await service.mutate(
            "saveAndSync", invoiceId=invoice["id"], version=1, idempotencyKey=key(),
            edits={"editTasks": [{"taskId": first["id"], "patch": {"unitPrice": "42.00"}}]},
        )  # fmt: skip
        after = await service.update_until(invoice["id"], syncStatus="ACTION_REQUIRED")

        assert next(service.company.invoice(txn_id).flat_lines()).rate == Decimal("40.00")
        assert after["sync"]["issue"]["code"] == "EDIT_CONFLICT"
        prices = [
            field for field in after["sync"]["conflict"]["fields"]
            if field["path"].endswith("unitPrice")
        ]  # fmt: skip
        assert [(p["base"], p["ours"], p["quickbooks"]) for p in prices] == [("35.5", "42", "40")]


async def test_a_caller_without_the_permission_is_sent_to_the_administrator(
    service: Service,
) -> None:
    """Step 1."""
    async with service.working():
        invoice = await service.exported()

        refused = await service.mutate(
            "editTask", "Nick", invoiceId=invoice["id"], taskId=invoice["tasks"][0]["id"],
            version=1, patch={"unitPrice": "1.00"},
        )  # fmt: skip

        (error,) = refused["userErrors"]
        assert error["code"] == "FORBIDDEN"
        assert "account administrator" in error["message"]
        assert (await service.read(invoice["id"]))["version"] == 1


async def test_an_open_period_asks_to_be_acknowledged_before_anything_is_queued(
    service: Service,
) -> None:
    """Step 5: refused by name, nothing stored or queued; the same key goes through afterwards."""
    async with service.working():
        invoice = await service.exported()
        owner = create_async_engine(service.settings.database_url)
        async with owner.begin() as connection:
            await connection.execute(
                text("update account set accounting_periods_enabled = true where account_id = :id"),
                {"id": service.office.account_id},
            )
        await owner.dispose()
        price = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {
            "invoiceId": invoice["id"], "version": 1, "idempotencyKey": "k1",
            "edits": {"editTasks": [price]},
        }  # fmt: skip

        refused = await service.mutate("saveAndSync", **wish)
        untouched = await service.read(invoice["id"])
        saved = await service.mutate("saveAndSync", **wish, acknowledge=["PERIOD_OPEN_REMINDER"])
        after = await service.update_until(invoice["id"], syncStatus="SYNCED")

        (error,) = refused["userErrors"]
        assert (error["__typename"], error["code"]) == ("GuardError", "ACKNOWLEDGEMENT_NEEDED")
        assert [guard["code"] for guard in error["guards"]] == ["PERIOD_OPEN_REMINDER"]
        assert (untouched["version"], untouched["syncStatus"]) == (1, "NOT_APPLICABLE")
        assert saved["userErrors"] == []
        assert after["total"] == "69.47"
        assert len(service.company.journal.requests_named("InvoiceModRq")) == 1


async def unit(service: Service, name: str) -> str:
    units = (await service.client().call("{ businessUnits { id name } }"))["businessUnits"]
    return next(entry["id"] for entry in units if entry["name"] == name)


async def until_rest(events):
    async for data in events:
        yield data
        if data["invoiceSyncStatusChanged"]["status"] in ("SYNCED", "ACTION_REQUIRED"):
            return


def assert_sides_agree(service: Service, invoice: dict) -> None:
    """Hold ours against QuickBooks' own books, not against what it told us."""
    held = service.company.invoice(invoice["quickbooks"]["txnId"])
    ours = {
        "number": invoice["invoiceNumber"],
        "date": invoice["invoiceDate"],
        "subtotal": Decimal(invoice["subtotal"]),
        "tax": Decimal(invoice["salesTax"]),
        "total": Decimal(invoice["total"]),
    }
    assert ours == {
        "number": held.ref_number,
        "date": held.txn_date.isoformat(),
        "subtotal": held.subtotal,
        "tax": held.sales_tax_total,
        "total": held.total,
    }
    assert held.memo.endswith(invoice["summary"])
    lines = {line.txn_line_id: line for line in held.flat_lines()}
    for task in invoice["tasks"]:
        line = lines[task["quickbooksLineId"]]
        assert line.description == task["description"]
        assert line.quantity == Decimal(task["quantity"])
        assert line.rate == Decimal(task["unitPrice"])
        assert line.amount == Decimal(task["amount"])
        assert line.is_taxable == task["taxable"]
        assert line.class_name == task["businessUnit"]["name"]
    assert all(field["equal"] for field in invoice["quickbooks"]["fields"])
