"""A credential is asked for again for as long as its socket or stream lives."""

import asyncio
from dataclasses import replace

import pytest

from schema.context import GraphQLContext
from schema.sign_in import SignIn
from tests.schema.callers import a_caller

PATIENCE_SECONDS = 10


def asking(*answers):
    """Answers in turn; an exception is raised."""
    coming = iter(answers)

    async def ask():
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


async def test_it_ends_when_it_no_longer_holds():
    caller = a_caller()
    sign_in = SignIn(caller, asking(caller, caller, None))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await sign_in.ended(0)


async def test_while_the_database_is_away_it_is_neither_ended_nor_forgotten():
    sign_in = SignIn(a_caller(), asking(ConnectionRefusedError(), OSError(), None))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await sign_in.ended(0)


async def test_a_fault_is_not_taken_for_an_outage():
    with pytest.raises(RuntimeError):
        await SignIn(a_caller(), asking(RuntimeError())).ended(0)


async def test_the_next_event_is_shown_to_whom_the_caller_is_by_then():
    """Permissions change while a stream lives."""
    before = a_caller()
    after = replace(before, principal=replace(before.principal, permissions=frozenset()))
    sign_in = SignIn(before, asking(before, after))
    context = await GraphQLContext(before, sign_in).fork()
    loaders = context.loaders

    await sign_in.renew()
    context.begin_event()

    assert context.caller is after
    assert context.loaders is not loaders
