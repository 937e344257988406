"""Two ways past the repositories: as the database's owner, and as the application's role."""

import pytest

from db.engine import make_engine
from tests.databases import owner_of


@pytest.fixture
async def owner(settings):
    """An engine of the database's owner, whom row-level security does not bind."""
    return owner_of(settings.database_url)


@pytest.fixture
async def application(settings):
    """An engine that acts as the service does, with no account set."""
    engine = make_engine(settings.database_url)
    yield engine
    await engine.dispose()
