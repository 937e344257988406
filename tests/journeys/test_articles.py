"""From a problem in the API to its article on the service's own page, over real HTTP."""

from tests.db.making import a_job_of, add_invoice, an_issue_of
from tests.journeys.conftest import Service

REPORT = "{ syncIssues { nodes { code articleUrl } } }"


async def test_an_issues_link_leads_to_its_article(service: Service) -> None:
    """Anybody who follows the link reads it, without signing in."""
    office = service.office
    job = a_job_of(office, await add_invoice(office))
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.sync_issues.add(an_issue_of(job, code="BOOKS_CLOSED"))

    found = await service.client().call(REPORT)
    (issue,) = found["syncIssues"]["nodes"]
    address, _, anchor = issue["articleUrl"].partition("#")
    page = await service.http.get(address)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert f'id="{anchor}"' in page.text
    assert "the closing date in QuickBooks" in page.text.partition(f'id="{anchor}"')[2]
