"""What QuickBooks can hold: lengths, number sizes, dates and characters, each with its source."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

# qbXML 13.0, InvoiceAdd and InvoiceMod
NUMBER_LENGTH = 11
#: A draft may hold a longer number while it is typed; nothing beyond this was meant as one.
STAGED_NUMBER_LENGTH = 100
MEMO_LENGTH = 4095
DESCRIPTION_LENGTH = 4095

# qbXML 13.0 types: AMTTYPE, PRICETYPE and QUANTYPE, DATETYPE
LARGEST_AMOUNT = Decimal("9999999999999.99")
LARGEST_NUMBER = Decimal("9999999999.99999")
NUMBER_PLACES = 5
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2038, 1, 18)

_SHOWN = 5

#: Characters people's word processors make, and the plain ones QuickBooks is sent instead.
_TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u2032": "'", "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "*", "\u2044": "/",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ",
        "\u00bd": "1/2", "\u00bc": "1/4", "\u00be": "3/4", "\u2153": "1/3", "\u2154": "2/3",
        "\u215b": "1/8", "\u215c": "3/8", "\u215d": "5/8", "\u215e": "7/8",
    }
)  # fmt: skip
#: Between a digit and a fraction sign: 2\u00bd is two and a half, and must not become 21/2.
_MIXED_NUMBER = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2153\u2154\u215b-\u215e])")


def quickbooks_text(text: str) -> str:
    """Give the text as QuickBooks will hold it.

    Typography is made plain, line breaks are of one kind, no blanks stand around it. Comparing with
    QuickBooks' copy happens on this form. Source: qbXML text rules, cp1252 storage.
    """
    if text.isascii() and "\r" not in text:
        return text.strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    spaced = _MIXED_NUMBER.sub(" ", unicodedata.normalize("NFC", lines))
    return unicodedata.normalize("NFC", spaced.translate(_TYPOGRAPHY)).strip()


def unstorable_characters(text: str) -> str:
    """Give the characters of the text that QuickBooks cannot store, each once; "" when it can."""
    bad = dict.fromkeys(c for c in quickbooks_text(text) if not _is_storable(c))
    return "".join(bad)


def show_characters(bad: str, text: str) -> str:
    """Write each of these characters of the text with its code point and where it stands first.

    Five at most: who removes those is told the next ones.
    """
    return ", ".join(_show(character, text) for character in bad[:_SHOWN])


def _show(character: str, text: str) -> str:
    code = f"U+{ord(character):04X}"
    shown = f"{character} ({code})" if character.isprintable() else code
    at = text.find(character)  # one that was put together from two stands nowhere
    return f"{shown} at character {at + 1}" if at >= 0 else shown


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
