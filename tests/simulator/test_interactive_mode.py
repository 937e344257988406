"""The service asks for a person: a page is opened, and the service says when it is done."""

import pytest

from simulator.clock import VirtualClock
from simulator.computer import Computer
from simulator.reports import Outcome
from tests.simulator.partner_service import BEFORE, EXCHANGE, QUERY, Service, connector

ASKS = {"sendRequestXML": ["", QUERY], "getLastError": ["Interactive mode"]}
INTO = [*BEFORE, "sendRequestXML", "getLastError", "getInteractiveURL"]


class Visitor:
    """Somebody who opens every page, or says why not."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.pages: list[str] = []

    async def __call__(self, url: str) -> str:
        self.pages.append(url)
        return self.reason


async def test_without_a_person_the_mode_is_rejected(company):
    service = Service(ASKS)

    report = await connector(service, company).run_update()

    assert service.order == [*INTO, "interactiveRejected", "closeConnection"]
    assert service.told("interactiveRejected")["reason"] == "Nobody sits at this computer"
    assert (report.outcome, report.status_text) == (Outcome.INTERACTIVE, "Come back later")


async def test_a_person_may_refuse_the_page(company):
    service = Service(ASKS)

    await connector(service, company, computer=Computer(visit=Visitor("Not now"))).run_update()

    assert service.told("interactiveRejected") == {"wcTicket": "ticket-1", "reason": "Not now"}


async def test_the_service_is_asked_once_a_minute_and_done_closes_the_session(company):
    service = Service({**ASKS, "isInteractiveDone": ["", "", "DONE"]})
    visitor, clock = Visitor(), VirtualClock()

    report = await connector(
        service, company, computer=Computer(visit=visitor), clock=clock
    ).run_update()

    assert visitor.pages == ["https://service.example/page"]
    assert service.order == [*INTO, *["isInteractiveDone"] * 3, "closeConnection"]
    assert (report.outcome, report.seconds) == (Outcome.DONE, 180)


async def test_continue_brings_the_next_request(company):
    service = Service({**ASKS, "isInteractiveDone": ["CONTINUE"]})

    report = await connector(
        service, company, computer=Computer(visit=Visitor()), clock=VirtualClock()
    ).run_update()

    assert service.order == [*INTO, "isInteractiveDone", *EXCHANGE, "closeConnection"]
    assert report.outcome is Outcome.DONE


async def test_any_other_word_is_an_error_that_is_shown(company):
    service = Service({**ASKS, "isInteractiveDone": ["The page was closed"]})

    report = await connector(
        service, company, computer=Computer(visit=Visitor()), clock=VirtualClock()
    ).run_update()

    assert (report.outcome, report.status_text) == (Outcome.STOPPED, "The page was closed")


@pytest.mark.parametrize("operation", ["getInteractiveURL", "isInteractiveDone"])
async def test_a_failing_call_ends_the_session(company, operation):
    service = Service({**ASKS, operation: [None]})

    report = await connector(
        service, company, computer=Computer(visit=Visitor()), clock=VirtualClock()
    ).run_update()

    assert service.order[-1] == operation
    assert report.outcome is Outcome.FAILED
