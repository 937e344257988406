"""Documents from outside: what is read of them, and what is refused before anything is read."""

import pytest

from qbwc.qbxml.document import read_message_set
from qbwc.qbxml.errors import RemoteProtocolError


def a_document(memo: str = "") -> str:
    return f"<QBXML><QBXMLMsgsRs><Memo>{memo}</Memo></QBXMLMsgsRs></QBXML>"


def the_memo(document: str) -> str | None:
    return read_message_set(document).findtext("Memo")


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "made-up"])
def test_the_declared_encoding_does_not_count(encoding: str) -> None:
    """The document came as text inside SOAP: whatever it declares was true before that."""
    document = f'\r\n<?xml version="1.0" encoding="{encoding}"?>' + a_document("caf\u00e9")

    assert the_memo(document) == "café"


def test_comments_do_not_cut_a_text_in_two() -> None:
    assert the_memo(a_document("a<!-- b --><![CDATA[<c>]]>")) == "a<c>"


@pytest.mark.parametrize(
    "reference",
    ["&#5;", "&#x5;", "&#x0B;", "&#00031;", "&#X1f;", "&#0;", "&#11;", "&#14;", "&#20;"],
)
def test_references_to_invalid_characters_are_dropped(reference: str) -> None:
    """QuickBooks writes them for what was pasted into a memo."""
    document = a_document(f"a{reference}b&#10;")

    assert the_memo(document) == "ab\n"


def test_an_escaped_reference_is_text() -> None:
    assert the_memo(a_document("&amp;#5;")) == "&#5;"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not well-formed"),
        ("nonsense", "not well-formed"),
        ("<QBXML>", "not well-formed"),
        ("<a>&#5;", "not well-formed"),
        ("<a>\x05</a>", "not well-formed"),
        ("<a>&unknown;</a>", "not well-formed"),
        ("<a>\ud800</a>", "characters that are none"),
        ("<QBXML/>", "not a QBXML"),
        ("<html><QBXMLMsgsRs/></html>", "not a QBXML"),
        ('<QBXML xmlns="urn:x"><QBXMLMsgsRs/></QBXML>', "not a QBXML"),
        (b"\xff\xfe<\x00a\x00", "not well-formed"),
        ("<d>" * 10_000, "not well-formed"),
    ],
)
def test_what_is_no_message_set_is_refused(document: str | bytes, message: str) -> None:
    with pytest.raises(RemoteProtocolError, match=message):
        read_message_set(document)


def test_a_document_type_is_refused_before_anything_is_expanded() -> None:
    bomb = '<!DOCTYPE QBXML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + a_document("&b;")

    with pytest.raises(RemoteProtocolError, match="document type"):
        read_message_set(bomb)


def test_a_document_beyond_the_limit_is_refused() -> None:
    document = a_document()

    assert read_message_set(document, max_bytes=len(document)) is not None
    with pytest.raises(RemoteProtocolError, match="larger than"):
        read_message_set(document, max_bytes=len(document) - 1)


def test_a_refusal_does_not_quote_the_document() -> None:
    """Such errors are logged; a customer's name is not."""
    with pytest.raises(RemoteProtocolError) as refusal:
        read_message_set("<QBXML><Smith></Jones></QBXML>")

    assert "Smith" not in str(refusal.value)
    assert refusal.value.__suppress_context__
