"""Registered documents: run by their SHA-256, and all that some credentials may run."""

import json
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from schema.manifest import ManifestError, read_manifest
from schema.trusted import sha256
from schema.view import routes
from tests.schema.callers import TOKEN, a_caller
from tests.schema.test_sockets import a_signed_in_socket
from tests.schema.test_view import GRAPHQL, code_of

VIEWER = "query Viewer { viewer { actor { name } } }"
EVENTS = "subscription { syncStatusChanged { sequence } }"
OTHER = "{ viewer { permissions } }"
MANIFEST = {sha256(text): text for text in (VIEWER, EVENTS)}
OLGA = {"viewer": {"actor": {"name": "Olga"}}}


def caller(*, trusted_only=False):
    made = a_caller()
    principal = replace(made.principal, trusted_only=trusted_only)
    return replace(made, principal=principal, trusted=MANIFEST)


def persisted(sha256_hash, **others):
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256_hash}}, **others}


async def post(body, *, trusted_only=False, accept=GRAPHQL):
    async def authenticate(authorization):
        return caller(trusted_only=trusted_only)

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=routes(authenticate))),
        base_url="http://instep",
        headers={"Authorization": TOKEN, "Accept": accept},
    ) as api:
        return await api.post("/graphql", json=body)


@pytest.mark.parametrize("name", [sha256(VIEWER), sha256(VIEWER).upper()])
@pytest.mark.parametrize("trusted_only", [True, False])
async def test_a_registered_document_runs_by_its_hash(name, trusted_only):
    answer = await post(persisted(name, operationName="Viewer"), trusted_only=trusted_only)

    assert answer.json()["data"] == OLGA


@pytest.mark.parametrize("trusted_only", [True, False])
async def test_an_unknown_hash_is_told_so_that_clients_know_what_to_do(trusted_only):
    answer = await post(persisted(sha256(OTHER)), trusted_only=trusted_only)

    assert (answer.status_code, code_of(answer)) == (400, "PERSISTED_QUERY_NOT_FOUND")


async def test_what_is_sent_with_a_hash_registers_nothing():
    sent = await post(persisted(sha256(OTHER), query=OTHER))
    again = await post(persisted(sha256(OTHER)))

    assert "data" in sent.json()
    assert code_of(again) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("extensions", [{}, {"persistedQuery": 1}, {"persistedQuery": {}}])
async def test_no_text_and_no_hash_is_no_request(extensions):
    answer = await post({"extensions": extensions})

    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


async def test_a_credential_for_registered_documents_may_send_their_text_too():
    """Sockets, and clients that know nothing of hashes, send it."""
    assert (await post({"query": VIEWER}, trusted_only=True)).json()["data"] == OLGA


@pytest.mark.parametrize(
    "document",
    [OTHER, VIEWER + " ", "{ nobody }", "{ __schema { description } }", "mutation { x }"],
)
async def test_a_credential_for_registered_documents_runs_no_other(document):
    """Nor does it learn what would be wrong with one."""
    for _ in range(2):
        answer = await post({"query": document}, trusted_only=True)

        assert (answer.status_code, code_of(answer)) == (400, "DOCUMENT_NOT_TRUSTED")
        assert "nobody" not in answer.text

    assert (await post({"query": OTHER})).json()["data"]  # others may
    assert code_of(await post({"query": OTHER}, trusted_only=True)) == "DOCUMENT_NOT_TRUSTED"


async def test_a_registered_subscription_streams_by_its_hash():
    answer = await post(persisted(sha256(EVENTS)), trusted_only=True)

    assert answer.status_code == 406  # which only a subscription is answered with


@pytest.mark.parametrize("trusted_only", [True, False])
@pytest.mark.parametrize(
    "payload", [{"query": VIEWER}, persisted(sha256(VIEWER)), persisted(sha256(VIEWER), query=None)]
)
async def test_a_socket_runs_registered_documents_too(payload, trusted_only):
    message = await on_a_socket(payload, trusted_only=trusted_only)

    assert message["type"] == "next"
    assert message["payload"]["data"] == OLGA


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": OTHER}, "DOCUMENT_NOT_TRUSTED"),
        ({"query": "subscription { syncStatusChanged { id } }"}, "DOCUMENT_NOT_TRUSTED"),
        (persisted(sha256(OTHER)), "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
async def test_nor_does_a_socket_run_others_for_a_credential_that_may_not(payload, code):
    message = await on_a_socket(payload, trusted_only=True)

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == code


async def on_a_socket(payload, *, trusted_only):
    async with a_signed_in_socket(caller=caller(trusted_only=trusted_only)) as socket:
        socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        return await socket.receive_json()


def test_a_manifest_is_json_from_hash_to_text():
    assert read_manifest(json.dumps(MANIFEST).encode()) == MANIFEST


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "no JSON"),
        (b"[]", "one JSON object"),
        (b'{"a": 1}', "one JSON object"),
        (json.dumps({sha256(VIEWER): OTHER}), "is not the SHA-256"),
        (json.dumps({sha256("{"): "{"}), "Syntax Error"),
        (json.dumps({sha256("{\n nobody }"): "{\n nobody }"}), "line 2: Cannot query field"),
        (json.dumps({sha256("{a " * 900): "{a " * 900}), "nested too deeply"),
        (json.dumps({sha256("query A{a} query B{a}"): "query A{a} query B{a}"}), "one operation"),
    ],
)  # fmt: skip
def test_a_manifest_with_a_document_that_would_not_run_is_refused(content, complaint):
    with pytest.raises(ManifestError) as refusal:
        read_manifest(content if isinstance(content, bytes) else content.encode())

    assert complaint in str(refusal.value)


def test_only_the_first_faults_of_a_manifest_are_told():
    documents = [f"{{ nobody{n} }}" for n in range(30)]

    with pytest.raises(ManifestError) as refusal:
        read_manifest(json.dumps({sha256(text): text for text in documents}).encode())

    assert len(refusal.value.problems) == 10
