"""The page behind `articleUrl`: anybody reads it, nothing on it runs, and every link leads on."""

import base64
import hashlib
import re

import httpx
import pytest
from lxml import etree
from starlette.applications import Starlette

from app import help_page
from app.settings import load_settings
from domain.articles import articles
from domain.status_rows import STATUS_ROWS
from resolvers.context import Help

ADDRESSES = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h:1/0"}


async def fetch(**environment):
    settings = load_settings(ADDRESSES | environment)
    transport = httpx.ASGITransport(Starlette(routes=help_page.routes(settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://instep") as http:
        return await http.get("/help/quickbooks-answers")


def parsed(page):
    return etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8"))


async def test_the_page_is_html_that_anybody_may_read():
    answer = await fetch()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")
    assert "max-age=" in answer.headers["cache-control"]


async def test_nothing_on_it_runs_or_is_loaded():
    """No script, no handler, no address but links; the policy allows the one style by its hash."""
    answer = await fetch()
    tree = parsed(answer.text)

    policy = answer.headers["content-security-policy"]
    (style,) = tree.xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert tree.xpath("//script|//link|//img|//iframe|//@src|//@style") == []
    assert not [name for element in tree.iter() for name in element.attrib if name[:2] == "on"]
    assert "url(" not in style
    assert "@import" not in style


async def test_every_code_has_its_place_and_every_link_leads_to_one():
    tree = parsed((await fetch()).text)

    places = tree.xpath("//@id")
    assert places == [article.anchor for article in articles()]
    assert {link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")} == set(places)


async def test_a_number_of_quickbooks_leads_to_its_meaning():
    tree = parsed((await fetch()).text)

    for number in STATUS_ROWS:
        assert tree.xpath(f"//tr[td[1]='{number}']/td[3]/a/@href"), number


async def test_an_article_says_who_does_what_and_what_happens_by_itself():
    tree = parsed((await fetch()).text)

    (card,) = tree.xpath("//section[@id='customer_missing']")
    told = " ".join("".join(card.itertext()).split())
    assert "The customer “…” is missing in QuickBooks" in told
    assert "Bookkeeper: Make the customer “…” active" in told
    assert "Instep: nothing until somebody presses Re-Sync or Bypass." in told
    assert "go by themselves once it is cleared" in told
    assert not re.search(r"[{}]", told)


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("Ines, 0800 123", "“Support” is: Ines, 0800 123."),
        ("https://help.example.com/?a=1&b=2", "“Support” is: https://help.example.com/?a=1&b=2."),
        ("<b>bold</b>", "“Support” is: <b>bold</b>."),
        ("javascript:alert(1)", "“Support” is: javascript:alert(1)."),
    ],
)
async def test_the_contact_is_shown_as_it_was_set(contact, shown):
    tree = parsed((await fetch(INSTEP_SUPPORT_CONTACT=contact)).text)

    (told,) = [p for p in tree.xpath("//p") if "".join(p.itertext()).startswith("“Support”")]
    assert "".join(told.itertext()) == shown
    is_link = contact.startswith("https:")
    assert told.xpath(".//a/@href") == ([contact] if is_link else [])


async def test_without_a_contact_it_says_who_support_is():
    assert "whoever looks after Instep for you" in (await fetch()).text


def test_an_issue_links_to_its_article_and_else_to_the_page():
    help_ = Help(articles_url="https://instep.example.com/help/quickbooks-answers")

    assert help_.article_url("BOOKS_CLOSED").endswith("/quickbooks-answers#books_closed")
    assert help_.article_url("SOMETHING_NEW").endswith("/quickbooks-answers")
    assert Help().article_url("BOOKS_CLOSED") is None
