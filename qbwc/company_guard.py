"""Is it the company file that the connection is bound to? Otherwise nothing is sent."""

import structlog

from db.unit_of_work import UnitOfWork
from domain.connections import CompanyFileIdentity
from domain.queue import ConnectorSession
from qbwc.calls import SendRequestXML
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.host_facts import parse_hcp

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def check_company_file(
    work: UnitOfWork, session: ConnectorSession, call: SendRequestXML
) -> str | None:
    """Give why nothing may be sent, None when the right file is open.

    The first file that a connection meets becomes the company file's own; later it is known by its
    path or, after a move, by the company's name.
    """
    seen = CompanyFileIdentity(call.company_file_name or None, _company_name(call.hcp_response))
    bound = await work.connections.company_identity(session.connection_id)
    if bound.is_other_than(seen):
        log.warning("company_file.refused", connection_id=str(session.connection_id))
        return (
            f"Another company file is open in QuickBooks: {seen}. This connection belongs to"
            f" {bound}. Open that file and run the update again; nothing was sent."
        )
    if seen != bound:
        await work.connections.bind_company(session.connection_id, bound.updated_by(seen))
    return None


def _company_name(hcp_response: str) -> str | None:
    try:
        return parse_hcp(hcp_response).company_name
    except RemoteProtocolError:  # then the path alone tells
        return None
