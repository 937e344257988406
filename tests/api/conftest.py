"""The running service of the journeys, for the examples of the API's documents too."""

from tests.journeys.conftest import service

__all__ = ["service"]
