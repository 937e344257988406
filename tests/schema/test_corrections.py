"""Correcting an exported invoice over HTTP: reverts and adjustment invoices, as a client sees it."""

import httpx
import pytest
from starlette.applications import Starlette

from schema.ids import global_id
from schema.view import routes
from tests.quickbooks_side import QuickBooksSide
from tests.resolvers.asking import bypass, details

ERRORS = "userErrors { __typename code message field }"
REVERT = f"""mutation ($input: RevertToInput!) {{ revertTo(input: $input) {{
  invoice {{ id version summary }}
  draft {{ baseVersion total changes {{ path before after }} }}
  {ERRORS} }} }}"""
REVISIONS = """query ($id: ID!) { invoice(id: $id) {
  revisions { nodes { id version disposition } } } }"""


@pytest.fixture
def side(office):
    return QuickBooksSide(office)


@pytest.fixture
async def ask(office):
    """`await ask(document, **variables)`, signed in as Olga; gives the data."""
    caller = await office.as_person("Olga")

    async def authenticate(authorization):
        return caller

    app = Starlette(routes=routes(authenticate))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://instep") as http:

        async def call(document, **variables):
            response = await http.post("/graphql", json={"query": document, "variables": variables})
            answer = response.json()
            assert "errors" not in answer, answer
            return answer["data"]

        yield call


async def test_a_client_goes_back_to_version_1_and_to_any_revision(office, side, ask):
    olga = await office.as_person("Olga")
    invoice = await side.export(await office.new_invoice())
    newer = (await bypass(olga, invoice, details(summary="One"))).invoice
    newer = (await bypass(olga, newer, details(summary="Two"))).invoice
    key = global_id("Invoice", invoice.id)
    found = (await ask(REVISIONS, id=key))["invoice"]["revisions"]["nodes"]
    assert [(node["version"], node["disposition"]) for node in found] == [
        (3, "BYPASSED"),
        (2, "BYPASSED"),
    ]

    first = (await ask(REVERT, input={"invoiceId": key, "version": 3}))["revertTo"]
    one = {"invoiceId": key, "version": 3, "revisionId": found[1]["id"]}
    second = (await ask(REVERT, input=one))["revertTo"]

    assert first["userErrors"] == []
    assert first["invoice"] == {"id": key, "version": 3, "summary": "Two"}
    assert first["draft"] == {
        "baseVersion": 3,
        "total": "62.44",
        "changes": [{"path": "summary", "before": "Two", "after": "Fall tune-up"}],
    }
    assert second["draft"]["changes"] == [{"path": "summary", "before": "Two", "after": "One"}]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"revisionId": "nonsense"}, "NOT_FOUND", ["input", "revisionId"]),
        ({"revisionId": global_id("Revision", "0" * 32)}, "NOT_FOUND", ["input", "revisionId"]),
        ({}, "NOTHING_TO_SAVE", None),
    ],
)
async def test_a_refused_revert_says_why_and_where(office, side, ask, changes, code, field):
    invoice = await side.export(await office.new_invoice())
    wish = {"invoiceId": global_id("Invoice", invoice.id), "version": 1, **changes}

    payload = (await ask(REVERT, input=wish))["revertTo"]

    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    assert payload["draft"] is None


ADJUST = f"""mutation ($input: CreateAdjustmentInvoiceInput!) {{
  createAdjustmentInvoice(input: $input) {{
    invoice {{
      id version invoiceNumber invoiceDate summary total exportStatus syncStatus adjustmentReason
      customer {{ name }} businessUnit {{ name }} taxZone {{ name }}
      tasks {{ quantity unitPrice amount }}
      adjustmentTo {{ invoiceNumber adjustments {{ id }} }} adjustments {{ id }}
    }} {ERRORS} }} }}"""
SHOW = """query ($id: ID!) { invoice(id: $id) {
  total balance exportStatus quickbooks { kind txnId fields { path ours quickbooks equal } }
  editEligibility { canEdit canSync reasons { code } } } }"""


def an_adjustment(office, invoice, **changes):
    task = {
        "itemId": global_id("Item", office.id_of("Seasonal tune-up")),
        "description": "Seasonal tune-up",
        "taxable": True,
        "quantity": "-1",
        "unitPrice": "35.50",
    }
    wish = {
        "invoiceId": global_id("Invoice", invoice.id),
        "invoiceNumber": "21259-A",
        "invoiceDate": "2026-11-20",
        "tasks": [task | changes.pop("task", {})],
        "summary": "Tune-up taken back",
        "reason": "Wrong house",
        "idempotencyKey": "once",
    }
    return wish | changes


async def test_a_client_adjusts_an_invoice_and_sees_the_credit_memo(office, side, ask):
    invoice = await side.export(await office.new_invoice())

    payload = (await ask(ADJUST, input=an_adjustment(office, invoice)))["createAdjustmentInvoice"]

    made = payload["invoice"]
    assert payload["userErrors"] == []
    assert made | {"id": "", "adjustmentTo": {}} == {
        "id": "",
        "version": 1,
        "invoiceNumber": "21259-A",
        "invoiceDate": "2026-11-20",
        "summary": "Tune-up taken back",
        "total": "-38.44",
        "exportStatus": "PENDING",
        "syncStatus": "NOT_APPLICABLE",
        "adjustmentReason": "Wrong house",
        "customer": {"name": "Harriet Doyle"},
        "businessUnit": {"name": "HVAC"},
        "taxZone": {"name": "Fort Worth"},
        "tasks": [{"quantity": "-1", "unitPrice": "35.5", "amount": "-35.50"}],
        "adjustmentTo": {},
        "adjustments": [],
    }
    assert made["adjustmentTo"] == {
        "invoiceNumber": "21259",
        "adjustments": [{"id": made["id"]}],
    }

    async with office.open_work() as work:
        adjustment = (await work.invoices.adjustments_of([invoice.id]))[invoice.id][0]
    await side.export(adjustment)
    shown = (await ask(SHOW, id=made["id"]))["invoice"]
    assert (shown["total"], shown["balance"], shown["exportStatus"]) == (
        "-38.44",
        "-38.44",
        "EXPORTED",
    )
    assert shown["quickbooks"]["kind"] == "CREDIT_MEMO"
    assert shown["quickbooks"]["txnId"] in side.company.credit_memos
    assert all(field["equal"] for field in shown["quickbooks"]["fields"])
    assert {"ours": "1", "quickbooks": "1"}.items() <= next(
        field for field in shown["quickbooks"]["fields"] if field["path"].endswith("quantity")
    ).items()
    assert shown["editEligibility"] == {"canEdit": True, "canSync": True, "reasons": []}
    original = (await ask(SHOW, id=global_id("Invoice", invoice.id)))["invoice"]
    assert original["quickbooks"]["kind"] == "INVOICE"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"invoiceNumber": "1" * 12}, "TOO_LONG", ["input", "invoiceNumber"]),
        ({"tasks": []}, "REQUIRED", ["input", "tasks"]),
        ({"invoiceId": "nonsense"}, "NOT_FOUND", ["input", "invoiceId"]),
        ({"reason": "r" * 1001}, "TOO_LONG", ["input", "reason"]),
        (
            {"task": {"itemId": global_id("Item", "0" * 32)}},
            "NOT_FOUND",
            ["input", "tasks", "0", "itemId"],
        ),
        (
            {"task": {"quantity": "99999", "unitPrice": "9999999999"}},
            "OUT_OF_RANGE",
            ["input", "tasks", "0", "unitPrice"],
        ),
    ],
)
async def test_a_refused_adjustment_says_why_and_where(office, side, ask, changes, code, field):
    invoice = await side.export(await office.new_invoice())

    wish = an_adjustment(office, invoice, **changes)
    payload = (await ask(ADJUST, input=wish))["createAdjustmentInvoice"]

    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    assert payload["invoice"] is None
