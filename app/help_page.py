"""The page behind every issue's link: what QuickBooks' answers mean, and who does what.

It is made from the catalogue once, holds no script and loads nothing; anybody may read it.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.settings import Settings
from domain.articles import ACTORS, Article, Entry, Told, articles, hresults, shown, statuses
from domain.issues import StepActor

PATH = "/help/quickbooks-answers"
_KEPT_SECONDS = 3600
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6875;--line:#d8dee5;--page:#fff;
--card:#f6f8fa;--accent:#0b6b4f;--mark:#fff4cf}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa7b4;--line:#313b46;
--page:#12171d;--card:#1a212a;--accent:#5ccfa5;--mark:#3a3417}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:54rem;padding:1.5rem 1.25rem 6rem;background:var(--page);
color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.25rem;margin:3rem 0 .75rem}
h3{font-size:1rem;margin:0 0 .5rem;font-family:ui-monospace,monospace;overflow-wrap:anywhere}
a{color:var(--accent)}
p{margin:.5rem 0}
.lead,.about{color:var(--soft)}
.about{font-size:.9rem}
section.card{border:1px solid var(--line);border-radius:.6rem;background:var(--card);
padding:1rem 1.25rem;margin:1rem 0;scroll-margin-top:1rem}
section.card:target{border-color:var(--accent);background:var(--mark)}
.or{border-top:1px dashed var(--line);margin-top:1rem;padding-top:.75rem}
ol{margin:.5rem 0;padding-left:1.4rem}
li{margin:.3rem 0}
b.who{color:var(--accent);font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem .4rem 0;text-align:left;
vertical-align:top}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}
td:last-child{overflow-wrap:anywhere}
details{border:1px solid var(--line);border-radius:.6rem;padding:.6rem 1rem;margin:.75rem 0}
summary{cursor:pointer;font-weight:600}
@media print{details>*{display:block}}
"""
_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>What QuickBooks answers, and what to do - Instep</title>
"""
_LEAD = """\
<h1>What QuickBooks answers, and what to do</h1>
<p class="lead">Instep names each problem with one of the words below, such as
<code>CUSTOMER_MISSING</code>. Under each stands what happened, who does what, and what Instep does
by itself. “…” stands for a name or a value; the invoice itself shows it.</p>
<p class="lead">Among many errors fix the key one first: invoices that wait for it go by
themselves.</p>
"""


def routes(settings: Settings) -> list[Route]:
    """Give the route of the page; it is written once, when the application is built."""
    body = render_page(settings.support_contact).encode()
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src '{_hash(_STYLE)}'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": f"public, max-age={_KEPT_SECONDS}",
    }

    async def page(request: Request) -> Response:
        return Response(body, media_type="text/html", headers=headers)

    return [Route(PATH, page, methods=["GET"])]


def render_page(contact: str | None) -> str:
    """Give the page as HTML; `contact` is whom steps for support mean."""
    return "\n".join(
        (
            f"{_HEAD}<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
            _LEAD,
            _support(contact),
            "<h2>Find a number</h2>",
            _table("Codes of an answer (statusCode)", statuses()),
            _table("0x… numbers (HRESULT)", hresults()),
            _table("What the Web Connector shows", shown()),
            "<h2>All meanings</h2>",
            *(_article(article) for article in articles()),
            "</main>\n</body>\n</html>\n",
        )
    )


def _support(contact: str | None) -> str:
    who = ACTORS[StepActor.SUPPORT]
    if contact is None:
        return f"<p>“{who}” is whoever looks after Instep for you.</p>"
    return f"<p>“{who}” is: {_linked(contact)}.</p>"


def _linked(contact: str) -> str:
    shown_text = escape(contact)
    if urlsplit(contact).scheme in ("https", "http", "mailto") and " " not in contact:
        return f'<a href="{shown_text}" rel="noreferrer">{shown_text}</a>'
    return shown_text


def _table(title: str, entries: Iterable[Entry]) -> str:
    rows = dict.fromkeys(
        f"<tr><td>{escape(number)}</td><td>{escape(row.says)}</td>"
        f'<td><a href="#{escape(row.code.lower())}">{escape(row.code)}</a></td></tr>'
        for number, row in entries
    )
    head = "<tr><th>number</th><th>it says</th><th>meaning</th></tr>"
    table = "\n".join(("<table>", head, *rows, "</table>"))
    return f"<details>\n<summary>{escape(title)}</summary>\n{table}\n</details>"


def _article(article: Article) -> str:
    told = '\n<div class="or"></div>\n'.join("\n".join(_told(one)) for one in article.told)
    return (
        f'<section class="card" id="{escape(article.anchor)}">\n'
        f'<h3><a href="#{escape(article.anchor)}">{escape(article.code)}</a></h3>\n'
        f"{told}\n</section>"
    )


def _told(told: Told) -> Iterator[str]:
    yield f"<p>{escape(told.reason)}</p>"
    yield f'<p class="about">{escape(told.about)}</p>'
    if told.steps:
        yield "<ol>"
        for actor, text in told.steps:
            yield f'<li><b class="who">{escape(actor)}:</b> {escape(text)}</li>'
        yield "</ol>"
    yield f'<p><b class="who">Instep:</b> {escape(told.by_itself)}</p>'


def _hash(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"sha256-{digest}"
