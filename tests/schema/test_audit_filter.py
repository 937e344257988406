"""The filters of the audit trail, over HTTP."""

from datetime import timedelta

import pytest

from app.clock import now
from schema.ids import global_id
from tests.schema.office_api import ask

TRAIL = """query ($filter: AuditFilter, $first: Int = 50, $after: String) {
  auditTrail(filter: $filter, first: $first, after: $after) {
    nodes { action subjectId actor { id name } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def acts(office):
    """Olga made two invoices and exported them."""
    made = [await office.new_invoice(number) for number in ("1", "2")]
    await office.export(*made)
    return made


async def told(office, **restrictions):
    found = await ask(office, TRAIL, "Adam", filter=restrictions)
    return [(node["action"], node["actor"]["name"]) for node in found["auditTrail"]["nodes"]]


async def test_one_invoice_s_acts_are_found(office, acts):
    first, second = acts

    of_first = await told(office, subjectId=global_id("Invoice", first.id))

    assert of_first == [("EXPORTED", "Olga"), ("INVOICE_CREATED", "Olga")]
    assert await told(office, subjectId=global_id("Invoice", second.id)) == of_first
    assert await told(office, subjectId="no id") == []


async def test_one_person_s_acts_are_found(office, acts):
    olga, adam = (global_id("Employee", office.people[name]) for name in ("Olga", "Adam"))

    assert {name for _, name in await told(office, actorId=olga)} == {"Olga"}
    assert "Olga" not in {name for _, name in await told(office, actorId=adam)}


async def test_acts_of_a_kind_and_a_time_are_found(office, acts):
    hour_ago = (now() - timedelta(hours=1)).isoformat()

    created = await told(office, action=["INVOICE_CREATED"])

    assert created == [("INVOICE_CREATED", "Olga")] * 2
    assert await told(office, action=["INVOICE_CREATED"], occurredFrom=hour_ago) == created
    assert await told(office, occurredBefore=hour_ago) == []
    both = await told(office, action=["INVOICE_CREATED", "EXPORTED"], occurredFrom=hour_ago)
    assert len(both) == 4


async def test_pages_of_what_fits_meet_without_hole_or_double(office, acts):
    wanted = {"action": ["INVOICE_CREATED", "EXPORTED"]}
    seen, after = [], None

    while True:
        found = await ask(office, TRAIL, "Adam", filter=wanted, first=1, after=after)
        page = found["auditTrail"]
        seen += [(node["action"], node["subjectId"]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(seen) == len(set(seen)) == 4
