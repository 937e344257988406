"""One missing thing stops many invoices: the first that met it is the root, the others wait.

"When you get a list of errors, fix the key issue. All the other errors which are called dependent
errors will be solved automatically." (seed 001)
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from domain.issues import ObjectKind, QuickBooksObject, SyncIssue
from domain.quickbooks import Ref, WantedInvoice
from domain.sync import SyncJob


def names(wanted: WantedInvoice, thing: QuickBooksObject) -> bool:
    """Tell whether the invoice needs this very thing in QuickBooks."""
    return any(thing.is_named(ref.full_name or "") for ref in _refs(wanted, thing.kind))


def root_behind(wanted: WantedInvoice, roots: Iterable[SyncIssue]) -> SyncIssue | None:
    """Give the first open root whose missing thing the invoice needs as well."""
    return next((root for root in roots if root.object and names(wanted, root.object)), None)


def dependent_of(root: SyncIssue, job: SyncJob, *, issue_id: UUID, now: datetime) -> SyncIssue:
    """Give the issue of a job that waits for another problem to be cleared."""
    return SyncIssue(
        id=issue_id,
        invoice_id=job.invoice_id,
        job_id=job.id,
        code=root.code,
        reason=f"{root.reason} Another invoice met this first; this one goes by itself after it.",
        steps=root.steps,
        quickbooks_code=root.quickbooks_code,
        quickbooks_message=root.quickbooks_message,
        root_id=root.id,
        object=root.object,
        company_file_id=root.company_file_id,
        opened_at=now,
    )


def _refs(wanted: WantedInvoice, kind: ObjectKind) -> Iterator[Ref]:
    found: Iterable[Ref | None]
    match kind:
        case ObjectKind.CUSTOMER:
            found = [wanted.customer]
        case ObjectKind.ITEM:
            found = [line.item for line in wanted.lines]
        case ObjectKind.CLASS:
            found = [wanted.class_ref, *(line.class_ref for line in wanted.lines)]
        case ObjectKind.SALES_TAX_ITEM:
            found = [wanted.tax_item]
        case ObjectKind.SALES_TAX_CODE:
            found = [line.tax_code for line in wanted.lines]
        case ObjectKind.INVENTORY_SITE:
            found = [line.site for line in wanted.lines]
        case _:
            found = []
    yield from (ref for ref in found if ref is not None)
