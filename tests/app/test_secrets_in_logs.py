"""No secret comes into the logs, whoever signs in with it, draws it or mistypes it."""

import io
import logging

import httpx
import pytest
import structlog

from app.logging import configure_logging
from app.passwords import API_KEY_PREFIX
from app.web import build_app
from sync_worker.broker import make_broker
from tests.conftest import JWT_SECRET
from tests.quickbooks_side import QuickBooksSide

PIN, NEW_PIN, WRONG_PIN = "8305174926", "4917305826", "6620194857"
WRONG_PASSWORD = "hunter2-of-the-connector"
SOAP = {"content-type": "text/xml; charset=utf-8"}
CREATE_KEY = """mutation { createApiKey(input: {
  name: "Partner", scopes: [READ, MANAGE], idempotencyKey: "k" }) { apiKey { id } secret } }"""
ROTATE_KEY = """mutation($id: ID!) { rotateApiKey(input: {
  apiKeyId: $id, graceHours: 1, idempotencyKey: "k" }) { secret } }"""
CONNECT = """mutation { createConnection(input: { companyFileName: "CF-2", name: "Back" }) {
  connection { id } password } }"""
ROTATE_PASSWORD = """mutation($id: ID!) {
  rotateConnectionPassword(input: { connectionId: $id }) { password } }"""
SET_PIN = """mutation($pin: String!, $old: String) {
  setAdminPin(input: { pin: $pin, currentPin: $old }) { userErrors { code message } } }"""
UNREADABLE = "mutation { setAdminPin(input: { pin: $pin }"


@pytest.fixture
def logged():
    """Everything that is logged meanwhile, in the form that production has."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    root.setLevel(logging.DEBUG)  # also what would be too quiet for production
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    configure_logging("json")


def authenticate(user_name, password):
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<authenticate xmlns="http://developer.intuit.com/">'
        f"<strUserName>{user_name}</strUserName><strPassword>{password}</strPassword>"
        "</authenticate></s:Body></s:Envelope>"
    )


def closing(ticket):
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<closeConnection xmlns="http://developer.intuit.com/">'
        f"<ticket>{ticket}</ticket></closeConnection></s:Body></s:Envelope>"
    )


def between(text, begin, end):
    return text.partition(begin)[2].partition(end)[0]


async def test_no_secret_is_ever_logged(office, namespace, logged):
    await office.export(await office.new_invoice())
    await QuickBooksSide(office).plan_all()  # else the connector has no work and opens no session
    settings = office.resources.settings
    user_name = office.connection.connection.user_name
    adam, spoilt = office.token("Adam"), f"{office.token('Adam')[:-4]}AAAA"
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as web,
    ):

        async def ask(credential, query, **variables):
            headers = {"authorization": f"Bearer {credential}"}
            body = {"query": query, "variables": variables}
            return (await web.post("/graphql", json=body, headers=headers)).json()

        async def call(body):
            return (await web.post("/qbwc", content=body, headers=SOAP)).text

        key = (await ask(adam, CREATE_KEY))["data"]["createApiKey"]
        second = (await ask(adam, ROTATE_KEY, id=key["apiKey"]["id"]))["data"]["rotateApiKey"]
        made = (await ask(adam, CONNECT))["data"]["createConnection"]
        renewed = await ask(adam, ROTATE_PASSWORD, id=made["connection"]["id"])
        pins = [
            await ask(adam, SET_PIN, pin=PIN),
            await ask(adam, SET_PIN, pin=NEW_PIN, old=WRONG_PIN),
            await ask(adam, SET_PIN, pin=NEW_PIN, old=PIN),
        ]
        await ask(adam, UNREADABLE, pin=PIN)
        await ask(adam, SET_PIN, pin=[PIN])
        for credential in (key["secret"], second["secret"], spoilt, f"{API_KEY_PREFIX}guessedkey"):
            await ask(credential, "{ viewer { actor { name } } }")
        await call(authenticate(user_name, WRONG_PASSWORD))
        opened = await call(authenticate(user_name, office.connection.password))
        ticket = between(opened, "<string>", "</string>")
        await call(closing(ticket))
        await call(closing(ticket)[:-20])

    told = logged.getvalue()
    secrets = {
        "the signing secret": JWT_SECRET,
        "a token": adam,
        "a token that does not hold": spoilt,
        "a key": key["secret"],
        "a rotated key": second["secret"],
        "a guessed key": f"{API_KEY_PREFIX}guessedkey",
        "a new connection's password": made["password"],
        "its next password": renewed["data"]["rotateConnectionPassword"]["password"],
        "a connector's password": office.connection.password,
        "a wrong password": WRONG_PASSWORD,
        "a ticket": ticket,
        "a PIN": PIN,
        "another PIN": NEW_PIN,
        "a wrong PIN": WRONG_PIN,
        "the hash of a PIN": "$argon2",
    }
    assert all(len(secret) > 6 for secret in secrets.values())
    assert [name for name, secret in secrets.items() if secret in told] == []
    refusals = [p["data"]["setAdminPin"]["userErrors"] for p in pins]
    assert [bool(refusal) for refusal in refusals] == [False, True, False]
    for event in ("token.refused", "connector.refused", "session.opened", "session.closed"):
        assert event in told  # it was logged at all
