"""The command line and the .qwc file, in the words of the person at the terminal."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as instep
from simulator.__main__ import main
from simulator.company_json import read_company
from simulator.qwc import InvalidQwc, parse_qwc
from simulator.soap import Style
from tests.simulator.partner_service import add, serving

QWC = """<?xml version="1.0" encoding="utf-8"?>
<QBWCXML>
  <AppName>Instep &amp; Sons</AppName><AppID/><AppURL>http://localhost:1/qbwc</AppURL>
  <AppDescription>Keeps invoices in step</AppDescription>
  <AppSupport>http://localhost:1/support</AppSupport><UserName>office</UserName>
  <OwnerID>{aaaaaaaa-0000-0000-0000-000000000000}</OwnerID>
  <FileID>{bbbbbbbb-0000-0000-0000-000000000000}</FileID><QBType>QBFS</QBType>
  <Scheduler><RunEveryNSeconds>7</RunEveryNSeconds></Scheduler>
</QBWCXML>
"""


@pytest.fixture
def qwc_path(tmp_path: Path) -> Path:
    path = tmp_path / "instep.qwc"
    path.write_text(QWC, encoding="utf-8")
    return path


def test_a_qwc_file_says_where_who_and_how_often():
    qwc = parse_qwc(QWC.encode())

    assert (qwc.url, qwc.user_name) == ("http://localhost:1/qbwc", "office")
    assert (qwc.app_name, qwc.style, qwc.run_every_seconds) == (
        "Instep & Sons",
        Style.DOCUMENT,
        7,
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<UserName>office</UserName>", "", "QBWC1039: the .qwc file has no UserName."),
        ("QBWCXML", "HTML", "begins with HTML"),
        ("</QBWCXML>", "", "not well-formed"),
        ("http://localhost:1/qbwc", "ftp://x", 'AppURL "ftp://x" is not'),
        (">7<", ">often<", 'RunEveryNSeconds is "often"'),
    ],
)
def test_a_qwc_file_that_makes_no_sense_says_why(old, new, words):
    with pytest.raises(InvalidQwc, match=words):
        parse_qwc(QWC.replace(old, new).encode())


def test_minutes_are_counted_as_seconds_and_rpc_is_understood():
    text = QWC.replace("RunEveryNSeconds", "RunEveryNMinutes").replace(
        "<QBType>", "<Style>RPC</Style><QBType>"
    )

    qwc = parse_qwc(text.encode())

    assert (qwc.run_every_seconds, qwc.style) == (420, Style.RPC)


def test_bad_input_is_one_sentence_and_exit_code_two(qwc_path, tmp_path, capsys):
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    incomplete = tmp_path / "incomplete.json"
    incomplete.write_text('{"path": "x"}', encoding="utf-8")
    missing = str(tmp_path / "missing")
    start = ["--once", "--qwc", str(qwc_path), "--password", "p"]

    for arguments, words in (
        (["--qwc", missing, "--password", "p"], "Cannot read the .qwc file"),
        ([*start, "--company-file", missing], "Cannot read the company file"),
        ([*start, "--company-file", str(broken)], "is not JSON"),
        ([*start, "--company-file", str(incomplete)], "does not fit together: it has no 'name'"),
        ([*start[:3], "--password-file", missing], "Cannot read the password file"),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert words in error
        assert error.count("\n") == 1


def test_a_service_that_is_not_there_fails_the_update(qwc_path, tmp_path, capsys):
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")

    code = main(["--once", "--qwc", str(qwc_path), "--password-file", str(password)])

    assert code == 1
    assert "QBWC1012" in capsys.readouterr().out


def test_every_mistake_names_its_option_and_a_cure(qwc_path, tmp_path, capsys):
    missing, folder = str(tmp_path / "missing"), str(tmp_path)
    script = tmp_path / "script.json"
    script.write_text('{"faults": [{"fault": "Sneeze"}]}', encoding="utf-8")
    start = ["--once", "--qwc", str(qwc_path), "--password", "p"]

    for arguments, words in (
        (["--qwc", missing, "--password", "p"], "Name another with --qwc."),
        ([*start[:3], "--password-file", missing], "Name another with --password-file."),
        ([*start, "--company-file", missing], "Name another with --company-file."),
        ([*start, "--company-file", str(script)], "--write-company-file prints one that does."),
        ([*start, "--faults", missing], "Name another with --faults."),
        ([*start, "--faults", str(script)], "Mend it, or name another with --faults."),
        ([*start, "--journal", folder], "Name another with --journal."),
        ([*start, "--save-company-file", folder], "Name another with --save-company-file."),
    ):
        assert main(arguments) == 2, words
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--every", "0"], "--every: "),
        (["--every", "often"], '"often" is not a whole number of seconds'),
        (["--chaos", "7"], '"7" is not a whole number, a colon and a probability'),
        (["--chaos", "7:1.5"], "--chaos: "),
        (["--machine", "A:B"], "leave colons out"),
        (["--chaos", "1:0.1", "--faults", "x"], "not allowed with argument"),
    ],
)
def test_misused_options_end_the_command(qwc_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        main(["--qwc", str(qwc_path), "--password", "p", *arguments])

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_demo_company_file_is_printed_without_any_other_option(capsys, clock, tmp_path):
    path = tmp_path / "company.json"

    with pytest.raises(SystemExit) as ended:
        main(["--write-company-file"])

    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert ended.value.code == 0
    assert read_company(path, clock).name == "Fixture Heating & Air"


def test_instep_simulate_is_the_same_command(capsys):
    with pytest.raises(SystemExit) as ended:
        instep(["simulate", "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: instep simulate ")


@pytest.fixture
def service() -> Iterator[tuple[str, list[str]]]:
    """A service on a port of its own: its address, and the calls it got; it adds one invoice."""
    with serving(add("30001", "SET-1")) as served:
        yield served


@pytest.fixture
def start(service: tuple[str, list[str]], tmp_path: Path) -> list[str]:
    """The options that lead to that service."""
    path = tmp_path / "service.qwc"
    path.write_text(QWC.replace("http://localhost:1/qbwc", service[0]), encoding="utf-8")
    return ["--once", "--qwc", str(path), "--password", "p"]


def journal_of(path: Path, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["event"] == event]


def test_a_partner_asserts_exactly_once_over_two_runs_of_the_command(start, tmp_path, capsys):
    """The connector dies after the write; the second run goes on with the saved company file."""
    script, journal, state = (tmp_path / name for name in ("faults.json", "journal", "state.json"))
    script.write_text('{"faults": [{"fault": "LoseAnswer", "after_write": true}]}')
    keep = ["--journal", str(journal), "--save-company-file", str(state)]

    first = main([*start, *keep, "--faults", str(script), "--machine", "FRONT-DESK"])
    second = main([*start, *keep, "--company-file", str(state), "--machine", "FRONT-DESK"])

    assert (first, second) == (1, 0)
    assert "answer lost" in capsys.readouterr().out
    (write,) = journal_of(journal, "write")
    assert (write["number"], write["saved"], write["message_set_id"]) == ("30001", True, "SET-1")
    sessions = journal_of(journal, "session")
    assert [session["outcome"] for session in sessions] == ["answer lost", "done"]
    assert {session["machine"] for session in sessions} == {"FRONT-DESK"}


def test_another_machine_is_kept_out_and_told_what_to_do(start, tmp_path, capsys):
    script, state = tmp_path / "faults.json", tmp_path / "state.json"
    script.write_text('{"faults": [{"fault": "LoseAnswer", "after_write": true}]}')
    main([*start, "--save-company-file", str(state), "--faults", str(script)])

    code = main([*start, "--company-file", str(state), "--machine", "LAPTOP"])

    assert code == 1
    assert "being used on machine OFFICE-PC" in capsys.readouterr().out


def test_chaos_from_the_command_line_strikes(start, service, capsys):
    code = main([*start, "--chaos", "1:1"])

    assert code == 1
    assert "receiveResponseXML" not in service[1]


def test_an_interrupt_lets_the_running_update_end(tmp_path, capsys):
    """Ctrl+C in the middle of a session: the service still gets its closeConnection."""

    def interrupt(operation: str) -> None:
        if operation == "receiveResponseXML":
            os.kill(os.getpid(), signal.SIGINT)

    qwc, journal = tmp_path / "service.qwc", tmp_path / "journal.jsonl"
    with serving(add("30001"), interrupt) as (url, calls):
        qwc.write_text(QWC.replace("http://localhost:1/qbwc", url), encoding="utf-8")
        code = main(["--qwc", str(qwc), "--password", "p", "--journal", str(journal)])

    assert code == 0
    assert calls[-1] == "closeConnection"
    assert "every 7 s; Ctrl+C stops." in capsys.readouterr().out
    assert len(journal_of(journal, "write")) == len(journal_of(journal, "session")) == 1
