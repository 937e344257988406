"""A small service of a partner, which answers each operation from a list."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.company_file import CompanyFile
from simulator.faults import FaultScript
from simulator.web_connector import WebConnector

INTUIT = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
QUERY = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    "<InvoiceQueryRq><TxnID>1A2B-1</TxnID></InvoiceQueryRq></QBXMLMsgsRq></QBXML>"
)
ADD = QUERY.replace(
    "<InvoiceQueryRq><TxnID>1A2B-1</TxnID></InvoiceQueryRq>",
    "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Harriet Doyle</FullName></CustomerRef>"
    "</InvoiceAdd></InvoiceAddRq>",
)

EXCHANGE = ["sendRequestXML", "receiveResponseXML"]

Reply = str | list[str] | bytes | None


@dataclass
class Service:
    """Answers each operation from its list, and with the last of them from then on.

    None stands for a failing server, bytes for a reply that is no SOAP.
    """

    answers: Mapping[str, list[Reply]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def reply(self, request: Request) -> Response:
        body = await request.body()
        self.requests.append((request.headers, body))
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        parameters = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((operation, parameters))
        turn = sum(name == operation for name, _ in self.calls) - 1
        answers = {**DEFAULTS, **self.answers}[operation]
        answer = answers[min(turn, len(answers) - 1)]
        if answer is None:
            return Response("broken", status_code=500)
        if isinstance(answer, bytes):
            return Response(answer, media_type="text/html")
        return Response(envelope(operation, answer), media_type="text/xml; charset=utf-8")

    @property
    def order(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def told(self, operation: str, turn: int = 0) -> dict[str, str]:
        return [parameters for name, parameters in self.calls if name == operation][turn]


def add(number: str, message_set_id: str = "") -> str:
    """A document that adds an invoice of that number."""
    attributes = f' newMessageSetID="{message_set_id}"' if message_set_id else ""
    customer = "</CustomerRef>"
    document = ADD.replace(customer, f"{customer}<RefNumber>{number}</RefNumber>")
    return document.replace(' onError="stopOnError"', f' onError="stopOnError"{attributes}')


DEFAULTS: dict[str, list[Reply]] = {
    "serverVersion": ["1.0"],
    "clientVersion": [""],
    "authenticate": [["ticket-1", ""]],
    "sendRequestXML": [QUERY],
    "receiveResponseXML": ["100"],
    "getLastError": ["Something went wrong"],
    "connectionError": ["done"],
    "closeConnection": ["OK"],
    "getInteractiveURL": ["https://service.example/page"],
    "isInteractiveDone": ["DONE"],
    "interactiveRejected": ["Come back later"],
}
BEFORE = ["serverVersion", "clientVersion", "authenticate"]


def envelope(operation: str, answer: str | list[str]) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope")
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    response = etree.SubElement(body, f"{{{INTUIT}}}{operation}Response")
    result = etree.SubElement(response, f"{{{INTUIT}}}{operation}Result")
    if isinstance(answer, str):
        result.text = answer
    else:
        for text in answer:
            etree.SubElement(result, f"{{{INTUIT}}}string").text = text
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def connector(service: Service, company: CompanyFile, *faults, **options) -> WebConnector:
    app = Starlette(routes=[Route("/qbwc", service.reply, methods=["POST"])])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    return WebConnector(
        "http://localhost/qbwc",
        "office",
        "secret",
        company,
        client=client,
        **{"noop_seconds": 0, "faults": FaultScript().add(*faults), **options},
    )


@contextmanager
def serving(
    document: str, on_call: Callable[[str], None] = lambda operation: None
) -> Iterator[tuple[str, list[str]]]:
    """A service on a port of its own, which hands out that document: its address and its calls."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = etree.QName(etree.fromstring(body)[0][0]).localname
            calls.append(operation)
            on_call(operation)
            answer = {**DEFAULTS, "sendRequestXML": [document]}[operation][0]
            reply = envelope(operation, answer)
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the output of the test clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Thread(target=server.serve_forever, args=(0.01,))
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/qbwc", calls
    finally:
        server.shutdown()
        running.join()
        server.server_close()
