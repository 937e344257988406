"""Each state and each error comes with a way out, in words of the office."""

from datetime import timedelta

import pytest

from domain.answers import UNSURE
from domain.connections import HEALTHY, OpenSession, connection_state
from domain.connector_rows import CONNECTOR_ROWS
from domain.diagnosis import diagnose, explain
from domain.hresult_rows import HRESULT_ROWS
from domain.issues import AnswerClass, StepActor
from tests.builders import NOW, a_connection

HOUR_AGO = NOW - timedelta(hours=1)
CONNECTION_HRESULTS = sorted(
    code for code, row in HRESULT_ROWS.items() if row.kind is AnswerClass.CONNECTION
)

DISABLED = a_connection(is_disabled=True)
NEW = a_connection(last_contact_at=None)
SILENT = a_connection(last_contact_at=HOUR_AGO)
TROUBLED = a_connection(trouble="A modal dialog is showing.", trouble_hresult="0x80040414")
REFUSED = a_connection(trouble="It keeps Instep out.", trouble_hresult="0x80040420")
OTHER_FILE = a_connection(trouble="Another file is open.", is_wrong_company_file=True)


def words(connection):
    return " ".join(step.text for step in diagnose(connection, NOW))


@pytest.mark.parametrize("connection", [DISABLED, NEW, SILENT, TROUBLED, REFUSED, OTHER_FILE])
def test_an_ill_connection_comes_with_steps(connection):
    assert connection_state(connection, NOW) not in HEALTHY
    assert diagnose(connection, NOW)


@pytest.mark.parametrize(
    "connection", [a_connection(), a_connection(session=OpenSession(NOW, True))]
)
def test_a_well_connection_needs_no_steps(connection):
    assert diagnose(connection, NOW) == ()


def test_a_new_connection_is_told_how_to_set_the_computer_up():
    said = words(NEW)

    for advice in (".qwc", "password", "Auto-Run", "same privileges", "sleep", "Admin"):
        assert advice in said


def test_a_silent_connector_comes_with_its_last_and_its_next_contact_and_how_to_open_it():
    first, *steps = diagnose(SILENT, NOW)

    assert first.text == (
        f"The Web Connector was last heard at {HOUR_AGO:%Y-%m-%d %H:%M} UTC and was expected again"
        f" at {HOUR_AGO + timedelta(seconds=10):%Y-%m-%d %H:%M} UTC."
    )
    said = " ".join(step.text for step in steps)
    for advice in ("QBWC", "Pin to taskbar", "same privileges", "same Windows user", "sleep"):
        assert advice in said


def test_a_connector_that_went_away_while_quickbooks_worked_was_expected_after_the_work():
    connection = a_connection(last_contact_at=None, session=OpenSession(HOUR_AGO, True))

    first, *_ = diagnose(connection, NOW)

    assert first.text == (
        f"The Web Connector was last heard at {HOUR_AGO:%Y-%m-%d %H:%M} UTC and was expected again"
        " as soon as QuickBooks was done."
    )


def test_a_wrong_company_file_is_named_first_and_nothing_was_sent():
    first, last = diagnose(OTHER_FILE, NOW)

    assert first.text == "Another file is open."
    assert "Nothing was sent" in last.text


def test_quickbooks_own_words_stand_first_and_the_catalogue_knows_the_way_out():
    first, *steps = diagnose(TROUBLED, NOW)

    assert first.text == "A modal dialog is showing."
    assert steps == list(HRESULT_ROWS["0x80040414"].steps)


def test_trouble_without_an_hresult_is_repeated_as_it_was_told():
    (step,) = diagnose(a_connection(trouble="It did not open."), NOW)

    assert (step.actor, step.text) == (StepActor.OFFICE, "It did not open.")


def test_a_missing_permission_is_the_quickbooks_administrator_s_to_give():
    assert StepActor.QUICKBOOKS_ADMINISTRATOR in {s.actor for s in diagnose(REFUSED, NOW)}


def test_it_says_when_quickbooks_is_tried_again():
    connection = a_connection(
        trouble="It did not open.", trouble_hresult="0x80040408", retry_at=NOW
    )

    assert f"tried again by itself, at {NOW:%Y-%m-%d %H:%M} UTC or later" in words(connection)


@pytest.mark.parametrize("code", CONNECTION_HRESULTS)
def test_every_hresult_of_a_connection_comes_with_a_way_out(code):
    connection = a_connection(trouble="QuickBooks' own words.", trouble_hresult=code.upper())

    first, *steps = diagnose(connection, NOW)

    assert first.text == "QuickBooks' own words."
    assert steps
    assert explain(code).steps == explain(f" {code.upper()} ").steps != ()


def test_what_stands_in_the_way_of_the_file_mode_is_explained():
    """One exporter: single-user mode is better (seed 001)."""
    connection = a_connection(trouble="Another mode.", trouble_hresult="0x80040410")

    assert "single-user mode works better" in words(connection)


def test_a_disabled_connection_loses_no_work_and_says_how_to_send_it_elsewhere():
    said = words(DISABLED)

    assert "nothing is lost" in said
    assert "another connection" in said


@pytest.mark.parametrize("code", sorted(CONNECTOR_ROWS))
def test_every_error_of_the_web_connector_is_explained_however_it_is_written(code):
    told = explain(code)

    assert told.reason == CONNECTOR_ROWS[code].reason.format(unsure=UNSURE, says="")
    assert explain(f" {code.lower()} ") == explain(code.removeprefix("QBWC")) == told
    assert told.steps


def test_a_code_that_nobody_knows_leads_to_the_log():
    assert "log" in str(explain("QBWC9999").steps)
    assert explain("").steps
    assert explain("0x8FFFFFFF").steps
