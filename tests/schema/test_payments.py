"""Payments over HTTP: recorded, exported, held up, bypassed, applied by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from app.administration import add_connection
from app.ids import new_id
from domain.payments import PaymentState
from domain.quickbooks import QuickBooksLinkedTxn
from resolvers.bypassing import BypassInvoice, bypass_invoice
from schema.ids import global_id
from simulator.bookkeeper import Bookkeeper
from simulator.payment_writes import record_payment
from tests.paying import held, paid, recorded, seen
from tests.schema.office_api import answer_to, ask
from tests.sync_worker.connector import (
    PlayedConnector,
    new_summary,
    refusal,
    resync_now,
    save,
)

FIELDS = """
  id amount receivedOn method referenceNumber state exportStatus exportOrigin applied txnId waitsBecause
  problem { code reason quickbooksCode articleUrl steps { actor text } }
  invoice { id invoiceNumber syncStatus } connection { name } waitsFor { id code isRoot }
"""
RECORD = f"""mutation ($input: RecordPaymentInput!) {{
  recordPayment(input: $input) {{ payment {{ {FIELDS} }} userErrors {{ code message field }} }}
}}"""
EXPORT = f"""mutation ($input: ExportPaymentsInput!) {{
  exportPayments(input: $input) {{ payments {{ {FIELDS} }} userErrors {{ code message field }} }}
}}"""
BYPASS = f"""mutation ($input: BypassPaymentInput!) {{
  bypassPayment(input: $input) {{ payment {{ {FIELDS} }} userErrors {{ code message field }} }}
}}"""
LIST = f"""query ($first: Int! = 20, $after: String, $exportStatus: ExportStatus) {{
  payments(first: $first, after: $after, exportStatus: $exportStatus) {{
    nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
BY_HAND = """query ($first: Int! = 20, $after: String) {
  paymentsToApplyByHand(first: $first, after: $after) {
    nodes { unapplied reason payment { id amount } invoice { invoiceNumber total balance } }
    pageInfo { hasNextPage endCursor }
  }
}"""
PROBLEMS = """{
  syncIssueCounts { roots waiting invoices payments }
  paymentCounts { waiting refused }
  syncIssues {
    nodes {
      id isRoot root { id } affected { invoices payments }
      invoice { invoiceNumber } payments { id referenceNumber state }
    }
  }
}"""
INACTIVE = (
    'There is an invalid reference to QuickBooks Customer "Harriet Doyle" in the Invoice. QuickBooks'
    " error message: Invalid argument. The specified record does not exist in the list."
)


@pytest.fixture
def played(office):
    return PlayedConnector(office)


def the_payment(invoice, **changes):
    return {
        "invoiceId": global_id("Invoice", invoice.id),
        "amount": "62.44",
        "receivedOn": "2026-11-20",
        "referenceNumber": "3309",
        "idempotencyKey": str(new_id()),
    } | changes


async def record(office, invoice, person="Olga", **changes):
    found = await ask(office, RECORD, person, input=the_payment(invoice, **changes))
    return found["recordPayment"]


async def export(office, *ids, **changes):
    wish = {"paymentIds": list(ids), "idempotencyKey": str(new_id())} | changes
    return (await ask(office, EXPORT, input=wish))["exportPayments"]


async def bypass(office, payment_id, person="Adam", **changes):
    wish = {"paymentId": payment_id, "idempotencyKey": str(new_id())} | changes
    return (await ask(office, BYPASS, person, input=wish))["bypassPayment"]


def error_of(answer):
    [error] = answer["userErrors"]
    return error["code"], error["field"]


async def test_a_payment_is_recorded_exported_and_shown_on_its_invoice(played):
    office, invoice = played.office, await played.exported()

    kept = (await record(office, invoice))["payment"]
    assert (kept["state"], kept["exportStatus"], kept["amount"]) == ("RECORDED", "PENDING", "62.44")
    sent = (await export(office, kept["id"]))["payments"][0]
    assert (sent["state"], sent["exportStatus"]) == ("WAITING", "POSTED")
    assert sent["waitsBecause"] == "It waits for the Web Connector to fetch it."
    await played.settle()

    query = (
        f"query ($id: ID!) {{ node(id: $id) {{ ... on Invoice {{ payments {{ {FIELDS} }} }} }} }}"
    )
    [done] = (await ask(office, query, id=kept["invoice"]["id"]))["node"]["payments"]
    assert (done["state"], done["exportStatus"], done["exportOrigin"]) == (
        "EXPORTED",
        "EXPORTED",
        "EXPORTED",
    )
    assert (done["applied"], done["waitsBecause"]) == ("62.44", None)
    assert done["txnId"] == held(played.company)[0].txn_id
    assert done["connection"]["name"] == "Front desk"
    again = f"query ($id: ID!) {{ node(id: $id) {{ ... on Payment {{ {FIELDS} }} }} }}"
    assert (await ask(office, again, id=kept["id"]))["node"] == done


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": "0.00"}, ("OUT_OF_RANGE", ["input", "amount"])),
        ({"amount": "-1.00"}, ("OUT_OF_RANGE", ["input", "amount"])),
        ({"amount": "62.45"}, ("PAYMENT_EXCEEDS_BALANCE", ["input", "amount"])),
        ({"receivedOn": "1969-12-31"}, ("OUT_OF_RANGE", ["input", "receivedOn"])),
        ({"referenceNumber": "x" * 21}, ("TOO_LONG", ["input", "referenceNumber"])),
        ({"referenceNumber": "3309 \u2713"}, ("INVALID", ["input", "referenceNumber"])),
        ({"method": "y" * 32}, ("TOO_LONG", ["input", "method"])),
        ({"invoiceId": "nonsense"}, ("NOT_FOUND", ["input", "invoiceId"])),
    ],
)
async def test_what_quickbooks_could_not_hold_is_refused(played, changes, error):
    invoice = await played.office.new_invoice()

    assert error_of(await record(played.office, invoice, **changes)) == error


async def test_twenty_characters_of_a_number_are_the_most(played):
    invoice = await played.exported()
    kept = (await record(played.office, invoice, referenceNumber="x" * 20))["payment"]
    await export(played.office, kept["id"])

    await played.settle()

    assert held(played.company)[0].ref_number == "x" * 20


async def test_payments_that_quickbooks_does_not_show_yet_count_against_the_balance(played):
    office, invoice = played.office, await played.exported()
    await record(office, invoice, amount="40.00")

    answer = await record(office, invoice, amount="22.45")

    assert error_of(answer)[0] == "PAYMENT_EXCEEDS_BALANCE"
    assert "leaves 22.44" in answer["userErrors"][0]["message"]
    assert (await record(office, invoice, amount="22.44"))["payment"]


async def test_an_exported_payment_counts_once_whether_the_invoice_was_read_since_or_not(played):
    office, invoice = played.office, await played.exported()
    await paid(office, invoice, "40.00")
    await played.settle()
    assert error_of(await record(office, invoice, amount="22.45"))[0] == "PAYMENT_EXCEEDS_BALANCE"
    invoice = await save(office, invoice, new_summary("Read again"))
    await played.settle()
    assert (await played.standing(invoice)).invoice.applied == Decimal("40.00")

    assert error_of(await record(office, invoice, amount="22.45"))[0] == "PAYMENT_EXCEEDS_BALANCE"
    assert (await record(office, invoice, amount="22.44"))["payment"]


async def test_an_acknowledged_overpayment_is_applied_up_to_the_balance(played):
    office, invoice = played.office, await played.exported()
    kept = await record(office, invoice, amount="70.00", acknowledgeOverpayment=True)
    await export(office, kept["payment"]["id"])

    await played.settle()

    [there] = held(played.company)
    assert there.total == Decimal("70.00")
    assert (await played.side.held(invoice)).balance_remaining == 0
    [pair] = (await ask(office, BY_HAND))["paymentsToApplyByHand"]["nodes"]
    assert (pair["unapplied"], pair["reason"]) == (
        "7.56",
        "The payment is 7.56 more than invoice 21259 left to be paid.",
    )


async def test_the_same_key_records_one_payment(played):
    invoice = await played.exported()
    key = str(new_id())

    first = await record(played.office, invoice, idempotencyKey=key)
    second = await record(played.office, invoice, idempotencyKey=key)

    assert first == second
    assert len((await ask(played.office, LIST))["payments"]["nodes"]) == 1


async def test_who_may_not_export_may_not_record(played):
    invoice = await played.exported()

    answer = await record(played.office, invoice, "Nick")

    assert error_of(answer)[0] == "FORBIDDEN"
    assert (await ask(played.office, LIST))["payments"]["nodes"] == []


async def test_an_export_is_all_or_none(played):
    office, invoice = played.office, await played.exported()
    one = (await record(office, invoice, amount="1.00"))["payment"]
    two = (await record(office, invoice, amount="2.00"))["payment"]
    await bypass(office, two["id"])

    answer = await export(office, one["id"], two["id"])

    assert error_of(answer) == ("INVALID", ["input", "paymentIds", "1"])
    assert [each["state"] for each in (await ask(office, LIST))["payments"]["nodes"]] == [
        "RECORDED",
        "BYPASSED",
    ]


async def test_pages_of_payments(played):
    office, invoice = played.office, await played.exported()
    for n in range(3):
        await record(office, invoice, amount="1.00", referenceNumber=str(n))

    first = (await ask(office, LIST, first=2))["payments"]
    second = (await ask(office, LIST, first=2, after=first["pageInfo"]["endCursor"]))["payments"]

    assert [each["referenceNumber"] for each in (*first["nodes"], *second["nodes"])] == [
        "0",
        "1",
        "2",
    ]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert (await ask(office, LIST, exportStatus="EXPORTED"))["payments"]["nodes"] == []


# Bypass


async def test_a_bypassed_payment_counts_as_exported_and_nothing_is_sent(played):
    office, invoice = played.office, await played.exported()
    payment = await paid(office, invoice)

    done = (await bypass(office, global_id("Payment", payment.id)))["payment"]

    assert (done["state"], done["exportStatus"], done["exportOrigin"]) == (
        "BYPASSED",
        "EXPORTED",
        "BYPASSED",
    )
    assert await played.sign_in() == "none"
    trail = await ask(
        office, "{ auditTrail(first: 1) { nodes { action subjectKind subjectId } } }", "Adam"
    )
    [entry] = trail["auditTrail"]["nodes"]
    assert entry == {
        "action": "PAYMENT_BYPASSED",
        "subjectKind": "PAYMENT",
        "subjectId": global_id("Payment", payment.id),
    }


async def test_a_payment_on_its_way_is_not_bypassed(played):
    office, invoice = played.office, await played.exported()
    payment = await paid(office, invoice)
    document = await played.fetch()

    answer = await bypass(office, global_id("Payment", payment.id))

    assert error_of(answer) == ("EXPORT_ON_ITS_WAY", ["input", "paymentId"])
    await played.tell(played.run(document))
    assert len(held(played.company)) == 1


async def test_a_payment_of_an_exported_batch_is_bypassed_with_a_reason(played):
    """An exported batch is never unlocked; its single payment is bypassed instead."""
    office, invoice = played.office, await played.exported()
    payment = await paid(office, invoice)
    await played.settle()
    key = global_id("Payment", payment.id)

    without = await bypass(office, key)
    done = await bypass(office, key, reason="Entered twice, deleted in QuickBooks")

    assert error_of(without) == ("REQUIRED", ["input", "reason"])
    assert done["payment"]["state"] == "BYPASSED"
    assert error_of(await bypass(office, key))[0] == "INVALID"


async def test_bypassing_needs_its_own_permission(played):
    office, invoice = played.office, await played.exported()
    payment = await recorded(office, invoice)

    answer = await bypass(office, global_id("Payment", payment.id), "Olga")

    assert error_of(answer)[0] == "FORBIDDEN"


# By hand


async def of_the_legacy_connector(played, change_row):
    invoice = await played.exported()
    legacy = await add_connection(
        played.office.resources,
        account_id=played.office.account_id,
        company_file="CF-1",
        name="Old connector",
    )
    await change_row("connection", legacy.connection.id, kind="LEGACY")
    async with played.office.open_work() as work:
        link = await work.links.get(invoice.id)
        await work.links.save(invoice.id, replace(link, connection_id=legacy.connection.id))
    return invoice


async def test_pairs_of_different_connectors_are_listed_until_quickbooks_shows_them_applied(
    played, change_row
):
    office = played.office
    invoice = await of_the_legacy_connector(played, change_row)
    payment = await paid(office, invoice)
    await played.settle()

    [pair] = (await ask(office, BY_HAND))["paymentsToApplyByHand"]["nodes"]
    assert pair["payment"]["id"] == global_id("Payment", payment.id)
    assert (pair["unapplied"], pair["invoice"]["invoiceNumber"]) == ("62.44", "21259")
    assert "legacy connector “Old connector”" in pair["reason"]

    await apply_by_hand(played, invoice)
    assert (await ask(office, BY_HAND))["paymentsToApplyByHand"]["nodes"] == []


async def apply_by_hand(played, invoice):
    """The bookkeeper applies the payment; QuickBooks' copy of the invoice is read again."""
    [there] = held(played.company)
    async with played.office.open_work() as work:
        link = await work.links.get(invoice.id)
    record_payment(played.company, there, [(link.copy.txn_id, there.total)])
    linked = QuickBooksLinkedTxn(
        txn_id=there.txn_id, txn_type="ReceivePayment", date=there.txn_date, amount=-there.total
    )
    async with played.office.open_work() as work:
        copy = replace(link.copy, applied=there.total, linked=(linked,))
        await work.links.save(invoice.id, replace(link, copy=copy))


async def test_a_payment_of_a_bypassed_invoice_is_applied_by_hand(played):
    """The invoice was entered in QuickBooks by a person: nothing tells which one it is."""
    office = played.office
    invoice = await office.new_invoice()
    wish = BypassInvoice(invoice_id=invoice.id, idempotency_key=str(new_id()))
    await bypass_invoice(await office.as_person("Adam"), wish)
    await paid(office, invoice)
    await played.settle()

    [pair] = (await ask(office, BY_HAND))["paymentsToApplyByHand"]["nodes"]

    assert "was bypassed" in pair["reason"]
    assert len(held(played.company)) == 1


# Journey G2, step 8


async def test_three_invoices_and_a_payment_of_one_missing_customer_are_one_problem(played):
    """3140: one root; the other invoices and the payment depend on it, and go by themselves."""
    office = played.office
    exported = [await played.exported(number) for number in ("1001", "1002", "1003")]
    Bookkeeper(played.company).deactivate("CustomerRef", "Harriet Doyle")
    edited = [await save(office, invoice, new_summary("Again")) for invoice in exported]
    await played.refuse(3140, INACTIVE)
    payment = await paid(office, edited[1], "20.00")
    assert await played.sign_in() == "none"

    found = await ask(office, PROBLEMS)

    counts = {"roots": 1, "waiting": 2, "invoices": 3, "payments": 1}
    assert found["syncIssueCounts"] == counts
    assert found["paymentCounts"] == {"waiting": 1, "refused": 0}
    issues = found["syncIssues"]["nodes"]
    assert {issue["invoice"]["invoiceNumber"]: issue["affected"] for issue in issues} == {
        "1001": {"invoices": 3, "payments": 1},
        "1002": {"invoices": 1, "payments": 1},
        "1003": {"invoices": 1, "payments": 0},
    }
    under = {issue["invoice"]["invoiceNumber"]: issue["payments"] for issue in issues}
    key = {"id": global_id("Payment", payment.id), "referenceNumber": "3309", "state": "WAITING"}
    assert under == {"1001": [], "1002": [key], "1003": []}
    shown = (await ask(office, LIST))["payments"]["nodes"][0]
    assert shown["waitsFor"]["id"] == next(issue["id"] for issue in issues if issue["payments"])
    assert "goes by itself" in shown["waitsBecause"]

    Bookkeeper(played.company).activate("CustomerRef", "Harriet Doyle")
    root = next(i for i in edited if i.content.number == "1001")
    await resync_now(office, (await played.standing(root)).invoice)
    await played.settle()

    found = await ask(office, PROBLEMS)
    assert set(found["syncIssueCounts"].values()) == {0}
    assert found["paymentCounts"] == {"waiting": 0, "refused": 0}
    assert found["syncIssues"]["nodes"] == []
    assert (await ask(office, LIST))["payments"]["nodes"][0]["state"] == "EXPORTED"
    solved = next(issue["id"] for issue in issues if issue["isRoot"])
    query = (
        "query ($id: ID!) { node(id: $id) { ... on SyncIssue { affected { invoices payments } } } }"
    )
    assert (await ask(office, query, id=solved))["node"]["affected"] == {
        "invoices": 0,
        "payments": 0,
    }


async def test_a_problem_counts_what_depends_on_it_and_nothing_of_another_problem(
    played, another_office
):
    """A payment that QuickBooks refused for the customer counts, though its invoice has no issue."""
    office = played.office
    *exported, paid_for = [await played.exported(number) for number in ("1001", "1002", "1003")]
    edited = [await save(office, invoice, new_summary("Again")) for invoice in exported]
    documents = await played.fetch()
    one, two = (refusal(documents, 3140, INACTIVE, only={0}), refusal(documents, 3070, only={1}))
    await played.tell(merged(one, two))
    await played.close()
    payment = await paid(office, paid_for)
    await paid(office, edited[1], "1.00")
    await played.refuse(3140, INACTIVE.replace("in the Invoice", "in the ReceivePayment"))

    found = await ask(office, PROBLEMS)

    by_number = {i["invoice"]["invoiceNumber"]: i["affected"] for i in found["syncIssues"]["nodes"]}
    assert (await seen(office, payment)).state is PaymentState.HELD
    assert by_number == {
        "1001": {"invoices": 1, "payments": 1},
        "1002": {"invoices": 1, "payments": 1},
    }
    counts = {"roots": 2, "waiting": 0, "invoices": 2, "payments": 2}
    assert found["syncIssueCounts"] == counts
    stranger = await ask(await another_office(), PROBLEMS)
    assert set(stranger["syncIssueCounts"].values()) == {0}


def merged(first, second):
    """Both answers in one."""
    one, two = etree.fromstring(first), etree.fromstring(second)
    one[0].extend(list(two[0]))
    return etree.tostring(one, encoding="unicode")


async def test_another_account_sees_and_changes_nothing(played, another_office):
    payment = await recorded(played.office, await played.exported())
    stranger = await another_office()
    key = global_id("Payment", payment.id)

    assert (await ask(stranger, LIST))["payments"]["nodes"] == []
    node = await answer_to(stranger, "query ($id: ID!) { node(id: $id) { id } }", id=key)
    assert node["data"]["node"] is None
    assert error_of(await export(stranger, key))[0] == "NOT_FOUND"
    assert error_of(await bypass(stranger, key))[0] == "NOT_FOUND"
