"""HostQuery, CompanyQuery and PreferencesQuery. Source: qbXML 13.0 HostRet and its kin."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from simulator.answers import Answer
from simulator.company_file import CompanyFile
from simulator.errors import not_simulated
from simulator.lists import ListKind
from simulator.writing import put, put_flag, put_ref

VERSIONS: Final = (
    *("1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", "6.0", "7.0", "8.0", "9.0"),
    *("10.0", "11.0", "12.0", "13.0", "14.0", "15.0", "16.0"),
)


def query_host(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the product and the qbXML versions it speaks. Raises Refusal for metadata."""
    if request.find("IncludeListMetaData") is not None:
        raise not_simulated("IncludeListMetaData")
    ret = etree.Element("HostRet")
    put(ret, "ProductName", "QuickBooks Desktop Enterprise Solutions (simulated)")
    put(ret, "MajorVersion", "34")
    put(ret, "MinorVersion", "0")
    put(ret, "Country", "US")
    for version in VERSIONS:
        put(ret, "SupportedQBXMLVersion", version)
    put_flag(ret, "IsAutomaticLogin", value=False)
    put(ret, "QBFileMode", company.file_mode)
    return Answer((ret,))


def query_company(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the company's name, and the private data of the owners asked for."""
    ret = etree.Element("CompanyRet")
    put_flag(ret, "IsSampleCompany", value=False)
    put(ret, "CompanyName", company.name)
    put(ret, "LegalCompanyName", company.name)
    owners = {(child.text or "").casefold() for child in request.iterchildren("OwnerID")}
    for (owner, name), value in company.private_data.items():
        if owner.casefold() in owners:
            extension = etree.SubElement(ret, "DataExtRet")
            put(extension, "OwnerID", owner)
            put(extension, "DataExtName", name)
            put(extension, "DataExtType", "STR255TYPE")
            put(extension, "DataExtValue", value)
    return Answer((ret,))


def query_preferences(company: CompanyFile, request: etree._Element) -> Answer:
    """Return what the administrator switched on; the closing password is not told."""
    preferences, lists = company.preferences, company.lists
    ret = etree.Element("PreferencesRet")
    flags = {
        "IsUsingAccountNumbers": False,
        "IsRequiringAccounts": True,
        "IsUsingClassTracking": preferences.class_tracking,
        "IsUsingAuditTrail": True,
        "IsAssigningJournalEntryNumbers": True,
    }
    accounting = _put_section(ret, "AccountingPreferences", flags)
    if preferences.closing_date is not None:
        put(accounting, "ClosingDate", preferences.closing_date.isoformat())
    _put_usual_sections(ret)
    sites = {
        "IsMultiLocationInventoryAvailable": True,
        "IsMultiLocationInventoryEnabled": preferences.inventory_sites,
    }
    _put_section(ret, "MultiLocationInventoryPreferences", sites)
    _put_buying_and_selling(ret)
    tax_item = lists.by_name(ListKind.ITEM_SALES_TAX, preferences.default_sales_tax_item)
    if tax_item is not None:
        tax = etree.SubElement(ret, "SalesTaxPreferences")
        put_ref(tax, "DefaultItemSalesTaxRef", tax_item)
        put(tax, "PaySalesTax", "Monthly")
        for name, code in (
            ("DefaultTaxableSalesTaxCodeRef", preferences.default_taxable_code),
            ("DefaultNonTaxableSalesTaxCodeRef", preferences.default_non_taxable_code),
        ):
            put_ref(tax, name, lists.by_name(ListKind.SALES_TAX_CODE, code))
    rights = {"IsAutomaticLoginAllowed": False, "IsPersonalDataAccessAllowed": False}
    _put_section(ret, "CurrentAppAccessRights", rights)
    return Answer((ret,))


def _put_section(parent: etree._Element, name: str, flags: Mapping[str, bool]) -> etree._Element:
    section = etree.SubElement(parent, name)
    for flag, value in flags.items():
        put_flag(section, flag, value=value)
    return section


def _put_usual_sections(ret: etree._Element) -> None:
    charges = etree.SubElement(ret, "FinanceChargePreferences")
    put(charges, "GracePeriod", "0")
    put_flag(charges, "IsAssessingForOverdueCharges", value=False)
    put(charges, "CalculateChargesFrom", "DueDate")
    put_flag(charges, "IsMarkedToBePrinted", value=False)
    jobs = ("IsUsingEstimates", "IsUsingProgressInvoicing", "IsPrintingItemsWithZeroAmounts")
    _put_section(ret, "JobsAndEstimatesPreferences", dict.fromkeys(jobs, False))
    _put_section(ret, "MultiCurrencyPreferences", {"IsMultiCurrencyOn": False})


def _put_buying_and_selling(ret: etree._Element) -> None:
    buying = etree.SubElement(ret, "PurchasesAndVendorsPreferences")
    put_flag(buying, "IsUsingInventory", value=True)
    put(buying, "DaysBillsAreDue", "10")
    put_flag(buying, "IsAutomaticallyUsingDiscounts", value=False)
    reports = etree.SubElement(ret, "ReportsPreferences")
    put(reports, "AgingReportBasis", "AgeFromDueDate")
    put(reports, "SummaryReportBasis", "Accrual")
    selling = {"IsTrackingReimbursedExpensesAsIncome": False, "IsAutoApplyingPayments": False}
    _put_section(ret, "SalesAndCustomersPreferences", selling)
