"""The header of a transaction: references, texts and addresses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.errors import Refusal, not_simulated
from simulator.invoices import Invoice
from simulator.line_writes import cannot_clear, check_enabled, read_ref, set_or_clear
from simulator.lists import REFERENCES, ListEntry
from simulator.shape import missing

_UNCLEARABLE: Final = frozenset({"CustomerRef", "ARAccountRef", "TemplateRef", "TxnDate"})
_ADDRESSES: Final = frozenset({"BillAddress", "ShipAddress", "VendorAddress", "SiteAddress"})
_IDENTITY: Final = frozenset({"TxnID", "EditSequence"})
_NOT_SIMULATED: Final = frozenset({"SetCredit", "LinkToTxnID", "ExchangeRate"})
_LINES: Final = frozenset(
    f"{kind}Line{group}{verb}"
    for kind in ("Invoice", "CreditMemo", "PurchaseOrder")
    for group in ("", "Group")
    for verb in ("Add", "Mod")
)
_STREET: Final = tuple(f"Addr{number}" for number in range(1, 6))
_MOST_ADDRESS_LINES: Final = 5


def body_of(request: etree._Element) -> etree._Element:
    """Return the aggregate that says what to write. Raises Refusal with status 3150."""
    name = request.tag.removesuffix("Rq")
    body = request.find(name)
    if body is None:
        raise missing(name)
    return body


def lines_of(body: etree._Element) -> list[etree._Element]:
    """Return the lines and line groups, in the order in which they were sent."""
    return [child for child in body if child.tag in _LINES]


def with_header(
    company: CompanyFile, document: Invoice, body: etree._Element, place: str = "Invoice"
) -> Invoice:
    """Return the transaction with what the body says; the rest of it stays. Raises Refusal."""
    refs, values = dict(document.refs), dict(document.values)
    addresses = dict(document.addresses)
    for child in body.iterchildren(etree.Element):
        name = child.tag
        if name in _LINES or name in _IDENTITY:
            continue
        if name in _NOT_SIMULATED:
            raise not_simulated(f"{name} in a transaction")
        if name in REFERENCES:
            _set_reference(company, refs, child, place)
        elif name in _ADDRESSES:
            addresses[name] = read_address(child)
        else:
            _set_value(values, child)
    return replace(document, refs=refs, values=values, addresses=addresses)


def read_address(element: etree._Element) -> Mapping[str, str]:
    """Return an address by its qbXML names. Raises Refusal with status 3205 beyond five lines."""
    address = {str(part.tag): part.text for part in element if part.text}
    if len(printed(address)) > _MOST_ADDRESS_LINES:
        message = "The address has more than five lines when it is printed."
        raise Refusal(3205, message)
    return address


def printed(address: Mapping[str, str]) -> list[str]:
    """Return the address as it is printed: the street, then town and country on a line each."""
    lines = [address[name] for name in _STREET if name in address]
    town = " ".join(address[name] for name in ("City", "State", "PostalCode") if name in address)
    return [*lines, *([town] if town else []), *filter(None, (address.get("Country"),))]


def _set_reference(
    company: CompanyFile, refs: dict[str, ListEntry], child: etree._Element, place: str
) -> None:
    check_enabled(company, child.tag)
    entry = read_ref(company, child, place)
    if entry is not None:
        refs[child.tag] = entry
    elif child.tag in _UNCLEARABLE:
        raise cannot_clear(child.tag)
    else:
        refs.pop(child.tag, None)


def _set_value(values: dict[str, str], child: etree._Element) -> None:
    if not child.text and child.tag in _UNCLEARABLE:
        raise cannot_clear(child.tag)
    set_or_clear(values, child.tag, child.text)
