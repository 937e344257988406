"""The command line and the .qwc file, in the words of the person at the terminal."""

from pathlib import Path

import pytest

from simulator.__main__ import main
from simulator.qwc import InvalidQwc, parse_qwc
from simulator.soap import Style

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
        ([*start, "--company-file", str(incomplete)], "does not fit together: 'name'"),
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
