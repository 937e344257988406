"""What a sync leaves alone: lines of a header edit, and a bookkeeper's change of the same field."""

from decimal import Decimal

from tests.journeys.conftest import Service, key


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
