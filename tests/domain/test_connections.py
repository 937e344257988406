"""Is a connection well, when is it missed, and what may an administrator change?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.connections import (
    HEALTHY,
    ConnectionLight,
    ConnectionPatch,
    ConnectionState,
    OpenSession,
    changed,
    connection_health,
    connection_light,
    connection_state,
    is_other_file,
)
from domain.errors import InvalidValue, TextTooLong, ValueOutOfRange, ValueRequired
from tests.builders import NOW, a_connection

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR_AGO = NOW - timedelta(hours=1)

DISABLED = a_connection(is_disabled=True, last_contact_at=None)
NEW = a_connection(last_contact_at=None)
TROUBLED = a_connection(trouble="A modal dialog is showing.")
SILENT = a_connection(last_contact_at=HOUR_AGO, trouble="old", session=OpenSession(HOUR_AGO, True))


def in_session(*, called_at=NOW, at_work=False, **changes):
    return a_connection(session=OpenSession(called_at, at_work), **changes)


@pytest.mark.parametrize(
    ("connection", "state"),
    [
        (DISABLED, ConnectionState.DISABLED),
        (in_session(is_disabled=True), ConnectionState.DISABLED),
        (NEW, ConnectionState.NEVER_CONNECTED),
        (SILENT, ConnectionState.OFFLINE),
        (TROUBLED, ConnectionState.QUICKBOOKS_UNAVAILABLE),
        (in_session(trouble="A modal dialog is showing."), ConnectionState.QUICKBOOKS_UNAVAILABLE),
        (in_session(), ConnectionState.IN_SESSION),
        (in_session(last_contact_at=None), ConnectionState.IN_SESSION),
        (a_connection(), ConnectionState.ONLINE),
    ],
)
def test_contacts_and_the_last_error_tell_the_state(connection, state):
    assert connection_state(connection, NOW) is state
    is_green = connection_light(connection, NOW) is ConnectionLight.GREEN
    assert is_green is (state in HEALTHY)


@pytest.mark.parametrize(
    ("hresult", "state"),
    [
        ("0x80040418", ConnectionState.PERMISSION_NEEDED),
        ("0x8004041A", ConnectionState.PERMISSION_NEEDED),
        ("0x8004041D", ConnectionState.PERMISSION_NEEDED),
        ("0x8004041E", ConnectionState.PERMISSION_NEEDED),
        (" 0X80040420 ", ConnectionState.PERMISSION_NEEDED),
        ("0x8004042A", ConnectionState.PERMISSION_NEEDED),
        ("0x8004042c", ConnectionState.PERMISSION_NEEDED),
        ("0x8004040A", ConnectionState.WRONG_COMPANY_FILE),
        ("0x80040408", ConnectionState.QUICKBOOKS_UNAVAILABLE),
        ("0x80040422", ConnectionState.QUICKBOOKS_UNAVAILABLE),
        ("something new", ConnectionState.QUICKBOOKS_UNAVAILABLE),
        (None, ConnectionState.QUICKBOOKS_UNAVAILABLE),
    ],
)
def test_the_hresult_tells_whether_a_permission_or_quickbooks_itself_is_missing(hresult, state):
    connection = a_connection(trouble="It did not open.", trouble_hresult=hresult)

    assert connection_state(connection, NOW) is state


def test_a_wrong_company_file_is_a_state_of_its_own():
    connection = a_connection(trouble="Another file is open.", is_wrong_company_file=True)

    assert connection_state(connection, NOW) is ConnectionState.WRONG_COMPANY_FILE


@pytest.mark.parametrize(
    ("poll_seconds", "silent_seconds", "missed"),
    [(10, 90, False), (10, 91, True), (60, 180, False), (60, 181, True)],
)
def test_a_connector_is_missed_after_two_polls_but_not_within_90_seconds(
    poll_seconds, silent_seconds, missed
):
    """A contact may have been up to a minute later than the one that was noted."""
    connection = a_connection(poll_seconds=poll_seconds)

    state = connection_state(connection, NOW + timedelta(seconds=silent_seconds))

    assert (state is ConnectionState.OFFLINE) is missed


@given(poll=st.integers(1, 3600), late=st.floats(0, 0.9), polls=st.lists(st.just(1), max_size=40))
def test_a_connector_that_polls_in_time_is_never_missed(poll, late, polls):
    """Though an idle contact is noted at most once a minute."""
    connection, now = a_connection(poll_seconds=poll), NOW
    for _ in polls:
        now += timedelta(seconds=poll * (1 + late))
        assert connection_state(connection, now) is ConnectionState.ONLINE
        if connection.last_contact_at < now - MINUTE:  # as it is written down
            connection = a_connection(poll_seconds=poll, last_contact_at=now)


@pytest.mark.parametrize(
    ("at_work", "minutes", "state"),
    [
        (True, 10, ConnectionState.IN_SESSION),
        (True, 11, ConnectionState.OFFLINE),
        (False, 1, ConnectionState.IN_SESSION),
        (False, 2, ConnectionState.OFFLINE),
    ],
)
def test_quickbooks_may_work_for_minutes_without_being_missed(at_work, minutes, state):
    """On one message set, or while it opens the company file; nobody calls meanwhile."""
    connection = in_session(at_work=at_work)

    assert connection_state(connection, NOW + minutes * MINUTE) is state


def test_calls_of_a_long_session_count_as_contacts():
    connection = in_session(called_at=NOW, last_contact_at=HOUR_AGO)

    assert connection_state(connection, NOW + MINUTE) is ConnectionState.IN_SESSION
    assert connection.heard_at == NOW


def test_a_session_whose_end_was_never_told_does_not_stay_open_for_ever():
    """The connector went away in the middle, came back, and found nothing to do."""
    connection = in_session(called_at=HOUR_AGO, at_work=True, last_contact_at=NOW)

    assert connection_state(connection, NOW) is ConnectionState.ONLINE
    assert connection.in_session  # as far as it told


def test_the_next_contact_is_expected_one_poll_after_the_last():
    assert a_connection(poll_seconds=10).expected_contact_at == NOW + 10 * SECOND
    assert in_session().expected_contact_at == NOW + 10 * SECOND
    assert NEW.expected_contact_at is None


def test_while_quickbooks_is_at_work_nobody_knows_when_the_next_contact_comes():
    assert in_session(at_work=True).expected_contact_at is None


@pytest.mark.parametrize(
    "connection",
    [
        a_connection(),
        TROUBLED,
        in_session(),
        in_session(at_work=True),
        in_session(called_at=NOW - 30 * SECOND, last_contact_at=NOW),
        in_session(called_at=NOW - MINUTE, at_work=True, last_contact_at=NOW),
        a_connection(poll_seconds=3600),
        SILENT,
        NEW,
        DISABLED,
    ],
)
def test_it_is_known_when_silence_alone_changes_the_state(connection):
    """Followed from one such moment to the next, no change is seen late."""
    moments, now = [NOW], NOW
    while (due := connection.next_change_at(now)) is not None:
        assert connection_state(connection, due) is connection_state(connection, moments[-1])
        now = due + timedelta(microseconds=1)
        moments.append(now)

    by_second = [connection_state(connection, NOW + n * SECOND) for n in range(0, 8000, 7)]
    followed = [connection_state(connection, moment) for moment in moments]
    assert list(dict.fromkeys(by_second)) == list(dict.fromkeys(followed))


@pytest.mark.parametrize(
    "changes",
    [
        {"queue_length": 1},
        {"trouble": "It did not open."},
        {"last_contact_at": HOUR_AGO},
        {"is_disabled": True},
        {"session": OpenSession(NOW, False)},
        {"retry_at": NOW},
    ],
)
def test_whoever_watches_a_connection_is_told_of_this(changes):
    assert connection_health(a_connection(**changes), NOW) != connection_health(a_connection(), NOW)


@pytest.mark.parametrize("changes", [{"queue_length": 5}, {"last_contact_at": NOW - SECOND}])
def test_whoever_watches_a_connection_is_not_told_of_each_poll_and_each_job(changes):
    before = a_connection(queue_length=1)

    assert connection_health(a_connection(**{"queue_length": 1} | changes), NOW) == (
        connection_health(before, NOW)
    )


def test_a_patch_changes_what_it_names():
    before = a_connection(name="Front desk", linger_seconds=5)

    assert changed(before, ConnectionPatch()) == before
    assert changed(before, ConnectionPatch(name=" Back office ")).name == "Back office"
    assert changed(before, ConnectionPatch(disabled=True)).is_disabled
    assert changed(before, ConnectionPatch(linger_seconds=0)).linger_seconds == 0
    assert changed(before, ConnectionPatch(linger_seconds=20)).linger_seconds == 20
    assert changed(before, ConnectionPatch(linger_seconds=None)).linger_seconds is None


@pytest.mark.parametrize(
    ("patch", "kind", "field"),
    [
        (ConnectionPatch(name=None), ValueRequired, "name"),
        (ConnectionPatch(name=" "), ValueRequired, "name"),
        (ConnectionPatch(name="n" * 81), TextTooLong, "name"),
        (ConnectionPatch(name="Front\x01desk"), InvalidValue, "name"),
        (ConnectionPatch(name="Front\uffff"), InvalidValue, "name"),
        (ConnectionPatch(disabled=None), ValueRequired, "disabled"),
        (ConnectionPatch(linger_seconds=-1), ValueOutOfRange, "linger_seconds"),
        (ConnectionPatch(linger_seconds=21), ValueOutOfRange, "linger_seconds"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_and_says_where(patch, kind, field):
    with pytest.raises(kind) as refusal:
        changed(a_connection(), patch)

    assert refusal.value.where == (field,)


def test_a_wrong_company_file_is_a_state_with_its_own_words():
    connection = a_connection(
        last_contact_at=NOW, trouble="Another file is open.", is_wrong_company_file=True
    )

    assert connection_state(connection, NOW) is ConnectionState.WRONG_COMPANY_FILE
    assert connection.trouble == "Another file is open."


@pytest.mark.parametrize(
    ("hresult", "is_other"),
    [("0x8004040A", True), (" 0x8004040a ", True), ("0x80040408", False), ("", False)],
)
def test_another_open_company_file_is_known_by_its_hresult(hresult, is_other):
    assert is_other_file(hresult) is is_other
