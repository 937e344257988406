"""The WSDL says what the endpoint does."""

import pytest
from lxml import etree

from qbwc.calls import (
    OPERATIONS,
    Authenticate,
    Call,
    GetLastError,
    Number,
    Qbxml,
    ReceiveResponseXML,
    Reply,
    SendRequestXML,
    Strings,
    Text,
)
from qbwc.soap import render_reply
from qbwc.wsdl import render_wsdl

NAMES = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
PARAMETERS = {
    "serverVersion": [],
    "clientVersion": ["strVersion xs:string"],
    "authenticate": ["strUserName xs:string", "strPassword xs:string"],
    "sendRequestXML": [
        "ticket xs:string",
        "strHCPResponse xs:string",
        "strCompanyFileName xs:string",
        "qbXMLCountry xs:string",
        "qbXMLMajorVers xs:int",
        "qbXMLMinorVers xs:int",
    ],
    "receiveResponseXML": [
        "ticket xs:string",
        "response xs:string",
        "hresult xs:string",
        "message xs:string",
    ],
    "getLastError": ["ticket xs:string"],
    "connectionError": ["ticket xs:string", "hresult xs:string", "message xs:string"],
    "closeConnection": ["ticket xs:string"],
    "getInteractiveURL": ["wcTicket xs:string", "sessionID xs:string"],
    "isInteractiveDone": ["wcTicket xs:string"],
    "interactiveRejected": ["wcTicket xs:string", "reason xs:string"],
}
RESULTS = dict.fromkeys(PARAMETERS, "xs:string") | {
    "authenticate": "tns:ArrayOfString",
    "receiveResponseXML": "xs:int",
}


def the_wsdl() -> etree._Element:
    return etree.fromstring(render_wsdl("https://example.com/qbwc?a=1&b=2"))


def values(path: str) -> list[str]:
    found = the_wsdl().xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [str(value) for value in found]


def elements_of(name: str) -> list[str]:
    path = f"//xs:element[@name='{name}']/xs:complexType/xs:sequence/xs:element"
    return [
        f"{name} {kind}"
        for name, kind in zip(values(f"{path}/@name"), values(f"{path}/@type"), strict=True)
    ]


def the_schema() -> etree.XMLSchema:
    schema = the_wsdl().find(".//xs:schema", NAMES)
    assert schema is not None
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))  # with its namespaces


def test_the_address_is_the_one_that_was_given() -> None:
    assert values("//soap:address/@location") == ["https://example.com/qbwc?a=1&b=2"]


def test_the_names_are_those_of_the_web_connector() -> None:
    assert values("/wsdl:definitions/@targetNamespace") == ["http://developer.intuit.com/"]
    assert values("//wsdl:service/@name") == ["QBWebConnectorSvc"]
    for part in ("port", "portType", "binding"):
        assert values(f"//wsdl:{part}/@name") == ["QBWebConnectorSvcSoap"]


def test_it_is_document_literal_over_http() -> None:
    assert values("//soap:binding/@style") == ["document"]
    assert values("//soap:binding/@transport") == ["http://schemas.xmlsoap.org/soap/http"]
    assert values("//soap:body/@use") == ["literal"] * 22
    assert values("//xs:schema/@elementFormDefault") == ["qualified"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_operation_is_described_in_full(name: str) -> None:
    message = f"//wsdl:message[@name=substring-after(//wsdl:portType/wsdl:operation[@name='{name}']"

    assert elements_of(name) == PARAMETERS[name]
    assert elements_of(f"{name}Response") == [f"{name}Result {RESULTS[name]}"]
    assert values(f"//wsdl:binding/wsdl:operation[@name='{name}']/soap:operation/@soapAction") == [
        f"http://developer.intuit.com/{name}"
    ]
    assert values(f"{message}/wsdl:input/@message, ':')]/wsdl:part/@element") == [f"tns:{name}"]
    assert values(f"{message}/wsdl:output/@message, ':')]/wsdl:part/@element") == [
        f"tns:{name}Response"
    ]


def test_it_describes_what_the_endpoint_reads() -> None:
    assert list(PARAMETERS) == list(OPERATIONS)
    assert values("//wsdl:portType/wsdl:operation/@name") == list(OPERATIONS)
    for name, operation in OPERATIONS.items():
        assert [line.split()[0] for line in PARAMETERS[name]] == list(operation.parameters)


def test_numbers_must_be_there_and_texts_need_not() -> None:
    needed = "//xs:element[not(@minOccurs) and starts-with(@type, 'xs:')]/@name"

    assert values(needed) == ["qbXMLMajorVers", "qbXMLMinorVers", "receiveResponseXMLResult"]


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (Authenticate(), Strings(("ticket", "", "60", ""))),
        (SendRequestXML(qbxml_major_version=13, qbxml_minor_version=0), Qbxml(b"<QBXML/>")),
        (ReceiveResponseXML(), Number(-1)),
        (GetLastError(), Text("NoOp")),
    ],
)
def test_our_replies_are_valid_by_our_own_wsdl(call: Call, reply: Reply) -> None:
    envelope = etree.fromstring(render_reply(call, reply))

    the_schema().assertValid(envelope[0][0])
