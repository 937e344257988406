"""A worker whose database is away: it says so once, and goes on by itself when it is back."""

import structlog
from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware

from db.engine import is_outage
from db.outages import Outage, explain
from sync_worker.actors import DELIVER_WEBHOOK

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class DatabaseOutages(Middleware):
    """Tells that the database is away, and that it is back; Dramatiq tries messages again."""

    def __init__(self) -> None:
        self._outage = Outage()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        """Look at how a message ended."""
        if exception is None:
            if message.actor_name != DELIVER_WEBHOOK and self._outage.end():  # that one only begins
                log.info("database.back")
        elif is_outage(exception) and self._outage.begin():
            log.warning("database.lost", reason=explain(exception))
