"""Open the company file, twice if need be, and ask the service what to open instead."""

from typing import Final

from simulator.company_file import CompanyFile
from simulator.errors import ComError
from simulator.faults import OtherCompanyOpen, RefuseToOpen, SessionFault
from simulator.reports import Ending, Outcome, SessionEnded
from simulator.wire import Wire

# A service that never says "done" would keep the real one busy for good.
_MOST_PATHS: Final = 5
_NOT_CONNECTED: Final = "QBWC1013"


async def open_company(
    wire: Wire, ticket: str, path: str, company: CompanyFile, faults: list[SessionFault]
) -> CompanyFile:
    """Return the company file that is open: the given one, unless a fault opened another.

    An empty path means whichever is open. Raises SessionEnded when the service gives up.
    """
    desk = _Desk(company, faults)
    error = ComError("0x80040401")
    for _ in range(_MOST_PATHS):
        try:
            desk.open(path)
        except ComError as refusal:
            error = refusal
        else:
            return desk.company
        path = await wire.text(
            "connectionError", ticket=ticket, hresult=error.hresult, message=error.message
        )
        if path.casefold() == "done":
            break
    raise SessionEnded(Ending(Outcome.NOT_OPENED, error.message, _NOT_CONNECTED))


class _Desk:
    """QuickBooks as it stands when the session comes to it."""

    def __init__(self, company: CompanyFile, faults: list[SessionFault]) -> None:
        others = [fault.company_file for fault in faults if isinstance(fault, OtherCompanyOpen)]
        self.company = (others or [company])[0]
        self._refusals = [fault for fault in faults if isinstance(fault, RefuseToOpen)]
        self._tries = 0

    def open(self, path: str) -> None:
        """Open the file at the first or the second try. Raises ComError."""
        try:
            self._try(path)
        except ComError:
            self._try(path)

    def _try(self, path: str) -> None:
        self._tries += 1
        for refusal in self._refusals:
            if refusal.tries is None or self._tries <= refusal.tries:
                raise ComError(refusal.hresult, refusal.message)
        if path and path.casefold() != self.company.path.casefold():
            raise ComError("0x8004040A")
