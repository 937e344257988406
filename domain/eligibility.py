"""May this invoice be edited and synced? Every reason against it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.access import LABELS, Permission, Principal
from domain.account import Account
from domain.connections import Connection, ConnectionKind
from domain.errors import ConnectionNeeded, DomainError, NotFound, whom_to_ask
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.lists import AccountingPeriod, Batch, BatchStatus
from domain.quickbooks import QuickBooksLink


class EligibilityCode(StrEnum):
    NOT_EXPORTED = "NOT_EXPORTED"
    EXPORT_UNDER_WAY = "EXPORT_UNDER_WAY"
    LEGACY_CONNECTION = "LEGACY_CONNECTION"
    APPLICATION_FOR_PAYMENT = "APPLICATION_FOR_PAYMENT"
    IMPORTED = "IMPORTED"
    BYPASSED_BATCH_LOCKED = "BYPASSED_BATCH_LOCKED"
    FEATURE_OFF = "FEATURE_OFF"
    PERMISSION_MISSING = "PERMISSION_MISSING"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    NO_CONNECTION = "NO_CONNECTION"
    NO_QUICKBOOKS_LINK = "NO_QUICKBOOKS_LINK"


class EditAlternative(StrEnum):
    ADJUSTMENT_INVOICE = "ADJUSTMENT_INVOICE"
    UNLOCK = "UNLOCK"
    ASK_ADMINISTRATOR = "ASK_ADMINISTRATOR"


#: The office's words for each reason.
MESSAGES = {
    EligibilityCode.NOT_EXPORTED: (
        "This invoice has not been exported to QuickBooks yet: it is saved here and needs no sync."
    ),
    EligibilityCode.EXPORT_UNDER_WAY: (
        "This invoice is on its way to QuickBooks; it can be edited as soon as it is there."
    ),
    EligibilityCode.LEGACY_CONNECTION: (
        "This invoice was exported by a connection of the old kind; only the new Web Connector"
        " connection can sync edits."
    ),
    EligibilityCode.APPLICATION_FOR_PAYMENT: (
        "This invoice was generated from an Application for Payment."
    ),
    EligibilityCode.IMPORTED: "This invoice was imported, not exported.",
    EligibilityCode.BYPASSED_BATCH_LOCKED: (
        "The export of this invoice, or of its batch, was bypassed."
    ),
    EligibilityCode.FEATURE_OFF: "Editing exported invoices is turned off for this account.",
    EligibilityCode.PERMISSION_MISSING: (
        f"You lack the permission “{LABELS[Permission.EDIT_EXPORTED_TRANSACTIONS]}”."
    ),
    EligibilityCode.PERIOD_CLOSED: (
        "The accounting period of this invoice is closed; only its summary can be edited."
    ),
    EligibilityCode.NO_CONNECTION: (
        "No enabled connection reaches the company file that holds this invoice."
    ),
    EligibilityCode.NO_QUICKBOOKS_LINK: "QuickBooks' TxnID of this invoice is not known.",
}

#: What an invoice takes that QuickBooks does not know yet.
NEEDED_BEFORE_EXPORT = Permission.EXPORT_INVOICES
#: What it takes to edit any invoice, before its export or after it.
NEEDED_TO_EDIT = (Permission.EDIT_EXPORTED_TRANSACTIONS, NEEDED_BEFORE_EXPORT)
_NOT_ALLOWED_BEFORE_EXPORT = f"You lack the permission “{LABELS[NEEDED_BEFORE_EXPORT]}”."

#: Reasons that leave the summary editable or stand only in the way of sending.
_STILL_EDITABLE = frozenset(
    {EligibilityCode.PERIOD_CLOSED, EligibilityCode.NO_CONNECTION,
     EligibilityCode.NO_QUICKBOOKS_LINK, EligibilityCode.NOT_EXPORTED}
)  # fmt: skip
_OUT_OF_REACH = "This connection does not reach the company file that holds the invoice."
_STILL_SYNCABLE = frozenset({EligibilityCode.PERIOD_CLOSED})
#: It counts as exported although we never sent it: unlocking makes it editable and exportable.
_TO_BE_UNLOCKED = frozenset({EligibilityCode.BYPASSED_BATCH_LOCKED, EligibilityCode.IMPORTED})


@dataclass(frozen=True, slots=True)
class Eligibility:
    reasons: tuple[EligibilityCode, ...]
    #: Connections that could carry the sync.
    connections: tuple[Connection, ...]
    #: The names of those who can grant what the caller lacks.
    administrators: tuple[str, ...] = ()

    @property
    def can_edit(self) -> bool:
        """Whether an edit can be staged and saved."""
        return _STILL_EDITABLE.issuperset(self.reasons)

    @property
    def can_sync(self) -> bool:
        """Whether Save & Sync is open; the #sync button of the article."""
        return _STILL_SYNCABLE.issuperset(self.reasons)

    @property
    def alternative(self) -> EditAlternative | None:
        """What to do instead; None when the way is open."""
        if self.can_sync:
            return None
        if _TO_BE_UNLOCKED & set(self.reasons):
            return EditAlternative.UNLOCK
        if {EligibilityCode.PERMISSION_MISSING, EligibilityCode.FEATURE_OFF} & set(self.reasons):
            return EditAlternative.ASK_ADMINISTRATOR
        if self.is_before_export:
            return None
        return EditAlternative.ADJUSTMENT_INVOICE

    @property
    def is_before_export(self) -> bool:
        """Whether QuickBooks does not know the invoice, so that a save concerns nobody else."""
        return EligibilityCode.NOT_EXPORTED in self.reasons

    def message(self, code: EligibilityCode) -> str:
        """Give the office's words for one of the reasons."""
        if code is not EligibilityCode.PERMISSION_MISSING:
            return MESSAGES[code]
        lacking = _NOT_ALLOWED_BEFORE_EXPORT if self.is_before_export else MESSAGES[code]
        return f"{lacking} {whom_to_ask(self.administrators)}"


class NotEligible(DomainError):
    """The invoice cannot be edited, or not be synced, for these reasons."""

    def __init__(self, eligibility: Eligibility) -> None:
        reasons = " ".join(eligibility.message(code) for code in eligibility.reasons)
        super().__init__(f"This invoice cannot be edited and synced: {reasons}")
        self.eligibility = eligibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What eligibility depends on besides the invoice."""

    principal: Principal
    account: Account
    batch: Batch | None
    link: QuickBooksLink | None
    connections: Sequence[Connection]
    periods: Sequence[AccountingPeriod]
    #: Its first export is in the queue or with QuickBooks.
    is_on_its_way: bool = False
    #: The names of those who can grant what the caller lacks.
    administrators: tuple[str, ...] = ()


def needed_permission(invoice: Invoice) -> Permission:
    """Give what it takes to edit the invoice."""
    if invoice.is_before_export:
        return NEEDED_BEFORE_EXPORT
    return Permission.EDIT_EXPORTED_TRANSACTIONS


def judge_eligibility(invoice: Invoice, facts: Circumstances) -> Eligibility:
    """Give every reason against editing and syncing, and the connections that could carry it."""
    if invoice.is_before_export:
        return _judge_before_export(invoice, facts)
    eligible = _eligible_connections(facts)
    link = facts.link
    origin = next((c for c in facts.connections if link and c.id == link.connection_id), None)
    exported = invoice.export_status is ExportStatus.EXPORTED
    found = {
        EligibilityCode.NOT_EXPORTED: not exported,
        EligibilityCode.LEGACY_CONNECTION: (
            origin is not None and origin.kind is ConnectionKind.LEGACY
        ),
        EligibilityCode.APPLICATION_FOR_PAYMENT: invoice.is_application_for_payment,
        EligibilityCode.IMPORTED: invoice.export_origin is ExportOrigin.IMPORTED,
        EligibilityCode.BYPASSED_BATCH_LOCKED: _is_bypassed(invoice, facts.batch),
        EligibilityCode.FEATURE_OFF: not facts.account.edit_exported_enabled,
        EligibilityCode.PERMISSION_MISSING: (
            not facts.principal.may(Permission.EDIT_EXPORTED_TRANSACTIONS)
        ),
        EligibilityCode.PERIOD_CLOSED: _is_closed(invoice, facts),
        EligibilityCode.NO_CONNECTION: exported and link is not None and not eligible,
        EligibilityCode.NO_QUICKBOOKS_LINK: exported and link is None,
    }
    return _eligibility(found, eligible, facts)


def _is_bypassed(invoice: Invoice, batch: Batch | None) -> bool:
    """What was exported before its batch was bypassed is in QuickBooks, and stays editable."""
    if invoice.export_origin is ExportOrigin.BYPASSED:
        return True
    is_of_bypassed = batch is not None and batch.status is BatchStatus.BYPASSED
    return is_of_bypassed and invoice.export_origin is not ExportOrigin.EXPORTED


def _judge_before_export(invoice: Invoice, facts: Circumstances) -> Eligibility:
    """Rules for exported transactions do not concern it; its own permission and periods do."""
    found = {
        EligibilityCode.NOT_EXPORTED: True,
        EligibilityCode.EXPORT_UNDER_WAY: facts.is_on_its_way,
        EligibilityCode.PERMISSION_MISSING: not facts.principal.may(NEEDED_BEFORE_EXPORT),
        EligibilityCode.PERIOD_CLOSED: _is_closed(invoice, facts),
    }
    return _eligibility(found, (), facts)


def _eligibility(
    found: Mapping[EligibilityCode, bool], eligible: tuple[Connection, ...], facts: Circumstances
) -> Eligibility:
    reasons = tuple(code for code, holds in found.items() if holds)
    return Eligibility(reasons, eligible, facts.administrators)


def _is_closed(invoice: Invoice, facts: Circumstances) -> bool:
    closed = (period for period in facts.periods if period.is_closed)
    is_inside = any(period.holds(invoice.content.date) for period in closed)
    return facts.account.accounting_periods_enabled and is_inside


def require_before_export(eligibility: Eligibility) -> None:
    """Raise NotEligible unless the invoice can be saved without a word about QuickBooks."""
    if not (eligibility.can_edit and eligibility.is_before_export):
        raise NotEligible(eligibility)


def require_exported(eligibility: Eligibility) -> None:
    """Raise NotEligible unless the invoice can be edited and QuickBooks is concerned."""
    if not eligibility.can_edit or eligibility.is_before_export:
        raise NotEligible(eligibility)


def require_edit(eligibility: Eligibility) -> None:
    """Raise NotEligible unless the invoice can be edited."""
    if not eligibility.can_edit:
        raise NotEligible(eligibility)


def choose_connection(
    eligibility: Eligibility, asked: UUID | None, *, usual: UUID | None
) -> Connection:
    """Give the connection to send through: the one asked for, the usual one, or the only one.

    Raises NotEligible, NotFound when the one asked for does not reach the invoice's company file,
    and ConnectionNeeded when there are several and none of them is the usual one.
    """
    if not eligibility.can_sync:
        raise NotEligible(eligibility)
    choices = {connection.id: connection for connection in eligibility.connections}
    if asked is not None and asked not in choices:
        raise NotFound(_OUT_OF_REACH, where=("connection_id",))
    chosen = asked or (usual if usual in choices else None)
    if chosen is not None:
        return choices[chosen]
    if len(choices) > 1:
        names = ", ".join(sorted(c.name for c in choices.values()))
        raise ConnectionNeeded(f"Please select a connection: {names}.", where=("connection_id",))
    return next(iter(choices.values()))


def check_named_connection(facts: Circumstances, asked: UUID | None) -> None:
    """Raise NotFound for a connection that never reaches the invoice's company file.

    For what is not sent: one that is merely turned off is no reason to refuse that.
    """
    if asked is None:
        return
    named = next((it for it in facts.connections if it.id == asked), None)
    held_by = None if facts.link is None else facts.link.company_file_id
    if named is None or (held_by is not None and named.company_file_id != held_by):
        raise NotFound(_OUT_OF_REACH, where=("connection_id",))


def _eligible_connections(facts: Circumstances) -> tuple[Connection, ...]:
    if facts.link is None:
        return ()
    return tuple(
        connection
        for connection in facts.connections
        if connection.company_file_id == facts.link.company_file_id
        and connection.kind is ConnectionKind.NEW
        and not connection.is_disabled
    )
