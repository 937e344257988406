"""Who calls: API keys of partners, tokens of people, and everything that is neither."""

import asyncio
import base64
import hmac
import json
import re
import warnings
from dataclasses import replace
from datetime import timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from app import administration
from app.authentication import Authenticator
from app.clock import now
from app.ids import new_id
from app.jwks import KeyTerms, ProviderKeys
from app.passwords import API_KEY_PREFIX, fingerprint
from app.processes import free_port
from app.settings import SettingsError
from app.tokens import Tokens, issue_token
from app.web import build_app, create_app
from domain.access import Permission, Scope
from domain.actor import ActorKind
from schema.sign_in import SignIn
from sync_worker.broker import make_broker
from tests.conftest import JWT_SECRET
from tests.provider import a_provider
from tests.sync_worker.connector import PlayedConnector

ANOTHER_SECRET = "another secret, and one that is long enough"


@pytest.fixture
def authenticator(office):
    return authenticating(office, office.resources.settings)


def authenticating(office, settings, keys=None):
    resources = office.resources
    return Authenticator(Tokens(settings, keys), resources.directory, resources.open_work, now)


def claims_of(office, **changes):
    claims = {
        "iss": "instep",
        "aud": "instep",
        "sub": str(office.people["Olga"]),
        "account": str(office.account_id),
        "exp": now() + timedelta(hours=1),
    }
    given = {name: value for name, value in (claims | changes).items() if value is not None}
    return {
        name: now() + value if isinstance(value, timedelta) else value
        for name, value in given.items()
    }


def a_token(office, secret=JWT_SECRET, algorithm="HS256", **changes):
    return jwt.encode(claims_of(office, **changes), secret, algorithm=algorithm)


def an_unsigned_token(office):
    """Algorithm "none", made by hand: libraries refuse to."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = claims_of(office, exp=int((now() + timedelta(hours=1)).timestamp()))
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


async def a_key(office, *permissions):
    return await administration.make_api_key(
        office.resources, account_id=office.account_id, name="Partner", permissions=permissions
    )


# API keys


async def test_a_partner_s_key_tells_account_and_permissions(office, authenticator):
    key = await a_key(office, Permission.EXPORT_INVOICES)

    principal = await authenticator.principal_of(f"Bearer {key}")

    assert key.startswith(API_KEY_PREFIX)
    assert principal.account_id == office.account_id
    assert (principal.actor.kind, principal.actor.name) == (ActorKind.API_KEY, "Partner")
    assert principal.permissions == {Permission.EXPORT_INVOICES}


async def test_a_key_is_stored_as_a_hash_only(office):
    key = await a_key(office)

    [row] = await PlayedConnector(office).rows(
        "select cast(k as text) as dump, secret_hash from api_key k where account_id = :id",
        id=office.account_id,
    )
    assert row.secret_hash == fingerprint(key)
    assert key not in row.dump


@pytest.mark.parametrize("key", [API_KEY_PREFIX, f"{API_KEY_PREFIX}guessed", "instep"])
async def test_an_unknown_key_is_nobody(authenticator, key):
    assert await authenticator.principal_of(f"Bearer {key}") is None


async def test_an_expired_key_is_nobody(office, authenticator):
    key = await a_key(office)
    await PlayedConnector(office).rows(
        "update api_key set expires_at = :now where account_id = :id",
        now=now(),
        id=office.account_id,
    )

    assert await authenticator.principal_of(f"Bearer {key}") is None


async def test_a_key_that_expires_tomorrow_holds_today(office, authenticator):
    """And what lives as long as it holds, a subscription, can know until when."""
    key = await a_key(office)
    unending = await authenticator.principal_of(f"Bearer {key}")
    tomorrow = now() + timedelta(days=1)
    await PlayedConnector(office).rows(
        "update api_key set expires_at = :later where account_id = :id",
        later=tomorrow,
        id=office.account_id,
    )

    ending = await authenticator.principal_of(f"Bearer {key}")

    assert (unending.valid_until, ending.valid_until) == (None, tomorrow)


# People's tokens


async def test_a_person_s_token_tells_account_and_person(office, authenticator):
    principal = await authenticator.principal_of(f"Bearer {office.token('Olga')}")

    assert principal.account_id == office.account_id
    assert (principal.actor.id, principal.actor.name) == (office.people["Olga"], "Olga")
    assert Permission.EDIT_EXPORTED_TRANSACTIONS in principal.permissions


async def test_a_token_tells_until_when_it_holds(office, authenticator):
    ends = (now() + timedelta(minutes=5)).replace(microsecond=0)

    principal = await authenticator.principal_of(f"Bearer {a_token(office, exp=ends)}")

    assert principal.valid_until == ends + timedelta(seconds=10)  # as long as it is accepted


async def test_permissions_come_from_the_rows_at_each_request(office, authenticator):
    """What a token was issued with means nothing an hour later."""
    token = f"Bearer {office.token('Nick')}"
    before = await authenticator.principal_of(token)
    await PlayedConnector(office).rows(
        "update employee set permissions = array['EXPORT_INVOICES', 'A_PERMISSION_OF_OLD']"
        " where id = :id",
        id=office.people["Nick"],
    )

    after = await authenticator.principal_of(token)

    assert before.permissions == frozenset()
    assert after.permissions == {Permission.EXPORT_INVOICES}


async def test_a_person_who_left_is_nobody(office, authenticator):
    token = office.token("Olga")
    await PlayedConnector(office).rows(
        "update employee set is_active = false where id = :id", id=office.people["Olga"]
    )

    assert await authenticator.principal_of(f"Bearer {token}") is None


async def test_a_person_of_another_account_is_nobody_in_this_one(
    office, another_office, authenticator
):
    stranger = (await another_office()).people["Olga"]

    token = a_token(office, sub=str(stranger))

    assert await authenticator.principal_of(f"Bearer {token}") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": timedelta(minutes=-1)},
        {"nbf": timedelta(hours=1)},
        {"iss": "somebody else"},
        {"aud": "another service"},
        {"secret": ANOTHER_SECRET},
        {"exp": None},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"account": None},
        {"sub": "Olga"},
        {"account": "1"},
        {"account": "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9fa0b1"},
    ],
    ids=lambda changes: ",".join(f"{name}={str(value)[:12]}" for name, value in changes.items()),
)
async def test_a_token_that_does_not_hold_is_nobody(office, authenticator, changes):
    assert await authenticator.principal_of(f"Bearer {a_token(office, **changes)}") is None


async def test_a_token_that_just_ran_out_is_given_the_clocks_difference(office, authenticator):
    token = a_token(office, exp=timedelta(seconds=-3))

    assert await authenticator.principal_of(f"Bearer {token}") is not None


async def test_a_token_signed_in_another_way_is_nobody(office):
    """One way is agreed on, however good the others are."""
    secret = "a signing secret that is long enough for every algorithm there is, HS512 too"
    settings = office.resources.settings.model_copy(update={"jwt_secret": SecretStr(secret)})
    authenticator = authenticating(office, settings)

    found = [
        await authenticator.principal_of(f"Bearer {a_token(office, secret, algorithm)}")
        for algorithm in ("HS256", "HS384", "HS512")
    ]

    assert [principal is not None for principal in found] == [True, False, False]


async def test_an_unsigned_token_is_nobody(office, authenticator):
    assert await authenticator.principal_of(f"Bearer {an_unsigned_token(office)}") is None


async def test_without_a_signing_secret_only_keys_are_accepted(office):
    settings = office.resources.settings.model_copy(update={"jwt_secret": None})
    authenticator = authenticating(office, settings)
    key = await a_key(office)

    assert await authenticator.principal_of(f"Bearer {office.token()}") is None
    assert await authenticator.principal_of(f"Bearer {key}") is not None


def test_no_token_is_issued_without_a_signing_secret(settings):
    with pytest.raises(SettingsError, match="INSTEP_JWT_SECRET is not set: "):
        issue_token(
            settings.model_copy(update={"jwt_secret": None}),
            account_id=new_id(),
            employee_id=new_id(),
            now=now(),
            lifetime=timedelta(hours=1),
        )


# Tokens of a provider

ISSUER = "https://login.example.com/"


@pytest.fixture
async def provider():
    async with a_provider() as running:
        for algorithm in ("RS256", "ES256", "EdDSA"):
            running.add_key(algorithm, algorithm)
        yield running


@pytest.fixture
def beside(office, provider):
    """Whoever trusts the provider's keys beside the shared secret."""
    settings = office.resources.settings.model_copy(update={"jwt_issuer": ISSUER})
    keys = ProviderKeys(provider.url, terms=KeyTerms(pause_seconds=0))
    return authenticating(office, settings, keys)


async def found_by(authenticator, token):
    return await authenticator.principal_of(f"Bearer {token}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_that_the_provider_signed_tells_account_and_person(
    office, provider, beside, algorithm
):
    principal = await found_by(beside, provider.sign(claims_of(office, iss=ISSUER), algorithm))

    assert principal.account_id == office.account_id
    assert principal.actor.id == office.people["Olga"]


async def test_the_shared_secret_holds_beside_the_provider_s_keys(office, beside):
    """For tokens of the command line."""
    assert await found_by(beside, a_token(office, iss=ISSUER)) is not None


async def test_a_provider_with_ids_of_its_own_names_the_employee_beside_them(
    office, provider, beside
):
    claims = claims_of(office, iss=ISSUER, sub="auth0|5f7c", employee=str(office.people["Nick"]))

    principal = await found_by(beside, provider.sign(claims, "RS256"))

    assert principal.actor.name == "Nick"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "instep"},
        {"aud": "another service"},
        {"exp": timedelta(minutes=-1)},
        {"exp": None},
        {"sub": "auth0|5f7c"},
        {"employee": "auth0|5f7c"},
        {"account": None},
    ],
    ids=str,
)
async def test_a_provider_s_token_that_does_not_hold_is_nobody(office, provider, beside, changes):
    token = provider.sign(claims_of(office, **{"iss": ISSUER} | changes), "RS256")

    assert await found_by(beside, token) is None


@pytest.mark.parametrize("kid", ["", "ES256", "nobody's", None, 7])
async def test_a_token_must_name_the_key_that_signed_it(office, provider, beside, kid):
    token = provider.sign(claims_of(office, iss=ISSUER), "RS256")
    header, payload, signature = token.split(".")
    named = {"alg": "RS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    header = base64.urlsafe_b64encode(json.dumps(named).encode()).rstrip(b"=").decode()
    _, private = provider.keys["RS256"]
    signed = jwt.get_algorithm_by_name("RS256").sign(f"{header}.{payload}".encode(), private)
    signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    assert await found_by(beside, f"{header}.{payload}.{signature}") is None


async def test_a_public_key_is_no_secret(office, provider, beside):
    """HS256 with the public key's text as the secret: the classic forgery."""
    claims = claims_of(office, iss=ISSUER, exp=int((now() + timedelta(hours=1)).timestamp()))

    for kid in ("RS256", "ES256", "EdDSA"):
        named = {"alg": "HS256", "typ": "JWT", "kid": kid}
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in (named, claims)
        ]
        secret = provider.public_pem(kid)
        signed = hmac.digest(secret, b".".join(parts), "sha256")
        forged = b".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=")]).decode()
        assert await found_by(beside, forged) is None


async def test_a_weak_key_of_the_provider_is_not_trusted(office, provider, beside):
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - on purpose
    provider.keys["weak"] = ("RS256", weak)
    provider.publish("weak")

    with warnings.catch_warnings(action="ignore"):
        token = provider.sign(claims_of(office, iss=ISSUER), "weak")

    assert await found_by(beside, token) is None


async def test_without_a_provider_s_address_its_tokens_are_nobody(office, provider):
    settings = office.resources.settings.model_copy(update={"jwt_issuer": ISSUER})
    token = provider.sign(claims_of(office, iss=ISSUER), "RS256")

    assert await found_by(authenticating(office, settings), token) is None


async def test_the_app_reads_the_keys_of_its_provider(office, provider, namespace):
    settings = office.resources.settings.model_copy(
        update={"jwks_url": provider.url, "jwt_issuer": ISSUER}
    )
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace))
    transport = httpx.ASGITransport(app)
    token = provider.sign(claims_of(office, iss=ISSUER), "ES256")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as web,
    ):
        headers = {"authorization": f"Bearer {token}"}
        answers = [
            (await web.post("/graphql", json={"query": ME}, headers=headers)).json()
            for _ in range(2)
        ]

    assert [answer["data"] for answer in answers] == [{"connections": [{"name": "Front desk"}]}] * 2
    assert provider.answers == 1


# Everything else


@pytest.mark.parametrize(
    "authorization",
    [None, "", "   ", "Bearer", "Bearer ", "Basic b2xnYTpvbGdh", "Token abc", "Bearer a.b.c"],
)
async def test_no_credential_and_other_schemes_are_nobody(authenticator, authorization):
    assert await authenticator.principal_of(authorization) is None


async def test_a_bare_token_without_its_scheme_is_nobody(office, authenticator):
    assert await authenticator.principal_of(office.token()) is None


async def test_blanks_and_the_scheme_s_letters_do_not_matter(office, authenticator):
    assert await authenticator.principal_of(f"  bearer   {office.token()} ") is not None


# Scopes


async def test_a_token_without_the_claim_opens_everything(office, authenticator):
    assert (await found_by(authenticator, a_token(office))).scopes == set(Scope)


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        ("read", {Scope.READ}),
        ("openid read schema:read profile", {Scope.READ, Scope.SCHEMA_READ}),
        ("READ reads", set()),
        ("", set()),
    ],
)
async def test_a_token_opens_what_its_claim_names(office, authenticator, claim, scopes):
    found = await found_by(authenticator, a_token(office, scope=claim))

    assert found.scopes == scopes
    assert Permission.EDIT_EXPORTED_TRANSACTIONS in found.permissions  # another question


@pytest.mark.parametrize("claim", [["read"], 7, {"read": True}], ids=str)
async def test_a_token_whose_claim_cannot_be_read_is_nobody(office, authenticator, claim):
    assert await found_by(authenticator, a_token(office, scope=claim)) is None


# At the door


ME = "{ connections { name } }"
SOAP = {"content-type": "text/xml; charset=utf-8"}
SERVER_VERSION = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<serverVersion xmlns="http://developer.intuit.com/"/></s:Body></s:Envelope>'
)


async def test_the_door_opens_for_a_credential_that_holds(office, namespace):
    settings = office.resources.settings
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as web,
    ):
        headers = {"authorization": f"Bearer {office.token()}"}
        inside = await web.post("/graphql", json={"query": ME}, headers=headers)
        outside = await web.post("/graphql", json={"query": ME})
        health = await web.get("/healthz")
        ready = await web.get("/readyz")
        soap = await web.post("/qbwc", content=SERVER_VERSION, headers=SOAP)

    assert inside.json()["data"] == {"connections": [{"name": "Front desk"}]}
    assert outside.status_code == 401
    assert health.json() == {"status": "ok"}
    assert ready.json() == {"status": "ready"}
    assert re.search("<serverVersionResult>Instep [^<]+</serverVersionResult>", soap.text)


MAKE = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  apiKey { id prefix scopes permissions createdBy { name } } secret notice
  userErrors { code message field } } }"""
REVOKE = """mutation($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) {
  apiKey { revokedAt } userErrors { code } } }"""
LIST = "{ apiKeys { id name prefix scopes expiresAt lastUsedAt revokedAt createdBy { name } } }"


async def test_a_key_is_made_used_listed_and_revoked_at_the_door(office, namespace):
    settings = office.resources.settings
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as web,
    ):

        async def ask(credential, query, **variables):
            body = {"query": query, "variables": variables}
            headers = {"authorization": f"Bearer {credential}"}
            return await web.post("/graphql", json=body, headers=headers)

        adam = office.token("Adam")
        wish = {"name": "Partner", "scopes": ["READ"], "idempotencyKey": "k"}
        made = (await ask(adam, MAKE, input=wish)).json()["data"]["createApiKey"]
        again = (await ask(adam, MAKE, input=wish)).json()["data"]["createApiKey"]
        key = made["apiKey"]
        read = (await ask(made["secret"], ME)).json()
        wrote = (await ask(made["secret"], REVOKE, id=key["id"])).json()
        [listed] = (await ask(adam, LIST)).json()["data"]["apiKeys"]
        hidden = (await ask(office.token("Olga"), LIST)).json()
        revoked = (await ask(adam, REVOKE, id=key["id"])).json()["data"]["revokeApiKey"]
        ended = await ask(made["secret"], ME)

    assert (again["apiKey"], again["secret"]) == (key, None)
    assert again["notice"].startswith("This call was made before")
    assert (key["scopes"], key["permissions"]) == (["READ"], [])
    assert read["data"] == {"connections": [{"name": "Front desk"}]}
    assert wrote["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scope": "manage"}
    assert listed["lastUsedAt"] is not None
    assert (listed["revokedAt"], listed["createdBy"]) == (None, {"name": "Adam"})
    assert hidden["errors"][0]["message"].startswith("Only an administrator sees")
    assert revoked["apiKey"]["revokedAt"] is not None
    assert (ended.status_code, ended.json()["errors"][0]["extensions"]["code"]) == (
        401,
        "UNAUTHENTICATED",
    )


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
async def test_a_socket_of_a_key_that_ended_does_so_at_its_next_check(
    office, authenticator, change_row, end
):
    """`SignIn.ended` closes sockets and streams; here it asks the real table, without pause."""
    key = await a_key(office)
    caller = await office.as_person()

    async def ask():
        principal = await authenticator.principal_of(f"Bearer {key}")
        return None if principal is None else replace(caller, principal=principal)

    sign_in = SignIn(await ask(), ask)
    watching = asyncio.create_task(sign_in.ended(0.01))
    assert await sign_in.renew() is not None
    assert not watching.done()
    await change_row("api_key", **{end: now()})

    async with asyncio.timeout(10):
        await watching


async def test_a_door_whose_database_is_away_says_that_it_is_not_ready(settings, namespace):
    away = settings.model_copy(
        update={"database_url": f"postgresql+asyncpg://u@127.0.0.1:{free_port()}/d"}
    )
    app = build_app(away, make_broker(away.redis_url, namespace=namespace))
    transport = httpx.ASGITransport(app)

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        told = await web.get("/readyz")

    assert told.status_code == 503
    assert told.json()["reason"].startswith("PostgreSQL cannot be reached: ")


async def test_a_door_that_is_not_open_yet_answers_nobody(settings, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("INSTEP_LOG_FORMAT", "json")
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        refused = await web.post(
            "/graphql", json={"query": ME}, headers={"authorization": "Bearer instep_x"}
        )

    assert refused.status_code == 500
