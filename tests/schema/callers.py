"""Callers for tests of the door: what would be read is handed in, so no database is needed."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from types import SimpleNamespace

from resolvers.context import RequestContext
from schema.build import schema
from schema.context import GraphQLContext
from tests.builders import NOW, a_principal, an_id

TOKEN = "Bearer good"


class SilentDoorbell:
    """Never rings by itself; `listening` counts who waits for it."""

    def __init__(self):
        self.listening = 0
        self._rung = asyncio.Event()

    def ring(self):
        self._rung.set()

    @contextmanager
    def listen(self, account_id):
        self.listening += 1
        try:
            yield SimpleNamespace(clear=self._rung.clear, wait=self._rung.wait)
        finally:
            self.listening -= 1


def a_caller(*works, doorbell=None):
    """A caller whose units of work are these, in turn; an exception is raised instead."""
    waiting = iter(works)
    ids = count(1)

    @asynccontextmanager
    async def open_work():
        work = next(waiting)
        if isinstance(work, Exception):
            raise work
        yield work

    return RequestContext(
        principal=a_principal(),
        open_work=open_work,
        doorbell=doorbell or SilentDoorbell(),
        now=lambda: NOW,
        new_id=lambda: an_id(next(ids)),
        enroll=None,
    )


def reads(**repositories):
    """A unit of work of which only these reads are asked: `invoices={"get_many": answer}`."""

    def reader(answer):
        async def read(*args, **kwargs):
            return answer

        return read

    return SimpleNamespace(
        **{
            name: SimpleNamespace(**{verb: reader(answer) for verb, answer in answers.items()})
            for name, answers in repositories.items()
        }
    )


async def execute(document, caller, **variables):
    return await schema().execute(
        document, variable_values=variables, context_value=GraphQLContext(caller)
    )
