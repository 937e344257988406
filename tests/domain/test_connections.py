"""Is a connection well, and what helps when it is not?"""

from datetime import timedelta

import pytest

from domain.connections import (
    HEALTHY,
    CompanyFileIdentity,
    ConnectionState,
    connection_state,
    diagnose,
)
from domain.issues import StepActor
from tests.builders import NOW, a_connection

DISABLED = a_connection(is_disabled=True, last_contact_at=None)
NEW = a_connection(last_contact_at=None)
TROUBLED = a_connection(trouble="A modal dialog is showing.")
SILENT = a_connection(last_contact_at=NOW - timedelta(hours=1), trouble="old", in_session=True)


@pytest.mark.parametrize(
    ("connection", "state"),
    [
        (DISABLED, ConnectionState.DISABLED),
        (NEW, ConnectionState.NEVER_CONNECTED),
        (SILENT, ConnectionState.OFFLINE),
        (TROUBLED, ConnectionState.QUICKBOOKS_UNAVAILABLE),
        (a_connection(in_session=True), ConnectionState.IN_SESSION),
        (a_connection(), ConnectionState.ONLINE),
    ],
)
def test_contacts_and_the_last_error_tell_the_state(connection, state):
    assert connection_state(connection, NOW) is state


@pytest.mark.parametrize(
    ("poll_seconds", "silent_seconds", "missed"),
    [(10, 90, False), (10, 91, True), (60, 120, False), (60, 121, True)],
)
def test_a_connector_is_missed_after_two_polls_but_not_within_90_seconds(
    poll_seconds, silent_seconds, missed
):
    connection = a_connection(poll_seconds=poll_seconds)

    state = connection_state(connection, NOW + timedelta(seconds=silent_seconds))

    assert (state is ConnectionState.OFFLINE) is missed


def test_the_next_contact_is_expected_one_poll_after_the_last():
    assert a_connection(poll_seconds=10).expected_contact_at == NOW + timedelta(seconds=10)
    assert NEW.expected_contact_at is None


@pytest.mark.parametrize("connection", [DISABLED, NEW, SILENT, TROUBLED])
def test_an_ill_connection_comes_with_steps(connection):
    assert connection_state(connection, NOW) not in HEALTHY
    assert diagnose(connection, NOW)


def test_a_well_connection_needs_no_steps():
    assert diagnose(a_connection(), NOW) == ()


def test_quickbooks_own_words_are_repeated():
    (step,) = diagnose(TROUBLED, NOW)

    assert step.actor is StepActor.OFFICE
    assert "A modal dialog is showing." in step.text


@pytest.mark.parametrize(
    ("bound", "seen", "is_other"),
    [
        ((None, None), ("C:\\a.qbw", "A"), False),
        (("C:\\a.qbw", "A"), ("c:\\A.QBW", "a"), False),
        (("C:\\a.qbw", "A"), ("D:\\moved.qbw", "A"), False),
        (("C:\\a.qbw", "A"), ("C:\\a.qbw", "Renamed"), False),
        (("C:\\a.qbw", "A"), ("C:\\b.qbw", "B"), True),
        (("C:\\a.qbw", None), ("C:\\b.qbw", "B"), True),
        (("C:\\a.qbw", "A"), (None, None), False),
    ],
)
def test_another_company_file_is_one_with_nothing_in_common(bound, seen, is_other):
    """Files are moved and companies renamed, but not both at once."""
    ours, theirs = CompanyFileIdentity(*bound), CompanyFileIdentity(*seen)

    assert ours.is_other_than(theirs) is is_other
    assert ours.updated_by(theirs).path == (theirs.path or ours.path)


def test_a_wrong_company_file_is_a_state_with_its_own_words():
    connection = a_connection(
        last_contact_at=NOW, trouble="Another file is open.", is_wrong_company_file=True
    )

    assert connection_state(connection, NOW) is ConnectionState.WRONG_COMPANY_FILE
    assert [step.text for step in diagnose(connection, NOW)] == ["Another file is open."]
