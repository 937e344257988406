"""What our list entries are called in QuickBooks, and what has to be called something yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.errors import InvalidValue, TextTooLong, ValueRequired, Where
from domain.guards import Guard, GuardCode, reminder
from domain.issues import ObjectKind
from domain.limits import quickbooks_text, show_characters, unstorable_characters


class NamedList(StrEnum):
    """A list of ours whose entries QuickBooks knows by a name of its own."""

    CUSTOMER = "CUSTOMER"
    ITEM = "ITEM"
    BUSINESS_UNIT = "BUSINESS_UNIT"
    TAX_ZONE = "TAX_ZONE"
    INVENTORY_LOCATION = "INVENTORY_LOCATION"


@dataclass(frozen=True, slots=True)
class _Naming:
    #: What the office calls an entry of the list, and what it is in QuickBooks.
    word: str
    kind: ObjectKind
    #: Of the full name with its parents, and of each part between the colons. A list without
    #: parents takes no colon.
    longest: int
    longest_part: int
    has_parents: bool = True


#: Source of the lengths: qbXML 13.0, FullName of each Ref and Name of each Add.
_NAMINGS: Mapping[NamedList, _Naming] = {
    NamedList.CUSTOMER: _Naming("customer", ObjectKind.CUSTOMER, 209, 41),
    NamedList.ITEM: _Naming("item", ObjectKind.ITEM, 159, 31),
    NamedList.BUSINESS_UNIT: _Naming("business unit", ObjectKind.CLASS, 159, 31),
    NamedList.TAX_ZONE: _Naming("tax zone", ObjectKind.SALES_TAX_ITEM, 31, 31, has_parents=False),
    NamedList.INVENTORY_LOCATION: _Naming(
        "inventory location", ObjectKind.INVENTORY_SITE, 31, 31, has_parents=False
    ),
}  # fmt: skip


def word_for(named: NamedList) -> str:
    """Give what the office calls an entry."""
    return _NAMINGS[named].word


def kind_of(named: NamedList) -> ObjectKind:
    """Give what an entry is in QuickBooks."""
    return _NAMINGS[named].kind


def checked_quickbooks_name(named: NamedList, name: str) -> str:
    """Give the name as QuickBooks writes it; parents stand before it with a colon.

    Raises ValueRequired, TextTooLong, and InvalidValue for what no QuickBooks name can be.
    """
    naming = _NAMINGS[named]
    if ":" in name and not naming.has_parents:
        raise InvalidValue(
            f"The name that this {naming.word} has in QuickBooks holds no colon.",
            where=("quickbooks_name",),
        )
    return _checked(name, naming.longest, naming.longest_part, ("quickbooks_name",))


def checked_account_name(name: str) -> str:
    """Give the full name of an account. Raises what `checked_quickbooks_name` raises."""
    return _checked(name, 159, 31, ("account",))


def _checked(name: str, longest: int, longest_part: int, where: Where) -> str:
    text = quickbooks_text(name)
    parts = [part.strip() for part in text.split(":")]
    if not all(parts):
        raise ValueRequired("Give the name that it has in QuickBooks.", where=where)
    if bad := unstorable_characters(text) or ("\n" if "\n" in text else ""):
        shown = show_characters(bad, text)
        raise InvalidValue(f"No name in QuickBooks holds: {shown}.", where=where)
    joined = ":".join(parts)
    for part, most in ((joined, longest), *((part, longest_part) for part in parts)):
        if len(part) > most:
            raise TextTooLong("A name in QuickBooks", longest=most, actual=len(part), where=where)
    return joined


def exported_affected(label: str, count: int) -> Guard:
    """Give the reminder that QuickBooks holds transactions under the old name."""
    return reminder(
        GuardCode.EXPORTED_TRANSACTIONS_AFFECTED,
        f"{count} exported transactions name the {label}. Each goes under the new name as soon as"
        " it is synced again, and QuickBooks may then hold it elsewhere than before.",
        "Make sure that the new name is the same entry in QuickBooks, then confirm.",
        path=(),
    )


class FindingCode(StrEnum):
    """What is not set up yet and would hold back an export or a sync."""

    CUSTOMER_WITHOUT_NAME = "CUSTOMER_WITHOUT_NAME"
    ITEM_WITHOUT_NAME = "ITEM_WITHOUT_NAME"
    COGS_ACCOUNT_MISSING = "COGS_ACCOUNT_MISSING"
    BUSINESS_UNIT_WITHOUT_CLASS = "BUSINESS_UNIT_WITHOUT_CLASS"
    TAX_ZONE_WITHOUT_ITEM = "TAX_ZONE_WITHOUT_ITEM"
    LOCATION_WITHOUT_SITE = "LOCATION_WITHOUT_SITE"


@dataclass(frozen=True, slots=True)
class Finding:
    """One list entry, and what it lacks."""

    code: FindingCode
    entry_id: UUID
    name: str

    @property
    def message(self) -> str:
        """What it lacks, in a sentence."""
        return _MESSAGES[self.code].format(name=self.name)

    @property
    def step(self) -> str:
        """What an administrator does about it."""
        return _STEPS[self.code].format(name=self.name)


_MESSAGES: Mapping[FindingCode, str] = {
    FindingCode.CUSTOMER_WITHOUT_NAME: "The customer “{name}” has no name in QuickBooks.",
    FindingCode.ITEM_WITHOUT_NAME: "The item “{name}” has no name in QuickBooks.",
    FindingCode.COGS_ACCOUNT_MISSING: "The item “{name}” has no COGS account.",
    FindingCode.BUSINESS_UNIT_WITHOUT_CLASS: "The business unit “{name}” has no QuickBooks class.",
    FindingCode.TAX_ZONE_WITHOUT_ITEM: "The tax zone “{name}” has no QuickBooks tax item.",
    FindingCode.LOCATION_WITHOUT_SITE: (
        "The inventory location “{name}” has no QuickBooks inventory site."
    ),
}
_STEPS: Mapping[FindingCode, str] = {
    FindingCode.CUSTOMER_WITHOUT_NAME: "Create the customer in QuickBooks and set its name here.",
    FindingCode.ITEM_WITHOUT_NAME: (
        "Create the item in QuickBooks (a material as a non-inventory part, tax and shipping as"
        " service items) and set its name here."
    ),
    FindingCode.COGS_ACCOUNT_MISSING: (
        "Set the account of its cost of goods sold, the same as on the item in QuickBooks."
    ),
    FindingCode.BUSINESS_UNIT_WITHOUT_CLASS: "Set the class that the business unit is.",
    FindingCode.TAX_ZONE_WITHOUT_ITEM: "Set the sales-tax item or group that the tax zone is.",
    FindingCode.LOCATION_WITHOUT_SITE: "Set the inventory site that the truck or warehouse is.",
}
