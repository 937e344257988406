"""The file that adds us to a Web Connector."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qwc_file import QwcFile, render_qwc

OWNER = UUID("0f0e0d0c-0b0a-4908-8706-050403020100")
FILE = UUID("10111213-1415-4617-9819-1a1b1c1d1e1f")


def a_qwc_file(**fields: Any) -> QwcFile:
    default = QwcFile(
        app_name="Instep",
        app_description="Keeps invoices in step.",
        app_url="https://instep.example.com/qbwc",
        app_support="https://instep.example.com/qbwc/support",
        user_name="connection-1",
        owner_id=OWNER,
        file_id=FILE,
        run_every_seconds=5,
        app_unique_name="Instep connection 1",
    )
    return replace(default, **fields)


def texts(file: QwcFile) -> dict[str, str]:
    return {
        str(element.tag): element.text or ""
        for element in etree.fromstring(render_qwc(file)).iter("*")
        if not len(element)
    }


def test_the_file_says_all_that_the_web_connector_needs() -> None:
    assert texts(a_qwc_file()) == {
        "AppName": "Instep",
        "AppID": "",
        "AppURL": "https://instep.example.com/qbwc",
        "AppDescription": "Keeps invoices in step.",
        "AppSupport": "https://instep.example.com/qbwc/support",
        "UserName": "connection-1",
        "OwnerID": "{0f0e0d0c-0b0a-4908-8706-050403020100}",
        "FileID": "{10111213-1415-4617-9819-1a1b1c1d1e1f}",
        "QBType": "QBFS",
        "AppDisplayName": "Instep",
        "AppUniqueName": "Instep connection 1",
        "AuthFlags": "0xF",
        "IsReadOnly": "false",
        "Notify": "false",
        "PersonalDataPref": "pdpNotNeeded",
        "UnattendedModePref": "umpOptional",
        "Style": "Document",
        "RunEveryNSeconds": "5",
    }


def test_the_root_and_the_scheduler_have_their_names() -> None:
    root = etree.fromstring(render_qwc(a_qwc_file()))

    assert root.tag == "QBWCXML"
    assert root.findtext("Scheduler/RunEveryNSeconds") == "5"


def test_every_value_is_escaped() -> None:
    hard = "Müller & Söhne <\"'>"
    file = a_qwc_file(
        app_name=hard,
        app_description=hard,
        user_name=hard,
        app_unique_name=hard,
        app_display_name=hard,
        app_id=hard,
        app_url="https://instep.example.com/qbwc?a=1&b=2",
    )

    written = texts(file)

    assert written["AppURL"] == "https://instep.example.com/qbwc?a=1&b=2"
    for tag in (
        "AppName",
        "AppDescription",
        "UserName",
        "AppUniqueName",
        "AppDisplayName",
        "AppID",
    ):
        assert written[tag] == hard


@pytest.mark.parametrize(
    ("app_url", "app_support"),
    [
        ("http://localhost:8000/qbwc", "http://localhost:8000/qbwc/support"),
        ("https://Instep.Example.com/qbwc", "https://instep.example.com/help"),
        ("https://instep.example.com:8443/qbwc", "https://instep.example.com/help"),
        ("https://office-server/qbwc", "https://office-server/qbwc/support"),
        ("https://10to8.example.com/qbwc", "https://10to8.example.com/help"),
    ],
)
def test_an_address_that_the_web_connector_accepts_is_kept(app_url: str, app_support: str) -> None:
    file = a_qwc_file(app_url=app_url, app_support=app_support)

    assert texts(file)["AppURL"] == app_url
    assert texts(file)["AppSupport"] == app_support


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("http://instep.example.com/qbwc", "must begin with https"),
        ("http://127.0.0.1/qbwc", "127.0.0.1 is an IP address"),
        ("https://192.0.2.7:443/qbwc", "192.0.2.7 is an IP address"),
        ("https://192.0.2.7./qbwc", "is an IP address"),
        ("https://[2001:db8::7]/qbwc", "2001:db8::7 is an IP address"),
        ("https://2130706433/qbwc", "is an IP address"),
        ("ftp://instep.example.com/qbwc", "must be a full address"),
        ("instep.example.com/qbwc", "must be a full address"),
        ("https:///qbwc", "must be a full address"),
        ("", "must be a full address"),
        ("https://[instep/qbwc", "check its host and port"),
        ("https://instep.example.com:https/qbwc", "check its host and port"),
        ("https://me:secret@instep.example.com/qbwc", "must not hold a user name or password"),
        ("https://instep.example.com/\nqbwc", "one line of printable characters"),
    ],
)
@pytest.mark.parametrize("field", ["app_url", "app_support"])
def test_an_address_that_the_web_connector_refuses_is_named(
    field: str, url: str, cure: str
) -> None:
    with pytest.raises(LocalProtocolError, match=f"^{field} .*{cure}"):
        a_qwc_file(**{field: url})


@pytest.mark.parametrize(
    ("fields", "cure"),
    [
        (
            {"app_support": "https://help.example.com/"},
            "app_support must be on the same host as app_url",
        ),
        ({"run_every_seconds": 0}, "run_every_seconds must be at least 1"),
        ({"app_description": "x" * 81}, "app_description has 81 characters; shorten it to 80"),
        ({"app_name": ""}, "app_name is empty"),
        ({"app_description": " "}, "app_description is empty"),
        ({"user_name": ""}, "user_name is empty"),
        ({"app_unique_name": ""}, "app_unique_name is empty"),
        ({"user_name": "a\x00b"}, "user_name must be one line of printable characters"),
        ({"app_display_name": "a\nb"}, "app_display_name must be one line"),
        ({"app_id": "\ud800"}, "app_id must be one line"),
    ],
)
def test_what_the_web_connector_would_refuse_is_refused_here(
    fields: dict[str, Any], cure: str
) -> None:
    with pytest.raises(LocalProtocolError, match=f"^{cure}"):
        a_qwc_file(**fields)
