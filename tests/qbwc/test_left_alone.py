"""What a sync leaves alone: serial numbers, the batch in the memo, the order of lines, sorted lists."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.edits import Edits, TaskEdit, TaskPatch
from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from simulator.lists import ListKind
from tests.sync_worker.connector import new_price, new_summary, save

SERIALS = {"SerialNumber": "SN-4711, SN-4712", "Other1": "Shelf 3"}
LOT = {"LotNumber": "LOT-9", "ServiceDate": "2026-11-17"}


@pytest.fixture
async def invoice(played):
    """An invoice in QuickBooks, whose bookkeeper typed serial and lot numbers on its lines."""
    exported = await played.exported()
    held = await played.side.held(exported)
    bookkeeper = Bookkeeper(played.company)
    note = bookkeeper.insert_text_line(held.txn_id, "Serial numbers are on the box")
    held = played.company.invoice(held.txn_id)
    texts = iter((SERIALS, LOT))
    lines = tuple(
        line if line == note else replace(line, values={**line.values, **next(texts)})
        for line in held.lines
    )
    played.company.invoices[held.txn_id] = replace(held, lines=lines)
    return exported


async def held_values(played, invoice):
    """What QuickBooks holds of each line beside its text and figures."""
    lines = (await played.side.held(invoice)).lines
    return [{n: v for n, v in line.values.items() if n != "Desc"} for line in lines]


def two_prices(invoice):
    tasks = invoice.content.tasks
    return Edits(edit_tasks=tuple(TaskEdit(t.id, TaskPatch(unit_price=Decimal(50))) for t in tasks))


def another_line(played, invoice):
    return Edits(add_tasks=(played.office.tasks()[0],))


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        pytest.param(lambda _, invoice: new_summary("Late"), 0, id="header alone"),
        pytest.param(lambda _, invoice: new_price(invoice), 3, id="one line changed, one bare"),
        pytest.param(lambda _, invoice: two_prices(invoice), 3, id="both lines changed"),
        pytest.param(another_line, 4, id="both lines bare beside a new one"),
    ],
)
async def test_serial_and_lot_numbers_stay_on_their_lines(played, invoice, edits, lines):
    """Requirements 116 to 118: no serial number is sent, and none that is there is lost."""
    saved = await save(played.office, invoice, edits(played, invoice))

    documents = await played.settle()

    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED
    mods = [d for d in documents if b"<InvoiceModRq" in d]  # the last one knows the new copy
    assert mods[-1].count(b"<InvoiceLineMod>") == lines
    assert not any(word in b"".join(documents) for word in (b"SerialNumber", b"LotNumber"))
    kept = await held_values(played, invoice)
    assert [values for values in kept if values] == [SERIALS, LOT]


async def test_the_memo_keeps_batch_number_and_name_when_the_summary_changes(played):
    """Requirements 99 and 100; only the summary is ever shortened."""
    invoice = await played.exported()
    batch = "1042 2026-11-20 HVAC - "
    assert (await played.side.held(invoice)).memo == f"{batch}Fall tune-up"

    for summary, kept in (("Winter check", "Winter check"), ("x" * 4095, "x" * 4069 + "...")):
        played.ahead += timedelta(seconds=2)
        invoice = await save(played.office, invoice, new_summary(summary))
        await played.settle()

        assert (await played.side.held(invoice)).memo == batch + kept
        assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_another_order_of_lines_is_no_difference_and_is_kept(played):
    """Requirements 103 and 104: lines are known by TxnLineID, never by their place."""
    invoice = await played.exported()
    held = await played.side.held(invoice)
    turned = tuple(reversed(held.lines))
    Bookkeeper(played.company).edit_invoice(held.txn_id, po_number="PO 7")  # moves EditSequence
    held = played.company.invoice(held.txn_id)
    played.company.invoices[held.txn_id] = replace(held, lines=turned)

    saved = await save(played.office, invoice)
    await played.settle()

    after = await played.side.held(invoice)
    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED
    assert [line.txn_line_id for line in after.lines] == [line.txn_line_id for line in turned]
    rates = {line.refs["ItemRef"].full_name: line.rate for line in after.lines}
    assert rates == {"SVC-TUNE": Decimal("42.00"), "FILTER": Decimal("12.00")}


async def test_a_sorted_customer_list_changes_nothing(played):
    """Requirements 94 and 95: no entry is ever known by its place in a list."""
    invoice = await played.exported()
    lists = played.company.lists
    for customer in reversed(list(lists.of(ListKind.CUSTOMER))):
        lists.remove(customer)
        lists.add(customer)

    saved = await save(played.office, invoice)
    await played.settle()

    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED
    assert (await played.side.held(invoice)).refs["CustomerRef"].full_name == "Harriet Doyle"


async def test_a_customer_who_was_renamed_in_quickbooks_is_the_same_one(played):
    """First by name, from then on by ListID: an old invoice and a new one find the customer."""
    invoice = await played.exported()
    Bookkeeper(played.company).rename("CustomerRef", "Harriet Doyle", "Doyle, Harriet")

    saved = await save(played.office, invoice)
    another = await played.exported("21260")

    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED
    for one in (invoice, another):
        held = await played.side.held(one)
        assert held.refs["CustomerRef"].full_name == "Doyle, Harriet"


async def test_who_took_a_customer_s_old_name_is_not_mistaken_for_that_customer(played):
    invoice = await played.exported()
    Bookkeeper(played.company).rename("CustomerRef", "Harriet Doyle", "Doyle, Harriet")
    first = (await played.side.held(invoice)).refs["CustomerRef"]
    stranger = replace(first, list_id="80000999-1", full_name="Harriet Doyle")
    played.company.lists.add(stranger)

    another = await played.exported("21260")

    assert (await played.side.held(another)).refs["CustomerRef"] is first


async def test_a_customer_who_was_made_again_in_quickbooks_is_found_by_name(played):
    """The ListID that was learned is gone: it is forgotten, and the name is tried once more."""
    invoice = await played.exported()
    lists = played.company.lists
    old = (await played.side.held(invoice)).refs["CustomerRef"]
    lists.remove(old)
    lists.add(replace(old, list_id="80000999-1"))

    another = await played.exported("21260")
    third = await played.exported("21261")

    for one in (another, third):
        assert (await played.side.held(one)).refs["CustomerRef"].list_id == "80000999-1"


async def test_a_customer_who_is_gone_is_told_by_name(played):
    """Not by a ListID, which nobody has ever seen."""
    invoice = await played.exported()
    played.company.lists.remove((await played.side.held(invoice)).refs["CustomerRef"])
    another = await played.office.new_invoice("21260")
    await played.office.export(another)

    await played.settle()

    issue = (await played.standing(another)).issue
    assert (issue.quickbooks_code, issue.object.name) == (3140, "Harriet Doyle")
