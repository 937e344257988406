"""Wishes to unlock, the consents to them, and administrators' PINs."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, any_, cast, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.actors import actor_columns, read_actor
from db.documents import EVIDENCE, UNLOCK_REQUEST
from db.scoped import Scoped
from db.statements import Record, Statement, given, mine
from db.unlock_rows import AdminPinRow, PinTryRow, UnlockConsentRow, UnlockRequestRow
from domain.pins import PinTry
from domain.unlocking import Consent, UnlockRequest

_MOMENT = DateTime(timezone=True)
_THIS = UnlockRequestRow.id == given("request_id", Uuid)
_READ = select(
    cast(UnlockRequestRow.request, Text).label("request"), UnlockRequestRow.confirmed_at
).where(mine(UnlockRequestRow), _THIS)

_ADD = Statement(
    insert(UnlockRequestRow).values(
        {column.name: given(column.name, column.type) for column in UnlockRequestRow.__table__.c}
    )
)
_GET = Statement(_READ)
_LOCK = Statement(_READ.with_for_update(key_share=True))
_CONFIRM = Statement(
    update(UnlockRequestRow)
    .where(mine(UnlockRequestRow), _THIS)
    .values(confirmed_at=given("confirmed_at", _MOMENT))
)
_ADD_CONSENT = Statement(
    insert(UnlockConsentRow).values(
        {column.name: given(column.name, column.type) for column in UnlockConsentRow.__table__.c}
    )
)
_CONSENTS = select(*UnlockConsentRow.__table__.columns).where(mine(UnlockConsentRow))
_CONSENT_OF = Statement(_CONSENTS.where(UnlockConsentRow.request_id == given("request_id", Uuid)))
#: Was this invoice ever unlocked?
_WAS_UNLOCKED = Statement(
    select(UnlockConsentRow.id)
    .where(
        mine(UnlockConsentRow),
        given("invoice_id", Uuid) == any_(UnlockConsentRow.invoice_ids),
    )
    .limit(1)
)
_PINS = Statement(
    select(AdminPinRow.employee_id, AdminPinRow.pin_hash)
    .where(mine(AdminPinRow))
    .order_by(AdminPinRow.employee_id)
    .with_for_update(key_share=True)
)
_INSERT_PIN = upsert(AdminPinRow).values(
    {column.name: given(column.name, column.type) for column in AdminPinRow.__table__.c}
)
_SET_PIN = Statement(
    _INSERT_PIN.on_conflict_do_update(
        index_elements=["account_id", "employee_id"],
        set_={
            "pin_hash": _INSERT_PIN.excluded.pin_hash,
            "set_at": _INSERT_PIN.excluded.set_at,
        },
    )
)
_TRIES = Statement(
    select(PinTryRow.employee_id, PinTryRow.tried_at, PinTryRow.is_right)
    .where(mine(PinTryRow), PinTryRow.tried_at > given("since", _MOMENT))
    .order_by(PinTryRow.id)
)
_ADD_TRY = Statement(
    insert(PinTryRow).values(
        {column.name: given(column.name, column.type) for column in PinTryRow.__table__.c}
    )
)
_WAS_RIGHT = Statement(
    update(PinTryRow)
    .where(mine(PinTryRow), PinTryRow.id == given("try_id", Uuid))
    .values(is_right=True)
)
_FORGET_TRIES = Statement(
    delete(PinTryRow).where(mine(PinTryRow), PinTryRow.employee_id == given("of_employee", Uuid))
)


class Unlocks(Scoped):
    async def add(self, request: UnlockRequest) -> None:
        """Store a new wish."""
        await self._run(
            _ADD,
            id=request.id,
            batch_id=request.batch_id,
            request=UNLOCK_REQUEST.encode(request),
            requested_at=request.requested_at,
            confirmed_at=None,
        )

    async def get(self, request_id: UUID) -> UnlockRequest | None:
        """Give a wish."""
        row = await self._first(_GET, request_id=request_id)
        return None if row is None else _request(row)

    async def lock(self, request_id: UUID) -> UnlockRequest | None:
        """Give a wish and keep others from confirming it until the commit."""
        row = await self._first(_LOCK, request_id=request_id)
        return None if row is None else _request(row)

    async def confirm(self, consent: Consent) -> None:
        """Store the consent, for good, and that the wish is fulfilled."""
        await self._run(
            _ADD_CONSENT,
            id=consent.id,
            request_id=consent.request_id,
            batch_id=consent.batch_id,
            invoice_ids=list(consent.invoice_ids),
            text=consent.text,
            version=consent.version,
            given_at=consent.given_at,
            approver_id=consent.approver_id,
            approver_name=consent.approver_name,
            evidence=EVIDENCE.encode(consent.evidence),
            **actor_columns(consent.given_by),
        )
        await self._run(_CONFIRM, request_id=consent.request_id, confirmed_at=consent.given_at)

    async def consent_of(self, request_id: UUID) -> Consent | None:
        """Give who consented, to what, and on which evidence."""
        row = await self._first(_CONSENT_OF, request_id=request_id)
        return None if row is None else _consent(row)

    async def was_unlocked(self, invoice_id: UUID) -> bool:
        """Tell whether the invoice was ever unlocked to be exported again."""
        return await self._first(_WAS_UNLOCKED, invoice_id=invoice_id) is not None


class AdminPins(Scoped):
    async def lock_all(self) -> dict[UUID, str]:
        """Give the hashes by person, and let one transaction at a time count tries."""
        return {row["employee_id"]: row["pin_hash"] for row in await self._run(_PINS)}

    async def set(self, employee_id: UUID, pin_hash: str, now: datetime) -> None:
        """Store a person's PIN in the place of an earlier one."""
        await self._run(_SET_PIN, employee_id=employee_id, pin_hash=pin_hash, set_at=now)

    async def tries(self, since: datetime) -> list[PinTry]:
        """Give the account's tries since then."""
        rows = await self._run(_TRIES, since=since)
        return [PinTry(row["employee_id"], row["tried_at"], row["is_right"]) for row in rows]

    async def add_try(self, try_id: UUID, employee_id: UUID, now: datetime) -> None:
        """Count a try; it is wrong until it was looked at."""
        await self._run(_ADD_TRY, id=try_id, employee_id=employee_id, tried_at=now, is_right=False)

    async def was_right(self, try_id: UUID) -> None:
        """Take a try back that was right."""
        await self._run(_WAS_RIGHT, try_id=try_id)

    async def forget_tries(self, employee_id: UUID) -> None:
        """Begin anew with this person's PIN, which is another one now."""
        await self._run(_FORGET_TRIES, of_employee=employee_id)


def _request(row: Record) -> UnlockRequest:
    stored = UNLOCK_REQUEST.decode(row["request"])
    return replace(stored, confirmed_at=row["confirmed_at"])


def _consent(row: Record) -> Consent:
    return Consent(
        id=row["id"],
        request_id=row["request_id"],
        batch_id=row["batch_id"],
        invoice_ids=tuple(row["invoice_ids"]),
        text=row["text"],
        version=row["version"],
        given_by=read_actor(row),
        given_at=row["given_at"],
        approver_id=row["approver_id"],
        approver_name=row["approver_name"],
        evidence=EVIDENCE.load(row["evidence"]),
    )
