"""Registered documents come from a file that is read, and checked, before anything is served."""

import json

import httpx
import pytest

from app.settings import SettingsError, load_settings
from app.trusted import trusted_documents
from app.web import build_app
from schema.trusted import sha256
from sync_worker.broker import make_broker

ADDRESSES = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h:1/0"}
VIEWER = "{ viewer { actor { name } } }"


def settings_with(path):
    return load_settings(ADDRESSES | {"INSTEP_TRUSTED_DOCUMENTS": str(path)})


def written(folder, **documents):
    file = folder / "documents.json"
    file.write_text(json.dumps(documents), encoding="utf-8")
    return file


def test_without_a_file_there_are_none():
    assert trusted_documents(load_settings(ADDRESSES)) == {}


def test_the_file_is_named_when_it_cannot_be_used(tmp_path):
    missing = tmp_path / "missing.json"
    wrong = written(tmp_path, **{sha256("{ nobody }"): "{ nobody }", "x": VIEWER})

    with pytest.raises(
        SettingsError, match=r"INSTEP_TRUSTED_DOCUMENTS .*missing.json.*No such file"
    ):
        trusted_documents(settings_with(missing))
    with pytest.raises(SettingsError) as refusal:
        trusted_documents(settings_with(wrong))

    assert len(refusal.value.problems) == 2
    assert all(str(wrong) in problem for problem in refusal.value.problems)


MAKE = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  apiKey { trustedOnly } secret userErrors { message field } } }"""


async def test_a_credential_for_registered_documents_runs_them_and_no_other(
    settings, office, namespace, tmp_path
):
    """A person's token, and a key that an administrator made so."""
    file = written(tmp_path, **{sha256(VIEWER): VIEWER})
    broker = make_broker(settings.redis_url, namespace=namespace)
    app = build_app(settings.model_copy(update={"trusted_documents": file}), broker)

    async def ask(http, token, **body):
        headers = {"Authorization": f"Bearer {token}"}
        return (await http.post("/graphql", json=body, headers=headers)).json()

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://instep") as http,
    ):
        wish = {"name": "App", "scopes": ["READ"], "trustedOnly": True, "idempotencyKey": "k"}
        made = await ask(http, office.token("Adam"), query=MAKE, variables={"input": wish})
        key = made["data"]["createApiKey"]
        by_hash = {"extensions": {"persistedQuery": {"sha256Hash": sha256(VIEWER)}}}
        registered, refused = {}, {}
        for who, ours in (("Olga", office.token(trusted_only=True)), ("App", key["secret"])):
            registered[who] = await ask(http, ours, **by_hash)
            refused[who] = await ask(http, ours, query="{ viewer { permissions } }")
        open_to_others = await ask(http, office.token(), query="{ viewer { permissions } }")
    broker.close()

    assert (key["apiKey"], key["userErrors"]) == ({"trustedOnly": True}, [])
    for who in ("Olga", "App"):
        assert registered[who]["data"] == {"viewer": {"actor": {"name": who}}}
        assert refused[who]["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert "errors" not in open_to_others
