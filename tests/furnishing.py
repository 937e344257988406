"""An office of which every table holds something."""

from app import administration
from app.ids import new_id
from domain.edits import DetailsPatch, Edits
from domain.issues import SyncIssue
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.unlocking import Consent, Evidence, UnlockRequest
from domain.webhooks import Webhook, WebhookDelivery
from resolvers.drafts import Stage, stage
from resolvers.inquiries import ask
from resolvers.saving import Save, save_and_sync
from tests.builders import NOW, OLGA, a_drift, a_period
from tests.paying import recorded
from tests.quickbooks_side import QuickBooksSide


async def furnish(office):
    """Give the office a row in every table."""
    side = QuickBooksSide(office)
    invoice = await side.export(await office.new_invoice())
    context = await office.as_person()
    edits = Edits(details=DetailsPatch(summary="Changed"))
    wish = Save(invoice_id=invoice.id, version=1, idempotency_key="k", edits=edits)
    await save_and_sync(context, wish)
    await stage(context, "stage", Stage(invoice_id=invoice.id, version=2, edits=edits))
    await administration.make_api_key(
        office.resources, account_id=office.account_id, name="Partner", permissions=()
    )
    async with office.open_work() as work:
        await work.accounts.add_period(new_id(), a_period())
        job = (await work.sync_jobs.latest([invoice.id]))[invoice.id]
        issue = SyncIssue(
            id=new_id(),
            invoice_id=invoice.id,
            job_id=job.id,
            code="C",
            reason="r",
            steps=(),
            quickbooks_code=None,
            quickbooks_message=None,
            opened_at=NOW,
        )
        await work.sync_issues.add(issue)
        question = TransactionQuery(kind=TransactionKind.INVOICE, numbers=("21259",))
        connection_id = office.connection.connection.id
        await ask(context, work, connection_id, question, purpose="test")
        link = await work.links.get(invoice.id)
        await work.drifts.save([a_drift(invoice_id=invoice.id, held=link)])
        assert await work.drifts.begin_read(connection_id, NOW, unless_since=NOW) is not None
        adam = office.people["Adam"]
        await work.admin_pins.set(adam, "$argon2id$", NOW)
        await work.admin_pins.add_try(new_id(), adam, NOW)
        await _add_consent(office, work)
        await _add_delivery(work)
    await recorded(office, invoice)
    return office


async def _add_consent(office, work):
    request = UnlockRequest(
        id=new_id(),
        batch_id=None,
        items=(),
        memo_part=None,
        connection_id=office.connection.connection.id,
        questions=(),
        requested_by=OLGA,
        requested_at=NOW,
    )
    await work.unlocks.add(request)
    consent = Consent(
        id=new_id(),
        request_id=request.id,
        batch_id=None,
        invoice_ids=(),
        text="t",
        version="1",
        given_by=OLGA,
        given_at=NOW,
        approver_id=office.people["Adam"],
        approver_name="Adam",
        evidence=Evidence(items=()),
    )
    await work.unlocks.confirm(consent)


async def _add_delivery(work):
    webhook = Webhook(id=new_id(), url="u", created_at=NOW, secret_id=new_id(), delivered=0)
    await work.webhooks.add(webhook)
    await work.webhooks.log(
        WebhookDelivery(
            id=new_id(),
            webhook_id=webhook.id,
            first_sequence=1,
            last_sequence=1,
            attempt=1,
            status=204,
            error=None,
            started_at=NOW,
            milliseconds=1,
        )
    )
