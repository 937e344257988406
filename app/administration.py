"""What an administrator does from the command line: accounts, tokens, connections."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import NoResultFound

from app.account_file import AccountLists
from app.clock import now
from app.enrollment import Enroller
from app.ids import new_id
from app.pins import PINS
from app.resources import Resources
from app.tokens import issue_token
from db.unit_of_work import UnitOfWork
from domain.access import EVERY_SCOPE, Permission, Principal, Scope
from domain.account import Account
from domain.actor import SERVICE
from domain.api_keys import ApiKey, permissions_of
from domain.people import Employee, Role
from domain.pins import check_new_pin
from resolvers.connections import CreatedConnection, NewConnection, create_connection
from resolvers.context import RequestContext
from resolvers.pins import store_pin

#: What the first person of an account may do.
EVERYTHING = frozenset(Permission)


class AdministrationError(Exception):
    """What was asked cannot be done; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class CreatedAccount:
    account_id: UUID
    administrator_id: UUID


async def create_account(
    resources: Resources, *, name: str, administrator: str, lists: AccountLists | None
) -> CreatedAccount:
    """Store a new account with its first person, who may do everything, and its lists."""
    account = Account(
        id=new_id(),
        name=name,
        accounting_periods_enabled=bool(lists and lists.periods),
    )
    person = new_id()
    async with resources.open_work(account.id) as work:
        number = lists.next_batch_number if lists else 1
        await work.accounts.add(account, next_batch_number=number, now=now())
        await work.people.add(Employee(id=person, name=administrator, role=Role.ADMINISTRATOR))
        if lists is not None:
            await work.lists.add(*lists.entries)
            for period in lists.periods:
                await work.accounts.add_period(new_id(), period)
    return CreatedAccount(account.id, person)


async def make_token(
    resources: Resources,
    *,
    account_id: UUID,
    person: str | None,
    lifetime: timedelta,
    trusted_only: bool = False,
) -> str:
    """Give a JWT for a person of the account, named or the only one.

    Raises AdministrationError, with the names there are.
    """
    async with resources.open_work(account_id) as work:
        await _check_account(work)
        everybody = await work.people.all()
    chosen = _chosen([it for it in everybody.values() if it.is_active], person, who="a person")
    return issue_token(
        resources.settings,
        account_id=account_id,
        employee_id=chosen.id,
        now=now(),
        lifetime=lifetime,
        trusted_only=trusted_only,
    )


async def make_api_key(
    resources: Resources,
    *,
    account_id: UUID,
    name: str,
    scopes: Iterable[Scope] = EVERY_SCOPE,
    permissions: Iterable[Permission] | None = None,
    trusted_only: bool = False,
) -> str:
    """Store a partner's API key and give its secret; only the SHA-256 is kept.

    Without permissions it has those of its scopes. Raises AdministrationError for a key that is for
    registered documents only where there are none.
    """
    if trusted_only and resources.settings.trusted_documents is None:
        raise AdministrationError(
            "INSTEP_TRUSTED_DOCUMENTS is not set: a key for registered documents could run nothing."
        )
    held = frozenset(scopes)
    drawn = Enroller(resources.settings).api_key()
    key = ApiKey(
        id=new_id(),
        name=name,
        prefix=drawn.prefix,
        scopes=held,
        permissions=permissions_of(held) if permissions is None else frozenset(permissions),
        created_at=now(),
        created_by=SERVICE,
        trusted_only=trusted_only,
    )
    async with resources.open_work(account_id) as work:
        await _check_account(work)
        await work.api_keys.add(key, drawn.secret_hash)
    return drawn.secret


async def set_pin(resources: Resources, *, account_id: UUID, person: str | None, pin: str) -> str:
    """Set the PIN of an administrator, named or the only one, and give whose it is.

    Whoever has this machine needs no present PIN: so a forgotten one is replaced. Raises
    AdministrationError, with the names there are, and InvalidValue for a PIN that does not fit.
    """
    check_new_pin(pin)
    context = _as_service(resources, account_id)
    async with context.open_work() as work:
        await _check_account(work)
        everybody = await work.people.all()
    administrators = [it for it in everybody.values() if it.is_administrator]
    chosen = _chosen(administrators, person, who="an administrator")
    pin_hash = await PINS.hash(pin)
    async with context.open_work() as work:
        await store_pin(context, work, chosen.id, pin_hash)
    return chosen.name


async def add_connection(
    resources: Resources, *, account_id: UUID, company_file: str, name: str
) -> CreatedConnection:
    """Add a connection to the company file of this name, which is made when it is new."""
    async with resources.open_work(account_id) as work:
        await _check_account(work)
        known = {file.name: file.id for file in (await work.company_files.all()).values()}
    file_id = known.get(company_file)
    wish = NewConnection(
        company_file_id=file_id,
        company_file_name=company_file if file_id is None else None,
        name=name,
    )
    return await create_connection(_as_service(resources, account_id), wish)


def _chosen(people: Sequence[Employee], name: str | None, *, who: str) -> Employee:
    found = [person for person in people if name in (None, person.name)]
    if len(found) == 1:
        return found[0]
    if name is not None and found:
        raise AdministrationError(
            f"{len(found)} people are called {name}: give one of them another name first."
        )
    names = ", ".join(sorted(person.name for person in people)) or "nobody"
    raise AdministrationError(f"Name {who} with --person; the account has: {names}.")


async def _check_account(work: UnitOfWork) -> None:
    try:
        await work.accounts.get()
    except NoResultFound:
        raise AdministrationError(
            "There is no account with this id; `instep account create` prints the id of a new one."
        ) from None


def _as_service(resources: Resources, account_id: UUID) -> RequestContext:
    def open_work() -> AbstractAsyncContextManager[UnitOfWork]:
        return resources.open_work(account_id)

    return RequestContext(
        principal=Principal(
            account_id, SERVICE, EVERYTHING, credential="command line", is_administrator=True
        ),
        open_work=open_work,
        doorbell=resources.doorbell,
        now=now,
        new_id=new_id,
        enroll=Enroller(resources.settings),
    )
