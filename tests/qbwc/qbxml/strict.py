"""A reader of requests that is as strict as QuickBooks: order, names, types, lengths, values."""

import re

from lxml import etree

from qbwc.qbxml.render import render_request
from qbwc.qbxml.spec import AnyRequest
from tests.qbwc.qbxml.facts import MESSAGES, Fact

_NUMBER = r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?"
_PATTERNS = {
    "AMTTYPE": r"[+-]?[0-9]{1,13}(\.[0-9]{2})?",
    "PRICETYPE": _NUMBER,
    "QUANTYPE": _NUMBER,
    "PERCENTTYPE": _NUMBER,
    "INTTYPE": r"[0-9]{1,10}",
    "IDTYPE": r".{1,36}",
    "DATETYPE": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "DATETIMETYPE": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "BOOLTYPE": r"true|false",
    "GUIDTYPE": r"0|\{[0-9a-f-]{36}\}",
    "ENUMTYPE": r"[A-Za-z]+",
    "STRTYPE": r"(?s:.*)",
}
#: Groups stand among the lines, in the order in which QuickBooks shows them.
_INTERLEAVED = {
    "InvoiceLineGroupMod": "InvoiceLineMod",
    "CreditMemoLineGroupMod": "CreditMemoLineMod",
}


def read(request: AnyRequest) -> etree._Element:
    """Render the request and read it as strictly as QuickBooks would."""
    rendered = render_request(request, "1")
    assert rendered.isascii()
    assert b"\n" not in rendered
    element = etree.fromstring(rendered)
    assert_follows_the_sdk(element)
    return element


def assert_follows_the_sdk(request: etree._Element) -> None:
    """Assert that QuickBooks' own parser would take the request."""
    assert re.fullmatch(r"[!-~]{1,50}", request.get("requestID", ""))
    _assert_follows(request, MESSAGES[request.tag].children)


def _assert_follows(element: etree._Element, facts: list[Fact]) -> None:
    by_name = {fact.name: fact for fact in facts}
    order = [_INTERLEAVED.get(fact.name, fact.name) for fact in facts]
    names = [_INTERLEAVED.get(child.tag, child.tag) for child in element]
    assert names == sorted(names, key=order.index)
    for child in element:
        fact = by_name[child.tag]
        may_repeat = fact.repeats or "Line" in fact.name
        assert may_repeat or names.count(child.tag) == 1
        if fact.type in (None, "REF"):
            _assert_follows(child, fact.children)
        else:
            _assert_is(child.text or "", fact)


def _assert_is(text: str, fact: Fact) -> None:
    assert fact.longest is None or len(text) <= fact.longest
    assert re.fullmatch(_PATTERNS[fact.type or ""], text)
    assert not fact.values or text in fact.values
