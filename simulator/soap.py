"""The SOAP 1.1 calls a Web Connector makes, written and read as on its wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from lxml import etree

SERVICE: Final = "http://developer.intuit.com/"
#: All that a Web Connector may call.
OPERATIONS: Final = (
    *("serverVersion", "clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML"),
    *("getLastError", "connectionError", "closeConnection"),
    *("getInteractiveURL", "isInteractiveDone", "interactiveRejected"),
)
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
# The stubs of lxml know no default namespace.
_DEFAULT_NAMESPACE: Final = cast(dict[str, str], {None: SERVICE})
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_USER_AGENT: Final = (
    "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
)


class Style(StrEnum):
    """How the parameters are written; Document is what the Web Connector does by default."""

    DOCUMENT = "Document"
    RPC = "RPC"


class SoapError(Exception):
    """The server answered with a fault or with something that is no answer to the call."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with its parameters in order; ints go out as ints."""

    operation: str
    parameters: Mapping[str, str | int]

    @property
    def headers(self) -> dict[str, str]:
        """The HTTP headers of the call."""
        return {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{SERVICE}{self.operation}"',
            "User-Agent": _USER_AGENT,
        }

    def body(self, style: Style = Style.DOCUMENT) -> bytes:
        """Return the envelope, UTF-8; an empty parameter is self-closed."""
        prefixes = {"soap": _SOAP, "xsi": _XSI, "xsd": _XSD}
        envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap=prefixes)
        body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
        if style is Style.RPC:
            self._write_rpc(body)
        else:
            self._write_document(body)
        return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")

    def _write_document(self, body: etree._Element) -> None:
        call = etree.SubElement(body, f"{{{SERVICE}}}{self.operation}", nsmap=_DEFAULT_NAMESPACE)
        for name, value in self.parameters.items():
            _put(call, f"{{{SERVICE}}}{name}", value)

    def _write_rpc(self, body: etree._Element) -> None:
        body.set(f"{{{_SOAP}}}encodingStyle", _ENCODING)
        call = etree.SubElement(body, f"{{{SERVICE}}}{self.operation}", nsmap={"q1": SERVICE})
        for name, value in self.parameters.items():
            parameter = _put(call, name, value)
            kind = "xsd:int" if isinstance(value, int) else "xsd:string"
            parameter.set(f"{{{_XSI}}}type", kind)


def read_text(operation: str, reply: bytes) -> str:
    """Return the text of a reply with one string or int. Raises SoapError."""
    return _result(operation, reply).text or ""


def read_strings(operation: str, reply: bytes) -> list[str]:
    """Return the strings of an ArrayOfString in Intuit's own namespace. Raises SoapError."""
    result = _result(operation, reply)
    strings = [child.text or "" for child in result.iter(f"{{{SERVICE}}}string")]
    if len(strings) < _FEWEST_STRINGS:
        message = "Index was outside the bounds of the array."
        raise SoapError(message)
    return strings


_FEWEST_STRINGS: Final = 2


def fault_text(reply: bytes) -> str:
    """Return what a SOAP fault says; an empty string when the reply is none."""
    try:
        fault = _parsed(reply).find(f".//{{{_SOAP}}}Fault")
    except SoapError:
        return ""
    return "" if fault is None else fault.findtext("faultstring", "")


def _put(parent: etree._Element, name: str, value: str | int) -> etree._Element:
    parameter = etree.SubElement(parent, name)
    text = str(value)
    # An empty string would be written as a pair of tags, and the Web Connector closes it at once.
    parameter.text = text or None
    return parameter


def _result(operation: str, reply: bytes) -> etree._Element:
    root = _parsed(reply)
    fault = root.find(f".//{{{_SOAP}}}Fault")
    if fault is not None:
        raise SoapError(fault.findtext("faultstring", "The server returned a SOAP fault."))
    found = root.find(
        f"{{{_SOAP}}}Body/{{{SERVICE}}}{operation}Response/{{{SERVICE}}}{operation}Result"
    )
    if found is None:
        message = f"The reply holds no {operation}Result."
        raise SoapError(message)
    return found


def _parsed(reply: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        return etree.fromstring(reply, parser)
    except etree.XMLSyntaxError as error:
        message = f"Response is not well-formed XML: {error}"
        raise SoapError(message) from None
