"""Keys of a provider: read over HTTP, kept for a while, and never asked for too often."""

import asyncio
import json

import pytest
from jwt import PyJWK

from app.jwks import KeyTerms, ProviderKeys
from tests.provider import a_provider

TERMS = KeyTerms(fresh_seconds=600, held_seconds=3600, pause_seconds=30, timeout_seconds=5)


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
async def provider():
    async with a_provider() as running:
        running.add_key("first", "ES256")
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(provider, clock):
    return ProviderKeys(provider.url, terms=TERMS, clock=clock)


async def test_a_key_is_found_by_its_id(keys):
    found = await keys.find("first")

    assert isinstance(found, PyJWK)
    assert (found.key_id, found.algorithm_name) == ("first", "ES256")


async def test_keys_are_asked_for_once_while_they_are_fresh(keys, provider, clock):
    await keys.find("first")
    clock.seconds += TERMS.fresh_seconds - 1

    assert await keys.find("first") is not None
    assert provider.answers == 1


async def test_many_who_come_at_once_ask_once(keys, provider):
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)))

    assert None not in found
    assert provider.answers == 1


async def test_a_key_that_was_withdrawn_ends_when_it_is_no_longer_fresh(keys, provider, clock):
    await keys.find("first")
    provider.published.clear()
    provider.add_key("second", "ES256")
    clock.seconds += TERMS.fresh_seconds

    assert await keys.find("first") is None
    assert await keys.find("second") is not None


async def test_a_key_that_nobody_knows_makes_the_provider_be_asked_once_more(keys, provider, clock):
    """A provider signs with its new key at once: nobody waits for ten minutes."""
    await keys.find("first")
    provider.add_key("second", "ES256")
    clock.seconds += TERMS.pause_seconds

    assert await keys.find("second") is not None
    assert provider.answers == 2


async def test_garbage_cannot_make_us_hammer_the_provider(keys, provider, clock):
    await keys.find("first")

    for n in range(100):
        clock.seconds += 1
        assert await keys.find(f"made up {n}") is None

    assert provider.answers == 1 + 100 // int(TERMS.pause_seconds)


async def test_while_the_provider_is_away_its_last_keys_hold_for_a_while(keys, provider, clock):
    await keys.find("first")
    await provider.stop()

    clock.seconds += TERMS.held_seconds - 1
    held = await keys.find("first")
    clock.seconds += 1
    ended = await keys.find("first")

    assert held is not None
    assert ended is None
    await provider.start()
    clock.seconds += TERMS.pause_seconds
    assert await keys.find("first") is not None


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": "500 Internal Server Error"},
        {"status": "302 Found"},
        {"body": b"<html>Sign in to the hotel's network</html>"},
        {"body": b"[]"},
        {"body": b'{"keys": []}'},
        {"body": b'{"keys": 7}'},
    ],
    ids=str,
)
async def test_an_answer_that_is_no_key_set_changes_nothing(keys, provider, clock, trouble):
    await keys.find("first")
    for name, value in trouble.items():
        setattr(provider, name, value)
    clock.seconds += TERMS.fresh_seconds

    assert await keys.find("first") is not None
    assert provider.answers == 2


async def test_an_endless_answer_is_not_read_to_its_end(keys, provider):
    provider.body = json.dumps({"keys": provider.published}).encode() + b" " * 300_000

    assert await keys.find("first") is None


@pytest.mark.parametrize("way", ["hangs", "drips"])
async def test_a_provider_that_takes_too_long_is_away(provider, clock, way):
    terms = KeyTerms(timeout_seconds=0.2)
    keys = ProviderKeys(provider.url, terms=terms, clock=clock)
    setattr(provider, way, True)

    async with asyncio.timeout(5):
        assert await keys.find("first") is None


async def test_a_caller_who_gives_up_does_not_take_the_answer_from_the_others(keys):
    impatient = asyncio.create_task(keys.find("first"))
    patient = asyncio.create_task(keys.find("first"))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await patient is not None


@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"kid": None}, {"alg": "RS512"}, {"kty": "oct", "k": "c2VjcmV0", "alg": None}],
    ids=str,
)
async def test_keys_for_other_purposes_are_left_out(keys, provider, changes):
    """A symmetric one above all: it would turn a public text into a secret."""
    provider.add_key("odd", "RS256", **changes)

    assert await keys.find("odd") is None
    assert await keys.find("first") is not None
