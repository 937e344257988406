"""The thing a refusal is about, read from QuickBooks' text. Source: texts seen in public."""

import re
from collections.abc import Mapping

from domain.issues import ObjectKind, QuickBooksObject

#: A name may itself hold quotes: it ends where the sentence goes on as we know it.
_REFERENCE = re.compile(
    r'reference to (?:a )?(?:QuickBooks )?([^"]+?) "(.+?)"(?: in the ([^".]+))?(?=[.]|$)',
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r'Object "(.+?)" specified in the request', re.IGNORECASE)
_INVALID_ID = re.compile(r'object ID "(.+?)" in the field "(.+?)"', re.IGNORECASE)
_ITEM = re.compile(r'\bitem "(.+?)"(?=[\s.,;:)]|$)', re.IGNORECASE)

#: By QuickBooks' word without blanks, for one and for a list of them.
_KINDS: Mapping[str, ObjectKind] = {
    "customer": ObjectKind.CUSTOMER,
    "customers": ObjectKind.CUSTOMER,
    "item": ObjectKind.ITEM,
    "items": ObjectKind.ITEM,
    "class": ObjectKind.CLASS,
    "classes": ObjectKind.CLASS,
    "itemsalestax": ObjectKind.SALES_TAX_ITEM,
    "salestax": ObjectKind.SALES_TAX_ITEM,
    "salestaxitem": ObjectKind.SALES_TAX_ITEM,
    "salestaxcode": ObjectKind.SALES_TAX_CODE,
    "inventorysite": ObjectKind.INVENTORY_SITE,
    "terms": ObjectKind.TERMS,
    "salesrep": ObjectKind.SALES_REP,
    "account": ObjectKind.ACCOUNT,
}


def named_object(message: str) -> QuickBooksObject | None:
    """Give what QuickBooks' text, with single blanks, names as missing or unusable."""
    if found := _REFERENCE.search(message):
        return _referred(found)
    if found := _NOT_FOUND.search(message):
        return QuickBooksObject(ObjectKind.BY_ID, found[1])
    if found := _INVALID_ID.search(message):
        is_invoice = found[2].casefold() == "txnid"
        return QuickBooksObject(ObjectKind.INVOICE if is_invoice else ObjectKind.BY_ID, found[1])
    if found := _ITEM.search(message):
        return QuickBooksObject(ObjectKind.ITEM, found[1])
    return None


def _referred(found: re.Match[str]) -> QuickBooksObject:
    """A parent's kind is told by the list it stands in."""
    kind, name, place = found.groups()
    word = kind
    if kind.casefold() == "parent":
        word = (place or "").casefold().removesuffix("list")
    return QuickBooksObject(_KINDS.get("".join(word.casefold().split()), ObjectKind.ENTRY), name)
