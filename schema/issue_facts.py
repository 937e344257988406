"""What an issue tells by itself; the issue with its invoice and its root is in `invoices`."""

from collections.abc import Mapping
from datetime import datetime

import strawberry

from domain.issues import ObjectKind
from domain.issues import SyncIssue as SyncIssueValue
from domain.sync import OUTCOMES, SyncOutcome
from schema.context import Info
from schema.ids import global_id, known
from schema.sync import ResolutionStep

strawberry.enum(ObjectKind, name="FailedObjectKind")

#: Descriptions of the values, for `schema.descriptions`.
OBJECT_KIND_MEANINGS = {
    ObjectKind.CUSTOMER: "A customer, or a job of one.",
    ObjectKind.ITEM: "A service, material or equipment, or any other item of an invoice line.",
    ObjectKind.CLASS: "The class that a business unit stands for.",
    ObjectKind.SALES_TAX_ITEM: "The sales tax item or group that a tax zone stands for.",
    ObjectKind.SALES_TAX_CODE: "The code that says whether a line is taxable.",
    ObjectKind.INVENTORY_SITE: "The site that a truck or warehouse stands for.",
    ObjectKind.TERMS: "Terms of payment.",
    ObjectKind.SALES_REP: "A sales representative.",
    ObjectKind.ACCOUNT: "An account of the general ledger.",
    ObjectKind.ENTRY: "An entry of some other QuickBooks list.",
    ObjectKind.INVOICE: "The transaction itself that could not be synced.",
    ObjectKind.BY_ID: "Something that QuickBooks named by its own id alone.",
    ObjectKind.FEATURE: "A feature that is switched off in QuickBooks, such as classes.",
    ObjectKind.COMPANY_FILE: "The company file itself.",
}
#: Our type behind each kind, as its ids name it.
_TYPES: Mapping[ObjectKind, str] = {
    ObjectKind.CUSTOMER: "Customer",
    ObjectKind.ITEM: "Item",
    ObjectKind.CLASS: "BusinessUnit",
    ObjectKind.SALES_TAX_ITEM: "TaxZone",
    ObjectKind.INVENTORY_SITE: "InventoryLocation",
}


@strawberry.type
class FailedObject:
    """Something that could not be synced, or that QuickBooks lacks."""

    kind: ObjectKind = strawberry.field(description="What it is, in QuickBooks' world.")
    id: strawberry.ID | None = strawberry.field(
        description="Our side of it, readable with `node`; null when QuickBooks' name fits none of"
        " the entries that the invoice uses."
    )
    name: str | None = strawberry.field(
        description="The Invoice # of an invoice, else QuickBooks' own name of it; null when"
        " QuickBooks named none."
    )


@strawberry.type
class AffectedDocuments:
    """How many documents a problem concerns; each counts once."""

    invoices: int = strawberry.field(
        description="Its own invoice, and those whose problems wait for it."
    )
    payments: int = strawberry.field(
        description="Payments that wait for it, or for one of these invoices."
    )


@strawberry.type
class IssueFacts:
    """The fields of SyncIssue that need no other type of its module."""

    code: str = strawberry.field(
        description="Stable name of the problem, such as CUSTOMER_MISSING: for programs, and the"
        " anchor of its article."
    )
    quickbooks_code: int | None = strawberry.field(
        description="QuickBooks' statusCode, such as 3140; null when it did not come from a status."
    )
    quickbooks_message: str | None = strawberry.field(description="QuickBooks' own words.")
    reason: str = strawberry.field(
        description="In the user's words, with the user's names and amounts."
    )
    steps: list[ResolutionStep] = strawberry.field(
        description="What to do, in order, and who can do it."
    )
    object: str | None = strawberry.field(
        description="What is missing or in the way in QuickBooks, such as an item's name."
    )
    is_root: bool = strawberry.field(
        description="True: somebody has to solve it. False: it waits for `root` and goes with it."
    )
    retry_automatic: bool = strawberry.field(description="It goes again by itself with its root.")
    opened_at: datetime = strawberry.field(description="Since when it stands open.")
    resolved_at: datetime | None = strawberry.field(
        description="When it was solved, re-synced or bypassed; null while it is open."
    )
    value: strawberry.Private[SyncIssueValue]

    @strawberry.field
    def article_url(self, info: Info) -> str | None:
        """The help article on this problem: what it means, who does what, what happens by itself.

        A page of this service that anybody may read; null where it has no public address.
        """
        return info.context.caller.help.article_url(self.value.code)

    @strawberry.field
    async def dependent_count(self, info: Info) -> int:
        """How many other problems wait for this one and go with it, all of them counted."""
        return await info.context.loaders.dependent_counts.load(self.value.id) or 0

    @strawberry.field
    async def affected(self, info: Info) -> AffectedDocuments:
        """What depends on it: 3 invoices and 1 payment, say, where their customer is missing.

        The first invoice counts as well, though its problem is the root itself. Nothing counts any
        more once it is solved.
        """
        found = known(await info.context.loaders.affected.load(self.value.id))
        return AffectedDocuments(invoices=found.invoices, payments=found.payments)

    @strawberry.field
    async def failed_objects(self, info: Info) -> list[FailedObject]:
        """The invoice that could not be synced, then what it lacks in QuickBooks, if known."""
        loaders, thing = info.context.loaders, self.value.object
        invoice = known(await loaders.invoices.load(self.value.invoice_id))
        shown = [
            FailedObject(
                kind=ObjectKind.INVOICE,
                id=global_id("Invoice", invoice.id),
                name=invoice.content.number,
            )
        ]
        if thing is not None and thing.kind is not ObjectKind.INVOICE:
            entry = await loaders.culprits.load(self.value.id)
            key = None if entry is None else global_id(_TYPES[thing.kind], entry)
            shown.append(FailedObject(kind=thing.kind, id=key, name=thing.name))
        return shown

    @strawberry.field
    async def outcome(self, info: Info) -> SyncOutcome:
        """What is known of the write's effect in QuickBooks."""
        return OUTCOMES[known(await info.context.loaders.jobs.load(self.value.job_id)).state]

    @strawberry.field
    async def attempts(self, info: Info) -> int:
        """How often it was sent to QuickBooks."""
        return known(await info.context.loaders.jobs.load(self.value.job_id)).attempts

    @strawberry.field
    async def next_attempt_at(self, info: Info) -> datetime | None:
        """When it is tried again by itself at the earliest; null when no time is set."""
        return known(await info.context.loaders.jobs.load(self.value.job_id)).next_attempt_at
