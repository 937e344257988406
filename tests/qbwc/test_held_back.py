"""A thing that is missing in QuickBooks: the first invoice that met it is the root, others wait."""

import pytest
from lxml import etree

from app.clock import now
from app.ids import new_id
from domain.edits import Edits, TaskEdit, TaskPatch
from domain.issues import ObjectKind, QuickBooksObject
from domain.sync import JobState
from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from sync_worker.planner import plan
from tests.sync_worker.connector import (
    bypass,
    names_in,
    new_summary,
    refusal,
    requests_in,
    resync_now,
    save,
)

PLUMBING = QuickBooksObject(ObjectKind.CLASS, "Plumbing")


@pytest.fixture
def bookkeeper(played):
    return Bookkeeper(played.company)


def as_plumbing(played, invoice):
    """The edit that gives the first task the class Plumbing."""
    patch = TaskPatch(business_unit_id=played.office.id_of("Plumbing"))
    return Edits(edit_tasks=(TaskEdit(invoice.content.tasks[0].id, patch),))


async def plumbing_edits(played, count, *, first=1):
    """Saved edits of as many invoices, each with a task that needs the class Plumbing."""
    exported = [await played.exported(str(n)) for n in range(first, first + count)]
    return [
        await save(played.office, invoice, as_plumbing(played, invoice)) for invoice in exported
    ]


async def held_up(played, bookkeeper, count=3):
    """Edits that met a QuickBooks without the class: the root, and those behind it."""
    invoices = await plumbing_edits(played, count)
    bookkeeper.rename("ClassRef", "Plumbing", "Plumbing (old)")
    await played.settle()
    return invoices


async def states(played, invoices):
    return [(await played.standing(invoice)).job.state for invoice in invoices]


async def statuses(played, invoices):
    return [(await played.standing(invoice)).invoice.sync_status for invoice in invoices]


async def test_of_a_set_the_first_is_the_root_and_the_others_wait_behind_it(played, bookkeeper):
    """One invoice needs a person; the others are told what they wait for."""
    invoices = await held_up(played, bookkeeper)

    root, *others = [await played.standing(invoice) for invoice in invoices]

    assert root.job.state is JobState.FAILED
    assert root.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert root.issue.object == PLUMBING
    assert root.issue.root_id is None
    assert "Plumbing" in root.issue.reason
    assert root.issue.steps
    for waiting in others:
        assert waiting.job.state is JobState.BLOCKED
        assert waiting.invoice.sync_status is SyncStatus.SYNCING
        assert waiting.issue.root_id == root.issue.id


async def test_a_later_edit_that_needs_it_is_not_even_sent(played, bookkeeper):
    await held_up(played, bookkeeper, 1)
    bookkeeper.rename("ClassRef", "Plumbing (old)", "Plumbing")
    later = await played.exported("9")
    bookkeeper.rename("ClassRef", "Plumbing", "Plumbing (old)")
    sent = len(played.side.requests())

    later = await save(played.office, later, as_plumbing(played, later))
    await played.settle()

    assert await states(played, [later]) == [JobState.BLOCKED]
    assert len(played.side.requests()) == sent


async def test_an_invoice_that_does_not_need_it_goes_on(played, bookkeeper):
    free = await played.exported("9")
    await held_up(played, bookkeeper, 2)
    await save(played.office, free, new_summary("Nothing about plumbing"))

    await played.settle()

    assert await statuses(played, [free]) == [SyncStatus.SYNCED]


async def test_a_re_sync_of_the_root_that_succeeds_releases_all(played, bookkeeper):
    invoices = await held_up(played, bookkeeper)
    bookkeeper.rename("ClassRef", "Plumbing (old)", "Plumbing")

    await resync_now(played.office, (await played.standing(invoices[0])).invoice)
    await played.settle()

    assert await statuses(played, invoices) == [SyncStatus.SYNCED] * 3
    assert [(await played.standing(invoice)).issue for invoice in invoices] == [None] * 3


async def test_a_re_sync_that_is_refused_again_has_one_root_again(played, bookkeeper):
    """However the three are sent, one of them needs a person and the others wait behind it."""
    invoices = await held_up(played, bookkeeper)

    await resync_now(played.office, (await played.standing(invoices[0])).invoice)
    await played.settle()

    found = [await played.standing(invoice) for invoice in invoices]
    [root] = [standing for standing in found if standing.job.state is JobState.FAILED]
    waiting = [standing for standing in found if standing.job.state is JobState.BLOCKED]
    assert [standing.issue.root_id for standing in waiting] == [root.issue.id] * 2


async def test_a_bypass_of_the_root_lets_the_others_try(played, bookkeeper):
    """Nobody waits for an invoice that was let go: the next one becomes the root."""
    first, second, third = await held_up(played, bookkeeper)

    await bypass(played.office, (await played.standing(first)).invoice)
    await played.settle()

    assert await statuses(played, [first]) == [SyncStatus.BYPASSED]
    assert sorted(await states(played, [second, third])) == [JobState.BLOCKED, JobState.FAILED]


async def test_a_bypass_of_one_that_waits_changes_nothing_for_the_others(played, bookkeeper):
    first, second, third = await held_up(played, bookkeeper)

    await bypass(played.office, (await played.standing(second)).invoice)
    await played.settle()

    assert await statuses(played, [first, second, third]) == [
        SyncStatus.ACTION_REQUIRED,
        SyncStatus.BYPASSED,
        SyncStatus.SYNCING,
    ]


async def test_a_newer_save_that_needs_it_no_more_goes_at_once(played, bookkeeper):
    _, waiting, _ = await held_up(played, bookkeeper)
    hvac = TaskPatch(business_unit_id=played.office.id_of("HVAC"))
    edits = Edits(
        edit_tasks=(TaskEdit(waiting.content.tasks[0].id, hvac),),
        details=new_summary("Plumbing after all not").details,
    )

    newer = await save(played.office, (await played.standing(waiting)).invoice, edits)
    await played.settle()

    after = await played.standing(waiting)
    assert (after.invoice.sync_status, after.invoice.synced_version) == (
        SyncStatus.SYNCED,
        newer.version,
    )
    assert after.issue is None


async def an_edit_on_its_way_behind_the_root(played, bookkeeper):
    """Two edits in two sets: the first was refused when the second was in the queue already."""
    first, second, third = [await played.exported(str(n)) for n in (1, 2, 3)]
    first = await save(played.office, first, as_plumbing(played, first))
    document = await played.fetch()
    second = await save(played.office, second, as_plumbing(played, second))
    await played.plan()
    bookkeeper.rename("ClassRef", "Plumbing", "Plumbing (old)")
    await played.tell(played.run(document))
    third = await save(played.office, third, as_plumbing(played, third))
    await played.plan()
    assert await states(played, [first, second, third]) == [
        JobState.FAILED,
        JobState.READY,
        JobState.BLOCKED,
    ]
    return first, second, third


async def test_another_invoice_that_goes_through_with_it_releases_all(played, bookkeeper):
    """The bookkeeper put it right, and nobody has to tell us: the root goes again too."""
    first, second, third = await an_edit_on_its_way_behind_the_root(played, bookkeeper)
    root = await played.standing(first)
    bookkeeper.rename("ClassRef", "Plumbing (old)", "Plumbing")

    await played.tell(played.run(await played.send()))
    async with played.office.open_work() as work:  # what the worker is told after the commit
        await plan(work, root.job.id, now=now() + played.ahead, new_id=new_id)
    await played.close()
    await played.settle()

    assert await statuses(played, [first, second, third]) == [SyncStatus.SYNCED] * 3
    assert (await played.standing(first)).issue is None


async def test_those_who_wait_are_found_though_nobody_told_a_worker(played, bookkeeper):
    """The process died right after the commit; the tables say who may go."""
    _, _, waiting = await an_edit_on_its_way_behind_the_root(played, bookkeeper)
    bookkeeper.rename("ClassRef", "Plumbing (old)", "Plumbing")
    blocked = (await played.standing(waiting)).job.id
    before = await played.plan()

    await played.tell(played.run(await played.send()))

    assert blocked not in before
    assert blocked in await played.plan()
    assert await states(played, [waiting]) == [JobState.READY]


async def test_refused_and_there_again_within_one_set(played, bookkeeper):
    """The bookkeeper put it right while QuickBooks worked on the set: nobody stays behind."""
    invoices = await plumbing_edits(played, 3)
    document = await played.fetch()
    bookkeeper.rename("ClassRef", "Plumbing", "Plumbing (old)")
    refused = etree.fromstring(played.run(document).encode())
    bookkeeper.rename("ClassRef", "Plumbing (old)", "Plumbing")
    played.company.message_sets.clear()
    answer = etree.fromstring(played.run(document).encode())
    for n in (0, 1):
        answer[0].replace(answer[0][n], refused[0][0])
    third = answer[0][2]

    await played.tell(etree.tostring(answer, encoding="unicode"))

    assert third.get("statusCode") == "0"
    root, waiting, synced = [await played.standing(invoice) for invoice in invoices]
    assert synced.invoice.sync_status is SyncStatus.SYNCED
    assert root.issue.cleared_at is not None
    assert waiting.job.id in await played.plan()


async def test_two_missing_things_have_two_roots(played, bookkeeper):
    other = await played.exported("7")
    [plumbing] = await plumbing_edits(played, 1)
    other = await save(played.office, other)
    document = await played.fetch()
    said = (
        'There is an invalid reference to QuickBooks Item "Tune-up" in the Invoice. QuickBooks'
        " error message: Invalid argument. The specified record does not exist in the list."
    )
    bookkeeper.rename("ClassRef", "Plumbing", "Plumbing (old)")
    answer = etree.fromstring(played.run(document).encode())
    [about_item] = requests_in(refusal(document, 3140, said, only=[1]).encode())
    answer[0].replace(answer[0][1], about_item)

    await played.tell(etree.tostring(answer, encoding="unicode"))

    assert names_in(document) == ["InvoiceModRq"] * 2
    issues = [(await played.standing(invoice)).issue for invoice in (plumbing, other)]
    assert [issue.root_id for issue in issues] == [None, None]
    assert [issue.object.kind for issue in issues] == [ObjectKind.CLASS, ObjectKind.ITEM]


async def test_a_missing_thing_in_one_company_file_holds_back_nobody_of_another(
    played, bookkeeper, another_office
):
    await held_up(played, bookkeeper, 1)
    theirs = type(played)(await another_office())

    invoices = await plumbing_edits(theirs, 1)
    await theirs.settle()

    assert await statuses(theirs, invoices) == [SyncStatus.SYNCED]
