"""Troubles on order: in the middle of a call, by time, by count and by chance."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import VirtualClock
from simulator.faults import (
    After,
    Asleep,
    ByChance,
    CutSession,
    DropConnection,
    FaultScript,
    Kill,
    LoseAnswer,
    OtherCompanyOpen,
    RaiseComError,
    RefuseToOpen,
    SlowAnswer,
)
from simulator.reports import Outcome
from simulator.soap import OPERATIONS
from tests.simulator.partner_service import ADD, BEFORE, EXCHANGE, Service, connector

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def added(company) -> int:
    return len([write for write in company.journal.writes() if write.saved])


@pytest.mark.parametrize("request_sent", [False, True])
async def test_a_connector_killed_while_it_reports_has_saved_whatever_the_service_heard(
    company, request_sent
):
    service = Service({"sendRequestXML": [ADD]})
    fault = Kill("receiveResponseXML", request_sent=request_sent)

    report = await connector(service, company, fault).run_update()

    assert service.order == [*BEFORE, *EXCHANGE[: 1 + request_sent]]
    assert (report.outcome, report.error_codes) == (Outcome.KILLED, ())
    assert added(company) == 1
    (app_lock,) = [v for (_, name), v in company.private_data.items() if name == "AppLock"]
    assert app_lock.startswith("LOCKED:OFFICE-PC:")


async def test_a_connector_killed_while_it_fetches_has_run_nothing(company):
    service = Service({"sendRequestXML": [ADD]})

    await connector(service, company, Kill("sendRequestXML", request_sent=True)).run_update()

    assert service.order == [*BEFORE, "sendRequestXML"]
    assert added(company) == 0


async def test_the_internet_fails_on_the_answer_of_a_fetch_and_the_set_is_never_run(company):
    service = Service({"sendRequestXML": [ADD]})

    report = await connector(service, company, DropConnection("sendRequestXML")).run_update()

    assert service.order == [*BEFORE, "sendRequestXML"]
    assert (report.outcome, report.error_codes) == (Outcome.FAILED, ("QBWC1041",))
    assert added(company) == 0


@pytest.mark.parametrize("request_sent", [False, True])
async def test_the_internet_fails_while_an_answer_is_told_and_it_is_not_told_again(
    company, request_sent
):
    service = Service({"sendRequestXML": [ADD, ""]})
    fault = DropConnection("receiveResponseXML", request_sent=request_sent)
    web_connector = connector(service, company, fault)

    report = await web_connector.run_update()
    await web_connector.run_update()

    assert report.error_codes == ("QBWC1042",)
    assert added(company) == 1
    assert service.order.count("receiveResponseXML") == int(request_sent)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("authenticate", "QBWC1012"),
        ("closeConnection", "QBWC1044"),
    ],
)
async def test_the_internet_may_fail_in_any_call(company, operation, code):
    report = await connector(Service(), company, DropConnection(operation)).run_update()

    assert (report.outcome, report.error_codes) == (Outcome.FAILED, (code,))


async def test_a_session_that_is_cut_off_ends_without_a_word_and_unlocks_the_file(company):
    service = Service({"receiveResponseXML": ["50", "100"]})
    web_connector = connector(service, company, CutSession(nth=2))

    cut = await web_connector.run_update()
    next_one = await web_connector.run_update()

    assert service.order[:5] == [*BEFORE, *EXCHANGE]
    assert service.order[5:8] == BEFORE
    assert (cut.outcome, next_one.outcome) == (Outcome.CUT, Outcome.DONE)
    assert company.private_data[web_connector.owner_id, "AppLock"] == "UNLOCKED"


async def test_a_computer_that_slept_goes_on_with_its_session(company):
    service, clock = Service({"sendRequestXML": [ADD]}), VirtualClock()

    report = await connector(service, company, Asleep(7200), clock=clock).run_update()

    assert service.order == [*BEFORE, *EXCHANGE, "closeConnection"]
    assert (report.outcome, report.seconds) == (Outcome.DONE, 7200)


async def test_a_slow_answer_takes_its_time(company):
    report = await connector(Service(), company, SlowAnswer(40), clock=VirtualClock()).run_update()

    assert report.seconds == 40


def test_a_fault_by_time_waits_for_its_moment_and_comes_once():
    script = FaultScript().add(After(60, LoseAnswer(after_write=True)))
    script.begin(NOW)

    struck = [
        script.at_message_set(NOW + timedelta(seconds=seconds)) for seconds in (0, 59, 60, 61)
    ]

    assert [len(faults) for faults in struck] == [0, 0, 1, 0]


def test_after_its_moment_a_fault_counts_from_one():
    script = FaultScript().add(After(60, RefuseToOpen("0x80040414", nth=2)))
    script.begin(NOW)
    later = NOW + timedelta(seconds=61)

    assert [len(script.at_opening(now)) for now in (NOW, later, later, later)] == [0, 0, 1, 0]


def test_the_nth_is_counted_of_its_own_kind():
    script = FaultScript().add(
        Kill("sendRequestXML", request_sent=True, nth=2), LoseAnswer(after_write=False, nth=2)
    )

    assert script.at_call("sendRequestXML", NOW) == []
    assert script.at_message_set(NOW) == []
    assert script.at_call("receiveResponseXML", NOW) == []
    assert len(script.at_call("sendRequestXML", NOW)) == 1
    assert len(script.at_message_set(NOW)) == 1


def test_chance_repeats_itself_from_its_seed():
    def struck(seed: int) -> list[int]:
        script = FaultScript(seed).add(ByChance(0.3, SlowAnswer(1)), ByChance(0.3, SlowAnswer(2)))
        return [len(script.at_message_set(NOW)) for _ in range(200)]

    assert struck(7) == struck(7)
    assert struck(7) != struck(8)
    assert 80 < sum(struck(7)) < 160


def test_chance_keeps_to_its_extremes():
    never = FaultScript().add(ByChance(0, SlowAnswer(1)))
    always = FaultScript().add(ByChance(1, SlowAnswer(1)))

    assert not any(never.at_message_set(NOW) for _ in range(100))
    assert all(always.at_message_set(NOW) for _ in range(100))


def test_a_chaos_script_strikes_about_as_often_as_asked():
    faults = (LoseAnswer(after_write=True), RaiseComError("0x80040402"))
    script = FaultScript.random(3, 0.2, faults)

    struck = sum(bool(script.at_message_set(NOW)) for _ in range(2000))

    assert 340 < struck < 460


@pytest.mark.parametrize("seed", range(12))
async def test_in_a_chaos_run_the_journal_still_tells_each_write(company, seed):
    """Every invoice in the file is one that the journal calls saved, and no fault hangs a run."""
    clock, before = VirtualClock(), len(company.invoices)
    script = FaultScript.random(seed, 0.5)
    service = Service({"sendRequestXML": [ADD], "receiveResponseXML": ["50", "100"]})
    web_connector = connector(service, company, faults=script, clock=clock)

    outcomes = {(await web_connector.run_update()).outcome for _ in range(20)}

    assert added(company) == len(company.invoices) - before
    assert len(outcomes) > 1
    assert len(company.journal.sessions) == 20
    assert all(session.outcome for session in company.journal.sessions)


@pytest.mark.parametrize("fault", [Asleep, CutSession])
def test_a_call_that_is_never_made_is_refused(fault):
    options = {"seconds": 1} if fault is Asleep else {}

    with pytest.raises(ValueError, match="sendRequestXml"):
        fault(during="sendRequestXml", **options)


def test_a_probability_is_one():
    with pytest.raises(ValueError, match="probability"):
        ByChance(10, SlowAnswer(1))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_may_be_killed(operation):
    script = FaultScript().add(Kill(operation, request_sent=False))

    assert script.at_call(operation, NOW) == [Kill(operation, request_sent=False)]


async def test_a_fault_of_another_company_has_its_own_journal(company, clock):
    """What is written into the wrong file is told by that file."""
    other = type(company)("Somebody Else Inc", r"C:\QuickBooks\else.qbw", clock)
    service = Service()

    await connector(service, company, OtherCompanyOpen(other)).run_update()

    assert company.journal.entries == []
    assert len(other.journal.entries) == 1
    assert company.journal.sessions[0].order == service.order
