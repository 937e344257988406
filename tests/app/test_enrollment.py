"""The credentials of a new Web Connector and the file it opens."""

import re
from uuid import UUID

import pytest
from lxml import etree

from app.enrollment import OWNER_ID, Enroller
from app.ids import new_id
from app.passwords import verify_secret
from app.settings import load_settings
from tests.builders import a_connection

ADDRESSES = {"DATABASE_URL": "postgresql://u@h/d", "REDIS_URL": "redis://h"}


@pytest.fixture
def enroller():
    return Enroller(
        load_settings(
            ADDRESSES
            | {
                "INSTEP_PUBLIC_URL": "https://instep.example.com/",
                "INSTEP_CONNECTOR_POLL_SECONDS": "7",
            }
        )
    )


def a_file(enroller, **changes):
    wish = {
        "id": new_id(),
        "name": "Front desk & <friends>",
        "user_name": "instep-abcdefgh",
        "file_guid": new_id(),
        "poll_seconds": 7,
    }
    return etree.fromstring(enroller.qwc_file(a_connection(**wish | changes)).encode())


def test_credentials_are_fresh_each_time_and_the_hash_fits_the_password(enroller):
    drawn = [enroller.credentials() for _ in range(50)]

    assert len({given.password for given in drawn}) == 50
    assert len({given.user_name for given in drawn}) == 50
    for given in drawn[:5]:
        assert verify_secret(given.password, given.password_hash)
        assert re.fullmatch("instep-[a-z2-7]{8}", given.user_name)
        assert len(given.password) * 5 >= 128  # bits, at five a character
        assert given.poll_seconds == 7


def test_the_file_leads_the_web_connector_to_this_service(enroller):
    file_guid = new_id()

    file = a_file(enroller, file_guid=file_guid)

    assert file.findtext("AppURL") == "https://instep.example.com/qbwc"
    assert file.findtext("AppSupport") == "https://instep.example.com/qbwc/support"
    assert file.findtext("AppName") == "Instep: Front desk & <friends>"
    assert file.findtext("UserName") == "instep-abcdefgh"
    assert file.findtext("Scheduler/RunEveryNSeconds") == "7"
    assert UUID(file.findtext("OwnerID")) == OWNER_ID
    assert UUID(file.findtext("FileID")) == file_guid


def test_the_password_is_not_in_the_file(enroller):
    given = enroller.credentials()

    file = enroller.qwc_file(a_connection(user_name=given.user_name))

    assert given.password not in file


def test_opening_the_same_file_again_replaces_the_application(enroller):
    connection_id = new_id()
    names = [
        a_file(enroller, id=given).findtext("AppUniqueName")
        for given in (connection_id, connection_id, new_id())
    ]

    assert names[0] == names[1] != names[2]


def test_a_file_that_is_made_again_asks_as_often_as_the_connection_was_made_to(enroller):
    """Whatever a new connection would be given today."""
    assert a_file(enroller, poll_seconds=60).findtext("Scheduler/RunEveryNSeconds") == "60"
