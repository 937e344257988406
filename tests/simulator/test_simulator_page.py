"""The examples of docs/simulator.md do what the page says."""

import json
import re
from pathlib import Path

import pytest

from simulator.clock import VirtualClock
from simulator.company_json import read_company
from simulator.fault_file import KINDS, read_script
from simulator.journal import Journal, JournalLines
from tests.simulator.partner_service import Service, add, connector, serving

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMPANY, FAULTS = (text for language, text in BLOCKS if language == "json")
(PYTHON,) = (text for language, text in BLOCKS if language == "python")


def test_the_company_file_of_the_page_can_be_read(tmp_path):
    path = tmp_path / "company.json"
    path.write_text(COMPANY, encoding="utf-8")

    company = read_company(path, VirtualClock())

    (invoice,) = company.invoices.values()
    assert (invoice.ref_number, str(invoice.total)) == ("21259", "38.43")


def test_the_fault_script_of_the_page_can_be_read(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text(FAULTS, encoding="utf-8")

    assert read_script(path, VirtualClock()).seed == 7


def test_every_fault_is_in_the_table():
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))

    assert listed == {"fault", *KINDS, "Meanwhile", "OtherCompanyOpen"}


async def test_the_python_of_the_page_runs(capsys):
    names: dict[str, object] = {}
    exec(PYTHON, names)  # noqa: S102 - the page's own example

    with serving(add("30001", "SET-1")) as (url, calls):
        await names["exactly_once"](url, "office", "secret")

    assert calls.count("authenticate") == 5
    assert capsys.readouterr().out.startswith("answer lost")


@pytest.mark.parametrize("event", ["write", "session"])
async def test_the_keys_of_the_journal_are_in_the_page(company, event):
    await connector(Service({"sendRequestXML": [add("30001")]}), company).run_update()
    journal: Journal = company.journal
    lines = [json.loads(line) for line in JournalLines(journal).new()]
    (keys,) = (line.keys() - {"event"} for line in lines if line["event"] == event)
    (told,) = re.findall(rf"^- `{event}`: (.*?)(?=^- |^$)", PAGE, re.MULTILINE | re.DOTALL)

    assert keys <= set(re.findall(r"`(\w+)`", told))
