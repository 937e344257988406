"""Guards: what speaks against a save, told while typing, in a preview and in a refusal."""

from typing import Self

import strawberry

from domain import guards
from domain.guards import GuardCode, GuardSeverity
from schema.ids import public_path

for _enum in (GuardCode, GuardSeverity):
    strawberry.enum(_enum)

#: Descriptions of the values of GuardSeverity, for `schema.descriptions`.
SEVERITY_MEANINGS = {
    GuardSeverity.ERROR: "Refuses the save.",
    GuardSeverity.ACKNOWLEDGE: (
        "Refuses the save until it is repeated with this code in `acknowledge`."
    ),
    GuardSeverity.INFO: "Good to know; it never stands in the way.",
}
#: Descriptions of the values of GuardCode, for `schema.descriptions`.
CODE_MEANINGS = {
    GuardCode.TOTAL_WOULD_BE_ZERO: (
        "The new total would be 0.00: an error when tasks were added or removed, a question when"
        " prices or quantities alone lead there."
    ),
    GuardCode.SIGN_WOULD_CHANGE: (
        "The total would cross zero; QuickBooks holds negative amounts as credit memos."
    ),
    GuardCode.PERIOD_CLOSED: (
        "The accounting period of the old or the new date is closed; the summary stays editable."
    ),
    GuardCode.PERIOD_OPEN_REMINDER: (
        "Accounting periods are on: the invoice was sent to the accounting software before."
    ),
    GuardCode.QUICKBOOKS_CLOSING_DATE: (
        "QuickBooks closed its books through a date at or behind the old or the new invoice date."
    ),
    GuardCode.INVOICE_NUMBER_TOO_LONG: "QuickBooks holds 11 characters of an invoice number.",
    GuardCode.INVOICE_NUMBER_IN_USE: "Another invoice of the company file has this number.",
    GuardCode.CLASS_MISSING: (
        "A business unit has no QuickBooks class, or a task no business unit where QuickBooks"
        " keeps its books by class."
    ),
    GuardCode.SITE_MISSING: "An inventory location has no QuickBooks inventory site.",
    GuardCode.TAX_ITEM_MISSING: (
        "The tax zone has no QuickBooks tax item, or a taxable invoice no tax zone."
    ),
    GuardCode.CUSTOMER_MISSING: "The customer has no name in QuickBooks.",
    GuardCode.ITEM_MISSING: "An item has no name in QuickBooks.",
    GuardCode.COGS_ACCOUNT_MISSING: (
        "A material or equipment has no account for its cost of goods sold."
    ),
    GuardCode.TAX_PARITY: "QuickBooks computed another sales tax on the very same lines.",
    GuardCode.TOTAL_BELOW_PAYMENTS: "The new total would be below what payments cover.",
    GuardCode.TEXT_NOT_STORABLE: "A text holds characters that QuickBooks cannot store.",
    GuardCode.CLASS_TRACKING_OFF: (
        "Class tracking is off in QuickBooks, and a task's business unit is a class there."
    ),
    GuardCode.INVENTORY_SITES_OFF: (
        "Inventory sites are off in QuickBooks, and a task's inventory location is one there."
    ),
    GuardCode.DEFAULT_TRUCK_USED: (
        "A task names no inventory location, so it comes from the technician's default truck."
    ),
    GuardCode.EXPORTED_TRANSACTIONS_AFFECTED: (
        "Transactions that QuickBooks holds were exported under what is to be changed."
    ),
    GuardCode.CUSTOMER_MAPPING_CHANGES: (
        "Customers of new exports would be named otherwise than those of earlier ones."
    ),
}


@strawberry.type
class Guard:
    """Something that speaks against a save, with the office's own names and amounts."""

    code: GuardCode
    severity: GuardSeverity
    message: str = strawberry.field(description="What was found, fit to show to the user.")
    steps: list[str] = strawberry.field(description="What can be done about it.")
    path: str | None = strawberry.field(
        description="The field it is about, such as `details.invoiceNumber` or"
        " `tasks.<id>.description`; null when it is the whole invoice."
    )

    @classmethod
    def of(cls, guard: guards.Guard) -> Self:
        """Show a guard."""
        return cls(
            code=guard.code,
            severity=guard.severity,
            message=guard.message,
            steps=list(guard.steps),
            path=public_path(guard.path) if guard.path else None,
        )
