"""Open problems: which invoice has one, which is the root of others, and who goes on after it."""

from dataclasses import replace
from datetime import timedelta

from app.ids import new_id
from domain.issues import ObjectKind, QuickBooksObject, Step, StepActor
from domain.merge import FieldConflict
from domain.sync import JobState
from resolvers.connections import NewConnection, create_connection
from tests.builders import NOW, a_link
from tests.db.making import a_job_of, a_root_of, add_invoice, an_issue_of, connection_id

LATER = NOW + timedelta(minutes=1)


async def add_job(office, state=JobState.FAILED):
    job = a_job_of(office, await add_invoice(office), state=state)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
    return job


async def add_issues(office, *issues):
    async with office.open_work() as work:
        await work.sync_issues.add_many(issues)


async def add_root(office, name="FILTER", **changes):
    root = a_root_of(office, await add_job(office), name, **changes)
    await add_issues(office, root)
    return root


async def add_dependent(office, root):
    job = await add_job(office, JobState.BLOCKED)
    issue = an_issue_of(job, root_id=root.id, object=root.object)
    await add_issues(office, issue)
    return issue


async def open_roots(office, company_file_id=None):
    wanted = company_file_id or office.connection.connection.company_file_id
    async with office.open_work() as work:
        return await work.sync_issues.open_roots(wanted)


async def is_held_back(office, issue):
    async with office.open_work() as work:
        return await work.sync_issues.is_held_back(issue.job_id)


async def test_every_field_comes_back_as_it_was_stored(office):
    job, root = await add_job(office), await add_root(office)
    company_file_id = office.connection.connection.company_file_id
    issue = an_issue_of(
        job,
        root_id=root.id,
        steps=(Step(StepActor.BOOKKEEPER, "Add “½ filter”."),),
        quickbooks_code=3140,
        quickbooks_message="There is an invalid reference …",
        conflicts=(FieldConflict(path=("summary",), base="a", ours="b", quickbooks=None),),
        held=a_link(connection_id=connection_id(office), company_file_id=company_file_id),
        object=QuickBooksObject(ObjectKind.CLASS, "HVAC"),
        company_file_id=company_file_id,
        cleared_at=NOW,
        resolved_at=LATER,
    )

    await add_issues(office, issue)

    async with office.open_work() as work:
        found = await work.sync_issues.get_many([issue.id, root.id, new_id()])
    assert found == {issue.id: issue, root.id: root}


async def test_an_invoice_shows_its_newest_open_issue(office):
    job, other = await add_job(office), await add_job(office)
    issues = [an_issue_of(job) for _ in range(3)]
    resolved = replace(issues[2], resolved_at=NOW)
    elsewhere = an_issue_of(other, resolved_at=NOW)
    await add_issues(office, *issues[:2], resolved, elsewhere)

    async with office.open_work() as work:
        found = await work.sync_issues.open_of([job.invoice_id, other.invoice_id, new_id()])

    assert found == {job.invoice_id: issues[1]}


async def test_what_is_missing_in_a_company_file_is_its_open_roots_oldest_first(office):
    roots = [await add_root(office, name) for name in ("FILTER", "PUMP")]
    dependent = await add_dependent(office, roots[0])
    no_thing = an_issue_of(await add_job(office))
    cleared = a_root_of(office, await add_job(office), cleared_at=NOW)
    resolved = a_root_of(office, await add_job(office), resolved_at=NOW)
    await add_issues(office, no_thing, cleared, resolved)

    found = await open_roots(office)

    assert found == roots
    assert dependent not in found


async def test_what_another_company_file_lacks_is_not_missing_in_this_one(office):
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Shop")
    shop = (await create_connection(await office.as_person("Adam"), wish)).connection
    here = await add_root(office)
    there = await add_root(office, company_file_id=shop.company_file_id)

    assert await open_roots(office) == [here]
    assert await open_roots(office, shop.company_file_id) == [there]


async def test_a_job_is_held_back_while_its_root_is_open(office):
    cleared, resolved = await add_root(office), await add_root(office, "PUMP")
    behind_cleared, behind_resolved = [
        await add_dependent(office, root) for root in (cleared, resolved)
    ]
    assert await is_held_back(office, behind_cleared)
    assert await is_held_back(office, behind_resolved)
    assert not await is_held_back(office, cleared)

    async with office.open_work() as work:
        await work.sync_issues.clear([cleared.id], NOW)
        await work.sync_issues.resolve(resolved.invoice_id, NOW)

    assert not await is_held_back(office, behind_cleared)
    assert not await is_held_back(office, behind_resolved)


async def test_a_root_that_is_cleared_lets_go_who_failed_for_it_and_all_who_waited(office):
    root, other = await add_root(office), await add_root(office, "PUMP")
    waiting = [await add_dependent(office, root) for _ in range(3)]
    elsewhere = await add_dependent(office, other)

    async with office.open_work() as work:
        freed = await work.sync_issues.clear([root.id], LATER)

    assert freed[0] == root.job_id
    assert sorted(freed[1:]) == sorted(issue.job_id for issue in waiting)
    assert await open_roots(office) == [other]
    async with office.open_work() as work:
        found = await work.sync_issues.get_many([root.id, waiting[0].id, elsewhere.id])
    assert found[root.id] == replace(root, cleared_at=LATER)
    assert found[waiting[0].id] == waiting[0]
    assert await is_held_back(office, elsewhere)


async def test_clearing_nothing_frees_nobody(office):
    root = await add_root(office)

    async with office.open_work() as work:
        assert await work.sync_issues.clear([], NOW) == []
        assert await work.sync_issues.held_back_by([]) == []

    assert await open_roots(office) == [root]


async def test_an_invoice_that_goes_again_closes_its_issues_and_frees_who_waited(office):
    root = await add_root(office)
    note = an_issue_of((await job_of(office, root)), code="NOTE")
    await add_issues(office, note)
    waiting = await add_dependent(office, root)

    async with office.open_work() as work:
        freed = await work.sync_issues.resolve(root.invoice_id, LATER)
        again = await work.sync_issues.resolve(root.invoice_id, LATER)

    assert (freed, again) == ([waiting.job_id], [])
    assert await open_roots(office) == []
    async with office.open_work() as work:
        found = await work.sync_issues.get_many([root.id, note.id, waiting.id])
        assert await work.sync_issues.open_of([root.invoice_id]) == {}
    assert [found[i.id].resolved_at for i in (root, note, waiting)] == [LATER, LATER, None]


async def job_of(office, issue):
    async with office.open_work() as work:
        return await work.sync_jobs.get(issue.job_id)


async def test_a_dependent_that_was_closed_waits_for_nothing(office):
    """Its invoice was bypassed, say: the root does not bring it back."""
    root = await add_root(office)
    waiting = await add_dependent(office, root)

    async with office.open_work() as work:
        await work.sync_issues.resolve(waiting.invoice_id, NOW)
        freed = await work.sync_issues.clear([root.id], LATER)

    assert not await is_held_back(office, waiting)
    assert freed == [root.job_id]


async def test_another_account_sees_and_clears_nothing_of_it(office, another_office):
    stranger = await another_office()
    root = await add_root(office)
    waiting = await add_dependent(office, root)

    async with stranger.open_work() as work:
        company_file_id = office.connection.connection.company_file_id
        assert await work.sync_issues.open_roots(company_file_id) == []
        assert await work.sync_issues.get_many([root.id]) == {}
        assert await work.sync_issues.open_of([root.invoice_id]) == {}
        assert await work.sync_issues.clear([root.id], NOW) == []
        assert await work.sync_issues.resolve(root.invoice_id, NOW) == []
        assert not await work.sync_issues.is_held_back(waiting.job_id)

    assert await open_roots(office) == [root]
    assert await is_held_back(office, waiting)
