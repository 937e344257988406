"""The lines of an Add or a Mod. Source: qbXML 13.0 InvoiceAdd, InvoiceMod and their kin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.errors import Refusal, cannot_be_found, not_enabled, not_simulated
from simulator.invoices import Entry, Line, LineGroup
from simulator.line_figures import Figures, priced
from simulator.lists import REFERENCES, ListEntry
from simulator.shape import missing

NEW_LINE: Final = "-1"

_TEXTS: Final = frozenset(
    {
        *("Desc", "UnitOfMeasure", "SerialNumber", "LotNumber", "ServiceDate"),
        *("ManufacturerPartNumber", "Other1", "Other2"),
    }
)
_NUMBERS: Final = frozenset({"Quantity", "Rate", "RatePercent", "Amount"})
_UNCLEARABLE: Final = frozenset(
    {"ItemRef", "SalesTaxCodeRef", "OverrideItemAccountRef", "Quantity", "Rate"}
)
_NOT_SIMULATED: Final = frozenset(
    {"PriceLevelRef", "OverrideUOMSetRef", "InventorySiteLocationRef", "LinkToTxn", "DataExt"}
)
_GROUP: Final = "Group"


@dataclass(slots=True)
class LineWriter:
    """Makes the lines of one request; `warnings` collects what was done differently."""

    company: CompanyFile
    #: The class of the header, which new lines of an Add take over.
    header_class: ListEntry | None = None
    #: What the lines belong to, in QuickBooks' messages.
    place: str = "Invoice"
    warnings: list[str] = field(default_factory=list)

    def added(self, wishes: Iterable[etree._Element]) -> tuple[Entry, ...]:
        """Return the lines of an Add, in display order."""
        return tuple(self._new(wish) for wish in wishes)

    def modified(self, lines: Sequence[Entry], wishes: Sequence[etree._Element]) -> list[Entry]:
        """Return the lines after a Mod; those the request does not name are gone.

        Raises Refusal with status 3290 when lines that stay do not stand in their order.
        """
        positions = {line.txn_line_id: position for position, line in enumerate(lines)}
        result: list[Entry] = []
        last = -1
        for wish in wishes:
            # The schema puts TxnLineID first.
            line_id = wish[0].text or ""
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

    def _is_group(self, wish: etree._Element) -> bool:
        return bool(wish.tag == f"{self.place}LineGroupMod")

    def _changed(self, entry: Entry, wish: etree._Element) -> Entry:
        if isinstance(entry, LineGroup) != self._is_group(wish):
            raise cannot_be_found(entry.txn_line_id)
        if len(wish) == 1:
            return entry
        if isinstance(entry, Line):
            return self._changed_line(entry, wish)
        return self._changed_group(entry, wish)

    def _changed_group(self, group: LineGroup, wish: etree._Element) -> LineGroup:
        reference = wish.find("ItemGroupRef")
        item = None if reference is None else self._group_item(reference)
        quantity = wish.findtext("Quantity")
        if quantity:
            group = replace(group, quantity=Decimal(quantity))
        if item is not None and item is not group.item_group:
            lines = self._expanded(item, group.quantity or Decimal(1))
            group = replace(group, item_group=item, lines=lines)
        members = wish.findall(f"{self.place}LineMod")
        if not members:
            return group
        changed = self.modified(group.lines, members)
        return replace(group, lines=tuple(line for line in changed if isinstance(line, Line)))

    def _changed_line(self, line: Line, wish: etree._Element) -> Line:
        refs, values = dict(line.refs), dict(line.values)
        numbers = self._take_over(wish, refs, values)
        if numbers and "ItemRef" not in refs:
            raise missing("ItemRef")
        figures = Figures(line.quantity, line.rate, line.rate_percent, line.amount)
        if numbers:
            figures = self._priced(figures, numbers, refs["ItemRef"])
        return Line(line.txn_line_id, refs, values, *figures)

    def _new(self, wish: etree._Element) -> Entry:
        if wish.find("ItemGroupRef") is not None or self._is_group(wish):
            return self._new_group(wish)
        refs: dict[str, ListEntry] = {}
        values: dict[str, str] = {}
        numbers = self._take_over(wish, refs, values)
        item = refs.get("ItemRef")
        if item is None:
            if numbers:
                raise missing("ItemRef")
            return Line(self.company.next_id(), refs, values)
        return self._item_line(item, refs, values, numbers)

    def _item_line(
        self,
        item: ListEntry,
        refs: dict[str, ListEntry],
        values: dict[str, str],
        numbers: Mapping[str, str],
    ) -> Line:
        if item.description:
            values.setdefault("Desc", item.description)
        if self.header_class is not None:
            refs.setdefault("ClassRef", self.header_class)
        if item.sales_tax_code is not None:
            refs.setdefault("SalesTaxCodeRef", item.sales_tax_code)
        figures = self._priced(Figures.of(item, numbers), numbers, item)
        return Line(self.company.next_id(), refs, values, *figures)

    def _new_group(self, wish: etree._Element) -> LineGroup:
        reference = wish.find("ItemGroupRef")
        item = None if reference is None else self._group_item(reference)
        if item is None:
            raise missing("ItemGroupRef")
        if wish.find(f"{self.place}LineMod") is not None:
            raise not_simulated("members named in a new line group")
        sent = wish.findtext("Quantity")
        quantity = Decimal(sent) if sent else None
        lines = self._expanded(item, quantity or Decimal(1))
        return LineGroup(self.company.next_id(), item, quantity, lines)

    def _group_item(self, reference: etree._Element) -> ListEntry | None:
        item = read_ref(self.company, reference, self.place)
        if item is not None and item.item_type != _GROUP:
            raise _wrong_type(item)
        return item

    def _expanded(self, item: ListEntry, times: Decimal) -> tuple[Line, ...]:
        lines = []
        for member in item.members:
            numbers = (
                {}
                if member.entry.item_type == "Discount"
                else {"Quantity": str(member.quantity * times)}
            )
            refs = {"ItemRef": member.entry}
            lines.append(self._item_line(member.entry, refs, {}, numbers))
        return tuple(lines)

    def _take_over(
        self, wish: etree._Element, refs: dict[str, ListEntry], values: dict[str, str]
    ) -> dict[str, str]:
        """Put texts and references where they belong and return the numbers as sent."""
        numbers: dict[str, str] = {}
        for child in wish:
            name = child.tag
            if name in _NUMBERS:
                if not child.text and name in _UNCLEARABLE:
                    raise cannot_clear(name)
                numbers[name] = child.text or ""
            elif name in _TEXTS:
                set_or_clear(values, name, child.text)
            elif name in REFERENCES:
                self._take_reference(child, refs)
            elif name in _NOT_SIMULATED:
                raise not_simulated(f"{name} in a line")
        return numbers

    def _take_reference(self, child: etree._Element, refs: dict[str, ListEntry]) -> None:
        name = child.tag
        check_enabled(self.company, name)
        entry = read_ref(self.company, child, self.place)
        if name == "ItemRef" and entry is not None:
            _check_saleable(entry)
        if entry is not None:
            refs[name] = entry
        elif name in _UNCLEARABLE:
            raise cannot_clear(name)
        else:
            refs.pop(name, None)

    def _priced(self, figures: Figures, numbers: Mapping[str, str], item: ListEntry) -> Figures:
        if numbers.get("Rate") and numbers.get("Amount"):
            self.warnings.append("Rate was ignored because Amount was given.")
        return priced(figures, numbers, item)


def read_ref(
    company: CompanyFile, reference: etree._Element, place: str = "Invoice"
) -> ListEntry | None:
    """Return the entry a reference means, None for an empty one. Raises Refusal (3140)."""
    texts = {child.tag: child.text or "" for child in reference}
    list_id, full_name = texts.get("ListID", ""), texts.get("FullName", "")
    if not list_id and not full_name:
        return None
    kind = REFERENCES.get(reference.tag)
    if kind is None:
        raise not_simulated(reference.tag)
    return company.lists.refer(kind, list_id, full_name, place=place)


def check_enabled(company: CompanyFile, name: str) -> None:
    """Pass if the preference this reference needs is on. Raises Refusal with status 3250."""
    preferences = company.preferences
    if name == "ClassRef" and not preferences.class_tracking:
        raise not_enabled()
    if name == "InventorySiteRef" and not preferences.inventory_sites:
        raise not_enabled()


def set_or_clear(values: dict[str, str], name: str, text: str | None) -> None:
    """Set the value, or clear it when the element is empty."""
    if text:
        values[name] = text
    else:
        values.pop(name, None)


def cannot_clear(name: str) -> Refusal:
    """Status 3190: this element must have a value."""
    return Refusal(3190, f'The element "{name}" cannot be cleared.')


def _check_saleable(item: ListEntry) -> None:
    if item.item_type == _GROUP:
        raise _wrong_type(item)
    if item.lacks_account:
        message = f'There is a missing posting account for the item "{item.full_name}".'
        raise Refusal(3270, message)


def _wrong_type(item: ListEntry) -> Refusal:
    return Refusal(3280, f'The item "{item.full_name}" is of a type that is not allowed here.')
