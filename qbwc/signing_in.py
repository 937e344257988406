"""`authenticate`: who calls, whether there is anything to do, and a ticket if there is."""

from datetime import timedelta
from typing import Final

import structlog

from db.channels import Channel
from db.directory import SignIn
from db.unit_of_work import UnitOfWork
from domain.connections import NOTED_EVERY
from domain.connector import AT_WORK, is_elsewhere
from domain.exchange import ExchangeState
from domain.queue import ConnectorSession, SessionState
from qbwc.calls import Authenticate, Strings
from qbwc.receiving import book_left
from qbwc.recovery import Ledger
from qbwc.sessions import EDITING, Tools
from qbwc.watching import ask_if_due

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LONGEST_VERSION = 50
_NOT_VALID: Final = Strings(("", "nvu"))
_NOTHING_DUE: Final = Strings(("", "none"))
_BUSY: Final = Strings(("", "busy"))
#: A disabled connection asks once an hour whether it is enabled again.
_DISABLED: Final = Strings(("", "none", "3600"))


async def authenticate(tools: Tools, call: Authenticate, peer: str) -> Strings:
    """Give a ticket and the company file; `none` when nothing is due, `nvu` if not valid.

    A poll that finds nothing reads once. A new sign-in while an answer is owed means that the
    answer was lost, unless another computer is still at work with this connection: then `busy`.
    """
    now = tools.chance.now()
    if await tools.guesses.is_blocked(call.user_name, peer):
        return _NOT_VALID
    found = await tools.find.sign_in(
        call.user_name, drafts_since=now - EDITING, quiet_since=now - AT_WORK
    )
    if found is None or not tools.verify_secret(call.password, found.password_hash):
        await tools.guesses.failed(call.user_name, peer)
        _log_refusal(call, found, peer)
        return _NOT_VALID
    await tools.guesses.succeeded(call.user_name, peer)
    if found.is_disabled:
        return _DISABLED
    if found.retry_at is not None and found.retry_at > now:
        await _note_contact(tools, found)
        return _postponed(found.retry_at - now)
    if not found.has_work and not found.has_draft and not await _note_idle(tools, found):
        return _NOTHING_DUE
    return await _open(tools, found, peer)


def _log_refusal(call: Authenticate, found: SignIn | None, peer: str) -> None:
    """Say which connection it was, if any: whoever is called at night must know where to look."""
    reason = "There is no such user name." if found is None else "The password is wrong."
    ids = {} if found is None else {"connection_id": str(found.id)}
    log.warning(
        "connector.refused", user_name=call.user_name[:100], address=peer, reason=reason, **ids
    )


def _postponed(wait: timedelta) -> Strings:
    """QuickBooks could not be opened lately; the Web Connector asks again after so many seconds."""
    return Strings(("", "none", str(max(1, round(wait.total_seconds())))))


async def _note_contact(tools: Tools, found: SignIn) -> None:
    """Remember that the connector was heard; written at most once a minute."""
    if _is_contact_old(tools, found):
        async with tools.open_work(found.account_id) as work:
            await _note(tools, work, found)


async def _note_idle(tools: Tools, found: SignIn) -> bool:
    """Do the same, and with it ask for drift when it is time; tell whether that is due now."""
    if not _is_contact_old(tools, found):
        return False
    async with tools.open_work(found.account_id) as work:
        await _note(tools, work, found)
        return await ask_if_due(work, tools.chance, found.id, every=tools.watch_every)


def _is_contact_old(tools: Tools, found: SignIn) -> bool:
    heard = found.last_contact_at
    return heard is None or tools.chance.now() - heard > NOTED_EVERY


async def _note(tools: Tools, work: UnitOfWork, found: SignIn) -> None:
    now = tools.chance.now()
    await work.connections.heard_while_idle(found.id, now, unless_since=now - NOTED_EVERY)
    work.ring()


async def _open(tools: Tools, found: SignIn, peer: str) -> Strings:
    await book_left(tools, found.account_id, found.id)
    async with tools.open_work(found.account_id) as work:
        channel = await work.channels.lock(found.id)
        if await _is_busy(tools, work, channel, peer):
            log.info("session.busy", connection_id=str(found.id))
            return _BUSY
        quiet_since = tools.chance.now() - AT_WORK
        for job_id in await work.channels.adopt_from_disabled(channel, quiet_since=quiet_since):
            log.info("sync_job.adopted", job_id=str(job_id), connection_id=str(found.id))
            work.wake_planner(job_id)
        await Ledger(work, tools.chance, channel).lose_owed()
        await work.connections.heard_while_idle(
            found.id, tools.chance.now(), unless_since=tools.chance.now() - NOTED_EVERY
        )
        await work.connector_sessions.fence(found.id)
        await work.inquiries.expire(found.id, tools.chance.now())
        waiting = await work.sync_jobs.wake_waiting(found.id, tools.chance.now())
        for job_id in waiting:
            work.wake_planner(job_id)
        if not waiting and not await _has_anything(tools, work, channel):
            return _NOTHING_DUE  # what was lost is asked again once a worker planned it
        ticket = await _begin(tools, work, channel, peer)
        version = tools.greetings.version_of(peer)
        await work.connections.met(found.id, client_version=version and version[:_LONGEST_VERSION])
        path = await work.company_files.path_of(found.id)
        work.ring()
    return Strings((ticket, path or ""))


async def _is_busy(tools: Tools, work: UnitOfWork, channel: Channel, peer: str) -> bool:
    session = await work.connector_sessions.open_of(channel.id)
    if session is None:
        return False
    exchanges = await work.exchanges.open_of(channel.id)
    owed = any(e.state is ExchangeState.OWED and e.session_id == session.id for e in exchanges)
    return is_elsewhere(session, peer, is_answer_owed=owed, now=tools.chance.now())


async def _has_anything(tools: Tools, work: UnitOfWork, channel: Channel) -> bool:
    if await work.connections.has_work(channel.id) or await work.exchanges.open_of(channel.id):
        return True
    if await work.payments.count_due(channel.id, tools.chance.now()):
        return True
    if not tools.linger.hold_of(channel):
        return False
    return await work.channels.has_draft(channel, since=tools.chance.now() - EDITING)


async def _begin(tools: Tools, work: UnitOfWork, channel: Channel, peer: str) -> str:
    ticket, now = tools.chance.new_ticket(), tools.chance.now()
    session = ConnectorSession(
        id=tools.chance.new_id(),
        connection_id=channel.id,
        state=SessionState.OPEN,
        opened_at=now,
        last_call_at=now,
        peer=peer,
    )
    await work.connector_sessions.open(session, tools.fingerprint(ticket))
    log.info("session.opened", connection_id=str(channel.id), session_id=str(session.id))
    return ticket
