"""The running service of the journeys, for clients too."""

from tests.journeys.conftest import service

__all__ = ["service"]
