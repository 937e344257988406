"""Interactive mode: the service shows a page of its own to whoever sits at the computer."""

from typing import Final

from simulator.computer import Computer
from simulator.reports import Ending, Outcome
from simulator.wire import Wire

_POLL_SECONDS: Final = 60
_NOBODY: Final = "Nobody sits at this computer"


async def interact(wire: Wire, ticket: str, computer: Computer) -> Ending | None:
    """Open the page and wait for the service; None when it has more to send.

    Source: guide chapter 10; the service is asked once a minute.
    """
    url = await wire.text("getInteractiveURL", wcTicket=ticket, sessionID=ticket)
    reason = _NOBODY if computer.visit is None else await computer.visit(url)
    if reason:
        text = await wire.text("interactiveRejected", wcTicket=ticket, reason=reason)
        return Ending(Outcome.INTERACTIVE, text)
    while True:
        await wire.clock.sleep(_POLL_SECONDS)
        word = await wire.text("isInteractiveDone", wcTicket=ticket)
        match word.casefold():
            case "":
                continue
            case "done":
                return Ending(Outcome.DONE)
            case "continue":
                return None
            case _:
                return Ending(Outcome.STOPPED, word)
