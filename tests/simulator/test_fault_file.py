"""A fault script as JSON, for those who write no Python."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.clock import VirtualClock
from simulator.company_file import DEMO_COMPANY
from simulator.fault_file import InvalidScript, read_script
from simulator.faults import (
    Asleep,
    CutSession,
    DropConnection,
    Kill,
    LoseAnswer,
    Meanwhile,
    OtherCompanyOpen,
    RaiseComError,
    RefuseToOpen,
    SlowAnswer,
)
from simulator.reports import Outcome
from tests.simulator.partner_service import Service, connector

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def written(folder: Path, *faults: dict[str, object], **more: object) -> Path:
    path = folder / "faults.json"
    path.write_text(json.dumps({"faults": list(faults), **more}), encoding="utf-8")
    return path


def read(folder: Path, *faults: dict[str, object], **more: object):
    return read_script(written(folder, *faults, **more), VirtualClock())


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"fault": "LoseAnswer", "after_write": True}, LoseAnswer(after_write=True)),
        (
            {"fault": "RaiseComError", "hresult": "0x8004041C", "after_write": True},
            RaiseComError("0x8004041C", after_write=True),
        ),
        ({"fault": "SlowAnswer", "seconds": 2}, SlowAnswer(2)),
        (
            {"fault": "RefuseToOpen", "hresult": "0x80040414", "tries": 2},
            RefuseToOpen("0x80040414", tries=2),
        ),
        (
            {"fault": "Kill", "during": "receiveResponseXML", "request_sent": True},
            Kill("receiveResponseXML", request_sent=True),
        ),
        ({"fault": "DropConnection", "during": "getLastError"}, DropConnection("getLastError")),
        ({"fault": "CutSession"}, CutSession()),
        ({"fault": "Asleep", "seconds": 0.5, "nth": 1}, Asleep(0.5)),
    ],
    ids=lambda value: value["fault"] if isinstance(value, dict) else "",
)
def test_every_fault_can_be_written_down(tmp_path, record, fault):
    script = read(tmp_path, record)

    struck = [*script.at_opening(NOW), *script.at_message_set(NOW)]
    struck += [f for name in FAULTY for f in script.at_call(name, NOW)]

    assert struck == [fault]


FAULTY = ("receiveResponseXML", "getLastError", "sendRequestXML")


def test_a_fault_may_come_by_time_or_by_chance(tmp_path):
    slow = {"fault": "SlowAnswer", "seconds": 1}
    late = {"fault": "LoseAnswer", "after_write": True, "after_seconds": 60}
    script = read(tmp_path, late, {**slow, "probability": 1.0}, seed=4)
    script.begin(NOW)

    assert script.at_message_set(NOW) == [SlowAnswer(1)]
    assert len(script.at_message_set(NOW + timedelta(seconds=60))) == 2
    assert script.seed == 4


async def test_a_bookkeeper_edits_an_invoice_meanwhile(tmp_path, company):
    script = read(tmp_path, {"fault": "Meanwhile", "edit_invoice": "21259", "memo": "At the desk"})
    service = Service()

    await connector(service, company, faults=script).run_update()

    assert "At the desk" in service.told("receiveResponseXML")["response"]


async def test_another_company_lies_beside_the_script(tmp_path, company):
    text = DEMO_COMPANY.read_text(encoding="utf-8").replace("CF-1.qbw", "CF-2.qbw")
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    script = read(tmp_path, {"fault": "OtherCompanyOpen", "company_file": "other.json"})
    service = Service({"authenticate": [["t", company.path]]})

    report = await connector(service, company, faults=script).run_update()

    assert report.outcome is Outcome.NOT_OPENED
    assert isinstance(script.at_opening(NOW), list)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"fault": "LooseAnswer"}, '"fault" is "LooseAnswer", which is none of LoseAnswer,'),
        ({}, '"fault" is "None", which is none of'),
        ({"fault": "LoseAnswer"}, "after_write is missing"),
        ({"fault": "LoseAnswer", "after_write": 1}, "after_write is 1, not of type bool"),
        ({"fault": "SlowAnswer", "seconds": -1}, "seconds is -1, not a number from 0"),
        ({"fault": "SlowAnswer", "seconds": True}, "seconds is true, not a number"),
        ({"fault": "SlowAnswer", "seconds": 1, "nth": 0}, "nth is 0, not a whole number from 1"),
        ({"fault": "SlowAnswer", "seconds": 1, "tries": 1}, "it has no tries; it may have"),
        (
            {"fault": "CutSession", "during": "sendRequest"},
            '"sendRequest" is none of serverVersion',
        ),
        ({"fault": "CutSession", "probability": 2}, "2.0 is not a probability"),
        ({"fault": "CutSession", "probability": 1, "after_seconds": 1}, "name one of them"),
        ({"fault": "Meanwhile", "memo": "x"}, "edit_invoice is missing"),
        ({"fault": "OtherCompanyOpen", "company_file": "none.json"}, "No such file"),
        ({"fault": "OtherCompanyOpen", "company_file": "faults.json"}, "its company file does not"),
    ],
)
def test_a_script_that_makes_no_sense_says_why_and_where(tmp_path, record, words):
    good = {"fault": "CutSession"}

    with pytest.raises(InvalidScript) as caught:
        read(tmp_path, good, record)

    assert str(caught.value).startswith("fault 2: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ("[]", 'not an object with a list "faults"'),
        ('{"faults": {}}', 'not an object with a list "faults"'),
        ('{"faults": [], "seed": "x"}', '"seed" is not a whole number'),
        ('{"faults": ["CutSession"]}', "fault 1: it is not an object"),
    ],
)
def test_a_file_that_is_no_script_says_so(tmp_path, text, words):
    path = tmp_path / "faults.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidScript, match=words):
        read_script(path, VirtualClock())


def test_meanwhile_counts_like_the_others(tmp_path):
    script = read(tmp_path, {"fault": "Meanwhile", "edit_invoice": "1", "memo": "x", "nth": 2})

    assert script.at_message_set(NOW) == []
    assert isinstance(script.at_message_set(NOW)[0], Meanwhile)


def test_another_company_is_open_in_the_session_that_was_named(tmp_path):
    (tmp_path / "other.json").write_text(DEMO_COMPANY.read_text(encoding="utf-8"), encoding="utf-8")
    record = {"fault": "OtherCompanyOpen", "company_file": "other.json", "nth": 2}
    script = read(tmp_path, record)

    assert script.at_opening(NOW) == []
    assert isinstance(script.at_opening(NOW)[0], OtherCompanyOpen)
