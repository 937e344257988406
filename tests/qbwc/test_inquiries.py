"""Questions outside of any sync job: they ride along, and nothing else notices them."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.connections import ConnectionPatch
from domain.exchange import ExchangeState
from domain.inquiry import MOST_ATTEMPTS, MOST_KEPT, PAGE_SIZE, InquiryState
from domain.quickbooks import Ref
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.sync import JobState
from domain.sync_status import SyncStatus
from qbwc.sessions import Lingering
from resolvers.connections import UpdateConnection, update_connection
from resolvers.inquiries import LIFETIME, ask, read_inquiries, wait_for
from simulator.bookkeeper import Bookkeeper
from simulator.faults import (
    CutSession,
    DropConnection,
    Kill,
    LoseAnswer,
    RaiseComError,
    RefuseToOpen,
)
from tests.qbwc.losing import CRASH
from tests.sync_worker.connector import (
    LOCKED,
    PARSE_ERROR,
    is_status_check,
    names_in,
    refusal,
    requests_in,
    save,
)

A_MOMENT = timedelta(seconds=10)
#: Much sooner than a bell ends its wait by itself.
A_QUICK_RING_SECONDS = 1


def by_number(*numbers):
    return TransactionQuery(kind=TransactionKind.INVOICE, numbers=numbers)


def of_november(**changes):
    days = {"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 30), "with_lines": False}
    return TransactionQuery(kind=TransactionKind.INVOICE, **days | changes)


async def put(played, question=None, **changes):
    """Somebody of the office asks; give the question."""
    context = await played.office.as_person()
    async with played.office.open_work() as work:
        line = played.side.connection.connection.id
        question = question or by_number("21259")
        return await ask(context, work, line, question, purpose="test", **changes)


async def seen(played, inquiry):
    [found] = await read_inquiries(await played.office.as_person(), [inquiry.id])
    return found


async def state_of(played, inquiry):
    return (await seen(played, inquiry)).state


async def test_an_idle_connector_finds_the_question_due_and_brings_its_answer(played):
    invoice = await played.exported()
    assert await played.sign_in() == "none"
    inquiry = await put(played)

    report = await played.side.update()  # over the real SOAP endpoint

    found = await seen(played, inquiry)
    assert report.requests_sent
    assert found.state is InquiryState.ANSWERED
    [copy] = found.findings.invoices
    assert (copy.number, copy.memo) == ("21259", "1042 2026-11-20 HVAC - Fall tune-up")
    assert (await played.standing(invoice)).link.copy.txn_id == copy.txn_id
    assert await played.sign_in() == "none"


async def test_it_touches_no_invoice_no_job_and_no_event(played):
    invoice = await played.exported()
    before = await played.standing(invoice), await played.events(invoice)
    await put(played)

    await played.settle()

    assert (await played.standing(invoice), await played.events(invoice)) == before


@pytest.mark.parametrize(
    "question",
    [
        TransactionQuery(kind=TransactionKind.INVOICE, txn_ids=("1-1",)),
        by_number("99999"),
        of_november(first_day=date(2020, 1, 1), last_day=date(2020, 1, 2)),
    ],
)
async def test_what_is_not_there_is_answered_with_nothing(played, question):
    await played.exported()
    inquiry = await put(played, question)

    await played.settle()

    found = await seen(played, inquiry)
    assert (found.state, found.findings.count) == (InquiryState.ANSWERED, 0)


async def test_by_txn_id_and_by_customer_since(played):
    invoice = await played.exported()
    txn_id = (await played.standing(invoice)).link.copy.txn_id
    by_id = await put(played, TransactionQuery(kind=TransactionKind.INVOICE, txn_ids=(txn_id,)))
    customer = Ref((await played.standing(invoice)).link.copy.customer.full_name)
    since = invoice.created_at - timedelta(days=365)
    by_customer = await put(
        played,
        TransactionQuery(kind=TransactionKind.INVOICE, entity=customer, modified_since=since),
    )

    await played.settle()

    for inquiry in (by_id, by_customer):
        [copy] = (await seen(played, inquiry)).findings.invoices
        assert copy.txn_id == txn_id


def enter_by_hand(played, count, **texts):
    """Invoices that the bookkeeper wrote, as old books are full of them."""
    bookkeeper = Bookkeeper(played.company)
    for n in range(count):
        bookkeeper.enter_invoice(
            "Harriet Doyle",
            "SVC-TUNE",
            Decimal(10),
            number=f"H{n}",
            date="2026-11-03",
            **texts,
        )


async def test_memos_of_a_range_of_days_are_searched_part_by_part(played):
    """Three parts of the answer in one session; only what names the batch is kept."""
    await played.exported()
    enter_by_hand(played, 2 * PAGE_SIZE, memo="Something else")
    inquiry = await put(played, of_november(), memo_part="1042 2026-11-20 HVAC")

    documents = await played.settle()

    found = await seen(played, inquiry)
    assert [copy.number for copy in found.findings.invoices] == ["21259"]
    questions = [r for d in documents for r in requests_in(d) if r.tag == "InvoiceQueryRq"]
    assert [q.get("iterator") for q in questions] == ["Start", "Continue", "Continue"]
    assert {q.findtext("IncludeLineItems") for q in questions} == {"false"}


async def test_a_session_that_ends_between_two_parts_begins_anew(played):
    enter_by_hand(played, PAGE_SIZE + 1)
    inquiry = await put(played, of_november())

    await played.update()  # of one message set

    assert await state_of(played, inquiry) is InquiryState.ASKED
    await played.settle()
    found = await seen(played, inquiry)
    assert (
        found.findings.count == len({it.number for it in found.findings.invoices}) == PAGE_SIZE + 1
    )


async def test_of_too_long_an_answer_a_part_is_kept_and_quickbooks_is_asked_no_further(played):
    enter_by_hand(played, MOST_KEPT + 2 * PAGE_SIZE)
    inquiry = await put(played, of_november())

    documents = await played.settle()

    found = await seen(played, inquiry)
    assert (found.findings.count, found.findings.is_cut) == (MOST_KEPT, True)
    assert [name for d in documents for name in names_in(d)].count("InvoiceQueryRq") == 6


async def test_a_question_travels_with_a_write_in_one_message_set(played):
    invoice = await played.edited()
    inquiry = await put(played)

    document = await played.fetch()

    assert sorted(names_in(document)) == ["InvoiceModRq", "InvoiceQueryRq"]
    assert await played.tell(played.run(document)) == 100
    assert await state_of(played, inquiry) is InquiryState.ANSWERED
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_lost_answer_is_simply_asked_again_and_never_asked_after(played, has_run):
    await played.exported()
    inquiry = await put(played)
    await played.lose(has_run=has_run)  # and the connector dies

    again = await played.fetch()

    assert names_in(again) == ["InvoiceQueryRq"]
    assert not is_status_check(again)
    await played.tell(played.run(again))
    assert await state_of(played, inquiry) is InquiryState.ANSWERED


@pytest.mark.parametrize(
    "fault",
    [
        LoseAnswer(after_write=False),
        LoseAnswer(after_write=True),
        RaiseComError("0x8004041C"),
        Kill("sendRequestXML", request_sent=True),
        DropConnection("receiveResponseXML", request_sent=True),
        DropConnection("receiveResponseXML", request_sent=False),
        CutSession("receiveResponseXML"),
        RefuseToOpen("0x80040408"),
    ],
)
async def test_whatever_breaks_on_the_way_the_answer_comes_in_the_end(played, fault):
    """Over SOAP, with the connector and QuickBooks failing at every step."""
    invoice = await played.edited()
    inquiry = await put(played)
    played.side.faults.add(fault)

    for _ in range(4):
        await played.side.plan_all(later=timedelta(minutes=1))
        await played.side.update()

    assert await state_of(played, inquiry) is InquiryState.ANSWERED
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_an_error_of_quickbooks_is_asked_again_and_not_for_ever(played):
    await played.exported()
    inquiry = await put(played)
    for _ in range(MOST_ATTEMPTS):
        assert await played.sign_in() != "none"
        assert await played.send()
        assert await played.tell(**CRASH) == -1
        await played.close()

    found = await seen(played, inquiry)

    assert found.state is InquiryState.FAILED
    assert "5 times" in found.trouble
    assert await played.sign_in() == "none"


async def test_a_lost_write_is_asked_after_first_although_a_question_was_beside_it(played):
    """Recovery goes as it always does: the check alone, then whatever waits."""
    invoice = await played.edited()
    inquiry = await put(played)
    await played.lose()

    check = await played.fetch()

    assert is_status_check(check)
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    assert await state_of(played, inquiry) is InquiryState.ASKED
    await played.tell(played.run(check))
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    await played.close()
    await played.settle()
    assert await state_of(played, inquiry) is InquiryState.ANSWERED
    assert played.side.writes() == ["InvoiceAddRq", "InvoiceModRq"]


async def test_a_message_set_of_questions_alone_leaves_nothing_open_when_it_is_lost(played):
    await played.exported()
    await put(played)
    await played.lose()
    await played.close()

    states = [row.state for row in await played.exchanges()]

    assert states[-1] == ExchangeState.UNTOLD


async def test_an_unreadable_set_spares_the_write_and_finds_the_question_guilty(played):
    """The two part: the write goes through alone, and the question fails alone."""
    invoice = await played.edited()
    inquiry = await put(played)
    progress, document = 0, await played.fetch()
    while progress != 100:
        is_readable = "InvoiceQueryRq" not in names_in(document)
        told = {"response": played.run(document)} if is_readable else PARSE_ERROR
        progress = await played.tell(**told)
        document = await played.send() if progress != 100 else b""

    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    found = await seen(played, inquiry)
    assert found.state is InquiryState.FAILED
    assert found.trouble


async def test_an_unreadable_write_spares_the_question(played):
    invoice = await played.edited()
    inquiry = await put(played)
    progress, document = 0, await played.fetch()
    while progress != 100:
        is_readable = "InvoiceModRq" not in names_in(document)
        told = {"response": played.run(document)} if is_readable else PARSE_ERROR
        progress = await played.tell(**told)
        document = await played.send() if progress != 100 else b""

    assert (await played.standing(invoice)).issue.code == "PARSE_ERROR"
    assert await state_of(played, inquiry) is InquiryState.ANSWERED


async def test_of_two_questions_in_an_unreadable_set_only_the_guilty_one_fails(played):
    await played.exported()
    good, bad = await put(played), await put(played, by_number("CHOKE"))
    progress, document, sets = 0, await played.fetch(), []
    while progress != 100:
        sets.append([r.findtext("RefNumberCaseSensitive") for r in requests_in(document)])
        is_readable = "CHOKE" not in sets[-1]
        told = {"response": played.run(document)} if is_readable else PARSE_ERROR
        progress = await played.tell(**told)
        document = await played.send() if progress != 100 else b""

    assert sets == [["21259", "CHOKE"], ["21259"], ["CHOKE"]]
    assert await state_of(played, good) is InquiryState.ANSWERED
    assert await state_of(played, bad) is InquiryState.FAILED


async def test_while_a_culprit_is_looked_for_a_new_question_waits(played):
    """In its set the question would be suspected, and the write never alone."""
    for number in ("1", "2"):
        await played.office.export(await played.office.new_invoice(number))
    await played.fetch()
    await played.tell(**PARSE_ERROR)
    inquiry = await put(played)

    documents = [await played.send()]
    await played.tell(played.run(documents[0]))
    documents.append(await played.send())
    await played.tell(played.run(documents[1]))
    documents.append(await played.send())

    assert [names_in(d) for d in documents] == [
        ["InvoiceAddRq"],
        ["InvoiceAddRq"],
        ["InvoiceQueryRq"],
    ]
    await played.tell(played.run(documents[2]))
    assert await state_of(played, inquiry) is InquiryState.ANSWERED


async def test_asking_rings_the_bell_that_those_who_wait_listen_to(played):
    rung = asyncio.Event()
    with played.office.resources.doorbell.listen(played.office.account_id) as bell:
        bell.clear()
        waiting = asyncio.create_task(bell.wait())
        await put(played)
        async with asyncio.timeout(A_QUICK_RING_SECONDS):
            await waiting
            rung.set()

    assert rung.is_set()


async def test_a_question_that_quickbooks_refuses_fails_with_its_words(played):
    inquiry = await put(played)
    document = await played.fetch()

    await played.tell(refusal(document, 3020, "There was an error when converting the date."))

    found = await seen(played, inquiry)
    assert found.state is InquiryState.FAILED
    assert found.trouble


async def test_a_locked_record_is_asked_again(played):
    await played.exported()
    inquiry = await put(played)
    document = await played.fetch()
    await played.tell(refusal(document, 3175, LOCKED))

    await played.settle()

    assert await state_of(played, inquiry) is InquiryState.ANSWERED


async def test_what_cannot_be_written_as_qbxml_fails_and_holds_nobody_up(played):
    customer = Ref("x" * 3000)
    inquiry = await put(played, TransactionQuery(kind=TransactionKind.INVOICE, entity=customer))
    invoice = await played.edited()

    await played.settle()

    assert await state_of(played, inquiry) in (InquiryState.FAILED, InquiryState.ANSWERED)
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_an_offline_connection_lets_it_wait_until_it_expires_for_all_to_see(played):
    inquiry = await put(played)

    found = await seen(played, inquiry)
    assert found.state_at(played.now()) is InquiryState.ASKED
    played.ahead = LIFETIME
    assert found.state_at(played.now()) is InquiryState.EXPIRED

    assert await played.sign_in() == "none"  # nobody asks QuickBooks what nobody waits for
    assert await state_of(played, inquiry) is InquiryState.EXPIRED


async def test_a_disabled_connection_lets_it_wait(played):
    inquiry = await put(played)
    line = played.side.connection.connection.id
    wish = UpdateConnection(line, ConnectionPatch(disabled=True))
    await update_connection(await played.office.as_person("Adam"), wish)

    assert await played.sign_in() == "none"
    assert await state_of(played, inquiry) is InquiryState.ASKED


async def test_a_lingering_session_is_woken_and_the_caller_waits_for_the_answer(played):
    """From the question to its answer nobody polls, and no transaction is open meanwhile."""
    played.linger = Lingering(hold=timedelta(seconds=15), cap=timedelta(seconds=60))
    invoice = await played.exported()
    await save(played.office, invoice)
    assert await played.tell(played.run(await played.fetch())) == 99
    held = asyncio.create_task(played.send())
    context = await played.office.as_person()
    inquiry = await put(played)
    waiting = asyncio.create_task(wait_for(context, [inquiry.id], at_most=A_MOMENT))

    async with asyncio.timeout(20):
        document = await held
        await played.tell(played.run(document))
        [found] = await waiting

    assert names_in(document) == ["InvoiceQueryRq"]
    assert found.state is InquiryState.ANSWERED


async def test_the_wait_ends_with_the_callers_time(played):
    inquiry = await put(played)
    context = await played.office.as_person()

    [found] = await wait_for(context, [inquiry.id], at_most=timedelta(milliseconds=50))

    assert found.state is InquiryState.ASKED


async def test_another_account_does_not_see_it(played, another_office):
    inquiry = await put(played)
    stranger = await (await another_office()).as_person()

    assert await read_inquiries(stranger, [inquiry.id]) == []


async def test_a_late_answer_of_a_dead_session_changes_nothing(played):
    await played.exported()
    inquiry = await put(played)
    document = await played.fetch()
    old = played.ticket
    await played.fetch()  # another sign-in: the first session is fenced

    assert await played.tell(played.run(document), ticket=old) == -1

    assert await state_of(played, inquiry) is InquiryState.SENT
