"""The API over HTTP for the people of an office, with the database behind it."""

from dataclasses import replace

import httpx
from starlette.applications import Starlette

from resolvers.context import Help
from schema.view import routes

PAGE = "https://instep.example.com/help/quickbooks-answers"
HELP = Help(articles_url=PAGE, support_contact="Ines, 0800 123")


async def ask(office, document, person="Olga", *, help=HELP, now=None, **variables):
    """Give the data of the answer; the test fails when there are errors."""
    answer = await answer_to(office, document, person, help=help, now=now, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def answer_to(office, document, person="Olga", *, help=HELP, now=None, **variables):
    """Give the whole answer; `now` is the moment at which it is asked."""

    async def authenticate(authorization):
        context = replace(await office.as_person(person), help=help)
        return context if now is None else replace(context, now=lambda: now)

    transport = httpx.ASGITransport(Starlette(routes=routes(authenticate)))
    async with httpx.AsyncClient(transport=transport, base_url="http://instep") as http:
        answer = await http.post("/graphql", json={"query": document, "variables": variables})
    return answer.json()
