"""What the Web Connector does in a company file by itself: lock it, and ask who it is."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.interpreter import answer_quietly

_LOCK: Final = "AppLock"
_FILE_ID: Final = "FileID"
_LOCKED: Final = "LOCKED"
_TICKS_BEGIN: Final = datetime(1, 1, 1, tzinfo=UTC)


class Locker(Protocol):
    """Who locks."""

    @property
    def machine(self) -> str: ...
    @property
    def file_id(self) -> str: ...


class UsedElsewhere(Exception):
    """Another machine holds the company file's lock, or died with it."""

    def __init__(self, machine: str) -> None:
        super().__init__(f"The application is being used on machine {machine}")
        self.machine = machine


def lock(company: CompanyFile, owner_id: str, locker: Locker) -> None:
    """Write AppLock, and FileID when the application meets this company file first.

    Raises UsedElsewhere while the lock names another machine; one's own stale lock is taken over.
    """
    holder = _holder(company.private_data.get((owner_id, _LOCK), ""))
    if holder and holder.casefold() != locker.machine.casefold():
        raise UsedElsewhere(holder)
    # .NET counts in steps of a tenth of a microsecond.
    ticks = (company.now() - _TICKS_BEGIN) // timedelta(microseconds=1) * 10
    company.private_data[owner_id, _LOCK] = f"{_LOCKED}:{locker.machine}:{ticks}"
    company.private_data.setdefault((owner_id, _FILE_ID), locker.file_id)


def unlock(company: CompanyFile, owner_id: str) -> None:
    """Give the lock back."""
    company.private_data[owner_id, _LOCK] = "UNLOCKED"


def answers(company: CompanyFile, owner_id: str) -> str:
    """Return strHCPResponse: the Host, Company and Preferences answers, requestID 0, 1 and 2."""
    root = etree.Element("QBXML")
    message_set = etree.SubElement(root, "QBXMLMsgsRq", onError="continueOnError")
    names = ("HostQueryRq", "CompanyQueryRq", "PreferencesQueryRq")
    for number, name in enumerate(names):
        request = etree.SubElement(message_set, name, requestID=str(number))
        if name == "CompanyQueryRq":
            etree.SubElement(request, "OwnerID").text = owner_id
    root.addprevious(etree.ProcessingInstruction("qbxml", 'version="13.0"'))
    tree = root.getroottree()
    document = etree.tostring(tree, xml_declaration=True, encoding="us-ascii")
    return answer_quietly(company, document)


def _holder(app_lock: str) -> str:
    word, _, rest = app_lock.partition(":")
    return rest.rpartition(":")[0] if word == _LOCKED else ""
