"""What a database that is away, full or wrong raises is told apart, and told in words once."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from app.readiness import ServerTrouble, check_database
from db.engine import DATABASE_TROUBLE, is_outage, make_engine
from db.outages import Outage, explain
from db.transactions import outside


@asynccontextmanager
async def a_server_that_says(code, message):
    """A PostgreSQL that turns everybody away with this."""
    told = f"SFATAL\0VFATAL\0C{code}\0M{message}\0\0".encode()

    async def turn_away(reader, writer):
        length = int.from_bytes(await reader.readexactly(4))
        if length == 8:  # asks for TLS
            await reader.readexactly(4)
            writer.write(b"N")
            length = int.from_bytes(await reader.readexactly(4))
        await reader.readexactly(length - 4)
        writer.write(b"E" + (len(told) + 4).to_bytes(4) + told)
        writer.close()

    server = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"postgresql+asyncpg://somebody:hunter2@127.0.0.1:{port}/instep"
    server.close()


@pytest.mark.parametrize(
    ("code", "message", "is_away", "words"),
    [
        ("57P03", "the database system is starting up", True, "cannot be used for now: the"),
        ("57P03", "the database system is shutting down", True, "cannot be used for now: the"),
        ("53300", "sorry, too many clients already", True, "has no room: sorry, too many"),
        ("28P01", "password authentication failed", False, "refuses DATABASE_URL: password"),
        ("3D000", 'database "instep" does not exist', False, "refuses DATABASE_URL: database"),
    ],
)
async def test_whoever_is_turned_away_at_the_door_learns_whether_to_come_again(
    settings, code, message, is_away, words
):
    """So it is in the first moments of a restart: SQLAlchemy raises what is no error of its own."""
    async with a_server_that_says(code, message) as url:
        engine = make_engine(url)
        with pytest.raises(DATABASE_TROUBLE) as met:
            async with outside(engine):
                pass
        with pytest.raises(ServerTrouble) as unready:
            await check_database(settings.model_copy(update={"database_url": url}))
        await engine.dispose()

    assert is_outage(met.value) is is_away
    assert explain(met.value).startswith(f"PostgreSQL {words}")
    assert str(unready.value) == explain(met.value)
    assert "hunter2" not in explain(met.value)


@pytest.mark.parametrize(
    ("fault", "is_away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.AdminShutdownError("terminating connection"), True),
        (asyncpg.InternalClientError("cannot switch to state 15"), True),
        (PoolExhausted("QueuePool limit reached"), True),
        (DBAPIError("select 1", (), asyncpg.AdminShutdownError("terminating connection")), True),
        (asyncpg.DataError("invalid input for query argument $1"), False),
        (asyncpg.UniqueViolationError("duplicate key"), False),
        (DBAPIError("select 1", (), asyncpg.UniqueViolationError("duplicate key")), False),
        (ValueError("no number"), False),
        (KeyError("a bug"), False),
    ],
)
def test_an_outage_is_told_from_a_refusal_and_from_a_bug(fault, is_away):
    assert is_outage(fault) is is_away


def test_an_outage_is_news_once_and_so_is_its_end():
    outage = Outage()

    told = [outage.end(), outage.begin(), outage.begin(), outage.end(), outage.end()]
    again = [outage.begin(), outage.end()]

    assert told == [False, True, False, True, False]
    assert again == [True, True]


def test_what_has_no_words_gets_some():
    assert explain(TimeoutError()).startswith("PostgreSQL cannot be reached: no answer in time.")
    assert explain(ConnectionResetError()).startswith(
        "PostgreSQL cannot be reached: ConnectionResetError."
    )
    assert explain(PoolExhausted("QueuePool limit")).startswith("All connections of this process")
