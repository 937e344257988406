from decimal import Decimal
from domain.edits import *
from domain.sync_status import SyncStatus
from resolvers.saving import Save, save_and_sync
from tests.quickbooks_side import QuickBooksSide

async def test_x(office):
    side = QuickBooksSide(office)
    invoice = await side.export(await office.new_invoice())
    context = await office.as_person()
    await save_and_sync(context, Save(invoice_id=invoice.id, version=1, idempotency_key="k", edits=Edits(details=DetailsPatch(summary="New"))))
    print(await side.settle(), side.writes(), side.requests())
    print(await side.held(invoice))
    async with office.open_work() as work:
        assert (await work.invoices.get(invoice.id)).sync_status is SyncStatus.SYNCED
