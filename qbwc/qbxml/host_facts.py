"""What the Web Connector tells about QuickBooks and its company file when a session begins.

It sends the answers to HostQuery, CompanyQuery and PreferencesQuery as one document
(strHCPResponse). An answer that QuickBooks refused, or an element it left out, is None here.
"""

import re
from dataclasses import dataclass
from datetime import date

from lxml import etree

from domain.quickbooks import Ref
from qbwc.qbxml.document import read_message_set
from qbwc.qbxml.reading import read_boolean, read_date, read_ref, read_word
from qbwc.qbxml.version import OURS, Version

_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """QuickBooks and the company file that is open in it.

    `file_id` is the FileID of the .qwc file, which the Web Connector wrote into the company file.
    """

    product_name: str | None = None
    major_version: str | None = None
    minor_version: str | None = None
    country: str | None = None
    qbxml_versions: tuple[Version, ...] = ()
    file_mode: str | None = None
    company_name: str | None = None
    file_id: str | None = None
    closing_date: date | None = None
    uses_classes: bool | None = None
    uses_sites: bool | None = None
    is_auto_applying_payments: bool | None = None
    taxable_code: Ref | None = None
    non_taxable_code: Ref | None = None

    def qbxml_version(self, *, at_most: Version = OURS) -> Version | None:
        """Give the newest version both sides speak; None when QuickBooks named none of them."""
        return max((v for v in self.qbxml_versions if v <= at_most), default=None)


def parse_hcp(document: str) -> HostFacts:
    """Read strHCPResponse.

    Raises:
        RemoteProtocolError: It is no qbXML answer (an empty one neither), or a value is malformed.
    """
    message_set = read_message_set(document)
    host = _find(message_set, "HostQueryRs/HostRet")
    company = _find(message_set, "CompanyQueryRs/CompanyRet")
    preferences = _find(message_set, "PreferencesQueryRs/PreferencesRet")
    tax = "SalesTaxPreferences"
    return HostFacts(
        product_name=read_word(host, "ProductName"),
        major_version=read_word(host, "MajorVersion"),
        minor_version=read_word(host, "MinorVersion"),
        country=read_word(host, "Country"),
        qbxml_versions=_versions(host),
        file_mode=read_word(host, "QBFileMode"),
        company_name=read_word(company, "CompanyName"),
        file_id=_extension(company, "FileID"),
        closing_date=read_date(preferences, "AccountingPreferences/ClosingDate"),
        uses_classes=read_boolean(preferences, "AccountingPreferences/IsUsingClassTracking"),
        uses_sites=read_boolean(
            preferences, "MultiLocationInventoryPreferences/IsMultiLocationInventoryEnabled"
        ),
        is_auto_applying_payments=read_boolean(
            preferences, "SalesAndCustomersPreferences/IsAutoApplyingPayments"
        ),
        taxable_code=read_ref(preferences, f"{tax}/DefaultTaxableSalesTaxCodeRef"),
        non_taxable_code=read_ref(preferences, f"{tax}/DefaultNonTaxableSalesTaxCodeRef"),
    )


def _find(message_set: etree._Element, path: str) -> etree._Element:
    element = message_set.find(path)
    return etree.Element("absent") if element is None else element


def _versions(host: etree._Element) -> tuple[Version, ...]:
    # Old Canadian editions name versions of their own (CA3.0): they count for nothing here.
    texts = ((element.text or "").strip() for element in host.iterchildren("SupportedQBXMLVersion"))
    found = (_VERSION.fullmatch(text) for text in texts)
    return tuple((int(match[1]), int(match[2])) for match in found if match is not None)


def _extension(company: etree._Element, name: str) -> str | None:
    for extension in company.iterchildren("DataExtRet"):
        if read_word(extension, "DataExtName") == name:
            return read_word(extension, "DataExtValue")
    return None
