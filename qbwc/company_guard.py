"""Is it the company file that the connection is bound to? Otherwise nothing is sent."""

import structlog

from db.unit_of_work import UnitOfWork
from domain.company_file import CompanyFile, CompanyFileIdentity, why_wrong
from domain.queue import ConnectorSession
from qbwc.calls import SendRequestXML
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.host_facts import Introduction, parse_hcp

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def check_company_file(
    work: UnitOfWork, session: ConnectorSession, call: SendRequestXML
) -> str | None:
    """Give why nothing may be sent, None when the right file is open; `call` began the session.

    The first file that a connection meets becomes the company file's own. What the right file
    tells of itself is kept; without it the path alone decides. `domain.company_file` has the rules.
    """
    told = _introduction(session, call)
    seen = CompanyFileIdentity(call.company_file_name or None, told.company_name)
    marks = await work.company_files.lock_marks()
    bound = {mark.connection_id: mark.company_file for mark in marks}[session.connection_id]
    trouble = why_wrong(bound, seen, told.file_ids, marks)
    if trouble is not None:
        log.warning("company_file.refused", connection_id=str(session.connection_id))
        return trouble
    known = bound.met(seen, told.facts)
    if known != bound:
        await work.company_files.save(known)
        _log_change(bound, known)
    await work.connections.met(session.connection_id, machine=told.machine)
    return None


def _introduction(session: ConnectorSession, call: SendRequestXML) -> Introduction:
    """QBWC1014 and old connectors: the answers of QuickBooks are missing or cut short."""
    try:
        return parse_hcp(call.hcp_response, read_at=session.last_call_at)
    except RemoteProtocolError:  # its text may quote what was told
        log.warning(
            "company_file.untold",
            connection_id=str(session.connection_id),
            reason="unreadable" if call.hcp_response else "missing",
        )
        return Introduction()


def _log_change(bound: CompanyFile, known: CompanyFile) -> None:
    if known.identity == bound.identity:
        return
    is_first = bound.path is None and bound.company_name is None
    event = "company_file.bound" if is_first else "company_file.moved_or_renamed"
    log.info(event, company_file_id=str(known.id))
