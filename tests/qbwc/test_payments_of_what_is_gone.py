"""Payments of what QuickBooks does not find: said of the payment, with a way out that works."""

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from domain.issues import StepActor
from domain.payments import PaymentState
from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from simulator.lists import ListKind
from tests.paying import bypassed, held, paid, recorded, seen, wanted
from tests.sync_worker.connector import (
    bypass,
    is_status_check,
    names_in,
    new_summary,
    refusal,
    requests_in,
    resync_now,
    save,
)

ADD, QUERY = "ReceivePaymentAddRq", "ReceivePaymentQueryRq"
GONE = (
    'Object "{}" specified in the request cannot be found.  QuickBooks error message: Invalid'
    " argument.  The specified record does not exist in the list."
)


@pytest.fixture
def bookkeeper(played):
    return Bookkeeper(played.company)


async def txn_id_of(played, invoice):
    return (await played.standing(invoice)).link.copy.txn_id


async def run_all(played):
    """Everything that is due, set by set; give the names of what was asked."""
    return [name for document in await played.settle() for name in names_in(document)]


def told(payment):
    """What a person reads of it, in one piece."""
    return " ".join((payment.problem.reason, *(step.text for step in payment.problem.steps)))


async def test_a_payment_of_an_invoice_that_was_deleted_says_so_and_is_not_sent_again(
    played, bookkeeper
):
    """The invoice was SYNCED, and stays what it is: the next edit of it finds out by itself."""
    invoice = await played.exported()
    txn_id = await txn_id_of(played, invoice)
    bookkeeper.delete_invoice(txn_id)
    payment = await paid(played.office, invoice)
    before, events = await played.standing(invoice), await played.events(invoice)

    names = await run_all(played)

    found = await seen(played.office, payment)
    assert ADD in names
    assert (found.state, found.root_id) == (PaymentState.REFUSED, None)
    assert (found.problem.code, found.problem.quickbooks_code) == (
        "INVOICE_NOT_IN_QUICKBOOKS",
        3120,
    )
    assert txn_id in found.problem.quickbooks_message
    assert "invoice 21259" in found.problem.reason
    assert "Harriet Doyle" in found.problem.reason
    assert "not in QuickBooks" in found.problem.reason
    assert txn_id not in found.problem.reason
    assert held(played.company) == []
    assert await played.sign_in() == "none"
    after = await played.standing(invoice)
    assert (after.invoice, after.job, after.issue) == (before.invoice, before.job, None)
    assert await played.events(invoice) == events


async def test_what_a_person_is_told_can_be_done(played, bookkeeper):
    """Nothing speaks of linking, re-exporting or re-syncing an invoice: none of it would help."""
    invoice = await played.exported()
    bookkeeper.delete_invoice(await txn_id_of(played, invoice))
    payment = await paid(played.office, invoice)
    await played.settle()

    found = await seen(played.office, payment)
    assert "Audit Trail" in told(found)
    assert "Receive Payments" in told(found)
    assert not [word for word in ("link", "Re-Sync", "export the invoice") if word in told(found)]
    assert {step.actor for step in found.problem.steps} == {
        StepActor.BOOKKEEPER,
        StepActor.OFFICE,
    }
    await bypassed(played.office, payment)
    assert (await seen(played.office, payment)).state is PaymentState.BYPASSED
    assert await played.sign_in() == "none"


async def test_an_invoice_that_is_there_again_takes_the_payment_when_it_is_exported_again(played):
    """It was given to another customer by mistake, and back again."""
    invoice = await played.exported()
    txn_id = await txn_id_of(played, invoice)
    ours = played.company.invoices[txn_id]
    other = played.company.lists.by_name(ListKind.CUSTOMER, "Lone Star Diner")
    played.company.invoices[txn_id] = replace(ours, refs={**ours.refs, "CustomerRef": other})
    payment = await paid(played.office, invoice)
    await played.settle()
    assert (await seen(played.office, payment)).state is PaymentState.REFUSED
    played.company.invoices[txn_id] = ours

    await wanted(played.office, payment)
    await played.settle()

    found = await seen(played.office, payment)
    assert (found.state, found.problem) == (PaymentState.EXPORTED, None)
    assert found.applied == Decimal("62.44")


async def test_a_bypassed_edit_is_not_what_it_waits_for(played, bookkeeper):
    """No sync of it brings the invoice back: nothing is promised that will not come."""
    invoice = await played.exported()
    bookkeeper.delete_invoice(await txn_id_of(played, invoice))
    await bypass(played.office, invoice, new_summary("Kept here"))
    payment = await paid(played.office, invoice, "20.00")

    await played.settle()

    found = await seen(played.office, payment)
    assert found.state is PaymentState.REFUSED
    assert "goes by itself" not in told(found)


async def test_it_depends_on_its_invoice_while_that_is_being_synced_itself(played, bookkeeper):
    """The payment is on its way when the edit is saved: the invoice's own sync tells what is so."""
    invoice = await played.exported()
    bookkeeper.delete_invoice(await txn_id_of(played, invoice))
    payment = await paid(played.office, invoice, "20.00")
    document = await played.fetch()
    edited = await save(played.office, invoice, new_summary("Saved meanwhile"))

    await played.tell(played.run(document))
    await played.close()

    found = await seen(played.office, payment)
    assert (found.state, found.root_id) == (PaymentState.HELD, None)
    assert "goes by itself" in found.problem.reason
    assert ADD not in await run_all(played)
    after = await played.standing(edited)
    assert (after.invoice.sync_status, after.issue.code) == (
        SyncStatus.ACTION_REQUIRED,
        "INVOICE_DELETED",
    )
    await bypass(played.office, after.invoice)
    await wanted(played.office, payment)
    await played.settle()
    assert (await seen(played.office, payment)).state is PaymentState.REFUSED
    assert held(played.company) == []


async def test_it_goes_by_itself_once_its_invoice_is_proven_to_be_there(played):
    invoice = await played.exported()
    txn_id = await txn_id_of(played, invoice)
    payment = await paid(played.office, invoice, "20.00")
    document = await played.fetch()
    await save(played.office, invoice, new_summary("Saved meanwhile"))
    await played.tell(refusal(document, 3120, GONE.format(txn_id)))
    await played.close()
    assert (await seen(played.office, payment)).state is PaymentState.HELD

    await played.settle()

    found = await seen(played.office, payment)
    assert (found.state, found.problem) == (PaymentState.EXPORTED, None)
    assert len(held(played.company)) == 1


async def test_something_else_that_it_names_is_not_called_its_invoice(played):
    payment = await paid(played.office, await played.exported())
    await played.refuse(3120, GONE.format("8000000F-1"))

    found = await seen(played.office, payment)
    assert found.state is PaymentState.REFUSED
    assert "8000000F-1" in found.problem.reason
    assert "21259" not in found.problem.reason
    assert "customer" in told(found)
    await wanted(played.office, payment)
    await played.settle()
    assert (await seen(played.office, payment)).state is PaymentState.EXPORTED


async def test_a_payment_waits_behind_the_invoice_that_met_the_same_missing_thing(played):
    """A ListID that QuickBooks does not find, told of an invoice first and of a payment then."""
    first = await played.exported()
    second = await played.exported("21260")
    edited = await save(played.office, first)
    await played.refuse(3120, GONE.format("8000000F-1"))
    payment = await paid(played.office, second)
    await played.refuse(3120, GONE.format("8000000F-1"))

    root = (await played.standing(edited)).issue
    found = await seen(played.office, payment)
    assert (found.state, found.root_id) == (PaymentState.HELD, root.id)
    await resync_now(played.office, (await played.standing(edited)).invoice)
    await played.settle()
    assert (await seen(played.office, payment)).state is PaymentState.EXPORTED


# Asked for after its answer was lost


async def only_its_id_is_known(played, payment):
    """QuickBooks ran it, its answer was lost, and of what QuickBooks stored only the TxnID came."""
    await played.lose(has_run=True)
    check = await played.fetch()
    assert is_status_check(check)
    answer = etree.fromstring(played.run(check).encode())
    ret = next(answer.iter("ReceivePaymentRet"))
    response = ret.getparent()
    response.remove(ret)
    recovery = etree.SubElement(response, "ErrorRecovery")
    etree.SubElement(recovery, "TxnID").text = held(played.company)[0].txn_id
    await played.tell(etree.tostring(answer, encoding="unicode"))
    await played.close()
    return await seen(played.office, payment)


@pytest.mark.parametrize("code", [500, 3120])
async def test_a_payment_that_was_deleted_in_quickbooks_is_called_deleted(played, code):
    """By QuickBooks' answer to its TxnID; it is never sent a second time, whoever asks for it."""
    payment = await paid(played.office, await played.exported())
    lost = await only_its_id_is_known(played, payment)
    assert lost.state is PaymentState.UNKNOWN
    played.company.delete(lost.txn_id, "ReceivePayment")
    document = await played.fetch()
    assert requests_in(document)[0].findtext("TxnID") == lost.txn_id

    refused = refusal(document, 3120, GONE.format(lost.txn_id))
    await played.tell(played.run(document) if code == 500 else refused)
    await played.close()

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.UNRESOLVED, "PAYMENT_DELETED")
    assert found.problem.quickbooks_code == code
    assert "this payment" in found.problem.reason
    await wanted(played.office, payment)
    assert [name for name in await run_all(played) if name != "HostQueryRq"] == [QUERY]
    assert held(played.company) == []


async def test_what_was_deleted_goes_again_as_a_payment_of_its_own(played):
    """The way out that a person is told: bypass it, and record it anew."""
    invoice = await played.exported()
    payment = await paid(played.office, invoice)
    lost = await only_its_id_is_known(played, payment)
    played.company.delete(lost.txn_id, "ReceivePayment")
    await played.settle()
    assert "record it here anew" in told(await seen(played.office, payment))

    await bypassed(played.office, payment)
    anew = await recorded(played.office, invoice)
    await wanted(played.office, anew)
    await played.settle()

    assert (await seen(played.office, anew)).state is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


async def test_of_two_that_look_alike_the_other_one_goes_as_a_payment_of_its_own(
    played, bookkeeper
):
    """QuickBooks shows other money of the same amount and day; a person says so."""
    invoice = await played.exported()
    other = await played.exported("21260")
    payment = await paid(played.office, invoice)
    await played.lose(has_run=False)
    played.company.message_sets.clear()
    bookkeeper.receive_payment(await txn_id_of(played, other), Decimal("62.44"), ref_number="3309")
    await played.settle()
    found = await seen(played.office, payment)
    assert found.problem.code == "PAYMENT_MAY_EXIST"
    assert "record it here anew" in told(found)

    await bypassed(played.office, payment)
    anew = await recorded(played.office, invoice)
    await wanted(played.office, anew)
    await played.settle()

    assert (await seen(played.office, anew)).state is PaymentState.EXPORTED
    assert len(held(played.company)) == 2


async def test_a_customer_whom_quickbooks_does_not_know_is_named_and_it_is_asked_again(played):
    """The answer was lost, and so was what QuickBooks had stored of the set."""
    payment = await paid(played.office, await played.exported())
    await played.lose(has_run=True)
    played.company.message_sets.clear()
    check = await played.fetch()
    await played.tell(played.run(check))
    question = await played.send()
    assert names_in(question) == [QUERY]
    await played.tell(refusal(question, 500, "A required element could not be found."))
    await played.close()

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.UNRESOLVED, "CUSTOMER_MISSING")
    assert "Harriet Doyle" in found.problem.reason
    assert "invoice" not in told(found)
    await wanted(played.office, payment)
    await played.settle()
    assert (await seen(played.office, payment)).state is PaymentState.EXPORTED
    assert len(held(played.company)) == 1
