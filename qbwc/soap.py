"""SOAP 1.1 envelopes as the Web Connector writes and reads them: calls in, replies out.

Source: the Web Connector's WSDL as it is in public use, and captured envelopes.
"""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Final, Literal
from xml.parsers import expat
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from qbwc.calls import (
    OPERATIONS,
    Call,
    Number,
    Operation,
    Reply,
    Strings,
    Text,
    operation_of,
)
from qbwc.qbxml.errors import LocalProtocolError, RemoteProtocolError

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
INTUIT: Final = "http://developer.intuit.com/"
MAX_BYTES: Final = 16 * 1024 * 1024

#: A call has a dozen tags, for its documents are escaped; more would only cost us time.
MAX_TAGS: Final = 50_000
MAX_DEPTH: Final = 256
#: The longest tag or comment, roughly: it bounds what one element can hold in attributes.
MAX_TAG_BYTES: Final = 64 * 1024

_NIL = "http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBERS = frozenset({"qbXMLMajorVers", "qbXMLMinorVers"})
_OPERATION_DEPTH = 3
_PARAMETER_DEPTH = 4
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_ENCODINGS = frozenset({"utf-8", "us-ascii"})
_UTF16_SHOWS = 4
_NAME_SHOWN = 60


class UnknownOperation(RemoteProtocolError):
    """The envelope asks for something that the Web Connector cannot ask."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no operation named {name[:_NAME_SHOWN]!r} here.")


def parse_call(body: bytes, *, max_bytes: int = MAX_BYTES) -> Call:
    """Read the call out of an envelope, of Document or of RPC style.

    Parameters count by their local name; one that is absent, empty or nil is "".

    Raises:
        UnknownOperation: The envelope is sound, but asks for no operation of the Web Connector.
        RemoteProtocolError: Anything else that is not a call; no message quotes a parameter.
    """
    if len(body) > max_bytes:
        raise RemoteProtocolError(f"The request is larger than {max_bytes} bytes.")
    envelope = _Envelope()
    _parse(body, envelope)
    if envelope.operation is None:
        raise RemoteProtocolError("The SOAP envelope has no body that asks for anything.")
    operation = OPERATIONS.get(envelope.operation)
    if operation is None:
        raise UnknownOperation(envelope.operation)
    return operation.call(**_arguments(operation, envelope.parameters))


class _Envelope:
    """The operation and its parameters, by their local names, as the parser comes by them."""

    def __init__(self) -> None:
        self.operation: str | None = None
        self.parameters: dict[str, str] = {}
        self._tags = 0
        self._depth = 0
        self._has_body = False
        self._in_body = False
        self._is_nil = False
        self._parameter = ""
        self._text: list[str] = []
        self._markup: _Markup | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._tags += 1
        self._depth += 1
        if self._tags > MAX_TAGS or self._depth > MAX_DEPTH:
            raise RemoteProtocolError("The request holds too much markup; escape its documents.")
        if self._depth < _OPERATION_DEPTH:
            self._start_frame(name)
        elif self._in_body:
            self._start_content(_local_name(name), attributes)

    def _start_frame(self, name: str) -> None:
        if self._depth == 1:
            if name != f"{SOAP}}}Envelope":
                raise RemoteProtocolError("The request is not a SOAP 1.1 envelope.")
            return
        self._in_body = name == f"{SOAP}}}Body"
        if self._in_body and self._has_body:
            raise RemoteProtocolError("The SOAP envelope has two bodies.")
        self._has_body = self._has_body or self._in_body

    def _start_content(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._depth == _OPERATION_DEPTH:
            if self.operation is not None:
                raise RemoteProtocolError("The SOAP envelope asks for two things at once.")
            self.operation = name
        elif self._depth == _PARAMETER_DEPTH:
            if name in self.parameters:
                raise RemoteProtocolError("The call has a parameter twice.")
            self._parameter = name
            self._is_nil = attributes.get(_NIL, "").strip() in {"true", "1"}
        else:
            if self._markup is None:
                self._markup = _Markup("".join(self._text))
            self._markup.start(name, attributes)

    def characters(self, text: str) -> None:
        if not self._in_body or self._depth < _PARAMETER_DEPTH:
            return
        if self._markup is None:
            self._text.append(text)
        else:
            self._markup.characters(text)

    def end(self, name: str) -> None:
        if self._in_body and self._depth > _PARAMETER_DEPTH and self._markup is not None:
            self._markup.end(_local_name(name))
        elif self._in_body and self._depth == _PARAMETER_DEPTH:
            value = "".join(self._text) if self._markup is None else self._markup.xml()
            self.parameters[self._parameter] = "" if self._is_nil else value
            self._text, self._markup = [], None
        self._depth -= 1

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise RemoteProtocolError("The request is not UTF-8.")

    def doctype(self, *_: object) -> None:
        raise RemoteProtocolError("A request must not have a document type declaration.")


class _Markup:
    """A document that its sender forgot to escape, written again as text.

    It stood inside the envelope's default namespace; qbXML has none, so its names lose it.
    """

    def __init__(self, text: str) -> None:
        self._written = StringIO()
        self._writer = XMLGenerator(self._written, "utf-8", short_empty_elements=True)
        self._writer.characters(text)

        self.characters = self._writer.characters
        self.end = self._writer.endElement

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        own = {key: value for key, value in attributes.items() if "}" not in key}
        self._writer.startElement(name, AttributesImpl(own))

    def xml(self) -> str:
        return self._written.getvalue().strip()


def _parse(body: bytes, envelope: _Envelope) -> None:
    if b"\x00" in body[:_UTF16_SHOWS]:  # expat would follow its mark, whatever it is told
        raise RemoteProtocolError("The request is not UTF-8.")
    # Not lxml: it keeps every name it has met for as long as the process lives, and a stranger
    # can think of many.
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    parser.buffer_size = MAX_TAG_BYTES
    parser.StartElementHandler = envelope.start
    parser.EndElementHandler = envelope.end
    parser.CharacterDataHandler = envelope.characters
    parser.XmlDeclHandler = envelope.declaration
    parser.StartDoctypeDeclHandler = envelope.doctype
    view = memoryview(body)
    try:
        for start in range(0, len(body) or 1, MAX_TAG_BYTES):
            end = start + MAX_TAG_BYTES
            parser.Parse(view[start:end], end >= len(body))
            if end - parser.CurrentByteIndex > 2 * MAX_TAG_BYTES:
                raise RemoteProtocolError("The request has a tag without an end.")
    except expat.ExpatError as error:
        # The position alone: a parser's words may quote the body, and a password with it.
        raise RemoteProtocolError(
            f"The request is not well-formed XML (line {error.lineno}, column {error.offset + 1})."
        ) from None


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def _arguments(operation: Operation, given: Mapping[str, str]) -> dict[str, str | int]:
    return {
        field: _read_number(wire_name, given) if wire_name in _NUMBERS else given.get(wire_name, "")
        for wire_name, field in operation.parameters.items()
    }


def _read_number(wire_name: str, given: Mapping[str, str]) -> int:
    text = given.get(wire_name, "").strip()
    if re.fullmatch("[0-9]{1,9}", text) is None:
        raise RemoteProtocolError(f"{wire_name} is missing or is not a whole number.")
    return int(text)


def render_reply(call: Call, reply: Reply) -> bytes:
    """Write the answer to that call as an envelope; a qbXML document is escaped once, as text.

    Raises:
        LocalProtocolError: The operation is not answered with this kind of reply, or the qbXML
            document is not UTF-8.
    """
    operation = operation_of(call)
    if not isinstance(reply, operation.reply):
        raise LocalProtocolError(
            f"{operation.name} is answered with {operation.reply.__name__},"
            f" not with {type(reply).__name__}."
        )
    before, after = _AROUND_RESULT[operation.name]
    return b"".join((before, _result(reply), after))


def _result(reply: Reply) -> bytes:
    match reply:
        case Text():
            return _escaped(reply.text)
        case Number():
            return b"%d" % reply.number
        case Strings():
            return b"".join(b"<string>%b</string>" % _escaped(value) for value in reply.values)
        case _:
            try:
                reply.body.decode("utf-8")
            except UnicodeDecodeError:
                raise LocalProtocolError("The qbXML document is not UTF-8.") from None
            return _escaped_utf8(reply.body)


def _escaped(text: str) -> bytes:
    try:
        return _escaped_utf8(text.encode("utf-8"))
    except UnicodeEncodeError:  # lone surrogates
        return _escaped_utf8(_NOT_XML.sub("\ufffd", text).encode("utf-8"))


def _escaped_utf8(text: bytes) -> bytes:
    # The searches are of C's speed, for a document may have megabytes; the pattern's are not.
    if b"\xef\xbf" in text or len(text.translate(None, _CONTROLS)) != len(text):
        text = _NOT_XML.sub("\ufffd", text.decode("utf-8")).encode("utf-8")
    escaped = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return escaped.replace(b"\r", b"&#13;")  # a bare one would arrive as a line feed


def _enveloped(body: bytes) -> tuple[bytes, bytes]:
    """Put the body into an envelope, and give what stands before and after its gap."""
    envelope = (
        b"<?xml version='1.0' encoding='utf-8'?>\n"
        b'<soap:Envelope xmlns:soap="%b"><soap:Body>%b</soap:Body></soap:Envelope>'
    ) % (SOAP.encode(), body)
    before, _, after = envelope.partition(b"|")
    return before, after


# In Intuit's namespace down to each string: outside it the Web Connector sees an empty array and
# stops with QBWC1012.
_AROUND_RESULT: Final = {
    name: _enveloped(
        f'<{name}Response xmlns="{INTUIT}"><{name}Result>|</{name}Result></{name}Response>'.encode()
    )
    for name in OPERATIONS
}
_AROUND_FAULT: Final = {
    code: _enveloped(  # SOAP 1.1, 4.4: the detail is never missing when the body is to blame
        b"<soap:Fault><faultcode>soap:%b</faultcode>"
        b"<faultstring>|</faultstring><detail/></soap:Fault>" % code.encode()
    )
    for code in ("Server", "Client")
}


def render_fault(message: str, *, code: Literal["Server", "Client"] = "Server") -> bytes:
    """Write a SOAP fault; "Client" says that the request was wrong, "Server" that we were."""
    before, after = _AROUND_FAULT[code]
    return b"".join((before, _escaped(message), after))
