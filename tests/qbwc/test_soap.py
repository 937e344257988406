"""Envelopes as the Web Connector's .NET client writes them, and as it can read ours."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qbwc.calls import (
    OPERATIONS,
    Authenticate,
    Call,
    ClientVersion,
    CloseConnection,
    ConnectionFailed,
    GetInteractiveURL,
    GetLastError,
    InteractiveRejected,
    IsInteractiveDone,
    Number,
    Qbxml,
    ReceiveResponseXML,
    Reply,
    SendRequestXML,
    ServerVersion,
    Strings,
    Text,
    operation_of,
)
from qbwc.qbxml.errors import LocalProtocolError, RemoteProtocolError
from qbwc.soap import MAX_BYTES, UnknownOperation, parse_call, render_fault, render_reply

CAPTURED = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    '<soap:Body><serverVersion xmlns="http://developer.intuit.com/" /></soap:Body></soap:Envelope>'
)
RPC_STYLE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    '<soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    '<q1:clientVersion xmlns:q1="http://developer.intuit.com/">'
    '<strVersion xsi:type="xsd:string">2.3.0.215</strVersion>'
    "</q1:clientVersion></soap:Body></soap:Envelope>"
)
HARD_TEXT = "a&b< c"
HCP = (
    '<?xml version="1.0" ?>\n<QBXML><QBXMLMsgsRs><HostQueryRs requestID="0"/></QBXMLMsgsRs></QBXML>'
)
GIVEN_VERSION = "<qbXMLMajorVers>13</qbXMLMajorVers><qbXMLMinorVers>0</qbXMLMinorVers>"


def an_envelope(inner: str) -> bytes:
    empty = '<serverVersion xmlns="http://developer.intuit.com/" />'
    return CAPTURED.replace(empty, inner).encode()


def a_request(operation: str, parameters: str = "") -> bytes:
    return an_envelope(
        f'<{operation} xmlns="http://developer.intuit.com/">{parameters}</{operation}>'
    )


def a_poll() -> SendRequestXML:
    return SendRequestXML(ticket="T", qbxml_major_version=13, qbxml_minor_version=0)


def test_the_captured_envelope_is_understood() -> None:
    """It came from a Web Connector 2.2.0.71."""
    assert parse_call(CAPTURED.encode()) == ServerVersion()


def test_the_captured_rpc_style_is_understood() -> None:
    """A .qwc file of other hands may say <Style>RPC</Style>."""
    assert parse_call(RPC_STYLE.encode()) == ClientVersion(version="2.3.0.215")


@pytest.mark.parametrize(
    ("operation", "parameters", "call"),
    [
        ("serverVersion", "", ServerVersion()),
        ("serverVersion", "<strVersion>1</strVersion>", ServerVersion()),
        ("clientVersion", "<strVersion>2.3.0.215</strVersion>", ClientVersion(version="2.3.0.215")),
        (
            "authenticate",
            "<strUserName>instep</strUserName><strPassword>a&amp;b&lt; c</strPassword>",
            Authenticate(user_name="instep", password=HARD_TEXT),
        ),
        (
            "sendRequestXML",
            (
                f"<ticket>T</ticket><strHCPResponse>{escape(HCP)}</strHCPResponse>"
                "<strCompanyFileName>C:\\Büro.qbw</strCompanyFileName>"
                "<qbXMLCountry>US</qbXMLCountry>"
                "<qbXMLMajorVers>16</qbXMLMajorVers><qbXMLMinorVers>0</qbXMLMinorVers>"
            ),
            SendRequestXML(
                ticket="T",
                hcp_response=HCP,
                company_file_name="C:\\Büro.qbw",
                country="US",
                qbxml_major_version=16,
                qbxml_minor_version=0,
            ),
        ),
        (
            "receiveResponseXML",
            "<ticket>T</ticket><response>&lt;QBXML/&gt;</response><hresult /><message />",
            ReceiveResponseXML(ticket="T", response="<QBXML/>"),
        ),
        (
            "receiveResponseXML",
            "<ticket>T</ticket><response /><hresult>0x80040400</hresult><message>No.</message>",
            ReceiveResponseXML(ticket="T", hresult="0x80040400", message="No."),
        ),
        ("getLastError", "<ticket>T</ticket>", GetLastError(ticket="T")),
        (
            "connectionError",
            "<ticket>T</ticket><hresult>0x80040408</hresult><message>No.</message>",
            ConnectionFailed(ticket="T", hresult="0x80040408", message="No."),
        ),
        ("closeConnection", "<ticket>T</ticket>", CloseConnection(ticket="T")),
        (
            "getInteractiveURL",
            "<wcTicket>T</wcTicket><sessionID>S</sessionID>",
            GetInteractiveURL(ticket="T", session_id="S"),
        ),
        ("isInteractiveDone", "<wcTicket>T</wcTicket>", IsInteractiveDone(ticket="T")),
        (
            "interactiveRejected",
            "<wcTicket>T</wcTicket><reason>No.</reason>",
            InteractiveRejected(ticket="T", reason="No."),
        ),
    ],
)
def test_each_operation_becomes_its_call(operation: str, parameters: str, call: Call) -> None:
    parsed = parse_call(a_request(operation, parameters))

    assert parsed == call
    assert operation_of(parsed).name == operation


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "<ticket />",
        "<ticket></ticket>",
        '<ticket xsi:nil="true" />',
        '<ticket xsi:nil="1">T</ticket>',
        "<other>x</other><!-- nothing --><?nothing?>",
    ],
)
def test_a_parameter_that_says_nothing_is_empty(parameters: str) -> None:
    assert parse_call(a_request("closeConnection", parameters)) == CloseConnection(ticket="")


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ("<ticket> T\n</ticket>", " T\n"),
        ("<ticket>a<!-- x -->b<![CDATA[<c>]]></ticket>", "ab<c>"),
        ('<ticket xsi:nil="false">T</ticket>', "T"),
        ('<o:ticket xmlns:o="urn:other">T</o:ticket>', "T"),
        ('<ticket xmlns="">T</ticket>', "T"),
    ],
)
def test_a_parameter_is_its_text_in_whatever_namespace(parameter: str, text: str) -> None:
    assert parse_call(a_request("closeConnection", parameter)) == CloseConnection(ticket=text)


@pytest.mark.parametrize(
    "nested",
    [
        '<QBXML><Rs a="&lt;">T &amp; Co <b/> tail</Rs></QBXML>',
        ' <QBXML><Rs a="&lt;">T &amp; Co <b/> tail</Rs></QBXML>\n',
        '<QBXML xmlns=""><Rs a="&lt;">T &amp; Co <b/> tail</Rs></QBXML>',
    ],
)
def test_a_document_that_was_not_escaped_is_read_all_the_same(nested: str) -> None:
    """It becomes text again, without the namespaces that it caught from the envelope."""
    request = a_request("receiveResponseXML", f"<response>{nested}</response>")

    assert parse_call(request) == ReceiveResponseXML(
        response='<QBXML><Rs a="&lt;">T &amp; Co <b/> tail</Rs></QBXML>'
    )


def test_the_mixture_of_text_and_elements_stays_well_formed() -> None:
    request = a_request("closeConnection", "<ticket>a &lt; b<c/>d</ticket>")

    assert parse_call(request) == CloseConnection(ticket="a &lt; b<c/>d")


@pytest.mark.parametrize("number", ["", "x", "13.0", "-1", "1_3", "\u0661", "9" * 10])
def test_a_version_must_be_a_whole_number(number: str) -> None:
    request = a_request("sendRequestXML", GIVEN_VERSION.replace("13", number))

    with pytest.raises(RemoteProtocolError, match="qbXMLMajorVers is missing or is not"):
        parse_call(request)


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [("", "qbXMLMajorVers"), ("<qbXMLMajorVers> 13 </qbXMLMajorVers>", "qbXMLMinorVers")],
)
def test_both_versions_are_needed(parameters: str, missing: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"{missing} is missing"):
        parse_call(a_request("sendRequestXML", parameters))


@pytest.mark.parametrize("name", ["interactiveDone", "ServerVersion", "Envelope", "x" * 5_000])
def test_an_operation_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(UnknownOperation, match=name[:60]) as caught:
        parse_call(a_request(name))

    assert len(str(caught.value)) < 200


# Each entity is ten of the one before: &j; would be ten thousand million characters.
ENTITIES = '<!ENTITY a "hahahahaha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x PUBLIC "a" "https://example.com/x.dtd">',
        '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY % j SYSTEM "https://example.com/x.dtd"> %j;]>',
        f"<!DOCTYPE x [{ENTITIES}]>",
    ],
    ids=["bare", "system", "public", "external entity", "parameter entity", "billion laughs"],
)
@pytest.mark.parametrize(
    "parameters", ["", "<ticket>&j;</ticket>", '<ticket a="&j;">T</ticket>'], ids=len
)
def test_a_document_type_is_refused_whatever_it_declares(doctype: str, parameters: str) -> None:
    request = a_request("closeConnection", parameters).replace(b"?>", f"?>{doctype}".encode(), 1)

    with pytest.raises(RemoteProtocolError):
        parse_call(request)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not well-formed"),
        (b"user=a&password=b", "not well-formed"),
        (CAPTURED.encode("utf-16"), "not UTF-8"),
        (CAPTURED.encode("utf-16-le"), "not UTF-8"),
        (CAPTURED.encode("utf-16-be"), "not UTF-8"),
        (CAPTURED.encode("utf-32"), "not UTF-8"),
        (CAPTURED.replace("utf-8", "utf-16").encode("utf-16"), "not UTF-8"),
        (CAPTURED.replace("utf-8", "iso-8859-1").encode(), "not UTF-8"),
        (CAPTURED.replace("utf-8", "utf-7").encode("utf-7"), "not UTF-8"),
        (a_request("closeConnection", "<ticket>&nbsp;</ticket>"), "not well-formed"),
        (a_request("closeConnection", f"<ticket>{'<a>' * 400}"), "too much markup"),
        (b"<html><body>Not found</body></html>", "not a SOAP 1.1 envelope"),
        (
            CAPTURED.replace(
                "http://schemas.xmlsoap.org/soap/envelope/",
                "http://www.w3.org/2003/05/soap-envelope",
            ).encode(),
            "not a SOAP 1.1 envelope",
        ),
        (CAPTURED.replace("soap:Body", "soap:Header").encode(), "no body"),
        (an_envelope(""), "no body"),
        (an_envelope("text<!-- and --><?no?>"), "no body"),
        (a_request("closeConnection", "<ticket/><ticket/>"), "a parameter twice"),
        (a_request("closeConnection", f"<ticket>{'<a/>' * 50_000}</ticket>"), "too much markup"),
        (a_request("closeConnection", f"<ticket a='{'x' * 200_000}'/>"), "a tag without an end"),
        (a_request("closeConnection", f"<!--{'x' * 200_000}-->"), "a tag without an end"),
        (CAPTURED.replace("<soap:Body>", "<soap:Body/><soap:Body>").encode(), "two bodies"),
        (
            an_envelope(
                '<serverVersion xmlns="http://developer.intuit.com/"/>'
                '<closeConnection xmlns="http://developer.intuit.com/"/>'
            ),
            "two things at once",
        ),
    ],
)
def test_what_is_not_a_call_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(RemoteProtocolError, match=reason):
        parse_call(body)


def test_a_request_over_the_limit_is_refused() -> None:
    body = CAPTURED.encode()

    assert parse_call(body, max_bytes=len(body)) == ServerVersion()
    with pytest.raises(RemoteProtocolError, match=f"larger than {len(body) - 1} bytes"):
        parse_call(body, max_bytes=len(body) - 1)


def test_an_answer_may_fill_the_limit() -> None:
    """A document is one text, and no parser's own limit on texts comes before ours."""
    frame = len(a_request("receiveResponseXML", "<response></response>"))
    document = "x" * (MAX_BYTES - frame)

    call = parse_call(a_request("receiveResponseXML", f"<response>{document}</response>"))

    assert call == ReceiveResponseXML(response=document)


def test_a_refusal_does_not_quote_what_was_sent() -> None:
    """An unescaped "<" in a password must not carry the password into a log."""
    request = a_request("authenticate", "<strPassword>pass<word</strPassword>")

    with pytest.raises(RemoteProtocolError) as caught:
        parse_call(request)

    assert "word" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_secrets_and_documents_are_left_out_of_a_repr() -> None:
    shown = repr(
        (
            Authenticate(user_name="instep", password=HARD_TEXT),
            SendRequestXML(
                ticket="SECRET",
                hcp_response="SECRET",
                qbxml_major_version=13,
                qbxml_minor_version=0,
            ),
            ReceiveResponseXML(ticket="SECRET", response="SECRET"),
            GetLastError(ticket="SECRET"),
            ConnectionFailed(ticket="SECRET"),
            CloseConnection(ticket="SECRET"),
            GetInteractiveURL(ticket="SECRET", session_id="SECRET"),
            IsInteractiveDone(ticket="SECRET"),
            InteractiveRejected(ticket="SECRET"),
            Strings(("SECRET", "")),
            Qbxml(b"SECRET"),
        )
    )

    assert "instep" in shown
    assert "SECRET" not in shown
    assert HARD_TEXT not in shown


@given(st.binary())
def test_any_bytes_are_a_call_or_refused(body: bytes) -> None:
    """Garbage either parses or raises RemoteProtocolError, never another error."""
    try:
        parse_call(body)
    except RemoteProtocolError:
        return


@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.integers(min_value=0, max_value=700),
    st.integers(min_value=0, max_value=40),
    st.one_of(
        st.binary(max_size=20), st.sampled_from([b"<a/>", b"<a>", b"&#0;", b"&a;", b"<![CDATA["])
    ),
)
def test_a_damaged_envelope_is_a_call_or_refused(
    operation: str, at: int, cut: int, splinter: bytes
) -> None:
    sound = a_request(
        operation, f"<ticket>T</ticket><response>{escape(HCP)}</response>{GIVEN_VERSION}"
    )
    try:
        parse_call(sound[:at] + splinter + sound[at + cut :])
    except RemoteProtocolError:
        return


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
def test_any_text_arrives_as_it_was_sent(text: str) -> None:
    request = a_request("authenticate", f"<strPassword>{escape(text)}</strPassword>")

    assert parse_call(request) == Authenticate(password=text)


REPLIES: list[tuple[Call, Reply, str]] = [
    (ServerVersion(), Text("Instep"), "Instep"),
    (ClientVersion(), Text(""), ""),
    (
        Authenticate(),
        Strings(("ticket", "")),
        "<string>ticket</string><string></string>",
    ),
    (
        Authenticate(),
        Strings(("", "none", "", "3600")),
        "<string></string><string>none</string><string></string><string>3600</string>",
    ),
    (
        a_poll(),
        Qbxml(b'<?xml version="1.0"?>\n<QBXML>D&#233;cor &amp; Co</QBXML>'),
        '&lt;?xml version="1.0"?&gt;\n&lt;QBXML&gt;D&amp;#233;cor &amp;amp; Co&lt;/QBXML&gt;',
    ),
    (a_poll(), Qbxml(b""), ""),
    (ReceiveResponseXML(), Number(100), "100"),
    (ReceiveResponseXML(), Number(-1), "-1"),
    (GetLastError(), Text("NoOp"), "NoOp"),
    (ConnectionFailed(), Text("done"), "done"),
    (CloseConnection(), Text("OK"), "OK"),
    (GetInteractiveURL(), Text("https://example.com/?a=1&b=2"), "https://example.com/?a=1&amp;b=2"),
    (IsInteractiveDone(), Text("DONE"), "DONE"),
    (InteractiveRejected(), Text("OK"), "OK"),
]


@pytest.mark.parametrize(("call", "reply", "result"), REPLIES)
def test_a_reply_is_the_envelope_that_the_web_connector_reads(
    call: Call, reply: Reply, result: str
) -> None:
    """Response and Result in Intuit's namespace, and so is each string of the array."""
    name = operation_of(call).name
    envelope = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<{name}Response xmlns="http://developer.intuit.com/">'
        f"<{name}Result>{result}</{name}Result></{name}Response></soap:Body></soap:Envelope>"
    )

    declaration, _, rest = render_reply(call, reply).decode().partition("\n")

    assert declaration == "<?xml version='1.0' encoding='utf-8'?>"
    assert rest == envelope


def test_every_operation_has_a_reply_in_these_tests() -> None:
    assert {operation_of(call).name for call, _, _ in REPLIES} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Café 😀\r\n\t", "Café 😀\r\n\t"),
        ("a\x00b\x1bc\ud800d\ufffee\uffff", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"),
    ],
)
def test_what_xml_cannot_hold_is_replaced_visibly(text: str, written: str) -> None:
    reply = etree.fromstring(render_reply(GetLastError(), Text(text)))
    fault = etree.fromstring(render_fault(text))

    assert reply.xpath("string()") == written
    assert fault.xpath("string(//faultstring)") == written


@given(st.text(st.characters()))
def test_no_text_breaks_a_reply(text: str) -> None:
    reply = etree.fromstring(render_reply(GetLastError(), Text(text)))

    assert len(str(reply.xpath("string()"))) == len(text)


@pytest.mark.parametrize(
    ("call", "reply", "reason"),
    [
        (a_poll(), Text(""), "sendRequestXML is answered with Qbxml, not with Text"),
        (Authenticate(), Text("nvu"), "authenticate is answered with Strings, not with Text"),
        (ReceiveResponseXML(), Text("100"), "receiveResponseXML is answered with Number"),
        (a_poll(), Qbxml(b"\xe9"), "not UTF-8"),
    ],
)
def test_an_unfitting_reply_is_our_own_mistake(call: Call, reply: Reply, reason: str) -> None:
    with pytest.raises(LocalProtocolError, match=reason):
        render_reply(call, reply)


@pytest.mark.parametrize("values", [(), ("ticket",)])
def test_authenticate_is_never_answered_with_less_than_two_strings(values: tuple[str, ...]) -> None:
    """Without the second one the Web Connector stops: "Index was outside the bounds"."""
    with pytest.raises(LocalProtocolError, match="a ticket and a verdict"):
        Strings(values)


def test_a_fault_says_whose_it_is() -> None:
    ours = etree.fromstring(render_fault("We failed."))
    theirs = etree.fromstring(render_fault("You failed & so.", code="Client"))

    assert etree.tostring(ours, encoding="unicode") == (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>We failed.</faultstring>"
        "<detail/></soap:Fault></soap:Body></soap:Envelope>"
    )
    assert theirs.xpath("string(//faultcode)") == "soap:Client"
    assert theirs.xpath("string(//faultstring)") == "You failed & so."
