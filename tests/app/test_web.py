"""The whole web application: what every answer tells browsers, and what settings open."""

import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app import query_page
from app.web import build_app
from sync_worker.broker import make_broker

FOLDER = Path(query_page.__file__).parent
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VIEWER = "{ viewer { actor { name } } }"


@pytest.fixture
def the_web(settings, namespace):
    """`async with the_web(introspection=True) as http`: the application as these settings make it."""

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


async def every_answer(http):
    return [
        await http.get("/healthz"),
        await http.get("/readyz"),
        await http.get("/nowhere"),
        await http.get("/graphql"),
        await http.post("/graphql", json={"query": VIEWER}),
        await http.get("/graphql", headers=BROWSER),
        await http.get("/graphql/page.js"),
        await http.get("/help/quickbooks-answers"),
        await http.get("/qbwc?wsdl"),
        await http.post("/qbwc", content=b"<"),
    ]


async def test_every_answer_tells_browsers_to_be_careful(the_web):
    async with the_web(query_page=True) as http:
        answers = await every_answer(http)

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers  # a name without TLS


async def test_answers_of_the_api_are_kept_by_nobody(the_web, office):
    async with the_web() as http:
        http.headers["Authorization"] = f"Bearer {office.token()}"
        answer = await http.post("/graphql", json={"query": VIEWER})

    assert answer.json()["data"]["viewer"]["actor"] == {"name": "Olga"}
    assert answer.headers["cache-control"] == "no-store"


async def test_where_there_is_tls_browsers_are_told_to_keep_to_it(the_web):
    async with the_web(public_url="https://instep.example.com") as http:
        answers = await every_answer(http)

    assert {answer.headers["strict-transport-security"] for answer in answers} == {
        "max-age=31536000"
    }


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_browser_finds_the_page_only_where_it_was_asked_for(the_web, is_on):
    async with the_web(query_page=is_on) as http:
        page = await http.get("/graphql", headers=BROWSER)
        files = [await http.get(f"/graphql/page.{kind}") for kind in ("js", "css")]
        program = await http.get("/graphql", params={"query": VIEWER})

    assert [file.status_code for file in files] == [200 if is_on else 404] * 2
    assert page.status_code == (200 if is_on else 401)
    assert ("<html" in page.text) is is_on
    assert program.status_code == 401  # it is no browser
    assert "data" not in program.json()


async def test_the_page_loads_its_own_files_and_nothing_else(the_web):
    async with the_web(query_page=True) as http:
        page = await http.get("/graphql", headers=BROWSER)
        script, style = [await http.get(f"/graphql/page.{kind}") for kind in ("js", "css")]

    assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == [
        "graphql/page.css",
        "graphql/page.js",
    ]
    assert script.headers["content-type"].startswith("text/javascript")
    assert style.headers["content-type"].startswith("text/css")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"script-src 'self'", "style-src 'self'", "connect-src 'self'"} <= set(policy)
    assert "unsafe" not in page.headers["content-security-policy"]


def test_the_page_holds_nothing_that_its_policy_forbids():
    page, script, style = [
        (FOLDER / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "js", "css")
    ]

    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"https?://", page + script + style)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)
    assert "@import" not in style
    assert "url(" not in style


@pytest.mark.parametrize("is_on", [True, False])
async def test_the_schema_is_shown_only_where_it_was_asked_for(the_web, office, is_on):
    async with the_web(introspection=is_on) as http:
        http.headers["Authorization"] = f"Bearer {office.token()}"
        answer = (
            await http.post("/graphql", json={"query": "{ __schema { description } }"})
        ).json()

    assert ("errors" not in answer) is is_on
