"""The engine: asyncpg, under the role that row-level security binds."""

from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

#: Made by the first migration. It owns nothing and cannot bypass row-level security.
APPLICATION_ROLE = "instep_app"

Sessions = async_sessionmaker[AsyncSession]


class UnsafeRole(Exception):
    """The database role could read across accounts."""


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Give an engine whose connections act as the application role from their first statement."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"role": APPLICATION_ROLE, "application_name": "instep"}},
    )


def make_sessions(engine: AsyncEngine) -> Sessions:
    """Give the maker of sessions: rows are always re-read, nothing is loaded behind one's back."""
    return async_sessionmaker(
        engine,
        expire_on_commit=False,
        autoflush=False,
        execution_options={"populate_existing": True, "synchronize_session": False},
    )


async def check_role(engine: AsyncEngine) -> None:
    """Raise UnsafeRole unless row-level security binds the role that the engine acts as."""
    query = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    async with engine.connect() as connection:
        if (await connection.execute(query)).scalar_one():
            raise UnsafeRole(
                "The database role can bypass row-level security; run `instep migrate` and let the"
                f" user of DATABASE_URL be a member of {APPLICATION_ROLE}."
            )


def _dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()
