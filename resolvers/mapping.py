"""How customers are named in a company file: shown to all, changed by an administrator."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.company_file import CompanyFile
from domain.customer_mapping import CustomerMapping, mapping_changes
from domain.errors import NotFound
from domain.guards import GuardCode, enforce
from resolvers.auditing import note
from resolvers.context import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingWish:
    """The wish that new exports name customers so."""

    company_file_id: UUID
    mapping: CustomerMapping
    acknowledge: tuple[GuardCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """The company file, and how many invoices it holds that were exported before."""

    company_file: CompanyFile
    affected: int


async def set_customer_mapping(context: RequestContext, wish: MappingWish) -> Mapped:
    """Change how customers of new exports are named; the same again changes nothing.

    The first call is answered with a warning and the number of exported transactions. Raises
    Forbidden, NotFound, AcknowledgementNeeded.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        file = await work.company_files.lock(wish.company_file_id)
        if file is None:
            raise NotFound("There is no such company file.", where=("company_file_id",))
        affected = await work.company_files.count_held(file.id)
        if file.customer_mapping is not wish.mapping:
            enforce([mapping_changes(affected, file.title)], wish.acknowledge)
            await work.company_files.save_mapping(file.id, wish.mapping)
            subject = Subject(SubjectKind.COMPANY_FILE, file.id)
            old, new = {"mapping": file.customer_mapping.value}, {"mapping": wish.mapping.value}
            changes = changes_between(old, new)
            note(context, work, AuditAction.CUSTOMER_MAPPING_CHANGED, subject, changes)
        saved = await work.company_files.get(file.id)
        return Mapped(saved or file, affected)
