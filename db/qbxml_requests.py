"""The queue of rendered requests: stored by workers, taken by the Web Connector's endpoint."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, cast, func, select, update

from db.documents import ENTRY_NAMES, SENT_LINES, WANTED
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of
from db.wire_rows import QbxmlRequestRow, SyncJobRow
from domain.queue import QbxmlRequest, RequestKind, RequestState
from domain.quickbooks import SaleKind

_OPEN = (RequestState.READY, RequestState.SENT)
_OF_JOB = QbxmlRequestRow.job_id == given("job_id", Uuid)
_OF_CONNECTION = QbxmlRequestRow.connection_id == given("connection_id", Uuid)
_IS_READY = one_of(QbxmlRequestRow.state, [RequestState.READY])
_JOIN_JOB = (SyncJobRow.account_id == QbxmlRequestRow.account_id) & (
    SyncJobRow.id == QbxmlRequestRow.job_id
)

_ADD = insert_rows(QbxmlRequestRow)
#: The oldest ready requests, with their jobs: rows that somebody holds are skipped.
_TAKE = Statement(
    select(
        QbxmlRequestRow.id,
        QbxmlRequestRow.job_id,
        QbxmlRequestRow.body,
        QbxmlRequestRow.largest_set,
    )
    .join(SyncJobRow, _JOIN_JOB)
    .where(mine(QbxmlRequestRow), _OF_CONNECTION, _IS_READY)
    .order_by(QbxmlRequestRow.id)
    .limit(given("at_most", BigInteger))
    .with_for_update(skip_locked=True, key_share=True, of=[QbxmlRequestRow, SyncJobRow])
)
_MARK_SENT = Statement(
    update(QbxmlRequestRow)
    .where(mine(QbxmlRequestRow), among(QbxmlRequestRow.id, "ids"))
    .values(state=RequestState.SENT, exchange_id=given("exchange_id", Uuid))
)
_MARK_ANSWERED = Statement(
    update(QbxmlRequestRow)
    .where(mine(QbxmlRequestRow), among(QbxmlRequestRow.id, "ids"))
    .values(state=RequestState.ANSWERED)
)
_RETURN = Statement(
    update(QbxmlRequestRow)
    .where(mine(QbxmlRequestRow), among(QbxmlRequestRow.id, "ids"))
    .values(state=RequestState.READY, largest_set=given("largest_set", BigInteger))
)
_COUNT_READY = Statement(
    select(func.count().label("ready")).where(mine(QbxmlRequestRow), _OF_CONNECTION, _IS_READY)
)
_CANCEL_READY = Statement(
    update(QbxmlRequestRow)
    .where(mine(QbxmlRequestRow), _OF_JOB, _IS_READY)
    .values(state=RequestState.CANCELLED)
)
#: Without the bytes, which nobody needs any more.
_READ = select(
    QbxmlRequestRow.id,
    QbxmlRequestRow.job_id,
    SyncJobRow.invoice_id,
    QbxmlRequestRow.connection_id,
    QbxmlRequestRow.kind,
    cast(QbxmlRequestRow.wanted, Text).label("wanted"),
    cast(QbxmlRequestRow.sent_lines, Text).label("sent_lines"),
    cast(QbxmlRequestRow.entry_names, Text).label("entry_names"),
    QbxmlRequestRow.largest_set,
    QbxmlRequestRow.created_at,
).join(SyncJobRow, _JOIN_JOB)
_SENT_IN = Statement(
    _READ.where(
        mine(QbxmlRequestRow),
        QbxmlRequestRow.exchange_id == given("exchange_id", Uuid),
        one_of(QbxmlRequestRow.state, [RequestState.SENT]),
    ).order_by(QbxmlRequestRow.id)
)
_HAS_OPEN = Statement(
    select(QbxmlRequestRow.id)
    .where(mine(QbxmlRequestRow), _OF_JOB, one_of(QbxmlRequestRow.state, _OPEN))
    .limit(1)
)
_LAST_ADD = Statement(
    select(QbxmlRequestRow.kind)
    .join(SyncJobRow, _JOIN_JOB)
    .where(
        mine(QbxmlRequestRow),
        SyncJobRow.invoice_id == given("invoice_id", Uuid),
        one_of(QbxmlRequestRow.kind, [kind for kind in RequestKind if kind.is_add]),
        QbxmlRequestRow.exchange_id.is_not(None),
    )
    .order_by(QbxmlRequestRow.id.desc())
    .limit(1)
)
_LAST_WRITE = Statement(
    _READ.where(
        mine(QbxmlRequestRow),
        _OF_JOB,
        one_of(QbxmlRequestRow.kind, [kind for kind in RequestKind if kind.is_write]),
        QbxmlRequestRow.exchange_id.is_not(None),
    )
    .order_by(QbxmlRequestRow.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A request as it leaves."""

    id: UUID
    job_id: UUID
    body: bytes
    largest_set: int


class QbxmlRequests(Scoped):
    async def add(self, request: QbxmlRequest, body: bytes) -> None:
        """Put a request into the queue, ready to be fetched."""
        columns = _columns(request)
        await self._store(_ADD, [{**columns, "body": body, "state": RequestState.READY}])

    async def take(self, connection_id: UUID, *, at_most: int) -> list[Ready]:
        """Lock and give the oldest ready requests of the connection, with their jobs.

        Rows that somebody else holds (a save that withdraws its job, a planner) are skipped, never
        waited for. No request comes in a set larger than it may travel in.
        """
        rows = await self._run(_TAKE, connection_id=connection_id, at_most=at_most)
        return _fitting([Ready(**row) for row in rows])

    async def mark_sent(self, request_ids: Iterable[UUID], exchange_id: UUID) -> None:
        """Note in which message set the requests left."""
        await self._run(_MARK_SENT, ids=list(request_ids), exchange_id=exchange_id)

    async def mark_answered(self, request_ids: Iterable[UUID]) -> None:
        """Note that nothing more is owed for these requests."""
        await self._run(_MARK_ANSWERED, ids=list(request_ids))

    async def return_to_queue(self, request_ids: Iterable[UUID], *, largest_set: int) -> None:
        """Put requests back, to travel in sets of so many at most."""
        await self._run(_RETURN, ids=list(request_ids), largest_set=largest_set)

    async def count_ready(self, connection_id: UUID) -> int:
        """Give how many requests wait for the connection."""
        found = await self._first(_COUNT_READY, connection_id=connection_id)
        return 0 if found is None else found["ready"]

    async def cancel_ready(self, job_id: UUID) -> None:
        """Withdraw what the job has in the queue and nobody has fetched."""
        await self._run(_CANCEL_READY, job_id=job_id)

    async def sent_in(self, exchange_id: UUID) -> list[QbxmlRequest]:
        """Give the requests of a message set whose answers are still owed, in their order."""
        return [_request(row) for row in await self._run(_SENT_IN, exchange_id=exchange_id)]

    async def has_open(self, job_id: UUID) -> bool:
        """Tell whether the job has a request in the queue or on its way."""
        return await self._first(_HAS_OPEN, job_id=job_id) is not None

    async def last_add(self, invoice_id: UUID) -> SaleKind | None:
        """Give as what an Add of this invoice last left for QuickBooks, None when none ever did."""
        found = await self._first(_LAST_ADD, invoice_id=invoice_id)
        if found is None:
            return None
        is_credit = found["kind"] == RequestKind.CREDIT_MEMO_ADD
        return SaleKind.CREDIT_MEMO if is_credit else SaleKind.INVOICE

    async def last_write(self, job_id: UUID) -> QbxmlRequest | None:
        """Give the newest Add or Mod that was sent for the job."""
        found = await self._first(_LAST_WRITE, job_id=job_id)
        return None if found is None else _request(found)


def _fitting(ready: Sequence[Ready]) -> list[Ready]:
    """The longest beginning that each of its members may travel in."""
    taken: list[Ready] = []
    largest = len(ready)
    for request in ready:
        largest = min(largest, request.largest_set)
        if len(taken) >= largest:
            break
        taken.append(request)
    return taken


def _columns(request: QbxmlRequest) -> dict[str, Any]:
    lines = request.sent_lines
    return {
        "id": request.id,
        "job_id": request.job_id,
        "connection_id": request.connection_id,
        "kind": request.kind,
        "wanted": WANTED.encode(request.wanted),
        "sent_lines": None if lines is None else SENT_LINES.encode(lines),
        "entry_names": ENTRY_NAMES.encode(request.entry_names) if request.entry_names else None,
        "largest_set": request.largest_set,
        "exchange_id": None,
        "created_at": request.created_at,
    }


def _request(row: Record) -> QbxmlRequest:
    lines, names = row["sent_lines"], row["entry_names"]
    return QbxmlRequest(
        id=row["id"],
        job_id=row["job_id"],
        invoice_id=row["invoice_id"],
        connection_id=row["connection_id"],
        kind=RequestKind(row["kind"]),
        wanted=WANTED.decode(row["wanted"]),
        sent_lines=None if lines is None else SENT_LINES.decode(lines),
        entry_names=() if names is None else ENTRY_NAMES.decode(names),
        largest_set=row["largest_set"],
        created_at=row["created_at"],
    )
