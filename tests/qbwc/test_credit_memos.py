"""Credit memos travel as safely as invoices: once, proven, asked about whenever an answer is lost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.edits import NewTask
from domain.invoice import ExportStatus
from domain.quickbooks import SaleKind
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.exporting import Export, export_invoices
from simulator.bookkeeper import Bookkeeper
from simulator.habits import Recovered
from tests.qbwc.losing import WAYS_TO_LOSE
from tests.sync_worker.connector import (
    ids_of,
    is_status_check,
    names_in,
    new_price,
    new_summary,
    refusal,
    requests_in,
    resync_now,
    save,
)


async def a_credit(played, number="CR-1"):
    """-38.44: a tune-up taken back, an hour's travel charged; both signs in one credit memo."""
    tasks = (
        a_task(played, "Seasonal tune-up", "-2", "35.50"),
        a_task(played, "Diagnostic visit", "1", "35.50"),
    )
    return await played.office.new_invoice(number, tasks=tasks)


def a_task(played, name, quantity, unit_price):
    return NewTask(
        item_id=played.office.id_of(name),
        description=name,
        taxable=True,
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price),
    )


async def on_its_way(played, number="CR-1"):
    credit = await a_credit(played, number)
    await played.office.export(credit)
    return credit


async def exported(played, number="CR-1"):
    """A credit memo that QuickBooks holds, written longer ago than one EditSequence."""
    credit = await played.side.export(await a_credit(played, number))
    played.ahead += timedelta(seconds=2)
    return credit


def memos(played):
    return list(played.company.credit_memos.values())


async def assert_exported_once(played, credit):
    found = await played.standing(credit)
    (memo,) = memos(played)
    assert played.company.invoices == {}
    assert found.invoice.export_status is ExportStatus.EXPORTED
    assert found.job.state is JobState.APPLIED
    assert found.issue is None
    assert (found.link.copy.kind, found.link.copy.txn_id) == (SaleKind.CREDIT_MEMO, memo.txn_id)
    assert (memo.total, found.invoice.totals.total) == (Decimal("38.44"), Decimal("-38.44"))
    assert set(found.link.tasks_by_line.values()) == {t.id for t in credit.content.tasks}
    assert played.side.writes().count("CreditMemoAddRq") == 1


async def test_the_signs_turn_line_by_line(played):
    credit = await on_its_way(played)

    (request,) = requests_in(document := await played.fetch())
    await played.tell(played.run(document))

    assert request.tag == "CreditMemoAddRq"
    assert request.findtext(".//ExternalGUID") == f"{{{credit.id}}}"
    assert [
        [line.findtext(name) for name in ("Quantity", "Rate")]
        for line in request.iter("CreditMemoLineAdd")
    ] == [["2", "35.5"], ["-1", "35.5"]]
    (memo,) = memos(played)
    assert [line.amount for line in memo.lines] == [Decimal("71.00"), Decimal("-35.50")]
    await assert_exported_once(played, credit)


# A lost answer


@pytest.mark.parametrize("lose", WAYS_TO_LOSE)
@pytest.mark.parametrize("has_run", [True, False])
async def test_a_lost_add_is_asked_about_and_there_once_in_the_end(played, lose, has_run):
    credit = await on_its_way(played)
    sent = await played.lose(has_run=has_run)
    await lose(played, sent)

    check = await played.fetch()

    assert is_status_check(check)
    assert ids_of(check)[1] == ids_of(sent)[1]
    assert (await played.standing(credit)).job.state is JobState.UNKNOWN
    await played.tell(played.run(check))
    await played.close()
    await played.settle()
    await assert_exported_once(played, credit)


@pytest.mark.parametrize("has_run", [True, False])
async def test_where_quickbooks_forgot_its_answer_the_customers_credit_memos_are_searched(
    played, has_run
):
    credit = await on_its_way(played)
    await played.lose(has_run=has_run)
    played.company.message_sets.clear()
    await played.tell(played.run(await played.fetch()))  # the status check: nothing stored
    await played.close()

    (query,) = requests_in(document := await played.fetch())

    assert query.tag == "CreditMemoQueryRq"
    assert query.findtext("EntityFilter/FullName") == "Harriet Doyle"
    assert query.findtext("ModifiedDateRangeFilter/FromModifiedDate")
    await played.tell(played.run(document))
    await played.close()
    await played.settle()
    await assert_exported_once(played, credit)


async def test_a_stored_answer_with_the_txn_id_alone_is_read_in_full(played):
    """Recovery may tell no more than ErrorRecovery holds; SYNCED is a proof, so the copy is asked."""
    played.company.habits.recovered = Recovered.ERROR_RECOVERY_ONLY
    credit = await on_its_way(played)
    await played.lose()
    await played.tell(played.run(await played.fetch()))
    await played.close()

    (query,) = requests_in(document := await played.fetch())

    (memo,) = memos(played)
    assert (query.tag, query.findtext("TxnID")) == ("CreditMemoQueryRq", memo.txn_id)
    await played.tell(played.run(document))
    await played.settle()
    await assert_exported_once(played, credit)


async def test_a_stranger_of_the_same_number_is_not_taken_for_ours(played):
    """Numbers are not unique: without a TxnID only our GUID tells."""
    stranger = (await exported(played)).id
    (memo,) = memos(played)
    Bookkeeper(played.company).edit_invoice(memo.txn_id, number="CR-2")
    credit = await on_its_way(played, "CR-2")
    await played.lose(has_run=False)
    played.company.message_sets.clear()

    await played.settle()

    found = await played.standing(credit)
    assert len(memos(played)) == 2
    assert found.link.copy.txn_id != memo.txn_id
    assert found.link.copy.external_guid == f"{{{credit.id}}}"
    assert stranger != credit.id


async def test_exported_again_after_an_unknown_outcome_it_is_searched_for_first(played):
    """The first job ended without an answer; a second Add would double the credit."""
    credit = await on_its_way(played)
    await played.lose()
    await forget_the_way(played, credit)
    await export_again(played, credit)

    document = await played.fetch()

    assert names_in(document) == ["CreditMemoQueryRq"]
    await played.tell(played.run(document))
    await played.close()
    found = await played.standing(credit)
    assert found.issue.code == "READ_BACK_DIFFERS"  # its memo names the first batch
    await export_again(played, credit)
    await played.settle()
    (memo,) = memos(played)
    assert memo.memo == "1044 Again - Fall tune-up"
    assert (await played.standing(credit)).invoice.export_status is ExportStatus.EXPORTED


async def test_an_answer_of_another_name_proves_nothing(played):
    """An InvoiceAddRs under the request's id is no answer to a CreditMemoAdd."""
    credit = await on_its_way(played)
    answer = played.run(await played.fetch())

    await played.tell(answer.replace("CreditMemoAddRs", "InvoiceAddRs"))

    assert (await played.standing(credit)).job.state is JobState.UNKNOWN
    await played.close()
    await played.settle()
    await assert_exported_once(played, credit)


# What QuickBooks says instead


async def test_a_missing_thing_is_one_problem_for_invoices_and_credit_memos(played):
    """The credit memo meets it first and is the root; the invoice waits, then both go."""
    bookkeeper = Bookkeeper(played.company)
    bookkeeper.rename("CustomerRef", "Harriet Doyle", "Somebody else")
    credit = await on_its_way(played)
    await played.update()
    invoice = await played.office.new_invoice("2")
    await played.office.export(invoice)
    await played.settle()
    root, waiting = await played.standing(credit), await played.standing(invoice)
    assert (root.job.state, waiting.job.state) == (JobState.FAILED, JobState.BLOCKED)
    assert waiting.issue.root_id == root.issue.id

    bookkeeper.rename("CustomerRef", "Somebody else", "Harriet Doyle")
    await export_again(played, credit)
    await played.settle()

    for one in (credit, invoice):
        assert (await played.standing(one)).invoice.export_status is ExportStatus.EXPORTED
    assert played.side.writes().count("InvoiceAddRq") == 1


async def test_a_locked_one_is_tried_again_by_itself(played):
    credit = await on_its_way(played)

    await played.refuse(3175, "The record is currently in use by another user.")

    assert (await played.standing(credit)).job.state is JobState.RETRY_WAIT
    played.ahead += timedelta(seconds=10)
    await played.settle()
    await assert_exported_once(played, credit)


async def test_what_quickbooks_saved_differently_is_no_success(played):
    credit = await on_its_way(played)
    answer = played.run(await played.fetch())

    await played.tell(answer.replace("<Amount>71.00</Amount>", "<Amount>70.00</Amount>"))

    found = await played.standing(credit)
    assert found.invoice.export_status is ExportStatus.POSTED
    assert found.issue.code == "READ_BACK_DIFFERS"
    assert "QuickBooks saved the credit memo" in found.issue.reason


# Edits of a credit memo


async def test_an_edit_names_every_line_in_order_and_keeps_a_bookkeepers(played):
    credit = await exported(played)
    (memo,) = memos(played)
    Bookkeeper(played.company).insert_text_line(
        memo.txn_id, "Returned by truck", after=memo.lines[0].txn_line_id
    )
    saved = await save(played.office, credit, new_price(credit, "30.00"))

    await played.settle()

    mods = played.company.journal.requests_named("CreditMemoModRq")
    lines = list(mods[-1].iter("CreditMemoLineMod"))
    (memo,) = memos(played)
    assert [line.findtext("TxnLineID") for line in lines] == [
        line.txn_line_id for line in memo.lines
    ]
    assert [len(line) for line in lines] == [3, 1, 1]
    assert (lines[0].findtext("Quantity"), lines[0].findtext("Rate")) == ("2", "30")
    assert [line.description for line in memo.lines][1] == "Returned by truck"
    found = await played.standing(saved)
    assert found.invoice.sync_status is SyncStatus.SYNCED
    assert (memo.subtotal, memo.total) == (Decimal("24.50"), Decimal("26.52"))


async def test_an_edit_whose_answer_was_lost_is_there_once(played):
    credit = await exported(played)
    saved = await save(played.office, credit)
    await played.lose()
    played.company.message_sets.clear()

    await played.settle()

    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED
    assert played.side.writes().count("CreditMemoModRq") == 1


async def test_what_only_quickbooks_changed_is_taken_over_with_our_signs(played):
    """Quantity 3 on the credit memo is -3 here, and its memo is our summary."""
    credit = await exported(played)
    (memo,) = memos(played)
    bookkeeper = Bookkeeper(played.company)
    bookkeeper.change_line(memo.txn_id, memo.lines[0].txn_line_id, quantity=Decimal(3))
    saved = await save(played.office, credit, new_summary("Wrong house"))

    await played.settle()

    found = await played.standing(saved)
    assert found.invoice.sync_status is SyncStatus.SYNCED
    assert found.invoice.content.tasks[0].quantity == Decimal(-3)
    (memo,) = memos(played)
    assert memo.memo.endswith("Wrong house")
    assert found.invoice.totals.total == -memo.total


async def test_both_sides_changing_one_field_asks_a_person(played):
    credit = await exported(played)
    (memo,) = memos(played)
    line_id = memo.lines[0].txn_line_id
    Bookkeeper(played.company).change_line(memo.txn_id, line_id, rate=Decimal("31.00"))
    saved = await save(played.office, credit, new_price(credit, "30.00"))

    await played.settle()

    found = await played.standing(saved)
    assert found.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    (conflict,) = found.issue.conflicts
    assert (conflict.base, conflict.ours, conflict.quickbooks) == ("35.5", "30", "31")
    assert memos(played)[0].lines[0].rate == Decimal("31.00")


async def test_a_void_or_deleted_credit_memo_is_left_alone(played):
    voided, deleted = await exported(played, "CR-1"), await exported(played, "CR-2")
    one, two = memos(played)
    bookkeeper = Bookkeeper(played.company)
    bookkeeper.void_invoice(one.txn_id)
    bookkeeper.delete_invoice(two.txn_id)
    for credit in (voided, deleted):
        await save(played.office, credit)

    await played.settle()

    reasons = [(await played.standing(one)).issue for one in (voided, deleted)]
    assert [issue.code for issue in reasons] == ["INVOICE_VOIDED", "INVOICE_DELETED"]
    assert "This credit memo was voided" in reasons[0].reason
    assert "no longer has this credit memo" in reasons[1].reason
    assert played.side.writes() == ["CreditMemoAddRq"] * 2 + ["CreditMemoModRq"] * 2
    assert memos(played)[0].total == 0


async def test_used_credit_shows_in_the_balance(played):
    """TotalAmount less CreditRemaining is what is used."""
    credit = await on_its_way(played)
    answer = played.run(await played.fetch())

    await played.tell(answer.replace("<CreditRemaining>38.44<", "<CreditRemaining>18.44<"))

    invoice = (await played.standing(credit)).invoice
    assert (invoice.applied, invoice.balance) == (Decimal("-20.00"), Decimal("-18.44"))


async def test_a_resync_after_a_refusal_sends_the_same_credit_memo(played):
    credit = await exported(played)
    saved = await save(played.office, credit)
    await played.refuse(3020, "QuickBooks says no.")
    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.ACTION_REQUIRED

    again = await resync_now(played.office, (await played.standing(saved)).invoice)
    await played.settle()

    assert (await played.standing(again)).invoice.sync_status is SyncStatus.SYNCED
    assert len(memos(played)) == 1


async def test_a_refusal_of_the_whole_set_refuses_nothing_twice(played):
    credit = await on_its_way(played)
    document = await played.fetch()

    await played.tell(refusal(document, 3231, "The request has not been processed."))
    await played.close()
    await played.settle()

    await assert_exported_once(played, credit)


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_lost_credit_memo_is_searched_as_such_though_the_invoice_has_turned_since(
    played, has_run
):
    """Its first export failed without an answer, then it was edited: as what it left it is sought."""
    credit = await on_its_way(played)
    await played.lose(has_run=has_run)
    await forget_the_way(played, credit)
    await played.rows(
        "update task set quantity = -quantity where account_id = :account",
        account=played.office.account_id,
    )
    await played.rows(
        "update invoice set subtotal = -subtotal, sales_tax = -sales_tax"
        " where account_id = :account",
        account=played.office.account_id,
    )
    await export_again(played, credit)

    document = await played.fetch()
    assert names_in(document) == ["CreditMemoQueryRq"]
    await played.tell(played.run(document))
    await played.close()
    await played.settle()

    found = await played.standing(credit)
    if has_run:  # QuickBooks cannot turn it: a person decides, and nothing is there twice
        assert (len(memos(played)), found.issue.code) == (1, "READ_BACK_DIFFERS")
        assert found.link.copy.kind is SaleKind.CREDIT_MEMO
        assert played.company.invoices == {}
    else:
        assert (len(memos(played)), len(played.company.invoices)) == (0, 1)
        assert found.link.copy.kind is SaleKind.INVOICE


async def forget_the_way(played, credit):
    """The job ended without an answer, long ago."""
    await played.rows(
        "update sync_job set state = 'FAILED' where invoice_id = :invoice", invoice=credit.id
    )
    for table, state in (("qbxml_request", "ANSWERED"), ("exchange", "BOOKED")):
        await played.rows(
            f"update {table} set state = '{state}' where account_id = :account",  # noqa: S608 - names of our own
            account=played.office.account_id,
        )


async def export_again(played, credit):
    wish = Export(invoice_ids=(credit.id,), batch_name="Again", idempotency_key=str(new_id()))
    await export_invoices(await played.office.as_person(), wish)
