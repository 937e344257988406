"""The lines of InvoiceAdd and InvoiceMod. Source: qbXML 13.0 InvoiceAdd, InvoiceMod."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.errors import Refusal, cannot_be_found, not_simulated
from simulator.figures import cents, derived_rate
from simulator.invoices import Entry, Line, LineGroup, extended
from simulator.lists import REFERENCES, ListEntry

NEW_LINE: Final = "-1"

_TEXTS: Final = frozenset(
    {"Desc", "UnitOfMeasure", "SerialNumber", "LotNumber", "ServiceDate", "Other1", "Other2"}
)
_NUMBERS: Final = frozenset({"Quantity", "Rate", "RatePercent", "Amount"})
_NOT_SIMULATED: Final = frozenset(
    {"PriceLevelRef", "OverrideUOMSetRef", "InventorySiteLocationRef", "LinkToTxn", "DataExt"}
)
_GROUP_LINE: Final = "InvoiceLineGroupMod"


@dataclass(slots=True)
class LineWriter:
    """Makes the lines of one request; `warnings` collects what was done differently."""

    company: CompanyFile
    #: The class of the header, which new lines of an Add take over.
    header_class: ListEntry | None = None
    warnings: list[str] = field(default_factory=list)

    def added(self, wishes: Iterable[etree._Element]) -> tuple[Entry, ...]:
        """Return the lines of an InvoiceAdd, in display order."""
        return tuple(self._new(wish) for wish in wishes)

    def modified(self, lines: Sequence[Entry], wishes: Sequence[etree._Element]) -> list[Entry]:
        """Return the lines after an InvoiceMod; those the request does not name are gone.

        Raises Refusal with status 3290 when lines that stay do not stand in their order.
        """
        positions = {line.txn_line_id: position for position, line in enumerate(lines)}
        result: list[Entry] = []
        last = -1
        for wish in wishes:
            line_id = wish.findtext("TxnLineID", "")
            if line_id == NEW_LINE:
                result.append(self._new(wish))
                continue
            position = positions.get(line_id)
            if position is None:
                raise cannot_be_found(line_id)
            if position <= last:
                message = f'The item "{line_id}" is placed in the request in incorrect order.'
                raise Refusal(3290, message)
            last = position
            result.append(self._changed(lines[position], wish))
        return result

    def _changed(self, entry: Entry, wish: etree._Element) -> Entry:
        if isinstance(entry, LineGroup) != (wish.tag == _GROUP_LINE):
            raise cannot_be_found(entry.txn_line_id)
        if isinstance(entry, Line):
            return self._changed_line(entry, wish)
        return self._changed_group(entry, wish)

    def _changed_group(self, group: LineGroup, wish: etree._Element) -> LineGroup:
        quantity = wish.findtext("Quantity")
        if quantity:
            group = replace(group, quantity=Decimal(quantity))
        members = wish.findall("InvoiceLineMod")
        if not members:
            return group
        lines = self.modified(group.lines, members)
        return replace(group, lines=tuple(line for line in lines if isinstance(line, Line)))

    def _changed_line(self, line: Line, wish: etree._Element) -> Line:
        refs, values = dict(line.refs), dict(line.values)
        numbers = self._take_over(wish, refs, values)
        if not numbers:
            return replace(line, refs=refs, values=values)
        line = replace(line, refs=refs, values=values, quantity=_quantity(line, numbers))
        return self._priced(line, numbers)

    def _new(self, wish: etree._Element) -> Entry:
        if wish.find("ItemGroupRef") is not None or wish.tag == _GROUP_LINE:
            return self._new_group(wish)
        refs: dict[str, ListEntry] = {}
        values: dict[str, str] = {}
        numbers = self._take_over(wish, refs, values)
        line = Line(self.company.next_id(), refs, values, _quantity(Line(""), numbers))
        item = refs.get("ItemRef")
        if item is None:
            if numbers:
                raise Refusal(3150, "There is a missing element: ItemRef")
            return line
        self._default(line, item, refs, values)
        return self._priced(_list_priced(line, item, numbers), numbers)

    def _default(
        self, line: Line, item: ListEntry, refs: dict[str, ListEntry], values: dict[str, str]
    ) -> None:
        if item.description:
            values.setdefault("Desc", item.description)
        if self.header_class is not None:
            refs.setdefault("ClassRef", self.header_class)
        if item.sales_tax_code is not None:
            refs.setdefault("SalesTaxCodeRef", item.sales_tax_code)

    def _new_group(self, wish: etree._Element) -> LineGroup:
        reference = wish.find("ItemGroupRef")
        if reference is None:
            raise Refusal(3150, "There is a missing element: ItemGroupRef")
        item = read_ref(self.company, reference)
        if item is None or not item.members:
            raise Refusal(3150, "There is a missing element: ItemGroupRef")
        sent = wish.findtext("Quantity")
        times = Decimal(sent) if sent else Decimal(1)
        members = []
        for member in item.members:
            refs: dict[str, ListEntry] = {"ItemRef": member.entry}
            values: dict[str, str] = {}
            line = Line(self.company.next_id(), refs, values, member.quantity * times)
            self._default(line, member.entry, refs, values)
            members.append(self._priced(_list_priced(line, member.entry, {}), {}))
        quantity = times if sent else None
        return LineGroup(self.company.next_id(), item, quantity, tuple(members))

    def _take_over(
        self, wish: etree._Element, refs: dict[str, ListEntry], values: dict[str, str]
    ) -> dict[str, str]:
        """Put texts and references where they belong and return the numbers as sent."""
        numbers: dict[str, str] = {}
        for child in wish.iterchildren(etree.Element):
            name = child.tag
            if name in _NOT_SIMULATED:
                raise not_simulated(f"{name} in an invoice line")
            if name in REFERENCES:
                self._take_reference(child, refs)
            elif name in _TEXTS:
                set_or_clear(values, name, child.text)
            elif name in _NUMBERS:
                numbers[name] = child.text or ""
        return numbers

    def _take_reference(self, child: etree._Element, refs: dict[str, ListEntry]) -> None:
        entry = read_ref(self.company, child)
        if child.tag == "InventorySiteRef" and not self.company.preferences.inventory_sites:
            raise Refusal(
                3250,
                "This feature is not enabled or not available in this version of QuickBooks.",
            )
        if entry is not None:
            refs[child.tag] = entry
        elif child.tag == "ItemRef":
            raise cannot_clear(child.tag)
        else:
            refs.pop(child.tag, None)

    def _priced(self, line: Line, numbers: Mapping[str, str]) -> Line:
        """Return the line with rate and amount in step, from what was sent or what was there."""
        amount, rate, percent = (numbers.get(key) for key in ("Amount", "Rate", "RatePercent"))
        if amount:
            if rate:
                self.warnings.append("Rate was ignored because Amount was given.")
            exact = cents(Decimal(amount))
            derived = derived_rate(exact, line.quantity)
            return replace(line, amount=exact, rate=derived, rate_percent=None)
        if percent:
            return replace(line, rate=None, rate_percent=Decimal(percent), amount=None)
        if rate is not None:
            line = replace(line, rate=Decimal(rate) if rate else None, rate_percent=None)
        if line.rate is None:
            return line if line.rate_percent is not None else replace(line, amount=None)
        return replace(line, amount=extended(line.quantity, line.rate))


def read_ref(company: CompanyFile, reference: etree._Element) -> ListEntry | None:
    """Return the entry a reference means, None for an empty one. Raises Refusal (3140)."""
    list_id = reference.findtext("ListID", "")
    full_name = reference.findtext("FullName", "")
    if not list_id and not full_name:
        return None
    kind = REFERENCES.get(reference.tag)
    if kind is None:
        raise not_simulated(reference.tag)
    return company.lists.refer(kind, list_id, full_name)


def set_or_clear(values: dict[str, str], name: str, text: str | None) -> None:
    """Set the value, or clear it when the element is empty."""
    if text:
        values[name] = text
    else:
        values.pop(name, None)


def cannot_clear(name: str) -> Refusal:
    """Status 3190: this element must have a value."""
    return Refusal(3190, f'The element "{name}" cannot be cleared.')


def _quantity(line: Line, numbers: Mapping[str, str]) -> Decimal | None:
    sent = numbers.get("Quantity")
    if sent is None:
        return line.quantity
    return Decimal(sent) if sent else None


def _list_priced(line: Line, item: ListEntry, numbers: Mapping[str, str]) -> Line:
    """Return the new line at the item's own price, unless the request names one."""
    if any(numbers.get(key) for key in ("Rate", "Amount", "RatePercent")):
        return line
    if item.percent is not None:
        return replace(line, rate_percent=-item.percent)
    if item.price is not None and item.item_type == "Discount":
        return replace(line, rate=-item.price)
    return replace(line, rate=item.price)
