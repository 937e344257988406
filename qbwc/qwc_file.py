"""The .qwc file, which adds us to a Web Connector.

Source: QuickBooks Web Connector Programmer's Guide 2.0, chapter 4.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from lxml import etree

from qbwc.qbxml.errors import LocalProtocolError

_LONGEST_DESCRIPTION = 80
_ALL_EDITIONS: Final = "0xF"  # Simple Start, Pro, Premier, Enterprise


@dataclass(frozen=True, slots=True, kw_only=True)
class QwcFile:
    """What one connection's file says; the password is never in it, the user types it.

    Raises:
        LocalProtocolError: The Web Connector would refuse the file; says which field and the cure.
    """

    #: Shown to the user; must be unique among the applications of a Windows user.
    app_name: str
    app_description: str
    app_url: str
    #: A page on the host of `app_url`; the Web Connector looks whether it is there.
    app_support: str
    user_name: str
    #: One per application, the same for all customers.
    owner_id: UUID
    #: One per company file: QuickBooks stores it, and it may not be used for another (QBWC1026).
    file_id: UUID
    run_every_seconds: int
    #: Adding a file with the same unique name replaces the application instead of cloning it.
    app_unique_name: str
    #: Shown instead of `app_name`, when not empty.
    app_display_name: str = ""
    app_id: str = ""

    def __post_init__(self) -> None:
        for name in ("app_name", "app_description", "user_name", "app_unique_name"):
            if not getattr(self, name).strip():
                raise LocalProtocolError(f"{name} is empty; the Web Connector needs one.")
        for name in ("app_url", "app_support", *_TEXT_FIELDS):
            if not getattr(self, name).isprintable():
                raise LocalProtocolError(f"{name} must be one line of printable characters.")
        if len(self.app_description) > _LONGEST_DESCRIPTION:
            raise LocalProtocolError(
                f"app_description has {len(self.app_description)} characters;"
                f" shorten it to {_LONGEST_DESCRIPTION}."
            )
        if self.run_every_seconds < 1:
            raise LocalProtocolError("run_every_seconds must be at least 1.")
        if _reachable_host("app_url", self.app_url) != _reachable_host(
            "app_support", self.app_support
        ):
            # QBWC1000
            raise LocalProtocolError("app_support must be on the same host as app_url.")


_TEXT_FIELDS = (
    "app_name",
    "app_description",
    "user_name",
    "app_unique_name",
    "app_display_name",
    "app_id",
)


def _reachable_host(name: str, url: str) -> str:
    parts = _split(name, url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise LocalProtocolError(f"{name} must be a full address such as https://example.com/qbwc.")
    if ":" in host or host.rstrip(".").rpartition(".")[2].isdigit():
        # QBWC1001, QBWC1002
        raise LocalProtocolError(f"{name} must have a host name; {host} is an IP address.")
    if parts.scheme == "http" and host != "localhost":
        # QBWC1006, QBWC1010
        raise LocalProtocolError(f"{name} must begin with https; http is for localhost only.")
    if "@" in parts.netloc:
        raise LocalProtocolError(f"{name} must not hold a user name or password.")
    return host


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read, for only then it is checked
    except ValueError:
        raise LocalProtocolError(f"{name} is not an address; check its host and port.") from None
    return parts


def render_qwc(file: QwcFile) -> bytes:
    """Write the file that the user opens with the Web Connector."""
    root = etree.Element("QBWCXML")
    for tag, text in _elements(file):
        etree.SubElement(root, tag).text = text
    scheduler = etree.SubElement(root, "Scheduler")
    etree.SubElement(scheduler, "RunEveryNSeconds").text = str(file.run_every_seconds)
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _elements(file: QwcFile) -> tuple[tuple[str, str], ...]:
    return (
        ("AppName", file.app_name),
        ("AppID", file.app_id),
        ("AppURL", file.app_url),
        ("AppDescription", file.app_description),
        ("AppSupport", file.app_support),
        ("UserName", file.user_name),
        ("OwnerID", f"{{{file.owner_id}}}"),
        ("FileID", f"{{{file.file_id}}}"),
        ("QBType", "QBFS"),
        ("AppDisplayName", file.app_display_name or file.app_name),
        ("AppUniqueName", file.app_unique_name),
        ("AuthFlags", _ALL_EDITIONS),
        ("IsReadOnly", "false"),
        ("Notify", "false"),
        ("PersonalDataPref", "pdpNotNeeded"),
        ("UnattendedModePref", "umpOptional"),
        ("Style", "Document"),
    )
