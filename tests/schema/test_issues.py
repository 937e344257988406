"""The report of what could not be synced, over HTTP: who is the root, who waits, what to do."""

import csv
import io
from dataclasses import replace

import pytest

from app.ids import new_id
from domain.sync_status import SyncStatus
from resolvers.context import Help
from schema.build import schema
from schema.context import GraphQLContext
from schema.ids import global_id
from simulator.bookkeeper import Bookkeeper
from tests.counting import Said, listening
from tests.db.making import a_job_of, a_root_of, add_invoice, an_issue_of
from tests.schema.office_api import HELP, PAGE, answer_to, ask
from tests.sync_worker.connector import PlayedConnector, new_summary, save

REPORT = """query ($first: Int! = 50, $after: String, $rootsOnly: Boolean! = false, $rootId: ID) {
  syncIssueCounts { roots waiting }
  syncIssues(first: $first, after: $after, rootsOnly: $rootsOnly, rootId: $rootId) {
    nodes {
      id code quickbooksCode quickbooksMessage reason articleUrl isRoot retryAutomatic
      steps { actor text contact } object openedAt resolvedAt dependentCount
      root { id } dependents { id } invoice { id invoiceNumber syncStatus version }
      failedObjects { kind id name } outcome attempts nextAttemptAt
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
CSV = """query ($first: Int! = 1000, $after: String, $rootsOnly: Boolean! = false) {
  syncIssuesCsv(first: $first, after: $after, rootsOnly: $rootsOnly) {
    text rows pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}"""
RESYNC = """mutation ($input: ResyncInput!) {
  resync(input: $input) { invoice { syncStatus } userErrors { code message } }
}"""
BYPASS = """mutation ($input: SaveAndBypassInput!) {
  saveAndBypass(input: $input) { invoice { syncStatus } userErrors { code message } }
}"""
INACTIVE = (
    'There is an invalid reference to QuickBooks Customer "Harriet Doyle" in the Invoice. QuickBooks'
    " error message: Invalid argument. The specified record does not exist in the list."
)


@pytest.fixture
def played(office):
    return PlayedConnector(office)


@pytest.fixture
def bookkeeper(played):
    return Bookkeeper(played.company)


async def report(office, **variables):
    found = await ask(office, REPORT, **variables)
    return found["syncIssues"]["nodes"]


async def counts(office):
    found = await ask(office, "{ syncIssueCounts { roots waiting } }")
    return found["syncIssueCounts"]["roots"], found["syncIssueCounts"]["waiting"]


async def three_edits_that_met_an_inactive_customer(played):
    """Journey G2, step 8: one customer, three invoices, 3140 for each of them."""
    exported = [await played.exported(number) for number in ("1001", "1002", "1003")]
    edited = [await save(played.office, invoice, new_summary("Again")) for invoice in exported]
    await played.refuse(3140, INACTIVE)
    return edited


async def statuses(played, invoices):
    return [(await played.standing(invoice)).invoice.sync_status for invoice in invoices]


def the_wish(issue):
    invoice = issue["invoice"]
    key = {"invoiceId": invoice["id"], "version": invoice["version"]}
    return key | {"idempotencyKey": str(new_id())}


async def test_of_three_invoices_of_an_inactive_customer_one_is_the_root(played):
    """The report leads to the one thing to do: "1 root, 2 waiting"."""
    office = played.office
    invoices = await three_edits_that_met_an_inactive_customer(played)

    root, *others = await report(office)

    assert await counts(office) == (1, 2)
    assert root["isRoot"]
    assert root["dependentCount"] == 2
    assert [issue["id"] for issue in others] == [issue["id"] for issue in root["dependents"]]
    assert [issue["root"]["id"] for issue in others] == [root["id"]] * 2
    assert [issue["retryAutomatic"] for issue in (root, *others)] == [False, True, True]
    assert root["invoice"]["syncStatus"] == "ACTION_REQUIRED"
    assert [issue["invoice"]["syncStatus"] for issue in others] == ["SYNCING"] * 2
    assert {issue["invoice"]["invoiceNumber"] for issue in (root, *others)} == {
        invoice.content.number for invoice in invoices
    }


async def test_an_issue_carries_all_that_helps(played):
    """Code, QuickBooks' code and words, plain reason, steps, article, failed objects, outcome."""
    office = played.office
    await three_edits_that_met_an_inactive_customer(played)

    root = (await report(office))[0]

    assert (root["code"], root["quickbooksCode"]) == ("CUSTOMER_MISSING", 3140)
    assert root["quickbooksMessage"] == INACTIVE
    assert "Harriet Doyle" in root["reason"]
    assert root["articleUrl"] == f"{PAGE}#customer_missing"
    assert [step["actor"] for step in root["steps"]] == ["BOOKKEEPER", "ADMINISTRATOR", "OFFICE"]
    assert (root["outcome"], root["attempts"]) == ("NOT_APPLIED", 1)
    assert root["nextAttemptAt"] is root["resolvedAt"] is None
    assert root["failedObjects"] == [
        {
            "kind": "INVOICE",
            "id": root["invoice"]["id"],
            "name": root["invoice"]["invoiceNumber"],
        },
        {
            "kind": "CUSTOMER",
            "id": global_id("Customer", office.id_of("Harriet Doyle")),
            "name": "Harriet Doyle",
        },
    ]


async def test_a_re_sync_of_the_root_clears_all_without_another_call(played):
    """Journey G2, step 8: the customer is active again; the counts fall to nothing."""
    office = played.office
    invoices = await three_edits_that_met_an_inactive_customer(played)
    root = (await report(office))[0]

    answered = await ask(office, RESYNC, input=the_wish(root))
    await played.settle()

    assert answered["resync"] == {"invoice": {"syncStatus": "SYNCING"}, "userErrors": []}
    assert await statuses(played, invoices) == [SyncStatus.SYNCED] * 3
    assert await report(office) == []
    assert await counts(office) == (0, 0)


async def test_new_invoices_of_an_inactive_customer_wait_and_go_when_it_is_active(
    played, bookkeeper
):
    """QuickBooks itself refuses them here; the first one sent again lets the others go."""
    office = played.office
    bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
    created = [await office.new_invoice(number) for number in ("1", "2", "3")]
    await office.export(*created)
    await played.settle()
    assert await counts(office) == (1, 2)
    root = (await report(office))[0]
    assert root["failedObjects"][1]["name"] == "Harriet Doyle"

    bookkeeper.activate("CustomerRef", "Harriet Doyle")
    first = next(i for i in created if i.content.number == root["invoice"]["invoiceNumber"])
    await office.export(first)
    await played.settle()

    assert await counts(office) == (0, 0)
    assert len(played.company.invoices) == 3


async def test_the_root_may_be_bypassed_and_another_one_shows_the_way(played):
    """From Action Required, Bypass keeps the edit here; those that waited try for themselves."""
    office = played.office
    await three_edits_that_met_an_inactive_customer(played)
    root = (await report(office))[0]

    answered = await ask(office, BYPASS, input=the_wish(root))
    await played.refuse(3140, INACTIVE)

    assert answered["saveAndBypass"] == {"invoice": {"syncStatus": "BYPASSED"}, "userErrors": []}
    assert await counts(office) == (1, 1)
    assert root["id"] not in {issue["id"] for issue in await report(office)}


async def add_issue(office, *, root=None, **changes):
    job = a_job_of(office, await add_invoice(office))
    if root is None:
        issue = a_root_of(office, job, **changes)
    else:
        issue = an_issue_of(job, root_id=root.id, object=root.object, **changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.sync_issues.add(issue)
    return issue


def shown(issues):
    return [global_id("SyncIssue", issue.id) for issue in issues]


async def pages(office, size, **variables):
    """The ids of the whole report, read page by page."""
    found, after = [], None
    while True:
        page = (await ask(office, REPORT, first=size, after=after, **variables))["syncIssues"]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def several(office):
    """Two roots, and five that wait, opened in turn."""
    one = await add_issue(office, name="FILTER")
    first = [await add_issue(office, root=one) for _ in range(2)]
    two = await add_issue(office, name="PUMP")
    second = [await add_issue(office, root=two) for _ in range(2)]
    first.append(await add_issue(office, root=one))
    return [one, two], first, second


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_roots_come_first_then_who_waits_root_by_root_on_pages_of_any_size(office, size):
    roots, first, second = await several(office)

    assert await pages(office, size) == shown([*roots, *first, *second])
    assert await pages(office, size, rootsOnly=True) == shown(roots)
    assert await pages(office, size, rootId=shown(roots)[0]) == shown(first)


async def test_what_opens_and_closes_meanwhile_moves_no_other_issue(office):
    """A page behind a cursor neither repeats nor skips what was open all the time."""
    roots, first, second = await several(office)
    page = (await ask(office, REPORT, first=3))["syncIssues"]
    async with office.open_work() as work:
        await work.sync_issues.resolve(first[0].invoice_id, first[0].opened_at)
    opened = await add_issue(office, root=roots[0])
    await add_issue(office, name="VALVE")

    rest = await report(office, after=page["pageInfo"]["endCursor"])

    assert [node["id"] for node in page["nodes"]] == shown([*roots, first[0]])
    assert [node["id"] for node in rest] == shown([*first[1:], opened, *second])


async def test_a_root_shows_the_first_of_many_and_counts_all(office):
    root = await add_issue(office)
    waiting = [await add_issue(office, root=root) for _ in range(4)]
    document = (
        "{ syncIssues(rootsOnly: true) { nodes { dependentCount dependents(first: 3) { id } } } }"
    )

    (node,) = (await ask(office, document))["syncIssues"]["nodes"]

    assert node["dependentCount"] == 4
    assert [issue["id"] for issue in node["dependents"]] == shown(waiting[:3])


@pytest.mark.parametrize("cursor", ["", "bad", "WyJhIiwiYiJd", "WzEsMl0"])
async def test_a_cursor_of_another_list_is_refused(office, cursor):
    answer = await answer_to(office, REPORT, after=cursor)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_another_account_reads_nothing_of_it(office, another_office):
    """Neither in the report, its counts and its file, nor by the id of a root."""
    roots, _, _ = await several(office)
    stranger = await another_office()

    assert await report(stranger) == []
    assert await report(stranger, rootId=shown(roots)[0]) == []
    assert await counts(stranger) == (0, 0)
    piece = (await ask(stranger, CSV))["syncIssuesCsv"]
    assert (piece["rows"], piece["text"].count("\r\n")) == (0, 1)


async def test_the_file_tells_of_every_open_issue_in_the_order_of_the_report(played):
    office = played.office
    await three_edits_that_met_an_inactive_customer(played)

    piece = (await ask(office, CSV))["syncIssuesCsv"]

    head, *rows = csv.reader(io.StringIO(piece["text"], newline=""))
    assert piece["rows"] == 3
    assert not piece["pageInfo"]["hasNextPage"]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    nodes = await report(office)
    root = nodes[0]["invoice"]["invoiceNumber"]
    assert [row["Problem"] for row in told] == ["root", "dependent", "dependent"]
    assert [row["Waits for invoice #"] for row in told] == ["", root, root]
    assert [row["Invoice #"] for row in told] == [n["invoice"]["invoiceNumber"] for n in nodes]
    assert told[0]["Customer"] == "Harriet Doyle"
    assert told[0]["Invoice date"] == "2026-11-18"
    assert told[0]["Amount"] == "62.44"
    assert (told[0]["Code"], told[0]["QuickBooks code"]) == ("CUSTOMER_MISSING", "3140")
    assert told[0]["QuickBooks' words"] == INACTIVE
    assert told[0]["Reason"] == nodes[0]["reason"]
    assert told[0]["Steps"].startswith("Bookkeeper: Make the customer “Harriet Doyle” active")
    assert told[0]["Since (UTC)"][:10] == nodes[0]["openedAt"][:10]


async def test_the_pieces_of_the_file_put_together_are_the_file(office):
    """100,000 problems come as a hundred pieces: no answer is larger than its caller asked for."""
    await several(office)
    whole = (await ask(office, CSV))["syncIssuesCsv"]["text"]

    text, after, rows = "", None, []
    while True:
        piece = (await ask(office, CSV, first=2, after=after))["syncIssuesCsv"]
        text, after = text + piece["text"], piece["pageInfo"]["endCursor"]
        rows.append(piece["rows"])
        if not piece["pageInfo"]["hasNextPage"]:
            break

    assert text == whole
    assert rows == [2, 2, 2, 1]
    roots = (await ask(office, CSV, rootsOnly=True))["syncIssuesCsv"]
    assert roots["rows"] == 2


@pytest.mark.parametrize("first", [0, -1, 1001])
async def test_a_piece_of_the_file_has_a_thousand_rows_at_most(office, first):
    answer = await answer_to(office, CSV, first=first)

    assert answer["errors"][0]["message"] == "first must be between 1 and 1000."


async def test_steps_for_support_say_how_to_reach_it(played):
    office = played.office
    await save(office, await played.exported(), new_summary("Again"))
    await played.refuse(1030, "Request is not supported by this implementation.")

    told = (await report(office))[0]["steps"]

    assert [(step["actor"], step["contact"]) for step in told] == [
        ("QUICKBOOKS_ADMINISTRATOR", None),
        ("SUPPORT", "Ines, 0800 123"),
    ]


async def test_a_service_without_address_and_contact_says_nothing_instead(office):
    await add_issue(office)

    document = "{ syncIssues { nodes { articleUrl steps { contact } } } }"
    found = await ask(office, document, help=Help())

    assert found["syncIssues"]["nodes"] == [{"articleUrl": None, "steps": []}]


async def test_a_longer_report_asks_the_database_no_more_often(office):
    """Whatever hangs on the issues is read for the whole page at once."""
    asked = []
    for roots in (1, 6):
        for _ in range(roots):
            root = await add_issue(office)
            await add_issue(office, root=root)
        said = Said()
        context = await office.as_person()
        listened = replace(context, help=HELP, open_work=lambda said=said: listening(office, said))
        result = await schema().execute(REPORT, context_value=GraphQLContext(listened))
        assert result.errors is None
        asked.append(sum("account_id" in statement for statement in said.statements))

    assert asked[0] == asked[1] > 0
