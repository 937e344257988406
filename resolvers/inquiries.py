"""Questions to QuickBooks on behalf of a caller: put in one transaction, waited for outside of any.

`ask` puts a question beside the queue, where the connection's Web Connector fetches it; it changes
no invoice and no job. `wait_for` gives it as far as it has come within the time the caller has.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.connections import Connection, ConnectionKind
from domain.errors import InvalidValue
from domain.inquiry import SETTLED, Inquiry
from domain.limits import unstorable_characters
from domain.quickbooks_transactions import TransactionQuery
from resolvers.context import RequestContext

#: A question that no Web Connector fetched by then has expired.
LIFETIME = timedelta(minutes=10)
#: No caller is kept waiting longer by one call.
LONGEST_WAIT = timedelta(seconds=25)


async def ask(
    context: RequestContext,
    work: UnitOfWork,
    connection_id: UUID,
    question: TransactionQuery,
    *,
    purpose: str,
    memo_part: str | None = None,
) -> Inquiry:
    """Put a question to QuickBooks through this connection; wait for it after the commit.

    Of a long answer the first 500 transactions are kept, with `memo_part` of those that have it in
    their memo. A connection that is offline or disabled leaves it waiting until it expires.
    Raises InvalidValue for a number or id that qbXML cannot carry.
    """
    for text in (*question.numbers, *question.txn_ids):
        if unstorable_characters(text):
            raise InvalidValue("QuickBooks cannot be asked for this number.")
    now = context.now()
    inquiry = Inquiry(
        id=context.new_id(),
        connection_id=connection_id,
        purpose=purpose,
        question=question,
        memo_part=memo_part,
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    await work.inquiries.add([inquiry])
    work.ring()  # a connector that lingers fetches it at once
    return inquiry


async def read_inquiries(context: RequestContext, inquiry_ids: Iterable[UUID]) -> list[Inquiry]:
    """Give the questions as they stand, those that exist, in the order of the ids."""
    wanted = list(inquiry_ids)
    async with context.open_work() as work:
        found = await work.inquiries.get_many(wanted)
    return [found[inquiry_id] for inquiry_id in wanted if inquiry_id in found]


async def wait_for(
    context: RequestContext, inquiry_ids: Iterable[UUID], *, at_most: timedelta
) -> list[Inquiry]:
    """Give the questions once all are settled, or as they stand when the time is over.

    No transaction is open while it waits.
    """
    wanted = list(inquiry_ids)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(at_most, LONGEST_WAIT).total_seconds()
    with context.doorbell.listen(context.principal.account_id) as bell:
        while True:
            bell.clear()  # before the read: an answer that is booked after it rings again
            found = await read_inquiries(context, wanted)
            now = context.now()
            remaining = deadline - loop.time()
            if remaining <= 0 or all(it.state_at(now) in SETTLED for it in found):
                return found
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), remaining)


def choose_line(
    connections: Sequence[Connection], company_file_id: UUID, *, usual: UUID | None = None
) -> Connection | None:
    """Give the connection to ask this company file through; None when none reaches it.

    One whose connector is in session answers soonest; then the usual one, then the one heard last.
    """
    usable = [
        connection
        for connection in connections
        if connection.company_file_id == company_file_id
        and connection.kind is ConnectionKind.NEW
        and not connection.is_disabled
    ]

    def promise(connection: Connection) -> tuple[bool, bool, float]:
        heard = connection.last_contact_at
        return (
            connection.session is not None,
            connection.id == usual,
            0.0 if heard is None else heard.timestamp(),
        )

    return max(usable, key=promise, default=None)
