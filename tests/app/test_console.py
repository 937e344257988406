"""The console's own part of the service: its files, and a sign-in that no other page can use."""

from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.web import build_app
from sync_worker.broker import make_broker
from tests.app.test_outages import a_cable

PAGE = {"X-Instep-Console": "1", "Origin": "http://instep"}
VIEWER = {"query": "{ viewer { actor { name } } }"}


@pytest.fixture
def the_web(settings, namespace):
    """`async with the_web(public_url=...) as http`: the application as these settings make it."""

    @asynccontextmanager
    async def serve(**changes):
        broker = make_broker(settings.redis_url, namespace=namespace)
        app = build_app(settings.model_copy(update=changes), broker)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://instep") as http,
        ):
            yield http
        broker.close()

    return serve


async def sign_in(http, credential, headers=PAGE):
    return await http.post("/console/session", json={"credential": credential}, headers=headers)


async def test_a_token_becomes_a_cookie_that_signs_the_page_in(the_web, office):
    async with the_web() as http:
        answer = await sign_in(http, office.token())
        cookie = answer.headers["set-cookie"].lower()
        seen = await http.post("/graphql", json=VIEWER, headers=PAGE)
        await http.delete("/console/session", headers=PAGE)
        after = await http.post("/graphql", json=VIEWER, headers=PAGE)

    assert answer.status_code == 204
    for part in ("httponly", "samesite=strict", "path=/", "max-age="):
        assert part in cookie
    assert "secure" not in cookie  # a name without TLS
    assert seen.json()["data"]["viewer"]["actor"] == {"name": "Olga"}
    assert after.status_code == 401


async def test_the_cookie_ends_with_the_token(the_web, office):
    async with the_web() as http:
        soon = await sign_in(http, office.token(lifetime=timedelta(minutes=5)))
        long = await sign_in(http, office.token(lifetime=timedelta(days=5)))

    def seconds(answer):
        return int(answer.headers["set-cookie"].lower().split("max-age=")[1].split(";")[0])

    assert 280 <= seconds(soon) <= 320  # clocks differ a little
    assert seconds(long) == 12 * 60 * 60


async def test_over_tls_the_cookie_is_for_this_very_host(the_web, office):
    async with the_web(public_url="https://instep") as http:
        answer = await sign_in(http, office.token())

    assert answer.headers["set-cookie"].startswith("__Host-instep=")
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://instep"},
        {"X-Instep-Console": "1", "Origin": "http://elsewhere"},
        {"X-Instep-Console": "1", "Origin": "null"},
        {"X-Instep-Console": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Instep-Console": "1", "Sec-Fetch-Site": "same-site"},
    ],
    ids=["a form", "no header", "another origin", "no origin", "another site", "a neighbour"],
)
async def test_no_other_page_can_use_the_cookie_or_sign_anybody_in(the_web, office, headers):
    async with the_web() as http:
        await sign_in(http, office.token())

        asked = await http.post("/graphql", json=VIEWER, headers=headers)
        signed_in = await sign_in(http, office.token(), headers)
        signed_out = await http.delete("/console/session", headers=headers)

    assert asked.status_code == 401
    assert (signed_in.status_code, signed_out.status_code) == (403, 403)
    assert "set-cookie" not in signed_in.headers
    assert "set-cookie" not in signed_out.headers


async def test_a_credential_that_is_sent_goes_before_the_cookie(the_web, office):
    async with the_web() as http:
        await sign_in(http, office.token("Olga"))
        headers = {**PAGE, "Authorization": f"Bearer {office.token('Nick')}"}
        seen = await http.post("/graphql", json=VIEWER, headers=headers)

    assert seen.json()["data"]["viewer"]["actor"] == {"name": "Nick"}


async def test_a_page_acts_for_nobody_but_whom_it_shows(the_web, office):
    """Another tab signed somebody else in: what was typed here before is not done in their name."""

    async def asked(sign_in_of):
        headers = {**PAGE, "X-Instep-Console": sign_in_of}
        return await http.post("/graphql", json=VIEWER, headers=headers)

    async with the_web() as http:
        await sign_in(http, office.token("Olga"))
        olga = (await asked("1")).headers["x-instep-sign-in"]
        same = await asked(olga)
        await sign_in(http, office.token("Nick"))
        refused = await asked(olga)
        headers = {**PAGE, "X-Instep-Console": olga}
        stays = await http.delete("/console/session", headers=headers)
        seen = await asked("1")

    assert same.json()["data"]["viewer"]["actor"] == {"name": "Olga"}
    assert (refused.status_code, stays.status_code) == (409, 409)
    assert "set-cookie" not in stays.headers
    assert "data" not in refused.json()
    assert "signed in" in refused.json()["message"]
    assert seen.json()["data"]["viewer"]["actor"] == {"name": "Nick"}
    assert seen.headers["x-instep-sign-in"] not in {olga, office.token("Nick")}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"credential": "wrong"}', 401, "does not hold"),
        (b'{"credential": "two words"}', 400, "Send JSON"),
        (b'{"credential": "a;b"}', 400, "Send JSON"),
        (b'{"credential": ""}', 400, "Send JSON"),
        (b'{"credential": 7}', 400, "Send JSON"),
        (b'["credential"]', 400, "Send JSON"),
        (b"not JSON", 400, "Send JSON"),
        (b"\xff", 400, "Send JSON"),
        (b"", 400, "Send JSON"),
        (b" " * 20_000, 413, "Send JSON"),
        (b'{"demo": true}', 404, "no demo account"),
    ],
)
async def test_a_bad_sign_in_says_what_is_wanted(the_web, body, status, words):
    async with the_web() as http:
        answer = await http.post("/console/session", content=body, headers=PAGE)

    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert "set-cookie" not in answer.headers


async def test_the_demo_account_signs_in_where_there_is_one(the_web, office, tmp_path):
    file = tmp_path / "credential"
    async with the_web(console_demo_file=file) as http:
        before = (await http.get("/console/session")).json()
        file.write_text(office.token() + "\n")
        after = (await http.get("/console/session")).json()
        answer = await http.post("/console/session", json={"demo": True}, headers=PAGE)
        seen = await http.post("/graphql", json=VIEWER, headers=PAGE)

    assert (before, after) == ({"demo": False}, {"demo": True})
    assert answer.status_code == 204
    assert seen.json()["data"]["viewer"]["actor"] == {"name": "Olga"}


async def test_while_the_database_is_away_nobody_is_told_that_the_credential_is_wrong(
    the_web, settings, office
):
    url = make_url(settings.database_url)
    async with a_cable(url.host, url.port) as cable:
        through = url.set(host="127.0.0.1", port=cable.port)
        async with the_web(database_url=through.render_as_string(hide_password=False)) as http:
            cable.cut()
            away = await sign_in(http, office.token())
            await cable.mend()
            back = await sign_in(http, office.token())

    assert away.status_code == 503
    assert "Try again" in away.json()["message"]
    assert back.status_code == 204


async def test_the_page_is_its_own_and_may_do_little(the_web):
    async with the_web() as http:
        page, deep, script, nothing = [
            await http.get(path)
            for path in (
                "/console",
                "/console/invoices/abc",
                "/console/static/app.js",
                "/console/static/none.js",
            )
        ]
        again = await http.get("/console", headers={"If-None-Match": page.headers["etag"]})
        bare = await http.get("/console", headers={"Accept-Encoding": "identity"})

    assert page.text == deep.text == bare.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert page.text.count("<script") == page.text.count('<script type="module" src=')
    assert script.headers["content-type"].startswith("text/javascript")
    assert (page.headers["content-encoding"], script.headers["content-encoding"]) == ("gzip",) * 2
    assert "content-encoding" not in bare.headers
    assert (again.status_code, again.content) == (304, b"")
    assert nothing.status_code == 404


async def test_whoever_wants_no_console_serves_none(the_web):
    async with the_web(console=False) as http:
        answers = [await http.get(path) for path in ("/console", "/console/static/app.js")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_token_that_no_cookie_holds_is_refused_with_the_reason(the_web):
    """A browser would drop the cookie without a word, and ask to sign in again for ever."""
    async with the_web() as http:
        answer = await sign_in(http, "a" * 3_901)

    assert answer.status_code == 400
    assert "3900 characters" in answer.json()["message"]
    assert "set-cookie" not in answer.headers
