"""`sendRequestXML`: the right company file first, then what is owed to be asked, then the queue."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.queue import ConnectorSession
from qbwc.calls import Qbxml, SendRequestXML
from qbwc.company_guard import check_company_file
from qbwc.message_set import Outbox
from qbwc.qbxml.version import Version
from qbwc.recovery import Ledger
from qbwc.sessions import Tools, run_in_session

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_NOTHING = Qbxml(b"")
_DISABLED = "This connection was disabled in Instep; an administrator can enable it again."


@dataclass(slots=True)
class _Turn:
    """One look into the queue: what to send, and whether to wait for more if that is nothing."""

    body: bytes = b""
    #: Until when the call may be held; None: it is answered as it is.
    hold_until: datetime | None = field(default=None)


async def send_request(tools: Tools, call: SendRequestXML) -> Qbxml:
    """Hand out the next message set; empty when nothing may be sent, or the session is dead.

    An empty queue holds the call for a while, until something is ready; then a HostQuery ends the
    session properly.
    """
    entry = await tools.find.session(tools.fingerprint(call.ticket)) if call.ticket else None
    if entry is None:
        return _NOTHING
    with tools.listen(entry.account_id) as bell:
        began = tools.chance.now()
        while True:
            bell.clear()
            turn = _Turn()
            is_live = await run_in_session(tools, entry, _Look(tools, call, began, turn))
            if turn.body or not is_live or turn.hold_until is None:
                return Qbxml(turn.body)
            remaining = (turn.hold_until - tools.chance.now()).total_seconds()
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), max(0, remaining))


class _Look:
    """Looks into the queue of one session, inside its transaction."""

    def __init__(self, tools: Tools, call: SendRequestXML, began: datetime, turn: _Turn) -> None:
        self._tools = tools
        self._call = call
        self._began = began
        self._turn = turn

    async def __call__(
        self, work: UnitOfWork, channel: Channel, session: ConnectorSession
    ) -> ConnectorSession:
        if _is_refused(session):
            return session
        if not session.is_met:
            session, trouble = await self._meet(work, session)
            if trouble is not None:
                return replace(session, last_error=trouble)
        ledger = Ledger(work, self._tools.chance, channel)
        await ledger.lose_owed()  # asked again without an answer to the last set: it was lost
        if channel.is_disabled:  # what waits is sent when it is enabled again, or by another one
            return replace(session, last_error=_DISABLED)
        outbox = Outbox(work, self._tools.chance, channel, session)
        lost = await ledger.first_lost()
        version = self._version
        if lost is not None:
            self._turn.body = await outbox.status_check(lost, version)
            log.info("message_set.asked_after", message_set_id=lost.message_set_id)
            return replace(session, last_error=None)
        handed_out = await outbox.requests(version)
        if handed_out is None:
            self._turn.body = await self._wait_or_end(channel, session, outbox)
        else:
            exchange, self._turn.body = handed_out
            log.info(
                "message_set.handed_out",
                message_set_id=exchange.message_set_id,
                requests=exchange.size,
            )
        return replace(session, last_error=None)

    @property
    def _version(self) -> Version:
        return self._call.qbxml_major_version, self._call.qbxml_minor_version

    async def _meet(
        self, work: UnitOfWork, session: ConnectorSession
    ) -> tuple[ConnectorSession, str | None]:
        """Look at the company file that is open; give why nothing may be sent, if so."""
        call = self._call
        version = f"{call.qbxml_major_version}.{call.qbxml_minor_version}"
        await work.connector_sessions.keep_host_facts(session.id, call.hcp_response)
        trouble = await check_company_file(work, session, call)
        now = self._tools.chance.now()
        if trouble is None:
            await work.connections.opened(session.connection_id, now)
        else:
            await work.connections.heard(
                session.connection_id, now, trouble=trouble, is_wrong_company_file=True
            )
        work.ring()
        return replace(session, qbxml_version=version, is_met=trouble is None), trouble

    async def _wait_or_end(
        self, channel: Channel, session: ConnectorSession, outbox: Outbox
    ) -> bytes:
        now, linger = self._tools.chance.now(), self._tools.linger
        until = min(self._began + linger.hold_of(channel), session.opened_at + linger.cap)
        if now < until:
            self._turn.hold_until = until
            return b""
        return await outbox.farewell(self._version)


def _is_refused(session: ConnectorSession) -> bool:
    """Its first call told of the wrong company file; a later one tells nothing of what is open."""
    return not session.is_met and session.qbxml_version is not None
