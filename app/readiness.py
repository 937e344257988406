"""Can the servers behind the settings be used? One sentence for each that cannot."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from app.settings import Settings
from db.engine import DATABASE_TROUBLE, UnusableDatabase, check_role, close_engine, make_engine
from db.outages import explain

_PATIENCE_SECONDS = 5


class ServerTrouble(Exception):
    """A server that the settings name cannot be used; the text names the setting and the cure."""


async def check_servers(settings: Settings) -> None:
    """Raise ServerTrouble unless PostgreSQL is reachable and migrated and Redis answers."""
    checks = check_database(settings), check_redis(settings)
    found = await asyncio.gather(*checks, return_exceptions=True)
    for fault in found:
        if fault is not None and not isinstance(fault, ServerTrouble):
            raise fault
    if troubles := [str(trouble) for trouble in found if trouble is not None]:
        raise ServerTrouble(" ".join(troubles))


async def check_database(settings: Settings) -> None:
    """Raise ServerTrouble unless the tables are there and row-level security binds us."""
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await check_role(engine)
    except UnusableDatabase as trouble:
        raise ServerTrouble(str(trouble)) from None
    except (TimeoutError, *DATABASE_TROUBLE) as fault:
        raise ServerTrouble(explain(fault)) from None
    finally:
        await close_engine(engine)


async def check_redis(settings: Settings) -> None:
    """Raise ServerTrouble unless Redis answers."""
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=_PATIENCE_SECONDS)
    try:
        await redis.ping()
    except (RedisError, OSError) as fault:
        raise ServerTrouble(explain_redis(fault)) from None
    finally:
        await redis.aclose()


def explain_redis(fault: Exception) -> str:
    """Give the trouble with Redis and its cure in a sentence; never the password."""
    lines = str(fault).strip().splitlines()[-1:] or [type(fault).__name__]
    text = lines[0].rstrip(".")
    if isinstance(fault, AuthenticationError):
        return f"Redis refuses REDIS_URL: {text}. Correct user or password in it."
    return f"Redis cannot be reached: {text}. Check REDIS_URL, and that the server runs."
