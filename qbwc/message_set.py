"""Ready requests become one message set: taken, marked, stored, and only then handed out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.outcome import settle
from domain.queue import Exchange, ExchangeState, QbxmlRequest
from domain.sync import JobHappening, JobState
from qbwc.qbxml.render import render_message_set
from qbwc.qbxml.version import OURS, Version

#: Requests in one message set: enough to be quick, few enough for a small answer.
AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The clock and what is drawn at random."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    #: At most 23 characters, unique per company file.
    new_message_set_id: Callable[[], str]
    #: At least 128 random bits.
    new_ticket: Callable[[], str]


async def take_message_set(
    work: UnitOfWork,
    chance: Chance,
    *,
    connection_id: UUID,
    session_id: UUID,
    version: Version,
) -> Exchange | None:
    """Give the next message set, stored as owed; None when nothing is ready.

    The caller sends the bytes only after the commit, so that a crash never leaves QuickBooks with
    something we know nothing of.
    """
    requests = await work.qbxml_requests.take(connection_id, at_most=AT_MOST)
    if not requests:
        return None
    message_set_id = chance.new_message_set_id()
    exchange = Exchange(
        id=chance.new_id(),
        connection_id=connection_id,
        session_id=session_id,
        message_set_id=message_set_id,
        body=render_message_set(
            [request.body for request in requests],
            version=min(version, OURS),
            message_set_id=message_set_id,
        ),
        sent_at=chance.now(),
        state=ExchangeState.OWED,
    )
    await work.exchanges.owe(exchange)
    await work.qbxml_requests.mark_sent([request.id for request in requests], exchange.id)
    await _mark_jobs(work, chance, requests)
    return exchange


async def _mark_jobs(work: UnitOfWork, chance: Chance, requests: list[QbxmlRequest]) -> None:
    """READY jobs become SENT; a question about a lost answer leaves its job UNKNOWN."""
    jobs = await work.sync_jobs.lock_many([request.job_id for request in requests])
    invoices = await work.invoices.get_many([job.invoice_id for job in jobs.values()])
    for job in jobs.values():
        if job.state is JobState.UNKNOWN:
            await work.sync_jobs.save(replace(job, attempts=job.attempts + 1))
        if job.state is JobState.READY:
            await work.store_job(
                settle(
                    invoices[job.invoice_id],
                    job,
                    JobHappening.HANDED_OUT,
                    now=chance.now(),
                    event_id=chance.new_id(),
                )
            )
