"""A partner sends each guard its trigger over HTTP: code, severity and steps, and nothing queued."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.ids import new_id
from domain.lists import AccountingPeriod
from tests.databases import owner_of
from tests.journeys.conftest import global_id, key
from tests.quickbooks_side import QuickBooksSide

SAVE = """mutation ($input: %s!) { answer: %s(input: $input) {
  invoice { id version syncStatus }
  userErrors { __typename code message ... on GuardError { guards { code severity message steps path } } }
} }"""
QUEUE = """query ($id: ID!) {
  invoice(id: $id) {
    version syncStatus total
    sync { phase queuePosition }
    draft { changes { path } guards { code severity path steps } }
    revisions { nodes { version acknowledged } }
  }
  connections { queueLength }
}"""


class Partner:
    """Olga's program, with one exported invoice of 62.44."""

    def __init__(self, service, invoice, settings):
        self.service = service
        self.invoice = invoice
        self.settings = settings
        self.id = global_id("Invoice", invoice.id)
        self.tasks = [global_id("Task", task.id) for task in invoice.content.tasks]

    async def save(self, mutation="saveAndSync", **changes):
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        wish = {"invoiceId": self.id, "version": self.invoice.version, "idempotencyKey": key()}
        answered = await self.service.client().call(
            SAVE % (kind, mutation), input={**wish, **changes}
        )
        return answered["answer"]

    async def look(self):
        return await self.service.client().call(QUEUE, id=self.id)

    async def stage(self, **patch):
        wish = {"invoiceId": self.id, "version": self.invoice.version, "patch": patch}
        return await self.service.mutate("updateInvoiceDetails", **wish)

    def task_edit(self, **patch):
        return {"editTasks": [{"taskId": self.tasks[0], "patch": patch}]}

    async def change(self, statement, **values):
        account = self.service.office.account_id
        async with owner_of(self.settings.database_url).begin() as connection:
            await connection.execute(text(statement), {"account": account, **values})


@pytest.fixture
async def partner(service, settings):
    office = service.office
    side = QuickBooksSide(office)
    exported = await side.export(await office.new_invoice())
    async with office.open_work() as work:
        link = await work.links.get(exported.id)
        earlier = link.verified_at - timedelta(hours=1)
        await work.links.save(exported.id, replace(link, verified_at=earlier))
    return Partner(service, exported, settings)


async def close_october(partner):
    await partner.change(
        "update account set accounting_periods_enabled = true where account_id = :account"
    )
    october = AccountingPeriod(date(2026, 10, 1), date(2026, 10, 31), is_closed=True)
    async with partner.service.office.open_work() as work:
        await work.accounts.add_period(new_id(), october)


async def unmap_the_tax_zone(partner):
    await partner.change(
        "update tax_zone set quickbooks_item = null where account_id = :account and id = :zone",
        zone=partner.service.office.id_of("Fort Worth"),
    )


async def unmap_plumbing(partner):
    await partner.change(
        "update business_unit set quickbooks_class = null where account_id = :account and id = :unit",
        unit=partner.service.office.id_of("Plumbing"),
    )


async def nothing(partner):
    """Leave the fixture as it is: the books of CF-1 are closed through 2026-10-31."""


def plumbing(partner):
    unit = partner.service.office.id_of("Plumbing")
    return partner.task_edit(businessUnitId=global_id("BusinessUnit", unit))


@pytest.mark.parametrize(
    ("before", "edits", "code", "guard", "path"),
    [
        (
            nothing,
            lambda _: {"details": {"invoiceNumber": "123456789012"}},
            "GUARD_REFUSED",
            "INVOICE_NUMBER_TOO_LONG",
            "details.invoiceNumber",
        ),
        (
            nothing,
            lambda _: {"details": {"summary": "\u4f60"}},
            "GUARD_REFUSED",
            "TEXT_NOT_STORABLE",
            "details.summary",
        ),
        (
            close_october,
            lambda _: {"details": {"invoiceDate": "2026-10-15"}},
            "GUARD_REFUSED",
            "PERIOD_CLOSED",
            "details.invoiceDate",
        ),
        (
            nothing,
            lambda _: {"details": {"invoiceDate": "2026-10-15"}},
            "ACKNOWLEDGEMENT_NEEDED",
            "QUICKBOOKS_CLOSING_DATE",
            "details.invoiceDate",
        ),
        (
            unmap_the_tax_zone,
            lambda partner: partner.task_edit(unitPrice="42.00"),
            "GUARD_REFUSED",
            "TAX_ITEM_MISSING",
            "details.taxZoneId",
        ),
        (unmap_plumbing, plumbing, "GUARD_REFUSED", "CLASS_MISSING", None),
        (
            nothing,
            lambda partner: partner.task_edit(unitPrice="-100.00"),
            "GUARD_REFUSED",
            "SIGN_WOULD_CHANGE",
            "tasks",
        ),
    ],
)
async def test_each_trigger_gives_its_guard_and_no_queue_entry(
    partner, before, edits, code, guard, path
):
    """G2, step 9."""
    await before(partner)

    answered = await partner.save(edits=edits(partner))

    (error,) = answered["userErrors"]
    (told,) = error["guards"]
    assert (error["__typename"], error["code"]) == ("GuardError", code)
    severity = "ERROR" if code == "GUARD_REFUSED" else "ACKNOWLEDGE"
    assert (told["code"], told["severity"]) == (guard, severity)
    assert told["steps"]
    assert path is None or told["path"] == path
    assert told["message"] in error["message"]
    after = await partner.look()
    assert after["invoice"]["version"] == 1
    assert after["invoice"]["syncStatus"] == "NOT_APPLICABLE"
    assert [connection["queueLength"] for connection in after["connections"]] == [0]


async def test_a_number_that_is_too_long_is_told_while_it_is_typed(partner):
    """Staging it is no mistake; saving it is, sent or bypassed."""
    staged = await partner.stage(invoiceNumber="123456789012")
    assert staged["userErrors"] == []

    (guard,) = (await partner.look())["invoice"]["draft"]["guards"]
    assert guard == {
        "code": "INVOICE_NUMBER_TOO_LONG",
        "severity": "ERROR",
        "path": "details.invoiceNumber",
        "steps": ["Shorten it by 1."],
    }
    for mutation in ("saveAndSync", "saveAndBypass"):
        (error,) = (await partner.save(mutation))["userErrors"]
        assert [told["code"] for told in error["guards"]] == ["INVOICE_NUMBER_TOO_LONG"]


async def test_what_was_confirmed_is_kept_with_the_revision(partner):
    edits = {"details": {"invoiceDate": "2026-10-15"}}

    answered = await partner.save(edits=edits, acknowledge=["QUICKBOOKS_CLOSING_DATE"])

    assert answered["userErrors"] == []
    assert (await partner.look())["invoice"]["revisions"]["nodes"] == [
        {"version": 2, "acknowledged": ["QUICKBOOKS_CLOSING_DATE"]}
    ]
