"""SOAP 1.1 envelopes as the Web Connector writes and reads them: calls in, replies out.

Source: the Web Connector's WSDL as it is in public use, and captured envelopes.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

from lxml import etree

from qbwc.calls import (
    OPERATIONS,
    Call,
    Number,
    Operation,
    Qbxml,
    Reply,
    Strings,
    Text,
    operation_of,
)
from qbwc.qbxml.errors import LocalProtocolError, RemoteProtocolError

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
INTUIT: Final = "http://developer.intuit.com/"
MAX_BYTES: Final = 16 * 1024 * 1024

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBERS = frozenset({"qbXMLMajorVers", "qbXMLMinorVers"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME_SHOWN = 60
_MAX_TAGS = 50_000
_MAX_NAMESPACES = 1_000


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
    element = _operation_element(_parse_xml(body, max_bytes))
    operation = OPERATIONS.get(_local_name(element))
    if operation is None:
        raise UnknownOperation(_local_name(element))
    return operation.call(**_arguments(operation, element))


def _parse_xml(body: bytes, max_bytes: int) -> etree._Element:
    if len(body) > max_bytes:
        raise RemoteProtocolError(f"The request is larger than {max_bytes} bytes.")
    # A call has a dozen tags, for its documents are escaped: millions would only cost us time.
    if body.count(b"<") > _MAX_TAGS or body.count(b"xmlns") > _MAX_NAMESPACES:
        raise RemoteProtocolError("The request holds too much markup; escape its documents.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        encoding="utf-8",  # the wire's only encoding; in others the count above could be evaded
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        # lxml's own words may quote the body, and a password with it: neither said nor chained.
        raise RemoteProtocolError(
            f"The request is not well-formed XML (line {line}, column {column})."
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise RemoteProtocolError("A request must not have a document type declaration.")
    return root


def _operation_element(root: etree._Element) -> etree._Element:
    if root.tag != f"{{{SOAP}}}Envelope":
        raise RemoteProtocolError("The request is not a SOAP 1.1 envelope.")
    body = root.find(f"{{{SOAP}}}Body")
    operation = None if body is None else next(body.iterchildren("*"), None)
    if operation is None:
        raise RemoteProtocolError("The SOAP envelope has no body that asks for anything.")
    return operation


def _local_name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def _arguments(operation: Operation, element: etree._Element) -> dict[str, str | int]:
    given: dict[str, str] = {}
    for child in element.iterchildren("*"):
        wire_name = _local_name(child)
        if wire_name in given:
            raise RemoteProtocolError(f"{operation.name} has a parameter twice.")
        given[wire_name] = _parameter_text(child)
    return {
        field: _read_number(wire_name, given) if wire_name in _NUMBERS else given.get(wire_name, "")
        for wire_name, field in operation.parameters.items()
    }


def _parameter_text(element: etree._Element) -> str:
    if element.get(_NIL, "").strip() in {"true", "1"}:
        return ""
    return _inner_xml(element) if len(element) else element.text or ""


def _inner_xml(element: etree._Element) -> str:
    # Some clients forget to escape the document: its elements stand in the parameter, inside the
    # envelope's default namespace. qbXML has none, so the names lose it.
    for nested in element.iterdescendants("*"):
        nested.tag = _local_name(nested)
    holder = etree.Element("x")
    holder.text = element.text
    holder.extend(list(element))  # moved, or every declaration of the envelope would come along
    etree.cleanup_namespaces(holder)
    xml = etree.tostring(holder, encoding="unicode")
    return xml.removeprefix("<x>").removesuffix("</x>").strip()


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
    envelope, body = _new_envelope()
    response = etree.SubElement(
        body,
        f"{{{INTUIT}}}{operation.name}Response",
        None,
        {None: INTUIT},  # type: ignore[dict-item]  # the stubs know no default namespace
    )
    result = etree.SubElement(response, f"{{{INTUIT}}}{operation.name}Result")
    if isinstance(reply, Strings):
        for value in reply.values:
            # Outside Intuit's namespace the Web Connector sees an empty array and stops: QBWC1012.
            _write_text(etree.SubElement(result, f"{{{INTUIT}}}string"), value)
    else:
        _write_text(result, _plain(reply))
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _new_envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", None, {"soap": SOAP})
    return envelope, etree.SubElement(envelope, f"{{{SOAP}}}Body")


def _plain(reply: Text | Number | Qbxml) -> str:
    if isinstance(reply, Text):
        return reply.text
    if isinstance(reply, Number):
        return format(reply.number, "d")
    try:
        return reply.body.decode("utf-8")
    except UnicodeDecodeError:
        raise LocalProtocolError("The qbXML document is not UTF-8.") from None


def _write_text(element: etree._Element, text: str) -> None:
    try:
        element.text = text
    except ValueError:  # rare, and looking first would cost a pass over megabytes
        element.text = _NOT_XML.sub("\ufffd", text)


def render_fault(message: str, *, code: Literal["Server", "Client"] = "Server") -> bytes:
    """Write a SOAP fault; "Client" says that the request was wrong, "Server" that we were."""
    envelope, body = _new_envelope()
    fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = f"soap:{code}"
    _write_text(etree.SubElement(fault, "faultstring"), message)
    etree.SubElement(fault, "detail")  # SOAP 1.1, 4.4: never missing when the body is to blame
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
