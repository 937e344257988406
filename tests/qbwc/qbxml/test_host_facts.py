"""What the Web Connector tells about QuickBooks when a session begins."""

from datetime import date
from pathlib import Path

import pytest

from domain.quickbooks import Ref
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.host_facts import HostFacts, parse_hcp

GOLDEN = Path(__file__).parents[2] / "golden"


def test_the_facts_of_a_session_are_read() -> None:
    document = (GOLDEN / "hcp_rs.xml").read_text(encoding="utf-8")

    assert parse_hcp(document) == HostFacts(
        product_name="QuickBooks Enterprise Solutions 24.0",
        major_version="34",
        minor_version="0",
        country="US",
        qbxml_versions=((1, 0), (12, 0), (16, 0)),
        file_mode="MultiUser",
        company_name="Brook Plumbing",
        file_id="{01890a5d-ac96-774b-bcce-b302099a8052}",
        closing_date=date(2025, 12, 31),
        uses_classes=True,
        uses_sites=False,
        is_auto_applying_payments=True,
        taxable_code=Ref("Tax", "10000-1045536338"),
        non_taxable_code=Ref("Non", "20000-1045536338"),
    )


@pytest.mark.parametrize(
    "inside",
    [
        "",
        '<HostQueryRs statusCode="1000"/><CompanyQueryRs/><PreferencesQueryRs statusCode="3260"/>',
        "<HostQueryRs><HostRet/></HostQueryRs><CompanyQueryRs><CompanyRet/></CompanyQueryRs>",
        "<CompanyQueryRs><CompanyRet><DataExtRet/></CompanyRet></CompanyQueryRs>",
        "<HostQueryRs><HostRet><SupportedQBXMLVersion/></HostRet></HostQueryRs>",
    ],
)
def test_what_quickbooks_does_not_tell_is_none(inside: str) -> None:
    document = f"<QBXML><QBXMLMsgsRs>{inside}</QBXMLMsgsRs></QBXML>"

    assert parse_hcp(document) == HostFacts()


@pytest.mark.parametrize(
    ("versions", "best"),
    [
        (((1, 0), (12, 0)), (12, 0)),
        (((12, 0), (13, 0), (16, 0)), (13, 0)),
        (((14, 0),), None),
        ((), None),
    ],
)
def test_the_newest_version_that_both_speak_is_chosen(
    versions: tuple[tuple[int, int], ...], best: tuple[int, int] | None
) -> None:
    assert HostFacts(qbxml_versions=versions).qbxml_version() == best


def test_a_caller_may_want_an_older_version() -> None:
    facts = HostFacts(qbxml_versions=((10, 0), (11, 0), (12, 0)))

    assert facts.qbxml_version(at_most=(11, 0)) == (11, 0)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not well-formed"),
        (
            (
                "<QBXML><QBXMLMsgsRs><PreferencesQueryRs><PreferencesRet><AccountingPreferences>"
                "<IsUsingClassTracking>maybe</IsUsingClassTracking></AccountingPreferences>"
                "</PreferencesRet></PreferencesQueryRs></QBXMLMsgsRs></QBXML>"
            ),
            "IsUsingClassTracking has a malformed value: 'maybe'",
        ),
    ],
)
def test_what_is_no_such_document_is_refused(document: str, message: str) -> None:
    with pytest.raises(RemoteProtocolError, match=message):
        parse_hcp(document)
