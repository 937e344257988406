"""Company files and connections: reading them, adding and changing one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.company_file import CompanyFile
from domain.connections import (
    Connection,
    ConnectionKind,
    ConnectionPatch,
    changed,
    checked_name,
)
from domain.errors import InvalidValue, NotFound
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer

_CREATE: Final = "createConnection"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """The wish for a connection to a known company file, or to the one of this name, maybe new."""

    company_file_id: UUID | None
    company_file_name: str | None
    name: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateConnection:
    """The wish to change what an administrator may change."""

    connection_id: UUID
    patch: ConnectionPatch


@dataclass(frozen=True, slots=True)
class CreatedConnection:
    """Password and file are in no other answer, ever."""

    connection: Connection
    password: str
    qwc_file: str


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """What an earlier call created, and whose password is in use by now."""

    connection: Connection
    qwc_file: str


@dataclass(frozen=True, slots=True)
class RotatedPassword:
    """The new password is in no other answer, ever; the file is the one of before."""

    connection: Connection
    password: str
    qwc_file: str


async def read_connections(
    context: RequestContext, connection_ids: Iterable[UUID] | None = None
) -> dict[UUID, Connection]:
    """Give the account's connections by id; None asks for all of them."""
    async with context.open_work() as work:
        return await work.connections.get_many(connection_ids)


async def read_company_files(context: RequestContext) -> dict[UUID, CompanyFile]:
    """Give the account's company files by id."""
    async with context.open_work() as work:
        return await work.company_files.all()


async def create_connection(context: RequestContext, wish: NewConnection) -> CreatedConnection:
    """Store a new connection and give its password and .qwc file, once; the key is not looked at.

    Raises Forbidden, NotFound for an unknown company file, InvalidValue for a bad name.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        return await _create(context, work, wish)


async def create_connection_once(
    context: RequestContext, wish: NewConnection
) -> CreatedConnection | KnownConnection:
    """Do the same once per key, for a caller whom the answer may not reach.

    The same key again gives the same connection with a new password, as long as no Web Connector
    has called with the first one.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        if earlier := await claim_key(context, work, _CREATE, wish.idempotency_key, wish):
            return await _again(context, work, UUID(earlier["connection_id"]))
        created = await _create(context, work, wish)
        answer = {"connection_id": str(created.connection.id)}
        await keep_answer(work, _CREATE, wish.idempotency_key, answer)
        return created


async def _create(
    context: RequestContext, work: UnitOfWork, wish: NewConnection
) -> CreatedConnection:
    name = checked_name(wish.name, "name")
    credentials = context.enroll.credentials()
    connection = Connection(
        id=context.new_id(),
        company_file_id=await _company_file(context, work, wish),
        name=name,
        kind=ConnectionKind.NEW,
        user_name=credentials.user_name,
        file_guid=context.new_id(),
        poll_seconds=credentials.poll_seconds,
    )
    qwc_file = context.enroll.qwc_file(connection)
    await work.connections.add(connection, credentials.password_hash)
    told = {"name": connection.name, "user_name": connection.user_name}
    action = AuditAction.CONNECTION_CREATED
    note(context, work, action, _subject(connection), changes_between({}, told))
    work.ring()
    return CreatedConnection(connection, credentials.password, qwc_file)


async def _again(
    context: RequestContext, work: UnitOfWork, connection_id: UUID
) -> CreatedConnection | KnownConnection:
    """Give what the key has made; its password lies nowhere, so that only a new one can be told."""
    connection = await _lock(work, connection_id)
    qwc_file = context.enroll.qwc_file(connection)
    if connection.heard_at is not None:
        return KnownConnection(connection, qwc_file)
    credentials = context.enroll.credentials()
    await work.connections.save_password(connection.id, credentials.password_hash)
    note(context, work, AuditAction.CONNECTION_PASSWORD_ROTATED, _subject(connection))
    return CreatedConnection(connection, credentials.password, qwc_file)


async def rotate_password(context: RequestContext, connection_id: UUID) -> RotatedPassword:
    """Replace the connection's password and give the new one, once.

    The old one is refused from the next sign-in on; a session that is open goes on. No key makes a
    repetition give the same password again: it is stored nowhere, so the newest call wins. Raises
    Forbidden and NotFound.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    credentials = context.enroll.credentials()
    async with context.open_work() as work:
        connection = await _lock(work, connection_id)
        qwc_file = context.enroll.qwc_file(connection)
        await work.connections.save_password(connection.id, credentials.password_hash)
        note(context, work, AuditAction.CONNECTION_PASSWORD_ROTATED, _subject(connection))
    return RotatedPassword(connection, credentials.password, qwc_file)


async def update_connection(context: RequestContext, wish: UpdateConnection) -> Connection:
    """Rename, disable, enable, or let sessions linger; give the connection as it is now.

    Disabling loses no work: what is queued waits for it, and an answer on its way is still booked.
    Raises Forbidden, NotFound, and InvalidValue for a value that does not fit.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        before = await _lock(work, wish.connection_id)
        connection = changed(before, wish.patch)
        await work.connections.save_settings(connection)
        old, new = _settings(before), _settings(connection)
        action = AuditAction.CONNECTION_CHANGED
        note(context, work, action, _subject(connection), changes_between(old, new))
        work.ring()
    return connection


def _subject(connection: Connection) -> Subject:
    return Subject(SubjectKind.CONNECTION, connection.id)


def _settings(connection: Connection) -> dict[str, str | None]:
    linger = connection.linger_seconds
    return {
        "name": connection.name,
        "disabled": "true" if connection.is_disabled else "false",
        "linger_seconds": None if linger is None else str(linger),
    }


async def _lock(work: UnitOfWork, connection_id: UUID) -> Connection:
    """Hold sign-ins and other administrators back until the commit."""
    await work.connections.lock(connection_id)
    return (await work.connections.get_many([connection_id]))[connection_id]


async def _company_file(context: RequestContext, work: UnitOfWork, wish: NewConnection) -> UUID:
    match wish.company_file_id, wish.company_file_name:
        case UUID() as file_id, None:
            if await work.company_files.get(file_id) is None:
                raise NotFound("There is no such company file.", where=("company_file_id",))
            return file_id
        case None, str(name):
            checked = checked_name(name, "company_file_name")
            new = CompanyFile(id=context.new_id(), name=checked)
            return await work.company_files.find_or_add(new)
        case _:
            raise InvalidValue(
                "Give either companyFileId, or companyFileName for a new company file.",
                where=("company_file_id",),
            )
