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
