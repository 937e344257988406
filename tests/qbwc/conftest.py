"""What most tests of the endpoint begin with."""

import pytest

from tests.sync_worker.connector import PlayedConnector


@pytest.fixture
def played(office):
    """The office's Web Connector, beside a company file that holds no invoice yet."""
    return PlayedConnector(office)
