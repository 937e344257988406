"""What the Web Connector's endpoint needs of a connection, in one read; and what it learns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Uuid, exists, select, update
from sqlalchemy.orm import aliased

from db.payment_rows import PaymentRow
from db.rows import DraftRow, QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Statement, among, given, mine, one_of
from db.wire_rows import ConnectionRow, ExchangeRow, QbxmlRequestRow, SyncJobRow
from domain.errors import NotFound
from domain.exchange import OPEN
from domain.payments import ON_ITS_WAY
from domain.queue import RequestState
from domain.sync import IN_FLIGHT

_THIS = ConnectionRow.id == given("id", Uuid)
_LOCK = Statement(
    select(
        ConnectionRow.id,
        ConnectionRow.company_file_id,
        ConnectionRow.set_size,
        ConnectionRow.linger_seconds,
        ConnectionRow.failures,
        ConnectionRow.is_disabled,
    )
    .where(mine(ConnectionRow), _THIS)
    .with_for_update(key_share=True)
)
_LEARN_SET_SIZE = Statement(
    update(ConnectionRow)
    .where(mine(ConnectionRow), _THIS)
    .values(set_size=given("set_size", BigInteger))
)
#: Does somebody edit an invoice of the company file?
_HAS_DRAFT = Statement(
    select(
        exists()
        .where(
            mine(DraftRow),
            DraftRow.touched_at > given("since", DateTime(timezone=True)),
            QuickBooksLinkRow.account_id == DraftRow.account_id,
            QuickBooksLinkRow.invoice_id == DraftRow.invoice_id,
            QuickBooksLinkRow.company_file_id == given("company_file_id", Uuid),
        )
        .label("has_draft")
    )
)


_SIBLING = aliased(ConnectionRow)
#: Connections of the same company file that an administrator has disabled.
_DISABLED = (
    select(_SIBLING.id)
    .where(
        _SIBLING.account_id == given("account_id", Uuid),
        _SIBLING.company_file_id == given("company_file_id", Uuid),
        _SIBLING.is_disabled,
    )
    .scalar_subquery()
)
#: What was on its way through them goes on through this one.
_ADOPT_JOBS = Statement(
    update(SyncJobRow)
    .where(
        mine(SyncJobRow),
        SyncJobRow.connection_id.in_(_DISABLED),
        one_of(SyncJobRow.state, IN_FLIGHT),
        SyncJobRow.updated_at <= given("quiet_since", DateTime(timezone=True)),
    )
    .values(connection_id=given("id", Uuid))
    .returning(SyncJobRow.id)
)
_ADOPT_REQUESTS = Statement(
    update(QbxmlRequestRow)
    .where(
        mine(QbxmlRequestRow),
        among(QbxmlRequestRow.job_id, "job_ids"),
        one_of(QbxmlRequestRow.state, [RequestState.READY, RequestState.SENT]),
    )
    .values(connection_id=given("id", Uuid))
)
_ADOPT_PAYMENTS = Statement(
    update(PaymentRow)
    .where(
        mine(PaymentRow),
        PaymentRow.connection_id.in_(_DISABLED),
        one_of(PaymentRow.state, ON_ITS_WAY),
        PaymentRow.updated_at <= given("quiet_since", DateTime(timezone=True)),
    )
    .values(connection_id=given("id", Uuid))
)
_ADOPT_SETS = Statement(
    update(ExchangeRow)
    .where(
        mine(ExchangeRow),
        ExchangeRow.connection_id.in_(_DISABLED),
        one_of(ExchangeRow.state, OPEN),
        ExchangeRow.sent_at <= given("quiet_since", DateTime(timezone=True)),
    )
    .values(connection_id=given("id", Uuid))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A connection as its calls see it; `id` is the connection's."""

    id: UUID
    company_file_id: UUID
    #: How many requests the next message set may hold.
    set_size: int
    #: How long an empty queue keeps a session open; None: the service's default.
    linger_seconds: int | None
    #: Sessions in a row that could not open QuickBooks.
    failures: int
    is_disabled: bool


class Channels(Scoped):
    async def lock(self, connection_id: UUID) -> Channel:
        """Give the connection and keep its other calls waiting until the commit.

        Raises NotFound.
        """
        found = await self._first(_LOCK, id=connection_id)
        if found is None:
            raise NotFound("There is no such connection.", where=("connection_id",))
        return Channel(**found)

    async def adopt_from_disabled(self, channel: Channel, *, quiet_since: datetime) -> list[UUID]:
        """Take over what was lost on its way through disabled connections of the same company file.

        QuickBooks keeps its answers per company file, so this connection can ask for them. What was
        touched since `quiet_since` may still be at work there. Gives the jobs.
        """
        place = {
            "id": channel.id,
            "company_file_id": channel.company_file_id,
            "quiet_since": quiet_since,
        }
        jobs = [row["id"] for row in await self._run(_ADOPT_JOBS, **place)]
        if jobs:
            await self._run(_ADOPT_REQUESTS, id=channel.id, job_ids=jobs)
        await self._run(_ADOPT_PAYMENTS, **place)
        await self._run(_ADOPT_SETS, **place)
        return jobs

    async def learn_set_size(self, connection_id: UUID, set_size: int) -> None:
        """Remember how many requests a message set may hold."""
        await self._run(_LEARN_SET_SIZE, id=connection_id, set_size=set_size)

    async def has_draft(self, channel: Channel, *, since: datetime) -> bool:
        """Tell whether somebody has begun to edit an invoice of the company file since then."""
        found = await self._first(_HAS_DRAFT, since=since, company_file_id=channel.company_file_id)
        return found is not None and bool(found["has_draft"])
