"""A Web Connector played by hand: each call by itself, at a moment of the test's choosing.

`played = PlayedConnector(office)`; `document = await played.fetch()` plans what is due, signs in and
fetches; `await played.tell(played.run(document))` lets QuickBooks run it and books its answer.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from lxml import etree
from sqlalchemy import text

from app.clock import now
from app.connector import connector_tools
from app.ids import new_id
from domain.edits import DetailsPatch, Edits, TaskEdit, TaskPatch
from domain.invoice import Invoice
from domain.issues import SyncIssue
from domain.quickbooks import QuickBooksLink
from domain.sync import SyncJob
from qbwc.calls import (
    Authenticate,
    CloseConnection,
    ConnectionFailed,
    GetLastError,
    ReceiveResponseXML,
    SendRequestXML,
)
from qbwc.operations import answer
from qbwc.sessions import Lingering
from resolvers.saving import Resync, Save, resync, save_and_bypass, save_and_sync
from simulator.interpreter import process
from tests.databases import owner_of
from tests.quickbooks_side import OWNER, QuickBooksSide

LOCKED = "The record is currently in use by another user."
PARSE_ERROR = {
    "hresult": "0x80040400",
    "message": "QuickBooks found an error when parsing the provided XML text stream.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice with what is known of its way to QuickBooks."""

    invoice: Invoice
    job: SyncJob
    link: QuickBooksLink | None
    issue: SyncIssue | None


class PlayedConnector:
    def __init__(self, office, company=None, *, connection=None):
        self.office = office
        self.side = QuickBooksSide(office, company, connection=connection)
        self.company = self.side.company
        #: How far the service's clock is ahead of ours.
        self.ahead = timedelta(0)
        self.ticket = ""
        #: The network address that calls, "" when it is not known.
        self.peer = ""
        #: What the connection was told to wait, in seconds; "" when it was told nothing.
        self.postponed = ""
        #: How long an empty queue is held, and a session with it; tests of lingering say.
        self.linger = Lingering(hold=timedelta(0), cap=timedelta(minutes=1))

    def now(self):
        return now() + self.ahead

    def tools(self, **changes):
        tools = connector_tools(self.office.resources, version="1.2.3")
        chance = replace(tools.chance, now=self.now)
        return replace(tools, **{"chance": chance, "linger": self.linger} | changes)

    async def call(self, call, **tools):
        return await answer(self.tools(**tools), call, self.peer)

    async def sign_in(self, *, user_name=None, password=None):
        """Sign in, keep the ticket, give the verdict."""
        created = self.side.connection
        reply = await self.call(
            Authenticate(
                user_name=created.connection.user_name if user_name is None else user_name,
                password=created.password if password is None else password,
            )
        )
        ticket, verdict, *postponed = reply.values
        self.ticket = ticket or self.ticket
        self.postponed = "".join(postponed)
        return verdict

    async def send(self, *, version=(16, 0), hcp="", path="", ticket=None, **tools):
        """sendRequestXML: give the document, empty when there is none."""
        major, minor = version
        reply = await self.call(
            SendRequestXML(
                ticket=self.ticket if ticket is None else ticket,
                hcp_response=hcp,
                company_file_name=path,
                qbxml_major_version=major,
                qbxml_minor_version=minor,
            ),
            **tools,
        )
        return reply.body

    async def tell(self, response="", *, hresult="", message="", ticket=None):
        """receiveResponseXML: give the progress."""
        reply = await self.call(
            ReceiveResponseXML(
                ticket=self.ticket if ticket is None else ticket,
                response=response,
                hresult=hresult,
                message=message,
            )
        )
        return reply.number

    async def last_error(self, ticket=None):
        reply = await self.call(GetLastError(ticket=self.ticket if ticket is None else ticket))
        return reply.text

    async def not_opened(self, hresult, message=""):
        """connectionError: give what the Web Connector is to do."""
        call = ConnectionFailed(ticket=self.ticket, hresult=hresult, message=message)
        return (await self.call(call)).text

    async def close(self, ticket=None):
        call = CloseConnection(ticket=self.ticket if ticket is None else ticket)
        return (await self.call(call)).text

    async def plan(self):
        return await self.side.plan_all(later=self.ahead)

    async def fetch(self):
        """Plan, sign in, and give the document to run; what the sign-in made due is in it."""
        await self.plan()
        assert await self.sign_in() not in ("nvu", "none", "busy")
        await self.plan()
        return await self.send()

    def run(self, document):
        """Let QuickBooks run the document, and give its answer."""
        return process(self.company, document, application=OWNER)

    async def update(self):
        """A whole update of one message set; give the progress."""
        progress = await self.tell(self.run(await self.fetch()))
        await self.close()
        return progress

    async def lose(self, *, has_run=True):
        """An update whose answer never comes: the connector dies; give the document."""
        document = await self.fetch()
        if has_run:
            self.run(document)
        return document

    async def settle(self):
        """Plan and update until nothing is left to ask QuickBooks; give every document."""
        documents = []
        for _ in range(20):
            await self.plan()
            if await self.sign_in() == "none":
                return documents
            progress = 0
            while 0 <= progress < 100 and (document := await self.send()):
                documents.append(document)
                progress = await self.tell(self.run(document))
            await self.close()
        raise AssertionError("There is still something to ask after 20 updates.")

    async def refuse(self, code, message="QuickBooks says no.", **attributes):
        """A whole update in which QuickBooks refuses every request."""
        document = await self.fetch()
        progress = await self.tell(refusal(document, code, message, **attributes))
        await self.close()
        return progress

    async def exported(self, number="21259", **changes):
        """An invoice that QuickBooks holds, written longer ago than one EditSequence."""
        invoice = await self.side.export(await self.office.new_invoice(number, **changes))
        self.ahead += timedelta(seconds=2)
        return invoice

    async def edited(self, edits=None, number="21259"):
        """An invoice that QuickBooks holds, with an edit on its way."""
        return await save(self.office, await self.exported(number), edits)

    async def standing(self, invoice):
        async with self.office.open_work() as work:
            jobs = await work.sync_jobs.latest([invoice.id])
            issues = await work.sync_issues.open_of([invoice.id])
            return Standing(
                (await work.invoices.get_many([invoice.id]))[invoice.id],
                jobs[invoice.id],
                await work.links.get(invoice.id),
                issues.get(invoice.id),
            )

    async def rows(self, query, **values):
        """What the tables hold, read as their owner: row-level security does not bind it."""
        async with owner_of(self.office.resources.settings.database_url).begin() as connection:
            found = await connection.execute(text(query), values)
            return found.all() if found.returns_rows else []

    async def exchanges(self):
        """The account's message sets, oldest first."""
        return await self.rows(
            "select * from exchange where account_id = :account order by id",
            account=self.office.account_id,
        )

    async def queue(self):
        """The account's requests, oldest first."""
        return await self.rows(
            "select * from qbxml_request where account_id = :account order by id",
            account=self.office.account_id,
        )

    async def sessions(self):
        """The account's sessions, oldest first."""
        return await self.rows(
            "select * from connector_session where account_id = :account order by id",
            account=self.office.account_id,
        )

    async def connection(self):
        """The connection as the office sees it."""
        async with self.office.open_work() as work:
            found = await work.connections.all()
        wanted = self.side.connection.connection.id
        return next(connection for connection in found if connection.id == wanted)

    async def events(self, invoice):
        async with self.office.open_work() as work:
            found = await work.sync_events.after(0, limit=1000, invoice_id=invoice.id)
        return [numbered.event for numbered in found]


def new_price(invoice, price="42.00"):
    """The edit that gives the first task another unit price."""
    task = invoice.content.tasks[0]
    return Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(unit_price=Decimal(price))),))


def new_summary(summary):
    """An edit of the header alone."""
    return Edits(details=DetailsPatch(summary=summary))


async def save(office, invoice, edits=None):
    """Save & Sync, by default another price; give the invoice as saved."""
    return await _save(save_and_sync, office, invoice, edits or new_price(invoice))


async def bypass(office, invoice, edits=None):
    """Save & Bypass; without edits what waits is bypassed as it is."""
    return await _save(save_and_bypass, office, invoice, edits)


async def resync_now(office, invoice):
    """Re-Sync: the invoice goes as it is."""
    wish = Resync(invoice_id=invoice.id, version=invoice.version, idempotency_key=str(new_id()))
    return (await resync(await office.as_person(), wish)).invoice


async def _save(use_case, office, invoice, edits):
    wish = Save(
        invoice_id=invoice.id,
        version=invoice.version,
        edits=edits,
        idempotency_key=str(new_id()),
    )
    return (await use_case(await office.as_person(), wish)).invoice


def requests_in(document):
    """The requests of a document, in their order."""
    return list(etree.fromstring(document)[0])


def names_in(document):
    return [request.tag for request in requests_in(document)]


def ids_of(document):
    """The ids of a message set, (old, new); None for one that it does not have."""
    message_set = etree.fromstring(document)[0]
    return message_set.get("oldMessageSetID"), message_set.get("newMessageSetID")


def is_status_check(document):
    """Tell whether it asks what became of a message set, and nothing else."""
    old, new = ids_of(document)
    return old is not None and old == new and not requests_in(document)


def refusal(document, code, message="QuickBooks says no.", *, severity="Error", only=None):
    """QuickBooks' answer that refuses every request of the document, or the nth ones alone."""
    root = etree.Element("QBXML")
    answers = etree.SubElement(root, "QBXMLMsgsRs")
    for n, request in enumerate(requests_in(document)):
        if only is None or n in only:
            etree.SubElement(
                answers,
                request.tag.removesuffix("Rq") + "Rs",
                requestID=request.get("requestID"),
                statusCode=str(code),
                statusSeverity=severity,
                statusMessage=message,
            )
    return etree.tostring(root, encoding="unicode")


def changed(response, path, value):
    """QuickBooks' answer with another text in the first such element; None takes it out."""
    root = etree.fromstring(response.encode())
    element = next(root.iter(path.partition("/")[0]))
    rest = path.partition("/")[2]
    element = element.find(rest) if rest else element
    if value is None:
        element.getparent().remove(element)
    else:
        element.text = value
    return etree.tostring(root, encoding="unicode")
