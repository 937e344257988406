"""InvoiceQuery by id, by number, or by filters. Source: qbXML 13.0 InvoiceQueryRq."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from lxml import etree

from simulator.answers import NO_MATCH, Answer, not_found
from simulator.company_file import CompanyFile
from simulator.errors import Refusal, not_simulated
from simulator.invoice_ret import invoice_ret
from simulator.invoices import Invoice

_NOT_SIMULATED: Final = ("AccountFilter", "CurrencyFilter")
_YES: Final = "true"

_MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "StartsWith": str.startswith,
    "Contains": str.__contains__,
    "EndsWith": str.endswith,
}


def query_invoices(company: CompanyFile, request: etree._Element) -> Answer:
    """Return the invoices asked for: 500 when an id is unknown, 1 when a filter finds nothing."""
    for name in _NOT_SIMULATED:
        if request.find(name) is not None:
            raise not_simulated(f"{name} in an invoice query")
    wanted = [child.text or "" for child in request.iterchildren("TxnID")]
    if wanted:
        return _by_id(company, request, wanted)
    found = [invoice for invoice in company.invoices.values() if _passes(request, invoice)]
    limit = request.findtext("MaxReturned")
    found = found[: int(limit)] if limit else found
    if not found:
        return NO_MATCH
    return Answer(tuple(_ret(company, request, invoice) for invoice in found))


def _by_id(company: CompanyFile, request: etree._Element, wanted: list[str]) -> Answer:
    known = [company.invoices[txn_id] for txn_id in wanted if txn_id in company.invoices]
    rets = tuple(_ret(company, request, invoice) for invoice in known)
    missing = [txn_id for txn_id in wanted if txn_id not in company.invoices]
    return not_found(missing[0], rets) if missing else Answer(rets)


def _ret(company: CompanyFile, request: etree._Element, invoice: Invoice) -> etree._Element:
    return invoice_ret(
        invoice,
        offset=company.utc_offset,
        lines=request.findtext("IncludeLineItems") == _YES,
        linked=request.findtext("IncludeLinkedTxns") == _YES,
    )


def _passes(request: etree._Element, invoice: Invoice) -> bool:
    return (
        _has_number(request, invoice)
        and _in_dates(request, invoice)
        and _of_customer(request, invoice)
        and _number_matches(request, invoice)
        and _is_paid_as_asked(request, invoice)
    )


def _has_number(request: etree._Element, invoice: Invoice) -> bool:
    exact = [child.text for child in request.iterchildren("RefNumberCaseSensitive")]
    if exact:
        return invoice.ref_number in exact
    numbers = [(child.text or "").casefold() for child in request.iterchildren("RefNumber")]
    return not numbers or invoice.ref_number.casefold() in numbers


def _in_dates(request: etree._Element, invoice: Invoice) -> bool:
    days = request.find("TxnDateRangeFilter")
    if days is not None:
        if days.findtext("DateMacro", "All") != "All":
            raise not_simulated("DateMacro")
        first, last = days.findtext("FromTxnDate"), days.findtext("ToTxnDate")
        return (not first or date.fromisoformat(first) <= invoice.txn_date) and (
            not last or invoice.txn_date <= date.fromisoformat(last)
        )
    moments = request.find("ModifiedDateRangeFilter")
    if moments is None:
        return True
    start, end = moments.findtext("FromModifiedDate"), moments.findtext("ToModifiedDate")
    modified = invoice.modified.replace(tzinfo=None)
    return (not start or _local(start) <= modified) and (not end or modified <= _local(end))


def _local(text: str) -> datetime:
    """Return the moment on the clock of QuickBooks' computer: a sent offset does not count."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        message = f'There was an error when converting the date value "{text}"'
        raise Refusal(3020, message) from None


def _of_customer(request: etree._Element, invoice: Invoice) -> bool:
    entity = request.find("EntityFilter")
    if entity is None:
        return True
    customer = invoice.refs["CustomerRef"]
    name = customer.full_name.casefold()
    for child in entity.iterchildren(etree.Element):
        wanted = (child.text or "").casefold()
        if child.tag in {"ListID", "ListIDWithChildren"}:
            if wanted == customer.list_id.casefold():
                return True
        elif name == wanted:
            return True
        elif child.tag == "FullNameWithChildren":
            return name.startswith(f"{wanted}:")
    return False


def _number_matches(request: etree._Element, invoice: Invoice) -> bool:
    criterion = request.find("RefNumberFilter")
    if criterion is not None:
        matches = _MATCHES[criterion.findtext("MatchCriterion", "")]
        return matches(invoice.ref_number, criterion.findtext("RefNumber", ""))
    bounds = request.find("RefNumberRangeFilter")
    if bounds is None:
        return True
    first, last = bounds.findtext("FromRefNumber"), bounds.findtext("ToRefNumber")
    number = invoice.ref_number
    return (not first or first <= number) and (not last or number <= last)


def _is_paid_as_asked(request: etree._Element, invoice: Invoice) -> bool:
    asked = request.findtext("PaidStatus", "All")
    return asked == "All" or (asked == "PaidOnly") == (not invoice.balance_remaining)
