"""Refusals on order, for what a simulated company file has no reason of its own to refuse."""

from dataclasses import dataclass, field

from lxml import etree

from simulator.errors import Refusal


@dataclass(frozen=True, slots=True)
class Trouble:
    """The nth request of that name from now is refused; nothing of it is done.

    `code` and `message` are the test's own choice: 1000, 3170, 3220 and the like.
    """

    request: str
    code: int
    message: str
    nth: int = 1


@dataclass(slots=True)
class Troubles:
    """The refusals still to come."""

    _waiting: list[tuple[int, Trouble]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def order(self, *troubles: Trouble) -> None:
        """Let these happen, each once; `nth` counts from now."""
        for trouble in troubles:
            turn = self._seen.get(trouble.request, 0) + trouble.nth
            self._waiting.append((turn, trouble))

    def strike(self, request: etree._Element) -> None:
        """Raise the Refusal that was ordered for this request, if one was."""
        if not self._waiting:
            return
        turn = self._seen[request.tag] = self._seen.get(request.tag, 0) + 1
        for waiting in self._waiting:
            if waiting[0] == turn and waiting[1].request == request.tag:
                self._waiting.remove(waiting)
                raise Refusal(waiting[1].code, waiting[1].message)
