"""What a caller may do: permissions, and the principal that holds them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.actor import Actor
from domain.errors import PermissionMissing


class Permission(StrEnum):
    EDIT_EXPORTED_TRANSACTIONS = "EDIT_EXPORTED_TRANSACTIONS"
    EXPORT_INVOICES = "EXPORT_INVOICES"
    BYPASS_BATCH_EXPORT = "BYPASS_BATCH_EXPORT"
    UNLOCK_BATCH = "UNLOCK_BATCH"
    MANAGE_CONNECTIONS = "MANAGE_CONNECTIONS"
    MANAGE_EMPLOYEES = "MANAGE_EMPLOYEES"
    MANAGE_ACCOUNT = "MANAGE_ACCOUNT"
    CLOSE_PERIODS = "CLOSE_PERIODS"


#: What the screens call each permission.
LABELS = {
    Permission.EDIT_EXPORTED_TRANSACTIONS: (
        "Allow edit and update of previously exported transactions"
    ),
    Permission.EXPORT_INVOICES: "Create and export invoices",
    Permission.BYPASS_BATCH_EXPORT: "Bypass the export of a batch",
    Permission.UNLOCK_BATCH: "Unlock bypassed batches",
    Permission.MANAGE_CONNECTIONS: "Manage QuickBooks connections",
    Permission.MANAGE_EMPLOYEES: "Manage employees and their permissions",
    Permission.MANAGE_ACCOUNT: "Change the account's settings",
    Permission.CLOSE_PERIODS: "Open and close accounting periods",
}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: one account, one actor, what it may do."""

    account_id: UUID
    actor: Actor
    permissions: frozenset[Permission]
    #: What the caller signed in with, in words for the audit trail; never the secret.
    credential: str = "none"
    is_administrator: bool = False
    #: When the credential ends by itself; None: not before it is withdrawn.
    valid_until: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the permission is granted."""
        return permission in self.permissions

    def require_one_of(self, *permissions: Permission) -> None:
        """Raise PermissionMissing for the first of these unless one of them is granted."""
        if not self.permissions.intersection(permissions):
            self.require(permissions[0])

    def require(self, permission: Permission) -> None:
        """Raise Forbidden, naming the permission and who can grant it, unless it is granted."""
        if permission not in self.permissions:
            raise PermissionMissing(LABELS[permission])
