"""What the Web Connector's operations are given: resources, clock, chance."""

import base64
import secrets
from datetime import timedelta

from app.clock import now
from app.ids import new_id
from app.passwords import fingerprint, generate_secret, verify_secret
from app.resources import Resources
from qbwc.greetings import Greetings
from qbwc.message_set import Chance
from qbwc.sessions import Lingering, Tools

_MESSAGE_SET_BITS = 80


def connector_tools(resources: Resources, *, version: str) -> Tools:
    """Give the tools of `qbwc.operations.answer`."""
    settings = resources.settings
    return Tools(
        open_work=resources.open_work,
        find=resources.directory,
        listen=resources.doorbell.listen,
        guesses=resources.guesses,
        chance=Chance(
            now=now,
            new_id=new_id,
            new_message_set_id=new_message_set_id,
            new_ticket=generate_secret,
        ),
        verify_secret=verify_secret,
        fingerprint=fingerprint,
        linger=Lingering(
            hold=timedelta(seconds=settings.linger_seconds),
            cap=timedelta(seconds=settings.session_seconds),
        ),
        watch_every=timedelta(minutes=settings.drift_minutes),
        greetings=Greetings(),
        least_client=settings.least_connector_version,
        version=version,
    )


def new_message_set_id() -> str:
    """Give a newMessageSetID: 80 random bits in 16 characters, below QuickBooks' limit of 23."""
    return base64.b32encode(secrets.token_bytes(_MESSAGE_SET_BITS // 8)).decode()
