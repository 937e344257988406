"""What the Web Connector tells about QuickBooks and its company file when a session begins.

It sends the answers to HostQuery, CompanyQuery and PreferencesQuery as one document
(strHCPResponse). An answer that QuickBooks refused, or an element it left out, is None here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lxml import etree

from domain.company_file import CompanyFacts, CompanyFileFacts, HostFacts, Preferences
from qbwc.qbxml.document import read_message_set
from qbwc.qbxml.reading import read_boolean, read_date, read_ref, read_word
from qbwc.qbxml.version import OURS, Version

_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")
_LOCK = re.compile(r"LOCKED:(.{1,255}):[0-9]+")
_GUID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.IGNORECASE)
_ABSENT = etree.Element("absent")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What QuickBooks told, and the FileIDs that Web Connectors left in the company file."""

    facts: CompanyFileFacts | None = None
    file_ids: frozenset[UUID] = frozenset()
    #: The computer that holds the company file, from the Web Connector's lock.
    machine: str | None = None

    @property
    def company_name(self) -> str | None:
        """The name of the company that is open, if QuickBooks told."""
        company = None if self.facts is None else self.facts.company
        return None if company is None else company.name


def parse_hcp(document: str, *, read_at: datetime) -> Introduction:
    """Read strHCPResponse.

    Raises:
        RemoteProtocolError: It is no qbXML answer (an empty one neither), or a value is malformed.
    """
    message_set = read_message_set(document)
    host = message_set.find("HostQueryRs/HostRet")
    company = message_set.find("CompanyQueryRs/CompanyRet")
    preferences = message_set.find("PreferencesQueryRs/PreferencesRet")
    facts = CompanyFileFacts(
        read_at=read_at,
        host=None if host is None else _host(host),
        company=None if company is None else _company(company),
        preferences=None if preferences is None else _preferences(preferences),
    )
    if company is None:
        return Introduction(facts)
    return Introduction(facts, _file_ids(company), _machine(company))


def rendering_version(facts: CompanyFileFacts | None) -> Version:
    """Give the qbXML to render with: the newest that both sides speak.

    Ours while QuickBooks has not named one that we know: then it is left to judge.
    """
    spoken = None if facts is None else facts.qbxml_version(at_most=OURS)
    return OURS if spoken is None else spoken


def _host(host: etree._Element) -> HostFacts:
    return HostFacts(
        product_name=read_word(host, "ProductName"),
        major_version=read_word(host, "MajorVersion"),
        minor_version=read_word(host, "MinorVersion"),
        country=read_word(host, "Country"),
        qbxml_versions=_versions(host),
        file_mode=read_word(host, "QBFileMode"),
        is_automatic_login=read_boolean(host, "IsAutomaticLogin"),
    )


def _company(company: etree._Element) -> CompanyFacts:
    return CompanyFacts(
        name=read_word(company, "CompanyName"),
        is_sample=read_boolean(company, "IsSampleCompany"),
        has_accountant_copy=read_boolean(company, "AccountantCopy/AccountantCopyExists"),
        dividing_date=read_date(company, "AccountantCopy/DividingDate"),
    )


def _preferences(preferences: etree._Element) -> Preferences:
    accounting = _section(preferences, "AccountingPreferences")
    sites = _section(preferences, "MultiLocationInventoryPreferences")
    tax = preferences.find("SalesTaxPreferences")  # there only while sales tax is on
    taxes = _ABSENT if tax is None else tax
    return Preferences(
        closing_date=read_date(accounting, "ClosingDate"),
        uses_classes=read_boolean(accounting, "IsUsingClassTracking"),
        assign_classes_to=read_word(accounting, "AssignClassesTo"),
        are_sites_available=read_boolean(sites, "IsMultiLocationInventoryAvailable"),
        uses_sites=read_boolean(sites, "IsMultiLocationInventoryEnabled"),
        uses_sales_tax=tax is not None,
        default_tax_item=read_ref(taxes, "DefaultItemSalesTaxRef"),
        taxable_code=read_ref(taxes, "DefaultTaxableSalesTaxCodeRef"),
        non_taxable_code=read_ref(taxes, "DefaultNonTaxableSalesTaxCodeRef"),
        is_auto_applying_payments=read_boolean(
            preferences, "SalesAndCustomersPreferences/IsAutoApplyingPayments"
        ),
        uses_multi_currency=read_boolean(preferences, "MultiCurrencyPreferences/IsMultiCurrencyOn"),
        uses_audit_trail=read_boolean(accounting, "IsUsingAuditTrail"),
        is_automatic_login_allowed=read_boolean(
            preferences, "CurrentAppAccessRights/IsAutomaticLoginAllowed"
        ),
    )


def _section(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(name)
    return _ABSENT if found is None else found


def _versions(host: etree._Element) -> tuple[Version, ...]:
    # Old Canadian editions name versions of their own (CA3.0): they count for nothing here.
    texts = ((element.text or "").strip() for element in host.iterchildren("SupportedQBXMLVersion"))
    found = (_VERSION.fullmatch(text) for text in texts)
    return tuple((int(match[1]), int(match[2])) for match in found if match is not None)


def _machine(company: etree._Element) -> str | None:
    """AppLock is LOCKED:<MACHINE>:<.NET ticks> while a session is open."""
    found = (_LOCK.fullmatch(word) for word in _extensions(company, "AppLock"))
    return next((match[1] for match in found if match is not None), None)


def _extensions(company: etree._Element, name: str) -> Iterator[str]:
    for extension in company.iterchildren("DataExtRet"):
        if read_word(extension, "DataExtName") == name:
            yield read_word(extension, "DataExtValue") or ""


def _file_ids(company: etree._Element) -> frozenset[UUID]:
    found = (_GUID.fullmatch(word) for word in _extensions(company, "FileID"))
    return frozenset(UUID(match[1]) for match in found if match is not None)
