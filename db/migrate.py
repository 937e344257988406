"""Migrations: bring the database to this version's tables, as the database's owner."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

_FOLDER = Path(__file__).parent / "migrations"
#: Any number that nothing else in the database locks by; "instep" in ASCII.
_LOCK_KEY = 0x696E73746570
_LOCK = text("select pg_advisory_lock(:key)")


async def migrate(url: str, revision: str = "head") -> None:
    """Run the migrations up to the revision, one transaction each; safe to repeat.

    Whoever comes while another one migrates waits for it, and then finds nothing left to do.
    """
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("set statement_timeout = '10min'"))
            await connection.execute(_LOCK, {"key": _LOCK_KEY})  # the connection's, to its end
            await connection.execute(text("set lock_timeout = '10s'"))
            await connection.commit()
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


def config_for(connection: Connection) -> Config:
    """Give Alembic's configuration on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(config_for(connection), revision)
