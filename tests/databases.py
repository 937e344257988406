"""Databases beside that of all tests, and engines of their owner."""

import asyncio

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings import Settings
from tests.chromium import KEPT

TEMPLATE = "instep_template"


_OWNERS: dict[str, AsyncEngine] = {}


def owner_of(database_url: str) -> AsyncEngine:
    """Give an engine of the tables' owner, whom row-level security does not bind.

    It stays for all tests of the process: a new one with its first connection takes longer than
    most of what is asked of it.
    """
    if database_url not in _OWNERS:
        _OWNERS[database_url] = create_async_engine(database_url)
        KEPT.stack.push_async_callback(_OWNERS[database_url].dispose)
    return _OWNERS[database_url]


def own_database(settings: Settings, name: str) -> str:
    """Make a migrated database, for one module alone, and give its URL."""
    url = make_url(settings.database_url)
    asyncio.run(_make(settings.database_url, f"{url.database}_{name}"))
    return url.set(database=f"{url.database}_{name}").render_as_string(hide_password=False)


async def _make(administered: str, name: str) -> None:
    engine = create_async_engine(administered, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"drop database if exists {name} with (force)"))
        await connection.execute(text(f"create database {name} template {TEMPLATE}"))
    await engine.dispose()
