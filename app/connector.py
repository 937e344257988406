"""What the Web Connector's operations are given: resources, clock, chance."""

import base64
import secrets
from datetime import datetime, timedelta

from structlog.contextvars import bind_contextvars

from app.clock import now
from app.ids import new_id
from app.passwords import fingerprint, generate_secret, verify_secret
from app.resources import Resources
from db.directory import Directory, SessionEntry, SignIn
from qbwc.greetings import Greetings
from qbwc.message_set import Chance
from qbwc.sessions import Lingering, Tools

_MESSAGE_SET_BITS = 80


def connector_tools(resources: Resources, *, version: str) -> Tools:
    """Give the tools of `qbwc.operations.answer`."""
    settings = resources.settings
    return Tools(
        open_work=resources.open_work,
        find=NamingFind(resources.directory),
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


class NamingFind:
    """Finds as the directory does, and has every log line of this call name what was found."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def sign_in(
        self, user_name: str, *, drafts_since: datetime, quiet_since: datetime
    ) -> SignIn | None:
        """Find a connection by the user name of its Web Connector."""
        found = await self._directory.sign_in(
            user_name, drafts_since=drafts_since, quiet_since=quiet_since
        )
        if found is not None:
            bind_contextvars(account_id=str(found.account_id), connection_id=str(found.id))
        return found

    async def session(self, ticket_hash: bytes) -> SessionEntry | None:
        """Find a session by its ticket, which no line may hold."""
        found = await self._directory.session(ticket_hash)
        if found is not None:
            bind_contextvars(
                account_id=str(found.account_id),
                connection_id=str(found.connection_id),
                session_id=str(found.id),
            )
        return found


def new_message_set_id() -> str:
    """Give a newMessageSetID: 80 random bits in 16 characters, below QuickBooks' limit of 23."""
    return base64.b32encode(secrets.token_bytes(_MESSAGE_SET_BITS // 8)).decode()
