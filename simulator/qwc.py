"""Read a .qwc file, which tells a Web Connector what to call. Source: guide chapter 4."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from simulator.documents import hardened_parser
from simulator.soap import Style

_NEEDED: Final = (
    "AppName",
    "AppURL",
    "AppDescription",
    "AppSupport",
    "UserName",
    "OwnerID",
    "FileID",
    "QBType",
)
_MINUTE_SECONDS: Final = 60


class InvalidQwc(Exception):
    """The file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Qwc:
    """What a .qwc file says."""

    app_name: str
    url: str
    user_name: str
    owner_id: str
    file_id: str
    style: Style = Style.DOCUMENT
    #: None when the file has no scheduler.
    run_every_seconds: int | None = None


def read_qwc(path: Path) -> Qwc:
    """Read the file. Raises OSError when it cannot be read, InvalidQwc when it makes no sense."""
    return parse_qwc(path.read_bytes())


def parse_qwc(content: bytes) -> Qwc:
    """Read the content of a .qwc file. Raises InvalidQwc."""
    try:
        root = etree.fromstring(content, hardened_parser())
    except etree.XMLSyntaxError as error:
        message = f"The .qwc file is not well-formed XML: {error}"
        raise InvalidQwc(message) from None
    if root.tag != "QBWCXML":
        message = f"The .qwc file begins with {root.tag}, not with QBWCXML."
        raise InvalidQwc(message)
    texts = {name: root.findtext(name, "").strip() for name in _NEEDED}
    for name, text in texts.items():
        if not text:
            message = f"QBWC1039: the .qwc file has no {name}."
            raise InvalidQwc(message)
    return Qwc(
        app_name=texts["AppName"],
        url=_checked_url(texts["AppURL"]),
        user_name=texts["UserName"],
        owner_id=texts["OwnerID"],
        file_id=texts["FileID"],
        style=_style(root),
        run_every_seconds=_run_every_seconds(root),
    )


def _checked_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        message = f'The AppURL "{url}" is not an http or https address.'
        raise InvalidQwc(message)
    return url


def _style(root: etree._Element) -> Style:
    return Style.RPC if root.findtext("Style", "").strip() == Style.RPC else Style.DOCUMENT


def _run_every_seconds(root: etree._Element) -> int | None:
    scheduler = root.find("Scheduler")
    if scheduler is None:
        return None
    for child in scheduler.iterchildren("RunEveryNSeconds", "RunEveryNMinutes"):
        text = (child.text or "").strip()
        if not text.isdigit():
            message = f'{child.tag} is "{text}", not a whole number.'
            raise InvalidQwc(message)
        return int(text) * (1 if child.tag == "RunEveryNSeconds" else _MINUTE_SECONDS)
    return None
