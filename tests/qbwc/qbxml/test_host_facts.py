"""What the Web Connector tells about QuickBooks when a session begins."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.company_file import CompanyFacts, CompanyFileFacts, HostFacts, Preferences
from domain.quickbooks import Ref
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.host_facts import Introduction, parse_hcp, rendering_version
from simulator import hcp
from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.web_connector import WebConnector
from tests.builders import NOW

GOLDEN = Path(__file__).parents[2] / "golden"
FILE_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8052")


def parsed(inside):
    """What is read from these answers."""
    return parse_hcp(f"<QBXML><QBXMLMsgsRs>{inside}</QBXMLMsgsRs></QBXML>", read_at=NOW)


def test_the_facts_of_a_session_are_read() -> None:
    document = (GOLDEN / "hcp_rs.xml").read_text(encoding="utf-8")

    told = parse_hcp(document, read_at=NOW)

    assert told.file_ids == {FILE_ID}
    assert told.company_name == "Brook Plumbing"
    assert told.facts == CompanyFileFacts(
        read_at=NOW,
        host=HostFacts(
            product_name="QuickBooks Enterprise Solutions 24.0",
            major_version="34",
            minor_version="0",
            country="US",
            qbxml_versions=((1, 0), (12, 0), (16, 0)),
            file_mode="MultiUser",
            is_automatic_login=False,
        ),
        company=CompanyFacts(name="Brook Plumbing", is_sample=False),
        preferences=Preferences(
            closing_date=date(2025, 12, 31),
            uses_classes=True,
            are_sites_available=True,
            uses_sites=False,
            uses_sales_tax=True,
            default_tax_item=Ref("County 8.25%"),
            taxable_code=Ref("Tax", "10000-1045536338"),
            non_taxable_code=Ref("Non", "20000-1045536338"),
            is_auto_applying_payments=True,
        ),
    )


def test_the_rarer_facts_are_read_too() -> None:
    told = parsed(
        "<CompanyQueryRs><CompanyRet><IsSampleCompany>true</IsSampleCompany><AccountantCopy>"
        "<AccountantCopyExists>true</AccountantCopyExists><DividingDate>2026-09-30</DividingDate>"
        "</AccountantCopy></CompanyRet></CompanyQueryRs>"
        "<PreferencesQueryRs><PreferencesRet><AccountingPreferences>"
        "<AssignClassesTo>Items</AssignClassesTo><IsUsingAuditTrail>true</IsUsingAuditTrail>"
        "</AccountingPreferences><MultiCurrencyPreferences>"
        "<IsMultiCurrencyOn>true</IsMultiCurrencyOn></MultiCurrencyPreferences>"
        "<CurrentAppAccessRights><IsAutomaticLoginAllowed>true</IsAutomaticLoginAllowed>"
        "</CurrentAppAccessRights></PreferencesRet></PreferencesQueryRs>"
    )

    assert told.facts == CompanyFileFacts(
        read_at=NOW,
        company=CompanyFacts(
            is_sample=True, has_accountant_copy=True, dividing_date=date(2026, 9, 30)
        ),
        preferences=Preferences(
            assign_classes_to="Items",
            uses_audit_trail=True,
            uses_multi_currency=True,
            uses_sales_tax=False,
            is_automatic_login_allowed=True,
        ),
    )


def test_what_the_simulator_tells_is_understood() -> None:
    company = CompanyFile.load(DEMO_COMPANY)
    connector = WebConnector("http://localhost/qbwc", "user", "password", company)
    hcp.lock(company, connector.owner_id, connector)

    told = parse_hcp(hcp.answers(company, connector.owner_id), read_at=NOW)

    assert told.file_ids == {UUID(connector.file_id)}
    assert told.company_name == company.name
    assert told.facts.host.file_mode == "SingleUser"
    assert told.facts.preferences.closing_date == company.preferences.closing_date
    assert told.facts.preferences.default_tax_item.full_name == "FW"
    assert rendering_version(told.facts) == (13, 0)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        '<HostQueryRs statusCode="1000"/><CompanyQueryRs/><PreferencesQueryRs statusCode="3260"/>',
    ],
)
def test_what_quickbooks_does_not_answer_is_none(inside: str) -> None:
    assert parsed(inside) == Introduction(CompanyFileFacts(read_at=NOW))


def test_what_quickbooks_leaves_out_is_none() -> None:
    """Sales tax alone is told by its absence."""
    told = parsed(
        "<HostQueryRs><HostRet><SupportedQBXMLVersion/></HostRet></HostQueryRs>"
        "<CompanyQueryRs><CompanyRet><DataExtRet/></CompanyRet></CompanyQueryRs>"
        "<PreferencesQueryRs><PreferencesRet/></PreferencesQueryRs>"
    )

    assert told.facts == CompanyFileFacts(
        read_at=NOW,
        host=HostFacts(),
        company=CompanyFacts(),
        preferences=Preferences(uses_sales_tax=False),
    )
    assert (told.company_name, Introduction().company_name) == (None, None)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([f"{{{FILE_ID}}}"], {FILE_ID}),
        ([str(FILE_ID).upper()], {FILE_ID}),
        ([f"{{{FILE_ID}}}", f"{{{UUID(int=7)}}}"], {FILE_ID, UUID(int=7)}),
        (["", "LOCKED:FRONTDESK:1", str(FILE_ID)[:-1]], set()),
    ],
)
def test_every_file_id_in_the_company_file_is_found(values: list[str], found: set[UUID]) -> None:
    extensions = "".join(
        f"<DataExtRet><DataExtName>FileID</DataExtName><DataExtValue>{value}</DataExtValue>"
        "</DataExtRet>"
        for value in values
    )

    told = parsed(f"<CompanyQueryRs><CompanyRet>{extensions}</CompanyRet></CompanyQueryRs>")

    assert told.file_ids == found


@pytest.mark.parametrize(
    ("versions", "rendered"),
    [
        (((1, 0), (12, 0)), (12, 0)),
        (((12, 0), (13, 0), (16, 0)), (13, 0)),
        (((14, 0),), (13, 0)),
        ((), (13, 0)),
    ],
)
def test_requests_are_rendered_in_the_newest_version_that_both_speak(
    versions: tuple[tuple[int, int], ...], rendered: tuple[int, int]
) -> None:
    """Where none is known in common, QuickBooks is left to judge."""
    facts = CompanyFileFacts(read_at=NOW, host=HostFacts(qbxml_versions=versions))

    assert rendering_version(facts) == rendered
    assert rendering_version(replace(facts, host=None)) == (13, 0)
    assert rendering_version(None) == (13, 0)


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
        parse_hcp(document, read_at=NOW)


TAGS = st.sampled_from(
    [
        "HostQueryRs", "HostRet", "SupportedQBXMLVersion", "CompanyQueryRs", "CompanyRet",
        "DataExtRet", "DataExtName", "DataExtValue", "PreferencesQueryRs", "PreferencesRet",
        "AccountingPreferences", "ClosingDate", "IsUsingClassTracking", "SalesTaxPreferences",
        "DefaultItemSalesTaxRef", "FullName",
    ]
)  # fmt: skip
VALUES = st.sampled_from(["", "FileID", "true", "2026-10-31", "13.0", "{1}", "é\n<&"]) | st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Z")), max_size=9
)


def element(tag: str, content: str | list[etree._Element]) -> etree._Element:
    made = etree.Element(tag)
    if isinstance(content, str):
        made.text = content
    else:
        made.extend(content)
    return made


ELEMENTS = st.recursive(
    st.builds(element, TAGS, VALUES),
    lambda inner: st.builds(element, TAGS, st.lists(inner, max_size=4)),
    max_leaves=20,
)


@given(st.lists(ELEMENTS, max_size=4))
def test_whatever_quickbooks_tells_is_either_understood_or_refused(
    inside: list[etree._Element],
) -> None:
    document = element("QBXML", [element("QBXMLMsgsRs", inside)])

    try:
        told = parse_hcp(etree.tostring(document, encoding="unicode"), read_at=NOW)
    except RemoteProtocolError:
        return
    assert told.facts is not None
    assert rendering_version(told.facts) <= (13, 0)
