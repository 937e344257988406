"""An administrator vouches with a PIN. It is never stored, logged or audited in clear.

Each try is stored and committed before the PIN is looked at, so nobody gains tries by asking many
times at once, by breaking off, or while Redis is away.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.actor import ActorKind
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.errors import Forbidden, PinLocked, PinRefused, ValueRequired, Where
from domain.people import Employee
from domain.pins import WINDOW, check_new_pin, locked_until, tries_left
from resolvers.auditing import note
from resolvers.context import Pins, RequestContext

_PIN: Where = ("admin_pin",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPin:
    """The wish for another PIN of one's own; the present one comes with it, if there is one."""

    pin: str = field(repr=False)
    current_pin: str | None = field(default=None, repr=False)


async def set_admin_pin(context: RequestContext, wish: NewPin) -> None:
    """Set the caller's own PIN.

    Raises Forbidden for who is no administrator, InvalidValue for a PIN that is easy to guess, and
    PinRefused or PinLocked unless the present PIN comes with it.
    """
    actor = context.principal.actor
    if actor.kind is not ActorKind.EMPLOYEE or not context.principal.is_administrator:
        raise Forbidden("Only an administrator has a PIN.")
    check_new_pin(wish.pin)
    async with context.open_work() as work:
        is_known = actor.id in await work.admin_pins.lock_all()
    if is_known:
        if wish.current_pin is None:
            raise ValueRequired("Give your present PIN too.", where=("current_pin",))
        await vouch(context, actor.id, wish.current_pin, where=("current_pin",))
    pin_hash = await _pins(context).hash(wish.pin)
    async with context.open_work() as work:
        await store_pin(context, work, _known(actor.id), pin_hash)


async def store_pin(
    context: RequestContext, work: UnitOfWork, employee_id: UUID, pin_hash: str
) -> None:
    """Store the hash of a person's new PIN; earlier tries count no more."""
    await work.admin_pins.set(employee_id, pin_hash, context.now())
    await work.admin_pins.forget_tries(employee_id)
    note(context, work, AuditAction.PIN_SET, Subject(SubjectKind.EMPLOYEE, employee_id))


async def vouch(
    context: RequestContext, employee_id: UUID | None, pin: str, *, where: Where = _PIN
) -> Employee:
    """Give the administrator whose PIN this is: the person named, or else the caller.

    Raises Forbidden for who is no administrator, PinRefused for a wrong PIN and where there is
    none, and PinLocked while it was tried too often.
    """
    person, pin_hash, try_id = await _count_try(context, employee_id, where)
    is_right = await _pins(context).verify(pin, pin_hash)
    async with context.open_work() as work:
        if is_right:
            await work.admin_pins.was_right(try_id)
            return person
        now = context.now()
        tries = await work.admin_pins.tries(now - WINDOW)
        left = tries_left(tries, person.id, now)
        until = locked_until(tries, person.id, now)
        _note_refusal(context, work, person.id, left, until)
    if until is not None:
        raise PinLocked(until, where)
    raise PinRefused(f"This is not {person.name}'s PIN. {left} more tries.", where=where)


async def _count_try(
    context: RequestContext, employee_id: UUID | None, where: Where
) -> tuple[Employee, str, UUID]:
    actor, now, try_id = context.principal.actor, context.now(), context.new_id()
    own = actor.id if actor.kind is ActorKind.EMPLOYEE else None
    asked = employee_id or own
    async with context.open_work() as work:
        hashes = await work.admin_pins.lock_all()
        person = None if asked is None else (await work.people.all()).get(asked)
        if person is None or not person.is_administrator:
            raise Forbidden(
                "An administrator must be present: name one, who types his or her PIN.",
                where=("admin_employee_id",),
            )
        if person.id not in hashes:
            raise PinRefused(
                f"{person.name} has no PIN yet; set one with `setAdminPin`.", where=where
            )
        until = locked_until(await work.admin_pins.tries(now - WINDOW), person.id, now)
        if until is not None:
            raise PinLocked(until, where)
        await work.admin_pins.add_try(try_id, person.id, now)
    return person, hashes[person.id], try_id


def _note_refusal(
    context: RequestContext,
    work: UnitOfWork,
    employee_id: UUID,
    left: int,
    until: datetime | None,
) -> None:
    told = {
        "tries_left": str(left),
        "locked_until": None if until is None else until.isoformat(timespec="seconds"),
    }
    subject = Subject(SubjectKind.EMPLOYEE, employee_id)
    note(context, work, AuditAction.PIN_REFUSED, subject, changes_between({}, told))


def _pins(context: RequestContext) -> Pins:
    if context.pins is None:
        raise RuntimeError("This context checks no PIN.")
    return context.pins


def _known(employee_id: UUID | None) -> UUID:
    if employee_id is None:
        raise RuntimeError("An employee without an id.")
    return employee_id
