"""What the Web Connector is answered, call by call."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.connections import ConnectionState, state_of
from domain.invoice import ExportStatus
from domain.queue import ExchangeState, SessionState
from domain.sync import JobState
from qbwc.calls import (
    ClientVersion,
    GetInteractiveURL,
    InteractiveRejected,
    IsInteractiveDone,
    ServerVersion,
    Text,
)
from simulator import hcp
from tests.sync_worker.connector import (
    PlayedConnector,
    names_in,
    refusal,
    save,
)
