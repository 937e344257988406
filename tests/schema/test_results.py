"""Results that many share: nobody is shown less than he has seen, and none is kept for nobody."""

import asyncio
from weakref import ref

from schema.results import Asked, Topics
from tests.builders import ACCOUNT_ID, INVOICE_ID, an_invoice
from tests.schema.callers import a_caller, reads
from tests.schema.test_sockets import INVOICE, INVOICE_EVENTS, an_event

ASKED = Asked(INVOICE_EVENTS, {"id": INVOICE})


def an_invoice_read(version):
    return reads(invoices={"get_many": {INVOICE_ID: an_invoice(version=version)}})


async def test_who_comes_late_to_an_event_is_not_shown_an_older_invoice_with_the_next():
    """Others were told of the second event before; since then the invoice was edited."""
    caller = a_caller(*(an_invoice_read(version) for version in (1, 2, 2)))
    topic = Topics().join(ACCOUNT_ID, ASKED)

    async def shown_with(number):
        result = await topic.tell(an_event(number), caller)
        return result.execution.data["invoiceSyncStatusChanged"]["invoice"]["version"]

    assert await shown_with(2) == 1
    assert [await shown_with(number) for number in (1, 2)] == [2, 2]


async def test_a_result_is_given_up_when_it_may_not_be_shown_any_more():
    """Thousands of topics may be silent for hours; each would keep its last results."""
    topic = Topics(fresh_seconds=0).join(ACCOUNT_ID, ASKED)
    result = await topic.tell(an_event(1), a_caller(an_invoice_read(1)))
    kept = ref(result)
    del result

    async with asyncio.timeout(10):
        while kept() is not None:
            await asyncio.sleep(0)
