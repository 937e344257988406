"""Control characters that people paste into memos, and QuickBooks hands on as `&#5;`.

No XML parser takes them, so inside the simulator each is kept as a character of the private use
area and becomes an invalid reference only in the finished response.
"""

import re
from typing import Final

_PRIVATE: Final = 0xE000
_CONTROLS: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f]")
_KEPT: Final = re.compile("[\ue001-\ue008\ue00b\ue00c\ue00e-\ue01f]")


def hidden(text: str) -> str:
    """Return a text that can stand in a tree, its control characters put away."""
    return _CONTROLS.sub(lambda found: chr(_PRIVATE + ord(found[0])), text)


def revealed(document: str) -> str:
    """Return a finished response with the control characters back, as references."""
    if document.isascii():
        return document
    return _KEPT.sub(lambda found: f"&#{ord(found[0]) - _PRIVATE};", document)
