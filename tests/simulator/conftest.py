"""A company file with a clock that stands still, and a way to ask it things."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from simulator.bookkeeper import Bookkeeper
from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.interpreter import process

INVOICE = "1A2B-1"


@dataclass
class StandingClock:
    """A clock that moves only when told to."""

    moment: datetime = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: int = 1) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def company(clock: StandingClock) -> CompanyFile:
    """Fixture F: invoice 21259 of 62.44 with a bookkeeper's text line between its two tasks."""
    return CompanyFile.load(DEMO_COMPANY, clock)


@pytest.fixture
def bookkeeper(company: CompanyFile) -> Bookkeeper:
    return Bookkeeper(company)


Ask = Callable[..., etree._Element]  # noqa: SLF001 - its only name


def message_set(body: str, on_error: str = "continueOnError", **ids: str) -> str:
    """A whole document around requests written as text."""
    attributes = "".join(f' {name}="{value}"' for name, value in ids.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f'<QBXML><QBXMLMsgsRq onError="{on_error}"{attributes}>{body}</QBXMLMsgsRq></QBXML>'
    )


@pytest.fixture
def ask(company: CompanyFile) -> Ask:
    """Send requests as one message set and return the QBXMLMsgsRs."""

    def send(body: str, on_error: str = "continueOnError", **ids: str) -> etree._Element:
        response = process(company, message_set(body, on_error, **ids), application="app")
        return etree.fromstring(response)[0]

    return send


@pytest.fixture
def modify(company: CompanyFile, ask: Ask) -> Ask:
    """Send one InvoiceMod of invoice 21259 with its present EditSequence; return the Rs."""

    def send(body: str) -> etree._Element:
        edit_sequence = company.invoice(INVOICE).edit_sequence
        return ask(
            f"<InvoiceModRq><InvoiceMod><TxnID>{INVOICE}</TxnID>"
            f"<EditSequence>{edit_sequence}</EditSequence>{body}</InvoiceMod></InvoiceModRq>"
        )[0]

    return send


@pytest.fixture
def add(ask: Ask) -> Ask:
    """Send one InvoiceAdd and return the Rs."""

    def send(body: str, customer: str = "Harriet Doyle") -> etree._Element:
        return ask(
            f"<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>{customer}</FullName></CustomerRef>"
            f"{body}</InvoiceAdd></InvoiceAddRq>"
        )[0]

    return send
