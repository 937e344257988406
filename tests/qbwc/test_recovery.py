"""A lost answer: QuickBooks is asked what it stored of the set, before anything else is sent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from lxml import etree

from domain.exchange import ExchangeKind
from domain.invoice import ExportStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from tests.qbwc.losing import CRASH, WAYS_TO_LOSE, connector_dies, quickbooks_breaks_off
from tests.sync_worker.connector import (
    LOCKED,
    bypass,
    ids_of,
    is_status_check,
    names_in,
    new_price,
    refusal,
    requests_in,
    save,
)


async def state_of(played, invoice):
    return (await played.standing(invoice)).job.state


async def status_of(played, invoice):
    return (await played.standing(invoice)).invoice.sync_status


def rate_in_quickbooks(played):
    [invoice] = played.company.invoices.values()
    return invoice.lines[0].rate


# The status check goes first


@pytest.mark.parametrize("lose", WAYS_TO_LOSE)
@pytest.mark.parametrize("has_run", [True, False])
async def test_the_next_session_first_asks_quickbooks_what_it_stored(played, lose, has_run):
    """Whether the write arrived or not, it is in QuickBooks once in the end."""
    invoice = await played.edited()
    sent = await played.lose(has_run=has_run)
    await lose(played, sent)

    check = await played.fetch()

    assert is_status_check(check)
    assert ids_of(check)[1] == ids_of(sent)[1]
    assert await state_of(played, invoice) is JobState.UNKNOWN
    assert await status_of(played, invoice) is SyncStatus.SYNCING
    await played.tell(played.run(check))
    await played.close()
    await played.settle()
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert rate_in_quickbooks(played) == Decimal(42)
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_asked_again_without_an_answer_the_same_session_asks_quickbooks(played):
    invoice = await played.edited()
    sent = await played.lose()

    check = await played.send()

    assert is_status_check(check)
    assert ids_of(check)[1] == ids_of(sent)[1]
    assert await played.tell(played.run(check)) == 100
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_an_answer_that_crosses_with_the_check_is_the_answer(played):
    """The Web Connector was only slow: the set's own answer comes, then that to the check."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())
    check = await played.send()

    assert await played.tell(answer) == 100
    before = await played.standing(invoice)
    assert await played.tell(played.run(check)) == 100

    assert before.invoice.sync_status is SyncStatus.SYNCED
    assert await played.standing(invoice) == before


async def test_nothing_else_is_sent_before_the_check_is_answered(played):
    first = await played.edited(number="1")
    await played.lose()
    second = await played.office.new_invoice("2")
    await played.office.export(second)

    check = await played.fetch()
    progress = await played.tell(played.run(check))
    [request] = requests_in(await played.send())

    assert is_status_check(check)
    assert 0 < progress < 100
    assert request.findtext(".//RefNumber") == "2"
    assert await status_of(played, first) is SyncStatus.SYNCED


async def test_a_lost_question_is_simply_asked_again(played):
    """It changes nothing in QuickBooks, so nothing has to be found out about it."""
    invoice = await played.edited()
    await played.rows(
        "update sync_job set must_read = true where invoice_id = :id and state = 'QUEUED'",
        id=invoice.id,
    )
    question = await played.lose()

    assert await played.sign_in() == "none"  # until a worker has put it into the queue again

    assert names_in(question) == ["InvoiceQueryRq"]
    assert await state_of(played, invoice) is JobState.QUEUED
    assert names_in(await played.fetch()) == ["InvoiceQueryRq"]
    assert [exchange.state for exchange in await played.exchanges()][-2:] == ["UNTOLD", "OWED"]


@pytest.mark.parametrize("lose", [connector_dies, quickbooks_breaks_off])
async def test_a_lost_goodbye_troubles_nobody(played, lose):
    """The HostQuery that ends an idle session changes nothing either."""
    invoice = await played.edited()
    await played.update()
    await played.office.export(await played.office.new_invoice("2"))
    await played.plan()
    await played.sign_in()
    await played.tell(played.run(await played.send()))
    goodbye = await played.send()
    assert names_in(goodbye) == ["HostQueryRq"]
    await lose(played, goodbye)

    assert await played.sign_in() == "none"
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_a_late_answer_on_a_dead_ticket_has_no_effect(played):
    """The newer session asks QuickBooks itself; what the older one brings is not believed."""
    invoice = await played.edited()
    sent = await played.lose()
    late = played.ticket
    check = await played.fetch()
    before, told = await played.standing(invoice), await played.events(invoice)

    assert await played.tell(refusal(sent, 3140), ticket=late) == -1
    assert await played.close(ticket=late) == "OK"

    assert await played.standing(invoice) == before
    assert await played.events(invoice) == told
    assert await played.tell(played.run(check)) == 100
    assert await status_of(played, invoice) is SyncStatus.SYNCED


# What QuickBooks had stored is booked as if it had just come


async def test_a_stored_success_is_synced_without_any_further_question(played):
    invoice = await played.edited()
    await played.lose()

    documents = await played.settle()

    assert [is_status_check(document) for document in documents] == [True]
    after = await played.standing(invoice)
    assert (after.invoice.sync_status, after.job.state) == (SyncStatus.SYNCED, JobState.APPLIED)
    assert after.link.verified_at is not None
    assert [event.status for event in await played.events(invoice)][-1] is SyncStatus.SYNCED


async def test_a_stored_export_is_exported_once(played):
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    await played.lose()

    await played.settle()

    assert (await played.standing(invoice)).invoice.export_status is ExportStatus.EXPORTED
    assert played.side.writes() == ["InvoiceAddRq"]
    assert len(played.company.invoices) == 1


async def test_a_stored_refusal_needs_a_person_as_any_other(played):
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    Bookkeeper(played.company).rename("CustomerRef", "Harriet Doyle", "Doyle, Harriet")
    await played.lose()

    await played.settle()

    after = await played.standing(invoice)
    assert after.job.state is JobState.FAILED
    assert after.issue.code == "CUSTOMER_MISSING"
    assert played.company.invoices == {}


async def test_a_stored_3200_ends_in_the_comparison_with_quickbooks_copy(played):
    """The bookkeeper changed the very price: a conflict with all three values."""
    invoice = await played.exported()
    copy = (await played.standing(invoice)).link.copy
    line_id = copy.lines[0].txn_line_id
    Bookkeeper(played.company).change_line(copy.txn_id, line_id, rate=Decimal(50))
    await save(played.office, invoice)
    await played.lose()

    await played.settle()

    after = await played.standing(invoice)
    assert after.job.state is JobState.CONFLICT
    [conflict] = [c for c in after.issue.conflicts if c.path[-1] == "unit_price"]
    assert [Decimal(v) for v in (conflict.base, conflict.ours, conflict.quickbooks)] == [
        Decimal("35.50"),
        Decimal(42),
        Decimal(50),
    ]
    assert rate_in_quickbooks(played) == Decimal(50)


async def three_lost_edits(played):
    invoices = [await played.exported(number) for number in ("1", "2", "3")]
    invoices = [await save(played.office, invoice) for invoice in invoices]
    return invoices, await played.lose()


async def test_each_invoice_of_a_lost_set_gets_its_own_answer(played):
    """The first was saved, the second refused; of the third QuickBooks tells nothing."""
    (saved, refused, untold), sent = await three_lost_edits(played)
    check = await played.fetch()
    answer = etree.fromstring(played.run(check).encode())
    _, second, third = answer[0]
    second.set("statusCode", "3210")
    second.set("statusSeverity", "Error")
    third.getparent().remove(third)

    assert await played.tell(etree.tostring(answer, encoding="unicode")) == 100

    assert len(requests_in(sent)) == 3
    assert await status_of(played, saved) is SyncStatus.SYNCED
    assert await status_of(played, refused) is SyncStatus.ACTION_REQUIRED
    assert await state_of(played, untold) is JobState.UNKNOWN
    await played.close()
    played.ahead += timedelta(seconds=2)
    [question] = await played.settle()
    assert names_in(question) == ["InvoiceQueryRq"]
    assert await status_of(played, untold) is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 3


async def test_all_that_quickbooks_tells_of_a_lost_add_is_its_txn_id(played):
    """The invoice is then asked for by that id, and never added again."""
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    await played.lose()
    check = await played.fetch()
    answer = etree.fromstring(played.run(check).encode())
    response = answer[0][0]
    txn_id = response.findtext(".//TxnID")
    response[:] = []
    recovery = etree.SubElement(response, "ErrorRecovery")
    etree.SubElement(recovery, "TxnID").text = txn_id

    await played.tell(etree.tostring(answer, encoding="unicode"))

    assert await state_of(played, invoice) is JobState.UNKNOWN
    await played.close()
    [question] = await played.settle()
    assert requests_in(question)[0].findtext("TxnID") == txn_id
    assert (await played.standing(invoice)).invoice.export_status is ExportStatus.EXPORTED
    assert played.side.writes() == ["InvoiceAddRq"]


# QuickBooks cannot tell: invoice by invoice


def told_only(check, code):
    """An answer to a status check with this messageSetStatusCode and nothing else."""
    root = etree.Element("QBXML")
    etree.SubElement(
        root, "QBXMLMsgsRs", newMessageSetID=ids_of(check)[1], messageSetStatusCode=str(code)
    )
    return etree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("code", [600, 9001, 9002, 9004, 9005])
@pytest.mark.parametrize("has_run", [True, False])
async def test_what_quickbooks_cannot_tell_is_looked_up_invoice_by_invoice(played, code, has_run):
    """Its word is not taken for a proof that nothing ran: how well it keeps answers is unknown."""
    invoice = await played.edited()
    await played.lose(has_run=has_run)
    check = await played.fetch()

    assert await played.tell(told_only(check, code)) == 100

    assert await state_of(played, invoice) is JobState.UNKNOWN
    lost = (await played.exchanges())[-2]
    assert (lost.kind, lost.state) == (ExchangeKind.REQUESTS, "UNTOLD")
    await played.close()
    documents = await played.settle()
    assert names_in(documents[0]) == ["InvoiceQueryRq"]
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_forgotten_export_is_looked_up_before_it_is_added_again(played, has_run):
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    await played.lose(has_run=has_run)
    played.company.message_sets.clear()

    await played.settle()

    assert (await played.standing(invoice)).invoice.export_status is ExportStatus.EXPORTED
    assert len(played.company.invoices) == 1
    assert played.side.writes() == ["InvoiceAddRq"]


async def check_is_never_answered(played):
    assert is_status_check(await played.fetch())


async def check_breaks_off(played):
    assert is_status_check(await played.fetch())
    assert await played.tell(**CRASH) == -1
    await played.close()


async def check_is_answered_unreadably(played):
    assert is_status_check(await played.fetch())
    assert await played.tell("<QBXML><Half") == -1
    await played.close()


@pytest.mark.parametrize(
    "fail", [check_is_never_answered, check_breaks_off, check_is_answered_unreadably]
)
async def test_a_check_without_an_answer_is_tried_three_times(played, fail):
    invoice = await played.edited()
    await played.lose()
    for _ in range(3):
        await fail(played)
    await played.sign_in()  # the third one is lost with the next sign-in

    documents = await played.settle()

    assert not any(is_status_check(document) for document in documents)
    assert names_in(documents[0]) == ["InvoiceQueryRq"]
    assert await status_of(played, invoice) is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_a_check_that_failed_twice_may_still_bring_the_answer(played):
    invoice = await played.edited()
    await played.lose()
    for _ in range(2):
        await check_breaks_off(played)

    documents = await played.settle()

    assert [is_status_check(document) for document in documents] == [True]
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_a_quickbooks_that_does_not_know_status_checks_is_asked_no_more(played):
    """It cannot parse the empty set; then the invoices themselves tell."""
    invoice = await played.edited()
    await played.lose()
    check = await played.fetch()

    progress = await played.tell(hresult="0x80040400", message="QuickBooks found an error.")

    assert is_status_check(check)
    assert progress == 100
    await played.close()
    documents = await played.settle()
    assert names_in(documents[0]) == ["InvoiceQueryRq"]
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_an_unknown_outcome_holds_back_its_own_invoice_alone(played):
    """A newer save of it waits; another invoice goes on in the very same session."""
    other = await played.exported("2")
    unknown = await played.edited(number="1")
    await played.lose()
    await played.tell(told_only(await played.fetch(), 600))
    newer = await save(played.office, unknown, new_price(unknown, "43.00"))
    await save(played.office, other)
    await played.plan()

    document = await played.send()

    assert sorted(names_in(document)) == ["InvoiceModRq", "InvoiceQueryRq"]
    written = next(r for r in requests_in(document) if r.tag == "InvoiceModRq")
    assert written.findtext(".//TxnID") == (await played.standing(other)).link.copy.txn_id
    await played.tell(played.run(document))
    await played.close()
    await played.settle()
    after = await played.standing(unknown)
    assert (after.invoice.sync_status, after.invoice.synced_version) == (
        SyncStatus.SYNCED,
        newer.version,
    )
    assert after.link.copy.lines[0].rate == Decimal(43)


async def test_a_lookup_that_quickbooks_is_too_busy_for_is_tried_later(played):
    invoice = await played.edited()
    await played.lose()
    await played.tell(told_only(await played.fetch(), 600))
    await played.close()

    await played.refuse(3175, LOCKED)

    waiting = (await played.standing(invoice)).job
    assert waiting.state is JobState.UNKNOWN
    assert waiting.id not in await played.plan()
    played.ahead += waiting.next_attempt_at - waiting.updated_at
    await played.settle()
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_a_lost_edit_of_an_invoice_that_was_deleted_needs_a_person(played):
    invoice = await played.edited()
    await played.lose(has_run=False)
    Bookkeeper(played.company).delete_invoice((await played.standing(invoice)).link.copy.txn_id)

    await played.settle()

    assert (await played.standing(invoice)).issue.code == "INVOICE_DELETED"
    assert played.company.invoices == {}


# One after the other, and what was saved meanwhile


async def test_sets_lost_one_after_the_other_are_each_asked_after(played):
    invoices = [await played.exported(number) for number in ("1", "2", "3")]
    sent = []
    for invoice in invoices:
        await save(played.office, invoice)
        document = await played.fetch()
        if sent:  # the check after the set before is answered, and our set is lost in its turn
            assert ids_of(document)[1] == ids_of(sent[-1])[1]
            await played.tell(played.run(document))
            document = await played.send()
        played.run(document)
        sent.append(document)

    await played.settle()

    assert len({ids_of(document)[1] for document in sent}) == 3
    assert [await status_of(played, i) for i in invoices] == [SyncStatus.SYNCED] * 3
    assert played.side.writes().count("InvoiceModRq") == 3


@pytest.mark.parametrize("has_run", [True, False])
@pytest.mark.parametrize("keeps", [True, False])
async def test_a_newer_save_follows_once_the_older_is_known(played, has_run, keeps):
    """However it ends, QuickBooks holds the newest version, and nothing was written twice."""
    invoice = await played.edited()
    await played.lose(has_run=has_run)
    newer = await save(played.office, invoice, new_price(invoice, "43.00"))
    if not keeps:
        played.company.message_sets.clear()

    await played.settle()

    after = await played.standing(invoice)
    assert (after.invoice.sync_status, after.invoice.synced_version) == (
        SyncStatus.SYNCED,
        newer.version,
    )
    assert rate_in_quickbooks(played) == Decimal(43)
    assert played.side.writes().count("InvoiceModRq") == (2 if has_run else 1)


@pytest.mark.parametrize("has_run", [True, False])
@pytest.mark.parametrize("keeps", [True, False])
async def test_a_bypassed_edit_is_never_sent_again(played, has_run, keeps):
    invoice = await played.edited()
    await played.lose(has_run=has_run)
    await bypass(played.office, invoice)
    if not keeps:
        played.company.message_sets.clear()

    await played.settle()

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.BYPASSED
    assert after.job.state is (JobState.APPLIED if has_run else JobState.CANCELLED)
    assert played.side.writes().count("InvoiceModRq") == has_run
    assert rate_in_quickbooks(played) == (Decimal(42) if has_run else Decimal("35.50"))


# What QuickBooks may forget


async def test_quickbooks_may_forget_an_answer_only_after_it_was_booked(played):
    """Each set names the one before, whose answer was booked, as the one to be cleared."""
    for number in ("1", "2", "3"):
        await played.office.export(await played.office.new_invoice(number))
        await played.update()

    sets = [ids_of(exchange.body) for exchange in await played.exchanges()]

    assert sets[0][0] is None
    assert [old for old, _ in sets[1:]] == [new for _, new in sets[:-1]]


async def test_quickbooks_keeps_a_lost_answer_until_the_check_has_brought_it(played):
    first = await played.edited(number="1")
    sent = await played.lose()
    second = await played.office.new_invoice("2")
    await played.office.export(second)

    check = await played.fetch()
    await played.tell(played.run(check))
    following = await played.send()

    assert ids_of(check) == (ids_of(sent)[1], ids_of(sent)[1])
    assert ids_of(following)[0] == ids_of(sent)[1]
    assert await status_of(played, first) is SyncStatus.SYNCED
    await played.tell(played.run(following))
    assert [kept for _, kept in played.company.message_sets] == [ids_of(following)[1]]


async def test_a_set_whose_answer_was_not_booked_clears_nothing(played):
    """It never arrived, perhaps; so QuickBooks is told again to forget the one before."""
    invoice = await played.exported()
    kept = (await played.exchanges())[-1].message_set_id
    await save(played.office, invoice)
    sent = await played.lose(has_run=False)

    documents = await played.settle()

    written = next(document for document in documents if "InvoiceModRq" in names_in(document))
    assert ids_of(sent)[0] == kept
    assert [ids_of(d)[0] for d in documents if names_in(d) == ["InvoiceQueryRq"]] == [kept]
    assert ids_of(written)[0] not in (None, ids_of(sent)[1])
    assert await status_of(played, invoice) is SyncStatus.SYNCED


async def test_a_set_that_was_found_again_has_cleared_the_one_before(played):
    """It ran, so nothing is left to be forgotten twice."""
    invoice = await played.exported()
    await save(played.office, invoice)
    await played.lose()

    await played.settle()

    sets = [exchange for exchange in await played.exchanges() if exchange.kind == "REQUESTS"]
    assert [exchange.is_cleared for exchange in sets] == [True, False]
    assert [kept for _, kept in played.company.message_sets] == [sets[-1].message_set_id]
