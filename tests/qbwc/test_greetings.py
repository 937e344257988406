"""Which version a Web Connector told before it signed in."""

import pytest

from domain.queue import SessionState
from qbwc.calls import Authenticate, ClientVersion
from qbwc.greetings import Greetings
from qbwc.operations import answer
from tests.sync_worker.connector import PlayedConnector

DESK, BACK = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def greet_and_sign_in(played, tools, version, *, greeted=DESK, signed_in=DESK):
    created = played.side.connection
    await answer(tools, ClientVersion(version=version), greeted)
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    await answer(tools, sign_in, signed_in)


async def test_the_version_of_a_web_connector_is_shown_with_its_connection(played):
    await played.office.export(await played.office.new_invoice("1"))
    await played.plan()

    await greet_and_sign_in(played, played.tools(), "2.3.0.215")

    assert (await played.connection()).client_version == "2.3.0.215"
    assert (await played.sessions())[-1].state == SessionState.OPEN


async def test_a_greeting_from_elsewhere_is_not_taken_for_this_one(played):
    await played.office.export(await played.office.new_invoice("1"))
    await played.plan()

    await greet_and_sign_in(played, played.tools(), "2.3.0.215", greeted=BACK)

    assert (await played.connection()).client_version is None


def test_only_so_many_greetings_are_remembered():
    greetings = Greetings()
    for n in range(1001):
        greetings.heard(f"192.0.2.{n}", "2.3")

    assert greetings.version_of("192.0.2.0") is None
    assert greetings.version_of("192.0.2.1000") == "2.3"
