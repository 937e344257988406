"""A database for one module alone, where what other tests left behind does not count."""

import asyncio

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.settings import Settings
from tests.conftest import TEMPLATE


def own_database(settings: Settings, name: str) -> str:
    """Make a migrated database beside the one of this test process, and give its URL."""
    url = make_url(settings.database_url)
    asyncio.run(_make(settings.database_url, f"{url.database}_{name}"))
    return url.set(database=f"{url.database}_{name}").render_as_string(hide_password=False)


async def _make(administered: str, name: str) -> None:
    engine = create_async_engine(administered, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"drop database if exists {name} with (force)"))
        await connection.execute(text(f"create database {name} template {TEMPLATE}"))
    await engine.dispose()
