"""`previewSync` over HTTP: one call tells what a sync would do, with the figures of the journey."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.preview import FieldEffect, LineAction
from schema.ids import global_id
from schema.preview import ACTION_MEANINGS, EFFECT_MEANINGS
from simulator.bookkeeper import Bookkeeper
from tests.quickbooks_side import QuickBooksSide
from tests.schema.office_api import answer_to, ask

PREVIEW = """
query ($id: ID!, $connection: ID, $edits: InvoiceEdits, $live: Boolean = false) {
  previewSync(invoiceId: $id, connectionId: $connection, edits: $edits, live: $live) {
    fields { path before yours quickbooks effect }
    lines { taskId quickbooksLineId action description }
    totalBefore totalAfter taxBefore taxAfter quickbooksTotal quickbooksTax
    guards { code severity message steps path }
    notSent { path reason }
    quickbooksReadAt isLive qbxml nothingSent readsFirst remarks
    connection { id name }
  }
}
"""
THANKS = "Thank you, see warranty"


@pytest.fixture
async def invoice(office):
    """Fixture F: 62.44, with the bookkeeper's text between its lines, synced an hour ago."""
    side = QuickBooksSide(office)
    exported = await side.export(await office.new_invoice())
    async with office.open_work() as work:
        link = await work.links.get(exported.id)
        first, second = link.copy.lines
        held = side.company.invoice(link.copy.txn_id)
        Bookkeeper(side.company).insert_text_line(
            held.txn_id, THANKS, after=held.lines[0].txn_line_id
        )
        text = replace(
            first,
            txn_line_id="TEXT-1", item=None, description=THANKS, quantity=None, rate=None,
            amount=None, class_ref=None, tax_code=None,
        )  # fmt: skip
        earlier = link.verified_at - timedelta(hours=1)
        copy = replace(link.copy, lines=(first, text, second))
        await work.links.save(
            exported.id, replace(link, copy=copy, read_at=earlier, verified_at=earlier)
        )
    return exported


def the_price_change(office, invoice):
    patch = {
        "unitPrice": "42.00",
        "businessUnitId": global_id("BusinessUnit", office.id_of("Plumbing")),
    }
    task_id = global_id("Task", invoice.content.tasks[0].id)
    return {"editTasks": [{"taskId": task_id, "patch": patch}]}


async def test_one_call_previews_an_edit(office, invoice):
    """G1, step 6."""
    key = global_id("Invoice", invoice.id)
    first, second = (global_id("Task", task.id) for task in invoice.content.tasks)

    answer = await ask(office, PREVIEW, id=key, edits=the_price_change(office, invoice))

    found = answer["previewSync"]
    fields = {field.pop("path"): field for field in found["fields"]}
    assert fields[f"tasks.{first}.unitPrice"] == {
        "before": "35.5", "yours": "42", "quickbooks": "35.5", "effect": "SEND",
    }  # fmt: skip
    assert fields[f"tasks.{first}.businessUnit"] == {
        "before": "HVAC", "yours": "Plumbing", "quickbooks": "HVAC", "effect": "SEND",
    }  # fmt: skip
    assert fields["memo"]["effect"] == "KEEP"
    assert fields["memo"]["yours"] == "1042 2026-11-20 HVAC - Fall tune-up"
    assert {"invoiceNumber", "invoiceDate", "taxZone", "memo"} < fields.keys()
    assert (found["taxBefore"], found["taxAfter"]) == ("2.94", "3.47")
    assert (found["totalBefore"], found["totalAfter"]) == ("62.44", "69.47")
    assert (found["quickbooksTotal"], found["quickbooksTax"]) == ("62.44", "2.94")
    assert [(line["taskId"], line["action"]) for line in found["lines"]] == [
        (first, "CHANGE"),
        (None, "KEEP"),
        (second, "KEEP"),
    ]
    assert found["lines"][1]["description"] == THANKS
    assert found["qbxml"].startswith("<InvoiceModRq ")
    assert "<TxnLineID>TEXT-1</TxnLineID>" in found["qbxml"]
    assert found["connection"]["name"] == "Front desk"
    assert (found["isLive"], found["readsFirst"], found["nothingSent"]) == (False, False, None)
    assert (found["guards"], found["notSent"], found["remarks"]) == ([], [], [])
    assert found["quickbooksReadAt"].endswith("Z")


async def test_nothing_to_send_is_an_empty_request_with_a_reason(office, invoice):
    answer = await ask(office, PREVIEW, id=global_id("Invoice", invoice.id))

    found = answer["previewSync"]
    assert found["qbxml"] == ""
    assert "already holds" in found["nothingSent"]


async def test_a_refused_edit_shows_its_guard(office, invoice):
    edits = {"details": {"invoiceNumber": "123456789012"}}

    answer = await ask(office, PREVIEW, id=global_id("Invoice", invoice.id), edits=edits)

    (guard,) = answer["previewSync"]["guards"]
    assert (guard["code"], guard["severity"]) == ("INVOICE_NUMBER_TOO_LONG", "ERROR")
    assert guard["path"] == "details.invoiceNumber"
    assert answer["previewSync"]["qbxml"] == ""


@pytest.mark.parametrize("live", [True, False])
async def test_an_invoice_of_nobody_is_null(office, invoice, another_office, live):
    stranger = await another_office()

    for key in (global_id("Invoice", invoice.id), "garbled", global_id("Task", invoice.id)):
        assert await ask(stranger, PREVIEW, id=key, live=live) == {"previewSync": None}


async def test_who_may_not_edit_is_told_so(office, invoice):
    answer = await answer_to(office, PREVIEW, "Nick", id=global_id("Invoice", invoice.id))

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "administrator" in error["message"]
    assert answer["data"] == {"previewSync": None}


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"connection": "garbled"}, "NOT_FOUND", "connection"),
        ({"edits": {"details": {"taxZoneId": "garbled"}}}, "NOT_FOUND", "tax zone"),
        ({"edits": {"details": {"summary": "a\x00b"}}}, "BAD_USER_INPUT", "cannot be stored"),
        ({"edits": {"details": {"invoiceNumber": "1\n2"}}}, "BAD_USER_INPUT", "one line"),
    ],
)
async def test_what_cannot_be_an_edit_is_a_clear_error(office, invoice, changes, code, word):
    answer = await answer_to(office, PREVIEW, id=global_id("Invoice", invoice.id), **changes)

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code
    assert word in error["message"]


@pytest.mark.parametrize(
    ("kind", "meanings"), [(LineAction, ACTION_MEANINGS), (FieldEffect, EFFECT_MEANINGS)]
)
def test_every_value_has_a_meaning_in_a_sentence(kind, meanings):
    assert meanings.keys() == set(kind)
    assert all(text.endswith(".") for text in meanings.values())
