"""Whatever goes wrong between a real Web Connector and the endpoint, each write arrives once."""

import pytest

from domain.invoice import ExportStatus
from domain.sync_status import SyncStatus
from simulator.faults import CHAOS, SlowAnswer
from tests.quickbooks_side import QuickBooksSide
from tests.sync_worker.connector import PlayedConnector

FAULTS = [fault for fault in CHAOS if not isinstance(fault, SlowAnswer)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_an_export_that_meets_a_fault_is_in_quickbooks_once(office, fault):
    side = QuickBooksSide(office)
    invoice = await office.new_invoice()
    await office.export(invoice)
    side.faults.add(fault)

    await side.plan_all()
    await side.update()
    await side.settle()

    assert len(side.company.invoices) == 1
    assert side.writes().count("InvoiceAddRq") == 1
    async with office.open_work() as work:
        found = await work.invoices.get(invoice.id)
    assert found.export_status is ExportStatus.EXPORTED


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_an_edit_that_meets_a_fault_is_in_quickbooks_once(office, fault):
    played = PlayedConnector(office)
    invoice = await played.edited()
    played.side.faults.add(fault)

    await played.side.plan_all(later=played.ahead)
    await played.side.update()
    await played.side.settle()

    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1
