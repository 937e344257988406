"""Company files as callers see them."""

from dataclasses import replace
from datetime import date

import pytest

from domain.company_file import CompanyFile, CompanyFileFacts, HostFacts, Preferences
from tests.builders import COMPANY_FILE_ID, NOW, a_connection
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


async def test_the_mode_is_explained_with_steps_where_another_one_is_better():
    """The one connection of the file would do better in single-user mode."""
    connection = a_connection()
    caller = a_caller(
        reads(company_files={"all": {COMPANY_FILE_ID: replace(NEVER_OPENED, facts=FACTS)}}),
        reads(connections={"get_many": {connection.id: connection}}),
    )

    answer = await execute(
        "{ companyFiles { fileModeAdvice { explanation steps { actor text } } } }", caller
    )

    assert answer.errors is None, answer.errors
    (advice,) = [file["fileModeAdvice"] for file in answer.data["companyFiles"]]
    assert advice["explanation"].startswith("Multi-user mode")
    assert [step["actor"] for step in advice["steps"]] == ["OFFICE", "QUICKBOOKS_ADMINISTRATOR"]
