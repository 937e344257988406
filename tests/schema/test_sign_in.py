"""A credential is asked for again for as long as its socket or stream lives."""

import asyncio
from dataclasses import replace

import pytest

from schema.context import GraphQLContext
from schema.sign_in import SignIn, SignIns
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


async def test_connections_that_share_a_credential_share_the_question_after_it():
    asked, told = [], []
    caller = a_caller()

    async def authenticate(authorization):
        asked.append(authorization)
        return caller if len(asked) < 3 else None

    sign_ins = SignIns(authenticate)
    one, other = sign_ins.of("Bearer one", caller), sign_ins.of("Bearer one", caller)
    assert one is other
    assert sign_ins.of("Bearer two", caller) is not one
    ended = asyncio.Event()

    def on_end(fault):
        told.append(fault)
        if len(told) == 50:
            ended.set()

    leave_early = one.watch(0, told.append)
    for _ in range(50):
        other.watch(0, on_end)
    leave_early()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ended.wait()

    assert asked == ["Bearer one"] * 3
    assert told == [None] * 50


async def test_who_signs_in_again_after_a_withdrawal_is_watched_anew():
    answers = iter([None, a_caller(), None])
    sign_in = SignIn(a_caller(), lambda: answered(answers))
    for _ in range(2):
        ended = asyncio.Event()
        sign_in.watch(0, lambda _, ended=ended: ended.set())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ended.wait()


async def answered(answers):
    return next(answers)
