"""Can the servers behind the settings be used? One sentence for each that cannot."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.settings import Settings
from db.engine import (
    APPLICATION_ROLE,
    DATABASE_TROUBLE,
    NO_TABLES,
    UnusableDatabase,
    check_role,
    make_engine,
)

_PATIENCE_SECONDS = 5


class ServerTrouble(Exception):
    """A server that the settings name cannot be used; the text names the setting and the cure."""


async def check_servers(settings: Settings) -> None:
    """Raise ServerTrouble unless PostgreSQL is reachable and migrated and Redis answers."""
    await check_database(settings)
    await check_redis(settings)


async def check_database(settings: Settings) -> None:
    """Raise ServerTrouble unless the tables are there and row-level security binds us."""
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await check_role(engine)
    except UnusableDatabase as trouble:
        raise ServerTrouble(str(trouble)) from None
    except (TimeoutError, *DATABASE_TROUBLE) as fault:
        raise ServerTrouble(explain_database(fault)) from None
    finally:
        await engine.dispose()


async def check_redis(settings: Settings) -> None:
    """Raise ServerTrouble unless Redis answers."""
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=_PATIENCE_SECONDS)
    try:
        await redis.ping()
    except (RedisError, OSError) as fault:
        raise ServerTrouble(
            f"Redis cannot be reached: {_words(fault)}. Check REDIS_URL, and that the server runs."
        ) from None
    finally:
        await redis.aclose()


def explain_database(fault: Exception) -> str:
    """Give the trouble with PostgreSQL and its cure in a sentence; never the password."""
    text = _words(fault)
    if isinstance(fault, OSError | TimeoutError):
        return (
            f"PostgreSQL cannot be reached: {text}. Check DATABASE_URL, and that the server runs."
        )
    if APPLICATION_ROLE in text and "does not exist" in text:
        return NO_TABLES
    if APPLICATION_ROLE in text:
        return f"PostgreSQL says: {text}. Run `GRANT {APPLICATION_ROLE} TO` DATABASE_URL's user."
    return f"PostgreSQL refuses DATABASE_URL: {text}. Correct user, password or database in it."


def _words(fault: BaseException) -> str:
    """The driver's last line: it names the trouble and never the password."""
    cause = getattr(fault, "orig", None) or fault
    lines = str(cause).strip().splitlines()
    text = lines[-1] if lines else type(fault).__name__
    return text.split(">: ")[-1].rstrip(".")
