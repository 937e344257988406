"""Who broke the rule, they or we."""

from uuid import UUID

from qbwc.qbxml.version import Version, as_text


class RemoteProtocolError(Exception):
    """The other side sent what the protocol does not allow."""


class LocalProtocolError(Exception):
    """We were about to send what the protocol does not allow."""


class UnsendableValue(LocalProtocolError):
    """A value does not fit its element.

    `field` is the element's path below the message ("InvoiceMod/InvoiceLineMod[2]/Desc"; all lines
    of the request are counted), `label` our own name of the field ("description") and `task_id` the
    task whose line it is, if it is one's.
    """

    def __init__(self, reason: str, *, field: str, label: str, task_id: UUID | None = None) -> None:
        super().__init__(f"{field} {reason}.")
        self.reason = reason
        self.field = field
        self.label = label
        self.task_id = task_id


class ElementTooNew(LocalProtocolError):
    """An element that the request needs is newer than the qbXML of this QuickBooks."""

    def __init__(self, field: str, *, since: Version, version: Version) -> None:
        super().__init__(f"{field} needs qbXML {as_text(since)}; this is qbXML {as_text(version)}.")
        self.field = field
        self.since = since
