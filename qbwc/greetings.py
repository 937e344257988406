"""Which version a Web Connector told before it signed in: `clientVersion` names nobody.

The calls of a sign-in follow each other from one address. With several web processes the greeting
may reach another one than the sign-in; then the version is learned another time.
"""

from collections import OrderedDict

_MOST = 1000


class Greetings:
    """The latest greetings of one process, by network address."""

    def __init__(self) -> None:
        self._versions: OrderedDict[str, str] = OrderedDict()

    def heard(self, peer: str, version: str) -> None:
        """Remember what was told from this address; the oldest of many are forgotten."""
        self._versions[peer] = version
        self._versions.move_to_end(peer)
        if len(self._versions) > _MOST:
            self._versions.popitem(last=False)

    def version_of(self, peer: str) -> str | None:
        """Give the version that was last told from this address."""
        return self._versions.get(peer)
