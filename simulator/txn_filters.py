"""Which transactions a query asks for. Source: qbXML 13.0 InvoiceQueryRq and its kin."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, Protocol

from lxml import etree

from simulator.errors import Refusal, not_simulated
from simulator.lists import ListEntry

_NOT_SIMULATED: Final = ("AccountFilter", "CurrencyFilter")

MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "StartsWith": str.startswith,
    "Contains": str.__contains__,
    "EndsWith": str.endswith,
}


class Transaction(Protocol):
    """What the filters look at."""

    @property
    def refs(self) -> Mapping[str, ListEntry]: ...
    @property
    def modified(self) -> datetime: ...
    @property
    def ref_number(self) -> str: ...
    @property
    def txn_date(self) -> date: ...


def passes(request: etree._Element, transaction: Transaction) -> bool:
    """Whether a query by number or by filters means this transaction."""
    return (
        _has_number(request, transaction)
        and _in_dates(request, transaction)
        and _of_customer(request, transaction)
        and _number_matches(request, transaction)
    )


def check_supported(request: etree._Element) -> None:
    """Pass if every filter of the query is simulated. Raises Refusal with status 1030."""
    for name in _NOT_SIMULATED:
        if request.find(name) is not None:
            raise not_simulated(f"{name} in a query")


def in_moments(moments: etree._Element | None, moment: datetime, what: str) -> bool:
    """Whether a moment of QuickBooks lies between From...Date and To...Date of a filter."""
    if moments is None:
        return True
    start, end = moments.findtext(f"From{what}Date"), moments.findtext(f"To{what}Date")
    local = moment.replace(tzinfo=None)
    return (not start or local_moment(start) <= local) and (not end or local <= local_moment(end))


def local_moment(text: str) -> datetime:
    """Return the moment on the clock of QuickBooks' computer: a sent offset does not count.

    Raises Refusal with status 3020.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        message = f'There was an error when converting the date value "{text}"'
        raise Refusal(3020, message) from None


def _has_number(request: etree._Element, transaction: Transaction) -> bool:
    exact = [child.text for child in request.iterchildren("RefNumberCaseSensitive")]
    if exact:
        return transaction.ref_number in exact
    numbers = [(child.text or "").casefold() for child in request.iterchildren("RefNumber")]
    return not numbers or transaction.ref_number.casefold() in numbers


def _in_dates(request: etree._Element, transaction: Transaction) -> bool:
    days = request.find("TxnDateRangeFilter")
    if days is not None:
        if days.findtext("DateMacro", "All") != "All":
            raise not_simulated("DateMacro")
        first, last = days.findtext("FromTxnDate"), days.findtext("ToTxnDate")
        return (not first or date.fromisoformat(first) <= transaction.txn_date) and (
            not last or transaction.txn_date <= date.fromisoformat(last)
        )
    moments = request.find("ModifiedDateRangeFilter")
    return in_moments(moments, transaction.modified, "Modified")


def _of_customer(request: etree._Element, transaction: Transaction) -> bool:
    entity = request.find("EntityFilter")
    return entity is None or means(entity, transaction.refs["CustomerRef"])


def means(criteria: etree._Element, entry: ListEntry) -> bool:
    """Whether a filter by ListID or FullName, with children or without, means the entry."""
    name = entry.full_name.casefold()
    for child in criteria.iterchildren(etree.Element):
        wanted = (child.text or "").casefold()
        if child.tag in {"ListID", "ListIDWithChildren"}:
            if wanted == entry.list_id.casefold():
                return True
        elif name == wanted:
            return True
        elif child.tag == "FullNameWithChildren":
            return name.startswith(f"{wanted}:")
    return False


def _number_matches(request: etree._Element, transaction: Transaction) -> bool:
    criterion = request.find("RefNumberFilter")
    number = transaction.ref_number
    if criterion is not None:
        matches = MATCHES[criterion.findtext("MatchCriterion", "")]
        return matches(number, criterion.findtext("RefNumber", ""))
    bounds = request.find("RefNumberRangeFilter")
    if bounds is None:
        return True
    first, last = bounds.findtext("FromRefNumber"), bounds.findtext("ToRefNumber")
    return (not first or first <= number) and (not last or number <= last)
