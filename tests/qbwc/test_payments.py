"""Payments to QuickBooks: never lost, never doubled, and no invoice notices them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.administration import add_connection
from domain.connections import ConnectionPatch
from domain.payments import PaymentState
from domain.sync_status import SyncStatus
from resolvers.connections import UpdateConnection, update_connection
from simulator.bookkeeper import Bookkeeper
from tests.paying import bypassed, held, paid, recorded, seen, wanted
from tests.sync_worker.connector import (
    LOCKED,
    PARSE_ERROR,
    PlayedConnector,
    bypass,
    changed,
    is_status_check,
    names_in,
    new_price,
    refusal,
    requests_in,
    resync_now,
    save,
)

ADD, QUERY = "ReceivePaymentAddRq", "ReceivePaymentQueryRq"
TOO_MUCH = (
    'The "AppliedToTxnAdd payment amount" field has an invalid value "62.44".  QuickBooks error'
    " message: You cannot pay more than the amount due."
)
NO_CUSTOMER = (
    'There is an invalid reference to QuickBooks Customer "Harriet Doyle" in the ReceivePayment.'
    "  QuickBooks error message: Invalid argument."
)


async def state_of(played, payment):
    return (await seen(played.office, payment)).state


async def run_all(played):
    """Everything that is due, set by set; give the names of what was asked."""
    return [name for document in await played.settle() for name in names_in(document)]


async def test_a_payment_is_applied_to_its_invoice(played):
    invoice = await played.exported()
    payment = await paid(played.office, invoice)

    report = await played.side.update()  # over the real SOAP endpoint

    assert report.requests_sent
    found = await seen(played.office, payment)
    [there] = held(played.company)
    assert (found.state, found.txn_id) == (PaymentState.EXPORTED, there.txn_id)
    assert found.applied == Decimal("62.44")
    assert (there.total, there.ref_number) == (Decimal("62.44"), "3309")
    assert there.values["ExternalGUID"] == payment.external_guid
    assert (await played.side.held(invoice)).balance_remaining == 0
    assert await played.sign_in() == "none"


async def test_it_changes_no_status_no_job_and_no_event_of_its_invoice(played):
    invoice = await played.exported()
    before, events = await played.standing(invoice), await played.events(invoice)
    await paid(played.office, invoice)

    await played.settle()

    after = await played.standing(invoice)
    assert (after.invoice, after.job, after.issue) == (before.invoice, before.job, before.issue)
    assert await played.events(invoice) == events


async def test_an_edit_behind_the_payment_reads_quickbooks_copy_first_and_is_synced(played):
    invoice = await played.exported()
    await paid(played.office, invoice, "20.00")
    await played.settle()

    await save(played.office, invoice)
    names = await run_all(played)

    after = await played.standing(invoice)
    assert names[:2] == ["InvoiceQueryRq", "InvoiceModRq"]
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.applied == Decimal("20.00")


async def test_until_its_export_is_asked_for_nothing_leaves(played):
    await recorded(played.office, await played.exported())

    assert await played.sign_in() == "none"


async def test_it_waits_for_the_first_export_of_its_invoice_and_goes_by_itself(played):
    invoice = await played.office.new_invoice()
    payment = await paid(played.office, invoice)
    assert await played.sign_in() == "none"

    await played.office.export(invoice)
    names = await run_all(played)

    assert [name for name in names if name != "HostQueryRq"] == ["InvoiceAddRq", ADD]
    assert await state_of(played, payment) is PaymentState.EXPORTED


async def test_it_waits_while_an_edit_of_its_invoice_is_under_way(played):
    invoice = await played.edited(None)
    payment = await paid(played.office, invoice, "60.00")

    document = await played.fetch()

    assert names_in(document) == ["InvoiceModRq"]
    await played.tell(played.run(document))
    await played.close()
    await played.settle()
    assert await state_of(played, payment) is PaymentState.EXPORTED


async def test_it_waits_for_an_invoice_that_a_person_must_look_at(played):
    invoice = await played.edited()
    payment = await paid(played.office, invoice, "60.00")
    await played.refuse(
        3140, 'There is an invalid reference to QuickBooks Item "X" in the Invoice.'
    )

    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert await played.sign_in() == "none"
    await resync_now(played.office, (await played.standing(invoice)).invoice)
    await played.settle()

    assert await state_of(played, payment) is PaymentState.EXPORTED


# Lost answers


async def test_an_answer_lost_after_quickbooks_ran_it_is_found_and_nothing_is_sent_twice(played):
    payment = await paid(played.office, await played.exported())
    await played.lose(has_run=True)

    check = await played.fetch()

    assert is_status_check(check)
    assert await state_of(played, payment) is PaymentState.UNKNOWN
    await played.tell(played.run(check))
    assert await state_of(played, payment) is PaymentState.EXPORTED
    await played.close()
    await played.settle()
    assert len(held(played.company)) == 1


async def test_an_answer_lost_before_quickbooks_ran_it_is_asked_about_and_then_sent_again(played):
    payment = await paid(played.office, await played.exported())
    await played.lose(has_run=False)

    names = await run_all(played)

    assert [name for name in names if name != "HostQueryRq"] == [QUERY, ADD]
    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


async def forget(played):
    """QuickBooks has lost what it stored of message sets."""
    played.company.message_sets.clear()


@pytest.mark.parametrize("number", ["3309", None])
async def test_where_quickbooks_kept_no_answer_the_payment_is_found_by_our_own_mark(played, number):
    payment = await paid(played.office, await played.exported(), number=number)
    await played.lose(has_run=True)
    await forget(played)

    names = await run_all(played)

    assert [name for name in names if name != "HostQueryRq"] == [QUERY]
    found = await seen(played.office, payment)
    assert (found.state, found.applied) == (PaymentState.EXPORTED, Decimal("62.44"))
    assert len(held(played.company)) == 1


async def test_one_that_looks_like_it_stops_and_a_person_decides(played):
    """The set is gone, and the bookkeeper entered the same amount on the same day by hand."""
    invoice = await played.exported()
    other = await played.side.export(await played.office.new_invoice("21260"))
    payment = await paid(played.office, invoice)
    await played.lose(has_run=False)
    by_hand = await played.side.held(other)
    Bookkeeper(played.company).receive_payment(by_hand.txn_id, Decimal("62.44"), ref_number="3309")

    await played.settle()

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.UNRESOLVED, "PAYMENT_MAY_EXIST")
    assert len(held(played.company)) == 1
    await wanted(played.office, payment)  # again: QuickBooks is asked again
    assert [name for name in await run_all(played) if name != "HostQueryRq"] == [QUERY]
    assert len(held(played.company)) == 1


async def test_a_late_answer_of_a_dead_session_changes_nothing(played):
    payment = await paid(played.office, await played.exported())
    document = await played.fetch()
    old = played.ticket
    await played.fetch()

    assert await played.tell(played.run(document), ticket=old) == -1

    assert await state_of(played, payment) is PaymentState.UNKNOWN


async def test_an_answer_that_proves_nothing_is_asked_after(played):
    payment = await paid(played.office, await played.exported())
    document = await played.fetch()
    answer = played.run(document)
    await played.tell(changed(answer, "ReceivePaymentRet/TxnID", None))
    await played.close()
    assert await state_of(played, payment) is PaymentState.UNKNOWN

    assert QUERY in await run_all(played)
    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


async def test_an_error_instead_of_an_answer_is_asked_about(played):
    payment = await paid(played.office, await played.exported())
    document = await played.fetch()
    played.run(document)
    await played.tell(hresult="0x8004041C", message="An internal QuickBooks error occurred.")
    await played.close()

    await played.settle()

    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


async def test_what_was_lost_through_a_disabled_connection_goes_on_through_another(played):
    payment = await paid(played.office, await played.exported())
    await played.lose(has_run=True)
    line = played.side.connection.connection.id
    adam = await played.office.as_person("Adam")
    await update_connection(adam, UpdateConnection(line, ConnectionPatch(disabled=True)))
    second = await add_connection(
        played.office.resources,
        account_id=played.office.account_id,
        company_file="CF-1",
        name="Back office",
    )
    other = PlayedConnector(played.office, played.company, connection=second)
    other.ahead = played.ahead + timedelta(minutes=10)

    await other.settle()

    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


# Refusals


async def test_3210_is_a_dependent_of_an_invoice_with_unsynced_edits(played):
    """QuickBooks' copy is cheaper; the payment goes by itself once the edit is synced."""
    invoice = await played.exported()
    invoice = await bypass(played.office, invoice, new_price(invoice))
    payment = await paid(played.office, invoice, "69.00")

    await played.settle()

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.HELD, "PAYMENT_EXCEEDS_DUE")
    assert held(played.company) == []
    assert await played.sign_in() == "none"
    await resync_now(played.office, invoice)
    await played.settle()
    found = await seen(played.office, payment)
    assert (found.state, found.problem) == (PaymentState.EXPORTED, None)
    assert found.applied == Decimal("69.00")


async def test_3210_of_a_synced_invoice_is_a_root_that_names_the_sales_tax(played):
    """A cent of sales tax more here than there; it is never sent again unapplied."""
    invoice = await played.exported()
    payment = await paid(played.office, invoice)
    async with played.office.open_work() as work:
        link = await work.links.get(invoice.id)
        copy = replace(link.copy, sales_tax=Decimal("2.93"))
        await work.links.save(invoice.id, replace(link, copy=copy))
    document = await played.fetch()

    await played.tell(refusal(document, 3210, TOO_MUCH))
    await played.close()

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.REFUSED, "PAYMENT_EXCEEDS_DUE")
    assert "sales tax: 2.93 there, 2.94 here" in found.problem.reason
    assert await played.sign_in() == "none"
    assert held(played.company) == []


async def test_a_missing_customer_is_the_same_root_as_of_its_invoices(played):
    """QuickBooks refuses an edit for the customer, then a payment of another invoice of theirs."""
    first = await played.exported()
    second = await played.side.export(await played.office.new_invoice("21260"))
    played.ahead += timedelta(seconds=2)
    Bookkeeper(played.company).deactivate("CustomerRef", "Harriet Doyle")
    edited = await save(played.office, first)
    await played.refuse(3140, NO_CUSTOMER.replace("ReceivePayment", "Invoice"))
    payment = await paid(played.office, second)

    document = await played.fetch()
    await played.tell(refusal(document, 3140, NO_CUSTOMER))
    await played.close()

    root = (await played.standing(edited)).issue
    found = await seen(played.office, payment)
    assert (found.state, found.root_id) == (PaymentState.HELD, root.id)
    assert await played.sign_in() == "none"
    Bookkeeper(played.company).activate("CustomerRef", "Harriet Doyle")
    await resync_now(played.office, (await played.standing(edited)).invoice)
    await played.settle()
    assert await state_of(played, payment) is PaymentState.EXPORTED


async def test_a_customer_who_is_missing_for_the_payment_alone_is_told_and_it_goes_again(played):
    payment = await paid(played.office, await played.exported())
    await played.refuse(3140, NO_CUSTOMER)

    found = await seen(played.office, payment)
    assert found.state is PaymentState.REFUSED
    assert "Harriet Doyle" in found.problem.reason
    await wanted(played.office, payment)
    await played.settle()
    assert await state_of(played, payment) is PaymentState.EXPORTED


async def test_3231_goes_again_by_itself(played):
    payment = await paid(played.office, await played.exported())
    await played.refuse(3231, "The request has not been processed.")

    await played.settle()

    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


async def test_a_locked_record_is_tried_again_after_a_while(played):
    payment = await paid(played.office, await played.exported())
    await played.refuse(3175, LOCKED)
    assert await played.sign_in() == "none"
    found = await seen(played.office, payment)
    assert found.state is PaymentState.WAITING
    assert found.next_attempt_at is not None


async def test_a_set_that_cannot_be_parsed_finds_the_payment_guilty_and_spares_the_others(played):
    other = await played.exported("21260")
    invoice = await played.edited()
    payment = await paid(played.office, other)
    progress, document = 0, await played.fetch()
    assert sorted(names_in(document)) == ["InvoiceModRq", ADD]
    while progress != 100 and document:
        is_readable = ADD not in names_in(document)
        told = {"response": played.run(document)} if is_readable else PARSE_ERROR
        progress = await played.tell(**told)
        document = await played.send() if progress != 100 else b""

    found = await seen(played.office, payment)
    assert (found.state, found.problem.code) == (PaymentState.REFUSED, "PARSE_ERROR")
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_a_set_refused_as_a_whole_goes_again(played):
    payment = await paid(played.office, await played.exported())
    document = await played.fetch()
    message = '<QBXML><QBXMLMsgsRs messageSetStatusCode="9004"></QBXMLMsgsRs></QBXML>'
    await played.tell(message)
    await played.close()

    assert requests_in(document)
    await played.settle()
    assert await state_of(played, payment) is PaymentState.EXPORTED
    assert len(held(played.company)) == 1


# Two connectors


async def test_of_an_invoice_of_the_legacy_connector_it_is_sent_unapplied(played, change_row):
    invoice = await played.exported()
    async with played.office.open_work() as work:
        link = await work.links.get(invoice.id)
    legacy = await add_connection(
        played.office.resources,
        account_id=played.office.account_id,
        company_file="CF-1",
        name="Old connector",
    )
    await change_row("connection", legacy.connection.id, kind="LEGACY")
    async with played.office.open_work() as work:
        await work.links.save(invoice.id, replace(link, connection_id=legacy.connection.id))
    payment = await paid(played.office, invoice)

    document = await played.fetch()
    await played.tell(played.run(document))

    [request] = requests_in(document)
    assert request.findtext(".//IsAutoApply") == "false"
    assert request.find(".//AppliedToTxnAdd") is None
    found = await seen(played.office, payment)
    assert (found.state, found.applied) == (PaymentState.EXPORTED, Decimal("0.00"))
    assert (await played.side.held(invoice)).balance_remaining == Decimal("62.44")


async def test_of_an_invoice_in_another_company_file_it_is_sent_unapplied(played):
    invoice = await played.exported()
    second = await add_connection(
        played.office.resources,
        account_id=played.office.account_id,
        company_file="CF-2",
        name="Branch",
    )
    payment = await recorded(played.office, invoice)
    await wanted(played.office, payment, connection=second.connection.id)
    other = PlayedConnector(played.office, connection=second)

    document = await other.fetch()
    await other.tell(other.run(document))

    assert requests_in(document)[0].findtext(".//IsAutoApply") == "false"
    found = await seen(played.office, payment)
    assert (found.state, found.applied) == (PaymentState.EXPORTED, Decimal("0.00"))
    assert len(held(other.company)) == 1
    assert held(played.company) == []


async def test_what_waits_can_be_bypassed_and_nothing_is_sent(played):
    payment = await paid(played.office, await played.exported())

    await bypassed(played.office, payment)

    assert await played.sign_in() == "none"
    assert held(played.company) == []


async def test_two_payments_of_one_invoice_travel_together(played):
    invoice = await played.exported()
    payments = [
        await paid(played.office, invoice, "30.00"),
        await paid(played.office, invoice, "32.44"),
    ]

    document = await played.fetch()
    await played.tell(played.run(document))

    assert names_in(document) == [ADD, ADD]
    assert [await state_of(played, each) for each in payments] == [PaymentState.EXPORTED] * 2
    assert (await played.side.held(invoice)).balance_remaining == 0
