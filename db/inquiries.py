"""Questions to QuickBooks outside of any job, and their answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid, cast, func, select, update

from db.documents import FINDINGS, QUESTION
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of, update_rows
from db.wire_rows import InquiryRow
from domain.inquiry import Inquiry, InquiryState

_OF_CONNECTION = InquiryRow.connection_id == given("connection_id", Uuid)
_IS_ASKED = one_of(InquiryRow.state, [InquiryState.ASKED])
_IN_TIME = InquiryRow.expires_at > given("now", DateTime(timezone=True))
_CHANGES = (
    "state", "answered_at", "attempts", "is_alone", "findings", "trouble", "exchange_id",
    "session_id", "iterator_id",
)  # fmt: skip
_AS_IT_IS = (
    "id", "connection_id", "purpose", "memo_part", "state", "asked_at", "expires_at",
    "answered_at", "attempts", "is_alone", "trouble", "exchange_id", "session_id", "iterator_id",
)  # fmt: skip

_READ = select(
    *(InquiryRow.__table__.c[name] for name in _AS_IT_IS),
    cast(InquiryRow.question, Text).label("question"),
    cast(InquiryRow.findings, Text).label("findings"),
)
_ADD = insert_rows(InquiryRow)
_SAVE = update_rows(InquiryRow, *_CHANGES)
_GET = Statement(_READ.where(mine(InquiryRow), among(InquiryRow.id, "ids")))
#: The oldest that wait and can still be answered in time.
_WAITING = Statement(
    _READ.where(mine(InquiryRow), _OF_CONNECTION, _IS_ASKED, _IN_TIME)
    .order_by(InquiryRow.id)
    .limit(given("at_most", BigInteger))
    .with_for_update(key_share=True, skip_locked=True)
)
_COUNT = Statement(
    select(func.count().label("waiting")).where(
        mine(InquiryRow), _OF_CONNECTION, _IS_ASKED, _IN_TIME
    )
)
_SENT_IN = Statement(
    _READ.where(
        mine(InquiryRow),
        InquiryRow.exchange_id == given("exchange_id", Uuid),
        one_of(InquiryRow.state, [InquiryState.SENT]),
    )
    .order_by(InquiryRow.id)
    .with_for_update(key_share=True)
)
_EXPIRE = Statement(
    update(InquiryRow)
    .where(mine(InquiryRow), _OF_CONNECTION, _IS_ASKED, ~_IN_TIME)
    .values(state=InquiryState.EXPIRED)
)


class Inquiries(Scoped):
    async def add(self, inquiries: Sequence[Inquiry]) -> None:
        """Store new questions."""
        await self._store(_ADD, [_columns(inquiry) for inquiry in inquiries])

    async def save(self, inquiries: Sequence[Inquiry]) -> None:
        """Store how far the questions have come, and what was answered."""
        rows = [_columns(inquiry) for inquiry in inquiries]
        await self._store(_SAVE, [{name: row[name] for name in ("id", *_CHANGES)} for row in rows])

    async def get_many(self, inquiry_ids: Iterable[UUID]) -> dict[UUID, Inquiry]:
        """Give those of the questions that exist, by id."""
        return {row["id"]: _inquiry(row) for row in await self._run(_GET, ids=list(inquiry_ids))}

    async def take(self, connection_id: UUID, now: datetime, *, at_most: int) -> list[Inquiry]:
        """Lock and give the oldest that wait for the connection; of late ones none."""
        rows = await self._run(_WAITING, connection_id=connection_id, now=now, at_most=at_most)
        return [_inquiry(row) for row in rows]

    async def count_waiting(self, connection_id: UUID, now: datetime) -> int:
        """Give how many wait to be fetched through the connection."""
        found = await self._first(_COUNT, connection_id=connection_id, now=now)
        return 0 if found is None else found["waiting"]

    async def sent_in(self, exchange_id: UUID) -> list[Inquiry]:
        """Lock and give the questions of a message set whose answers have not come."""
        return [_inquiry(row) for row in await self._run(_SENT_IN, exchange_id=exchange_id)]

    async def expire(self, connection_id: UUID, now: datetime) -> None:
        """Note which questions nobody carried to QuickBooks in time."""
        await self._run(_EXPIRE, connection_id=connection_id, now=now)


def _columns(inquiry: Inquiry) -> dict[str, Any]:
    return {
        **{name: getattr(inquiry, name) for name in _AS_IT_IS},
        "question": QUESTION.encode(inquiry.question),
        "findings": FINDINGS.encode(inquiry.findings),
    }


def _inquiry(row: Record) -> Inquiry:
    values: dict[str, Any] = {name: row[name] for name in _AS_IT_IS}
    values["state"] = InquiryState(row["state"])
    values["question"] = QUESTION.decode(row["question"])
    values["findings"] = FINDINGS.decode(row["findings"])
    return Inquiry(**values)
