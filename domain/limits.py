"""What QuickBooks can hold: lengths, number sizes, dates and characters, each with its source."""

import unicodedata
from datetime import date
from decimal import Decimal

# qbXML 13.0, InvoiceAdd and InvoiceMod
NUMBER_LENGTH = 11
MEMO_LENGTH = 4095
DESCRIPTION_LENGTH = 4095

# qbXML 13.0 types: AMTTYPE, PRICETYPE and QUANTYPE, DATETYPE
LARGEST_AMOUNT = Decimal("9999999999999.99")
LARGEST_NUMBER = Decimal("9999999999.99999")
NUMBER_PLACES = 5
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2038, 1, 18)

#: Characters people's word processors make, and the plain ones QuickBooks is sent instead.
_TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2026": "...", "\u2022": "*",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ",
        "\u00bd": "1/2", "\u00bc": "1/4", "\u00be": "3/4",
    }
)  # fmt: skip


def quickbooks_text(text: str) -> str:
    """Give the text as QuickBooks will hold it.

    Typography is made plain, line breaks are of one kind, no blanks stand around it. Comparing with
    QuickBooks' copy happens on this form. Source: qbXML text rules, cp1252 storage.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).translate(_TYPOGRAPHY).strip()


def unstorable_characters(text: str) -> str:
    """Give the characters of the text that QuickBooks cannot store, each once; "" when it can."""
    bad = dict.fromkeys(c for c in quickbooks_text(text) if not _is_storable(c))
    return "".join(bad)


def _is_storable(character: str) -> bool:
    if character in "\n\t":
        return True
    if unicodedata.category(character) == "Cc":
        return False
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
