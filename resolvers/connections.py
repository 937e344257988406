"""Company files and connections: reading them, adding one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.connections import CompanyFile, Connection, ConnectionKind
from domain.errors import InvalidValue, NotFound, TextTooLong, ValueRequired
from resolvers.context import RequestContext

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """The wish for a connection to a known company file, or to a new one of this name."""

    company_file_id: UUID | None
    company_file_name: str | None
    name: str


@dataclass(frozen=True, slots=True)
class CreatedConnection:
    """Password and file are in no other answer, ever."""

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
        return await work.connections.company_files()


async def create_connection(context: RequestContext, wish: NewConnection) -> CreatedConnection:
    """Store a new connection and give its password and .qwc file, once.

    Raises Forbidden, NotFound for an unknown company file, InvalidValue for a bad name.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    _check_name(wish.name, "name")
    credentials = context.enroll.credentials()
    async with context.open_work() as work:
        connection = Connection(
            id=context.new_id(),
            company_file_id=await _company_file(context, work, wish),
            name=wish.name.strip(),
            kind=ConnectionKind.NEW,
            user_name=credentials.user_name,
            file_guid=context.new_id(),
            poll_seconds=credentials.poll_seconds,
        )
        qwc_file = context.enroll.qwc_file(
            connection_id=connection.id,
            name=connection.name,
            user_name=connection.user_name,
            file_guid=connection.file_guid,
        )
        await work.connections.add(connection, credentials.password_hash)
    return CreatedConnection(connection, credentials.password, qwc_file)


async def _company_file(context: RequestContext, work: UnitOfWork, wish: NewConnection) -> UUID:
    known = await work.connections.company_files()
    match wish.company_file_id, wish.company_file_name:
        case UUID() as file_id, None:
            if file_id not in known:
                raise NotFound("There is no such company file.", where=("company_file_id",))
            return file_id
        case None, str(name):
            _check_name(name, "company_file_name")
            new = CompanyFile(id=context.new_id(), name=name.strip())
            await work.connections.add_company_file(new)
            return new.id
        case _:
            raise InvalidValue(
                "Give either companyFileId, or companyFileName for a new company file.",
                where=("company_file_id",),
            )


def _check_name(name: str, field: str) -> None:
    if not name.strip():
        raise ValueRequired("The name must not be empty.", where=(field,))
    if len(name) > _LONGEST_NAME:
        raise TextTooLong("The name", longest=_LONGEST_NAME, actual=len(name), where=(field,))
