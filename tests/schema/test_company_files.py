"""Company files as callers see them."""

from dataclasses import replace
from datetime import date

import pytest

from domain.company_file import CompanyFile, CompanyFileFacts, HostFacts, Preferences
from tests.builders import COMPANY_FILE_ID, NOW
from tests.schema.callers import a_caller, execute, reads

QUERY = """{ companyFiles {
    name path quickbooksVersion fileMode closingDate usesClasses usesSites
} }"""
NEVER_OPENED = CompanyFile(id=COMPANY_FILE_ID, name="CF-1")
FACTS = CompanyFileFacts(
    read_at=NOW,
    host=HostFacts(
        product_name="QuickBooks Pro 2024",
        major_version="34",
        minor_version="0",
        file_mode="MultiUser",
    ),
    preferences=Preferences(closing_date=date(2026, 10, 31), uses_classes=True, uses_sites=False),
)
UNKNOWN = dict.fromkeys(
    ("path", "quickbooksVersion", "fileMode", "closingDate", "usesClasses", "usesSites")
)


@pytest.mark.parametrize(
    ("company_file", "shown"),
    [
        (NEVER_OPENED, UNKNOWN),
        (
            replace(NEVER_OPENED, path="C:\\a.qbw", facts=FACTS),
            {
                "path": "C:\\a.qbw",
                "quickbooksVersion": "QuickBooks Pro 2024 (34.0)",
                "fileMode": "MultiUser",
                "closingDate": "2026-10-31",
                "usesClasses": True,
                "usesSites": False,
            },
        ),
    ],
    ids=["before the first session", "after it"],
)
async def test_a_company_file_is_shown_with_what_quickbooks_told(company_file, shown):
    caller = a_caller(reads(company_files={"all": {company_file.id: company_file}}))

    answer = await execute(QUERY, caller)

    assert answer.errors is None
    assert answer.data == {"companyFiles": [{"name": "CF-1"} | shown]}
